// The mark in the test picture: which point a picture comes from, and which of its pictures it is.
// A strip along the bottom, a twelfth of the height, 40 cells from left to right, white is 1:
// 8 sync bits, 16 bits of the point's id, 8 bits of counter, 8 bits of check.
import { createHash } from 'node:crypto'

const CELLS = 40
const SYNC = 0b10110010

/** The 16 bits that stand for a point. */
export function markOf(pointId) {
  const bytes = Buffer.from(pointId.replaceAll('-', ''), 'hex')
  return createHash('sha256').update(bytes).digest().readUInt16BE(0)
}

/** Reads the mark of a picture, or null where there is none. */
export function readMark(picture) {
  const y = Math.floor(picture.height - picture.height / 24)
  const bytes = []
  for (let cell = 0; cell < CELLS; cell += 1) {
    const x = Math.floor(((cell + 0.5) * picture.width) / CELLS)
    const at = (y * picture.width + x) * 3
    const light = picture.rgb[at] + picture.rgb[at + 1] + picture.rgb[at + 2] > 384
    bytes[cell >> 3] = ((bytes[cell >> 3] ?? 0) << 1) | Number(light)
  }
  const [sync, high, low, counter, check] = bytes
  if (sync !== SYNC || (high ^ low ^ counter) !== check) return null
  return { point: (high << 8) | low, counter }
}

// A voice that speaks and pauses, so that discontinuous transmission has something to leave out.
import { writeFileSync } from 'node:fs'

const RATE = 48_000

/** Writes two seconds of a tone and three of silence as 16-bit mono WAV. */
export function writeVoice(path) {
  const samples = Int16Array.from({ length: RATE * 5 }, (_, i) => (i < RATE * 2 ? 8_000 * Math.sin((2 * Math.PI * 330 * i) / RATE) : 0))
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + samples.byteLength, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(RATE, 24)
  head.writeUInt32LE(RATE * 2, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36)
  head.writeUInt32LE(samples.byteLength, 40)
  writeFileSync(path, Buffer.concat([head, Buffer.from(samples.buffer)]))
}

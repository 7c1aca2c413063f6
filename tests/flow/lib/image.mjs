// Pictures as a test needs them: X screenshots, pages as poppler draws them, how alike two are.
import { run } from './process.mjs'

/** A picture: `rgb` holds three bytes a pixel. */
function picture(width, height, rgb) {
  return { width, height, rgb }
}

/** What an X display shows. */
export async function screenshot(display) {
  return readXwd(await run('xwd', ['-root', '-silent', '-display', display]))
}

/** The X Window Dump format, version 7, 32 bits a pixel, as Xvfb writes it. */
export function readXwd(bytes) {
  const field = (index) => bytes.readUInt32BE(index * 4)
  const [headerSize, width, height, colours] = [field(0), field(4), field(5), field(19)]
  const [bitsPerPixel, bytesPerLine] = [field(11), field(12)]
  if (field(1) !== 7 || bitsPerPixel !== 32) throw new Error('not a 32-bit X window dump')
  const start = headerSize + colours * 12
  const rgb = Buffer.alloc(width * height * 3)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const from = start + y * bytesPerLine + x * 4
      const to = (y * width + x) * 3
      rgb[to] = bytes[from + 2]
      rgb[to + 1] = bytes[from + 1]
      rgb[to + 2] = bytes[from]
    }
  }
  return picture(width, height, rgb)
}

/** Portable pixmap (P6), as pdftoppm writes it. */
export function readPpm(bytes) {
  const fields = []
  let at = 0
  while (fields.length < 4) {
    let end = at
    while (bytes[end] > 32) end += 1
    fields.push(bytes.toString('latin1', at, end))
    at = end + 1
  }
  const [kind, width, height] = fields
  if (kind !== 'P6') throw new Error(`not a P6 pixmap: ${kind}`)
  return picture(Number(width), Number(height), bytes.subarray(at))
}

/** PNG through ImageMagick. */
export async function readPng(bytes) {
  return readPpm(await run('convert', ['png:-', '-background', 'white', '-flatten', '-depth', '8', 'ppm:-'], { input: bytes }))
}

/** A page as poppler draws it, in exactly this size. */
export async function pageByPoppler(file, page, width, height) {
  const number = String(page)
  const size = ['-scale-to-x', String(width), '-scale-to-y', String(height)]
  return readPpm(await run('pdftoppm', ['-f', number, '-l', number, ...size, file]))
}

export function crop(source, [left, top, width, height]) {
  const rgb = Buffer.alloc(width * height * 3)
  for (let y = 0; y < height; y += 1) {
    const from = ((top + y) * source.width + left) * 3
    source.rgb.copy(rgb, y * width * 3, from, from + width * 3)
  }
  return picture(width, height, rgb)
}

/** Luma averaged over `cells` × `cells` tiles: what the eye sees from afar, so that two renderers'
 * smoothing of the same letter counts as the same. */
function tiles(source, cells) {
  const sums = new Float64Array(cells * cells)
  const counts = new Float64Array(cells * cells)
  for (let y = 0; y < source.height; y += 1) {
    const row = Math.floor((y * cells) / source.height) * cells
    for (let x = 0; x < source.width; x += 1) {
      const tile = row + Math.floor((x * cells) / source.width)
      const at = (y * source.width + x) * 3
      sums[tile] += 0.299 * source.rgb[at] + 0.587 * source.rgb[at + 1] + 0.114 * source.rgb[at + 2]
      counts[tile] += 1
    }
  }
  return sums.map((sum, tile) => sum / Math.max(counts[tile], 1))
}

/** Correlation of two pictures, 1 for the same, around 0 for unrelated ones. A plain difference
 * would call any two white pages alike. */
export function similarity(one, other, cells = 160) {
  const [a, b] = [tiles(one, cells), tiles(other, cells)]
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanA, meanB] = [mean(a), mean(b)]
  let [both, onlyA, onlyB] = [0, 0, 0]
  for (let i = 0; i < a.length; i += 1) {
    both += (a[i] - meanA) * (b[i] - meanB)
    onlyA += (a[i] - meanA) ** 2
    onlyB += (b[i] - meanB) ** 2
  }
  return both / Math.max(Math.sqrt(onlyA * onlyB), Number.EPSILON)
}

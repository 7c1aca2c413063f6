// The instruments are tested before anything is measured with them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crop, readPpm, readXwd, similarity } from './lib/image.mjs'
import { markOf, readMark } from './lib/mark.mjs'
import { toneIn } from './lib/sound.mjs'

function drawn(width, height, colour) {
  const rgb = Buffer.alloc(width * height * 3)
  for (let i = 0; i < width * height; i += 1) rgb.fill(colour(i % width, Math.floor(i / width)), i * 3, i * 3 + 3)
  return { width, height, rgb }
}

const text = (seed) => (x, y) => ((x >> 2) * 7 + (y >> 3) * 13 * seed) % 11 < 3 && y % 8 < 5 ? 0 : 255

test('a picture is like itself, and two pages of text are not alike', () => {
  const [one, other] = [drawn(320, 400, text(1)), drawn(320, 400, text(2))]
  assert.ok(similarity(one, one) > 0.999)
  assert.ok(similarity(one, other) < 0.8)
  assert.ok(similarity(one, drawn(320, 400, () => 255)) < 0.1)
})

test('a crop of a pixmap is what was drawn there', () => {
  const source = drawn(4, 2, (x, y) => x * 10 + y)
  const bytes = Buffer.concat([Buffer.from('P6\n4 2\n255\n'), source.rgb])
  assert.deepEqual([...crop(readPpm(bytes), [2, 1, 1, 1]).rgb], [21, 21, 21])
})

test('an X window dump is read with its header, colour map and line padding', () => {
  const header = Buffer.alloc(100 + 12)
  const fields = { 0: 100, 1: 7, 4: 1, 5: 2, 11: 32, 12: 8, 19: 1 }
  for (const [index, value] of Object.entries(fields)) header.writeUInt32BE(value, index * 4)
  const pixels = Buffer.from([3, 2, 1, 0, 9, 9, 9, 9, 6, 5, 4, 0, 9, 9, 9, 9])
  assert.deepEqual([...readXwd(Buffer.concat([header, pixels])).rgb], [1, 2, 3, 4, 5, 6])
})

test('a mark is read, and a picture without one has none', () => {
  const point = '0190a6b2-7c1e-7000-8000-0000000000aa'
  const [high, low, counter] = [markOf(point) >> 8, markOf(point) & 255, 77]
  const bytes = [0b10110010, high, low, counter, high ^ low ^ counter]
  const bit = (cell) => (bytes[cell >> 3] >> (7 - (cell % 8))) & 1
  const marked = drawn(320, 180, (x, y) => (y >= 165 ? 255 * bit(Math.floor(x / 8)) : 90))
  assert.deepEqual(readMark(marked), { point: markOf(point), counter })
  assert.equal(readMark(drawn(320, 180, () => 90)), null)
})

test('a tone is found at its own pitch and at no other', () => {
  const samples = Float64Array.from({ length: 48_000 }, (_, i) => 0.3 * Math.sin((2 * Math.PI * 440 * i) / 48_000))
  assert.ok(Math.abs(toneIn(samples, 440) - 0.3) < 0.01)
  assert.ok(toneIn(samples, 550) < 0.01)
})

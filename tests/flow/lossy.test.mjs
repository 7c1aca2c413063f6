// A room behind a line that loses packets: the technician reads which way, in words; a ceiling
// takes the picture away and leaves the sound, and lifting it brings the picture back.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, person } from './lib/browser.mjs'
import { Line } from './lib/line.mjs'
import { command, session } from './lib/papers.mjs'
import { until } from './lib/process.mjs'
import { Province } from './lib/province.mjs'
import { showsPictureOf } from './lib/screen.mjs'
import { listen, toneIn } from './lib/sound.mjs'

const TONES = [440, 550]

let line, province, headers, browser, board, near, far

before(async () => {
  line = Line.lay()
  const edit = (room) => {
    if (room.index === 1) room.netns = line.netns
    room.configure(/tone_hz = \d+/, `tone_hz = ${TONES[room.index]}`)
  }
  province = await Province.start({ rooms: 2, startsIn: 300, host: line.server, edit })
  ;[near, far] = province.rooms
  headers = await session(province, 'chair')
  await command(province, headers, { do: 'start' })
  await until('both rooms in the call', () =>
    province.rooms.every((room) => room.status()?.call_connected))
  await giveFloor(far)
  await showsPictureOf(near, far, 15_000)
  browser = await launch()
  board = await person(browser, province, 'technician')
  await board.goto(`${province.url}/board/${far.point}`)
}, { timeout: 120_000 })

after(async () => {
  await browser?.close()
  await province?.stop()
  line?.remove()
})

function giveFloor(room) {
  return command(province, headers, { do: 'give_floor', speaker: { kind: 'point', id: room.point } })
}

/** The numbers of one line, by name and direction, as an outsider's monitoring reads them. */
async function metric(name, room, direction) {
  const text = await (await fetch(`${province.url}/metrics`)).text()
  const labels = `point="${room.point}"` + (direction ? `,direction="${direction}"` : '')
  const found = text.split('\n').find((each) => each.startsWith(`diemcau_line_${name}{${labels}}`))
  return found && Number(found.split(' ').at(-1))
}

/** A room's loudspeaker plays the tone of another. */
async function hears(room, other) {
  await until(`the voice of ${other.name} at ${room.name}`, async () => {
    const samples = await listen({ server: province.pulse, sink: room.sink, milliseconds: 500 })
    const amplitude = toneIn(samples, TONES[other.index])
    return amplitude > 0.05 || [amplitude]
  }, { within: 10_000 })
}

/** What a room has heard, when it says so anew and has heard so many frames. */
async function heard(room, least = 0) {
  const first = await metric('voice_frames', room)
  return until(`the next word of ${room.name} on what it heard`, async () => {
    const frames = await metric('voice_frames', room)
    return frames > Math.max(first, least) ? { frames, madeUp: await metric('voice_frames_concealed', room) } : [frames]
  }, { within: 60_000, every: 500 })
}

const says = (sentence) => board.getByTestId('point-detail').getByText(sentence)

test('v15: a lossy line is told in words, each way, and is forgotten when it is well', async () => {
  assert.equal(await says(/gói chiều/).count(), 0)
  line.lose({ up: 15, down: 0 })
  await says(/^Điểm cầu .+: mất \d+,\d% gói chiều lên$/).waitFor({ timeout: 30_000 })
  assert.equal(await says(/gói chiều xuống/).count(), 0)
  const up = await metric('loss_ratio', far, 'up')
  assert.ok(up > 0.08 && up < 0.25, `${up} of the packets are lost`)
  // A room that nobody looks at and that says nothing sends nothing.
  assert.ok(((await metric('loss_ratio', near, 'up')) ?? 0) < 0.02)

  line.lose({ up: 0, down: 15 })
  await giveFloor(near)
  await says(/^Điểm cầu .+: mất \d+,\d% gói chiều xuống$/).waitFor({ timeout: 30_000 })
  await says(/gói chiều lên/).waitFor({ state: 'detached', timeout: 30_000 })

  line.lose({ up: 0, down: 0 })
  await says(/gói chiều/).first().waitFor({ state: 'detached', timeout: 30_000 })
}, { timeout: 150_000 })

test('v15: a fifth of loss is hardly heard, either way', async () => {
  for (const [speaker, listener, loss] of [
    [far, near, { up: 20, down: 0 }],
    [near, far, { up: 0, down: 20 }],
  ]) {
    line.lose({ up: 0, down: 0 })
    await giveFloor(speaker)
    await hears(listener, speaker)
    line.lose(loss)
    await until('the loss on record', async () => {
      const lost = await metric('loss_ratio', far, loss.up ? 'up' : 'down')
      return lost > 0.1 || [lost]
    }, { within: 20_000 })
    const before = await heard(listener)
    const after = await heard(listener, before.frames + 800)
    const [frames, madeUp] = [after.frames - before.frames, after.madeUp - before.madeUp]
    const percent = (madeUp * 100) / frames
    console.log(`${loss.up} % up, ${loss.down} % down: ${madeUp} of ${frames} frames made up, ${percent.toFixed(2)} %`)
    assert.ok(percent <= 2, `${percent} %`)
    await hears(listener, speaker)
  }
  line.lose({ up: 0, down: 0 })
}, { timeout: 240_000 })

test('v14: under a thin ceiling there is sound only, and lifting it brings the picture', async () => {
  await giveFloor(far)
  await showsPictureOf(near, far, 15_000)
  const full = await until('the rate of a picture', async () => {
    const bits = await metric('bits_per_second', far, 'up')
    return bits > 50_000 ? bits : [bits]
  }, { within: 20_000 })
  await board.getByTestId('ceiling').selectOption('100')
  await says(/^Chỉ có tiếng/).waitFor({ timeout: 10_000 })
  const thin = await until('sound only', async () => {
    const bits = await metric('bits_per_second', far, 'up')
    return bits < 45_000 ? { bits } : [bits]
  }, { within: 20_000 })
  assert.ok(thin.bits < full)
  await board.getByTestId('ceiling').selectOption('')
  await says(/^Chỉ có tiếng/).waitFor({ state: 'detached', timeout: 10_000 })
  await showsPictureOf(near, far, 15_000)
}, { timeout: 120_000 })

// A whole province: as many real rooms as the machine carries under one chair's hand. All but three
// draw into memory and say themselves whose picture they drew; those three are looked at.
//
//   cargo build --locked --workspace --release
//   ROOMS=116 DIEMCAU_BIN=target/release timeout 900 node tests/flow/scale.test.mjs
//
// prints the figures of the whole province; without ROOMS it is small enough for every run.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { coresOf, mebibytesOf, quantile, summary } from './lib/figures.mjs'
import { Live } from './lib/live.mjs'
import { markOf } from './lib/mark.mjs'
import { session } from './lib/papers.mjs'
import { until } from './lib/process.mjs'
import { Province } from './lib/province.mjs'
import { showsPictureOf } from './lib/screen.mjs'
import { writeVoice } from './lib/wav.mjs'

const ROOMS = Number(process.env.ROOMS ?? 16)
const SEEN = 3
const CHANGES = ROOMS > 50 ? 30 : 10
const FLOOR_DRAWN_P99_MS = 500
const ROLL_MS = 10_000
const MEDIA_BACK_MS = 5_000

let province, headers, chair, seen, inMemory
const figures = {}
const own = mkdtempSync(join(tmpdir(), 'diemcau-voice.'))

before(async () => {
  const voice = join(own, 'voice.wav')
  writeVoice(voice)
  const began = Date.now()
  province = await Province.start({ rooms: ROOMS, points: ROOMS, startsIn: 300, edit: (room) => setUp(room, voice) })
  seen = province.rooms.filter((room) => room.isSeen)
  inMemory = province.rooms.filter((room) => !room.isSeen)
  headers = await session(province, 'chair')
  chair = await Live.open(province, headers)
  await until('every room on the line', () => all((room) => room.status()?.online), { within: ROOMS * 2_000 + 10_000 })
  await chair.command({ do: 'start' })
  await until('every room in the call', () => all((room) => room.status()?.call_connected), { within: ROOMS * 1_000 + 10_000 })
  figures.started_ms = Date.now() - began
  const papers = province.happened('paper_issued').length
  await until('every room with its papers', () => all((room) => room.status()?.papers_verified === papers), { within: ROOMS * 1_000 + 10_000 })
  await until('every room attending', () => province.happened('attended').length >= ROOMS, { within: 30_000, every: 500 })
  figures.ready_ms = Date.now() - began
}, { timeout: 600_000 })

after(async () => {
  chair?.close()
  await province?.stop()
  rmSync(own, { recursive: true, force: true })
  console.log(`${ROOMS} rooms: ${JSON.stringify(figures, null, 1)}`)
})

function setUp(room, voice) {
  room.configure(/width = 320\nheight = 180\nframes_per_second = 15/, 'width = 160\nheight = 90\nframes_per_second = 5')
  room.speakFrom(voice)
  if (room.index >= SEEN) room.drawInMemory({ width: 640, height: 360 })
}

test('v03_give_floor: drawn at every room in time, and one microphone is open', async () => {
  await picturesFrom(province.rooms[0], await giveFloor(0))
  const [drawn, slowest] = [[], []]
  for (let change = 1; change <= CHANGES; change += 1) {
    // A step that visits rooms in no order of theirs.
    const speaker = (change * 7) % ROOMS
    const given = await giveFloor(speaker)
    const times = (await picturesFrom(province.rooms[speaker], given)).map((since) => since - given)
    drawn.push(...times)
    slowest.push({ room: speaker + 1, ...summary(times) })
    await until('one open microphone', () => openMicrophones(speaker))
    await Promise.all(seen.map((room) => room.index === speaker || showsPictureOf(room, province.rooms[speaker], 5_000)))
  }
  figures.floor_drawn_ms = summary(drawn)
  figures.slowest_changes = slowest.sort((a, b) => b.max - a.max).slice(0, 4)
  assert.ok(quantile(drawn, 0.99) <= FLOOR_DRAWN_P99_MS, JSON.stringify(figures.floor_drawn_ms))
}, { timeout: 300_000 })

test('v04_roll_call: every room with its own evidence', async () => {
  const called = Date.now()
  await chair.command({ do: 'call_roll' })
  const roll = await until('the roll', () => chair.sections.roll?.recorded_at && chair.sections.roll, { within: ROLL_MS + 2_000 })
  figures.roll_ms = Date.now() - called
  assert.equal(roll.present, ROOMS)
  assert.ok(roll.recorded_at - roll.called_at <= ROLL_MS, `${roll.recorded_at - roll.called_at} ms`)
  for (const { name, mark } of roll.points) {
    assert.equal(mark.by.kind, 'report', name)
    assert.ok(mark.by.evidence.media && mark.by.evidence.screen && mark.by.evidence.camera, name)
  }
}, { timeout: 60_000 })

test('what it costs while one speaks and everybody looks', async () => {
  const agents = province.rooms.map((room) => room.agent.pid)
  const [server, rooms] = await coresOf([[province.server.pid], agents], 10_000)
  figures.cores = { server, rooms, each_room: rooms / ROOMS }
  const memory = { server: mebibytesOf([province.server.pid]), rooms: mebibytesOf(agents) }
  figures.mebibytes = { ...memory, each_room: memory.rooms / ROOMS }
  assert.ok(memory.rooms / ROOMS < 100, JSON.stringify(figures.mebibytes))
}, { timeout: 60_000 })

test('kill -9 of the server: media is back by itself, and what was decided stays', async () => {
  const speaker = ROOMS - 1
  await giveFloor(speaker)
  await until('one open microphone', () => openMicrophones(speaker))
  const delegate = await Live.open(province, await session(province, 'delegate'))
  await delegate.command({ do: 'attend' })
  await delegate.command({ do: 'request_to_speak' })
  delegate.close()
  await chair.command({ do: 'mute', speaker: { kind: 'point', id: province.rooms[speaker].point } })
  await chair.command({ do: 'silence', scope: { kind: 'point', id: province.rooms[0].point } })
  const isMuted = () => province.rooms[speaker].status()?.microphone === 'muted' && openMicrophones()
  await until('no open microphone', isMuted)
  await pause(1_000)
  const decided = decisions()
  assert.equal(decided.floor.queue.length, 1)

  const killed = Date.now()
  province.server.crash()
  const answers = province.healthy().then(() => Date.now() - killed)
  const back = await picturesFrom(province.rooms[speaker], killed, MEDIA_BACK_MS + 20_000)
  await Promise.all(seen.map((room) => showsPictureOf(room, province.rooms[speaker], 5_000)))
  figures.server_back_ms = await answers
  figures.media_back_ms = summary(back.map((since) => since - killed))
  chair.close()
  chair = await Live.open(province, headers)
  await until('the meeting', () => chair.sections.floor)
  assert.deepEqual(decisions(), decided)
  await until('no open microphone', isMuted)
  assert.ok(figures.media_back_ms.max <= MEDIA_BACK_MS, JSON.stringify(figures.media_back_ms))
}, { timeout: 120_000 })

/** Gives a room the floor; when that was said. */
async function giveFloor(index) {
  const given = Date.now()
  await chair.command({ do: 'give_floor', speaker: { kind: 'point', id: province.rooms[index].point } })
  return given
}

/** Since when each other room in memory draws the speaker's pictures, once all of them do. */
async function picturesFrom(speaker, earliest, within = 10_000) {
  const tag = markOf(speaker.point).toString(16).padStart(4, '0')
  const others = inMemory.filter((room) => room !== speaker)
  const since = new Map()
  await until(`the picture of ${speaker.name} everywhere`, () => {
    for (const room of others) {
      const status = since.has(room) ? null : room.status()
      if (status?.picture_tag === tag && status.picture_since >= earliest) since.set(room, status.picture_since)
    }
    return since.size === others.length || others.filter((room) => !since.has(room)).map(({ name }) => name)
  }, { within, every: 100 })
  return [...since.values()]
}

/** True when exactly these rooms are on the air; else who is. */
function openMicrophones(...speakers) {
  const open = province.rooms.filter((room) => room.status()?.microphone === 'on')
  return open.map(({ index }) => index).join() === speakers.join() || open.map(({ name }) => name)
}

function all(holds) {
  const missing = province.rooms.filter((room) => !holds(room))
  return missing.length === 0 || missing.map(({ name }) => name)
}

/** What was decided in the meeting, as the chair sees it. */
function decisions() {
  const { floor, controls, people, ...rest } = chair.sections
  const points = Object.entries(rest).filter(([key]) => key.startsWith('point/'))
    .map(([key, { attending_since, ...line }]) => [key, line])
  return structuredClone({ floor, controls, points: Object.fromEntries(points) })
}

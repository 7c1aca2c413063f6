// kill -9 of everything that can die in the middle of a meeting. Nobody lends a hand.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { framesDecoded, launch, person } from './lib/browser.mjs'
import { command, fetchPaper, session } from './lib/papers.mjs'
import { childrenOf, until } from './lib/process.mjs'
import { Province } from './lib/province.mjs'
import { showsPage, showsPictureOf } from './lib/screen.mjs'

const MEDIA_BACK_MS = 5_000
const ROOM_BACK_MS = 10_000

let province, browser, chair, headers, paper, file

before(async () => {
  province = await Province.start({ rooms: 2, startsIn: 300 })
  browser = await launch()
  chair = await person(browser, province, 'chair')
  await chair.goto(`${province.url}/meetings/${province.meeting}`)
  headers = await session(province, 'chair')
  paper = province.papers[0]
  file = await fetchPaper(province, headers, paper.sha256)
  await command(province, headers, { do: 'start' })
  await until('both rooms in the meeting', () =>
    province.rooms.every((room) => room.status()?.meeting === province.meeting))
  await command(province, headers, { do: 'show_page', paper: paper.paper, page: 2 })
  await command(province, headers, {
    do: 'give_floor', speaker: { kind: 'point', id: province.rooms[0].point },
  })
  await everythingIsThere(15_000)
}, { timeout: 120_000 })

after(async () => {
  await browser?.close()
  await province?.stop()
})

test('the server: no acknowledged event is missing and media is back', async () => {
  let acknowledged = 0
  let page = 2
  const turning = (async () => {
    for (;;) {
      page = page === 2 ? 3 : 2
      try {
        acknowledged = (await command(province, headers, { do: 'show_page', paper: paper.paper, page })).seq
      } catch {
        return
      }
    }
  })()
  await until('some acknowledged events', () => acknowledged > 10)
  province.server.crash()
  await turning
  await province.healthy()
  const next = await command(province, headers, { do: 'show_page', paper: paper.paper, page: 4 })
  assert.ok(next.seq > acknowledged, `event ${next.seq} follows ${acknowledged}`)
  await command(province, headers, { do: 'show_page', paper: paper.paper, page: 2 })
  await everythingIsThere(MEDIA_BACK_MS)
}, { timeout: 60_000 })

test('a worker: back with the right page', async () => {
  const [, room] = province.rooms
  const [worker] = childrenOf(room.agent.pid)
  process.kill(worker.pid, 'SIGKILL')
  await until('another worker', () => childrenOf(room.agent.pid).some(({ pid }) => pid !== worker.pid))
  await everythingIsThere(ROOM_BACK_MS)
}, { timeout: 60_000 })

test('each child of a worker: back with the right page', async () => {
  const [, room] = province.rooms
  const [worker] = childrenOf(room.agent.pid)
  const children = childrenOf(worker.pid)
  assert.ok(children.length > 0, 'a worker has a render child')
  for (const child of children) {
    process.kill(child.pid, 'SIGKILL')
    await command(province, headers, { do: 'show_page', paper: paper.paper, page: 3 })
    await showsPage(room, file, 3, ROOM_BACK_MS)
    await command(province, headers, { do: 'show_page', paper: paper.paper, page: 2 })
    await showsPage(room, file, 2, ROOM_BACK_MS)
  }
}, { timeout: 60_000 })

test('the supervisor: a reboot rejoins', async () => {
  const [, room] = province.rooms
  room.agent.crash()
  await everythingIsThere(ROOM_BACK_MS)
}, { timeout: 60_000 })

/** The page on both screens, the floor's picture on the other screen and moving in the browser. */
async function everythingIsThere(within) {
  const began = performance.now()
  const left = () => Math.max(within - (performance.now() - began), 1)
  const [speaking, other] = province.rooms
  await showsPictureOf(other, speaking, left())
  const frames = await framesDecoded(chair)
  await until('frames in the browser', async () => (await framesDecoded(chair)) > frames, { within: left() })
  for (const room of province.rooms) await showsPage(room, file, 2, left())
}

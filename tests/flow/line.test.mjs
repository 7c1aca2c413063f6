// A room whose line is cut for a minute: it goes on reading, says so, and comes back by itself.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Line } from './lib/line.mjs'
import { command, fetchPaper, session } from './lib/papers.mjs'
import { run, until } from './lib/process.mjs'
import { Province } from './lib/province.mjs'
import { showsPage, showsPictureOf } from './lib/screen.mjs'

const CUT_MS = 60_000
const NOTICED_MS = 15_000
const BACK_MS = 15_000

let line, province, headers, paper, file, near, far

before(async () => {
  line = Line.lay()
  const edit = (room) => {
    if (room.index === 1) room.netns = line.netns
  }
  province = await Province.start({ rooms: 2, startsIn: 300, host: line.server, edit })
  ;[near, far] = province.rooms
  headers = await session(province, 'chair')
  paper = province.papers[0]
  file = await fetchPaper(province, headers, paper.sha256)
  await command(province, headers, { do: 'start' })
  await until('both rooms in the meeting', () =>
    province.rooms.every((room) => room.status()?.meeting === province.meeting))
  await show(2)
  await giveFloor(near)
  await showsPage(far, file, 2, 15_000)
  await showsPictureOf(far, near, 15_000)
}, { timeout: 120_000 })

after(async () => {
  await province?.stop()
  line?.remove()
})

test('a line cut for a minute: the papers stay readable and the room comes back', async () => {
  const began = performance.now()
  line.cut()
  await until('the room to notice', () => !far.status().online, { within: NOTICED_MS })
  await show(4)
  await showsPage(near, file, 4, 5_000)
  await showsPage(far, file, 2, 5_000)

  await press('Next')
  await showsPage(far, file, 3, 5_000)
  await press('Prior')
  await showsPage(far, file, 2, 5_000)
  await pause(CUT_MS - (performance.now() - began))
  assert.equal(far.status().online, false)
  await showsPage(far, file, 2, 5_000)

  line.mend()
  const back = performance.now()
  const left = () => Math.max(BACK_MS - (performance.now() - back), 1)
  await until('the room to be back', () => far.status().online, { within: left() })
  await showsPage(far, file, 4, left())
  await showsPictureOf(far, near, left())
  await giveFloor(far)
  await showsPictureOf(near, far, left())
}, { timeout: 150_000 })

function show(page) {
  return command(province, headers, { do: 'show_page', paper: paper.paper, page })
}

function giveFloor(room) {
  return command(province, headers, { do: 'give_floor', speaker: { kind: 'point', id: room.point } })
}

/** A key of the presenter's remote control in the far room, whose window has the focus as under any
 * window manager. */
async function press(key) {
  const xdotool = (...args) => run('xdotool', args, { env: { DISPLAY: far.display } })
  await xdotool('search', '--sync', '--onlyvisible', '--name', '.', 'windowfocus', '--sync')
  await xdotool('key', key)
}

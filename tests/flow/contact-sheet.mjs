// The contact sheet: every page of a running server and every state of the room's screen, in three
// sizes, in target/contact-sheet. Fails where axe finds a fault or a page throws.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { command, fetchPaper, session } from './lib/papers.mjs'
import { until } from './lib/process.mjs'
import { binary, Province } from './lib/province.mjs'

const root = join(import.meta.dirname, '../..')
const out = join(root, 'target/contact-sheet')
mkdirSync(out, { recursive: true })

const province = await Province.start({ rooms: 2, startsIn: 300 })
try {
  const chair = await session(province, 'chair')
  const paper = await holdMeeting(chair)
  roomScreens(await fetchPaper(province, chair, paper.sha256))
  const accounts = join(province.dir, 'accounts.json')
  writeFileSync(accounts, JSON.stringify(province.made))
  const stories = join(root, 'target/stories')
  const pages = ['--server', province.url, '--accounts', accounts, '--meeting', province.meeting]
  process.exitCode = run('node', ['tests/browser/pages.mjs', ...pages, '--stories', stories, '--out', out])
} finally {
  await province.stop()
}

/** A meeting in the middle: somebody speaks, a page is shown, something was recorded. */
async function holdMeeting(chair) {
  const [paper] = province.papers
  const speaker = { kind: 'point', id: province.rooms[0].point }
  await command(province, chair, { do: 'start' })
  await until('the rooms in the meeting', () =>
    province.rooms.every((room) => room.status()?.meeting === province.meeting))
  await command(province, chair, { do: 'open_item', item: province.items[1] })
  await command(province, chair, { do: 'show_page', paper: paper.paper, page: 2 })
  await until('the floor', () => command(province, chair, { do: 'give_floor', speaker }))
  await command(province, chair, { do: 'start_recording' })
  await pause(6_000)
  await command(province, chair, { do: 'stop_recording' })
  return paper
}

function roomScreens(pdf) {
  for (const file of readdirSync(join(root, 'room-agent/screens'))) {
    const state = join(root, 'room-agent/screens', file)
    const picture = join(out, `room-${file.replace('.json', '.png')}`)
    const failed = run(binary('diemcau-agent'), ['screenshot', '--state', state, '--pdf', pdf, '--out', picture])
    if (failed) throw new Error(`the screen ${file} was not drawn`)
  }
}

function run(program, args) {
  return spawnSync(program, args, { cwd: root, stdio: 'inherit' }).status
}

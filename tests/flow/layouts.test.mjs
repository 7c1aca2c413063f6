// What the layout of a meeting shows in a browser and on the screens of rooms: the real server, three
// real rooms, one browser.
// Whose picture is where is read from the mark that is burnt into it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, mainPicture, person, pictureOf } from './lib/browser.mjs'
import { crop, screenshot } from './lib/image.mjs'
import { markOf, readMark } from './lib/mark.mjs'
import { command, session } from './lib/papers.mjs'
import { until } from './lib/process.mjs'
import { Province } from './lib/province.mjs'
import { showsPictureOf } from './lib/screen.mjs'

let province, browser, chair, headers

before(async () => {
  province = await Province.start({ rooms: 3, startsIn: 300 })
  headers = await session(province, 'chair')
  await command(province, headers, { do: 'start' })
  await until('three rooms attending', () => province.happened('attended').length >= 3, { within: 30_000 })
  const speaker = { kind: 'point', id: province.rooms[0].point }
  await command(province, headers, { do: 'give_floor', speaker })
  browser = await launch()
  chair = await person(browser, province, 'chair')
  await chair.goto(`${province.url}/meetings/${province.meeting}`)
}, { timeout: 120_000 })

after(async () => {
  await browser?.close()
  await province?.stop()
})

const layout = (layout) => command(province, headers, { do: 'set_layout', scope: { kind: 'all' }, layout })
const tileOf = (room) => chair.locator(`[data-testid=tile-picture][data-speaker="${room.point}"] video`)

async function shows(what, take, room, within = 15_000) {
  await until(`${room.name} in ${what}`, async () => {
    const picture = await take()
    const mark = picture && readMark(picture)
    return mark?.point === markOf(room.point) || [mark]
  }, { within })
}

for (const name of ['main_and_strip', 'grid']) {
  test(`v06: ${name} shows every room in its own place`, async () => {
    await layout(name)
    await chair.locator(`[data-testid=stage][data-layout=${name}]`).waitFor({ timeout: 10_000 })
    const [speaker, ...others] = province.rooms
    await shows('the main picture', () => mainPicture(chair), speaker)
    for (const room of others) {
      await tileOf(room).waitFor({ timeout: 10_000 })
      await shows('its tile', () => pictureOf(tileOf(room)), room)
    }
    assert.equal(await tileOf(speaker).count(), 0, 'the main picture is not shown twice')
    const boxes = []
    for (const place of [chair.getByTestId('main-picture'), ...others.map(tileOf)]) boxes.push(await place.boundingBox())
    for (const [index, box] of boxes.entries()) {
      assert.ok(box.width > 60 && box.height > 30, `${JSON.stringify(box)} can be seen`)
      for (const other of boxes.slice(index + 1)) {
        const apart = box.x + box.width <= other.x + 1 || other.x + other.width <= box.x + 1 ||
          box.y + box.height <= other.y + 1 || other.y + other.height <= box.y + 1
        assert.ok(apart, `${JSON.stringify(box)} and ${JSON.stringify(other)} do not overlap`)
      }
    }
  }, { timeout: 90_000 })
}

for (const name of ['main_and_strip', 'grid']) {
  test(`v06: ${name} is what a room's own screen shows`, async () => {
    const [speaker, one, other] = province.rooms
    await layout(name)
    for (const [room, seen] of [[one, other], [other, one]]) {
      await showsPictureOf(room, speaker, 15_000)
      await showsBeside(room, seen)
    }
    // The speaker sees the others beside the chair, and himself nowhere.
    for (const seen of [one, other]) await showsBeside(speaker, seen)
    assert.ok(!(await marksBeside(speaker)).includes(markOf(speaker.point)))
  }, { timeout: 90_000 })
}

test('v06: a layout for one room is that room\'s alone', async () => {
  const [speaker, one, other] = province.rooms
  await command(province, headers, { do: 'set_layout', scope: { kind: 'point', id: one.point }, layout: 'one' })
  await until(`one picture at ${one.name}`, () => tilesOf(one).length === 0)
  await showsPictureOf(one, speaker, 15_000)
  await showsBeside(other, one)
}, { timeout: 60_000 })

test('v06: one shows one picture', async () => {
  await layout('one')
  await tileOf(province.rooms[1]).waitFor({ state: 'detached', timeout: 10_000 })
  await shows('the main picture', () => mainPicture(chair), province.rooms[0])
}, { timeout: 60_000 })

test('a page that is loaded anew has its picture back at once', async () => {
  await chair.reload()
  await shows('the main picture', () => mainPicture(chair), province.rooms[0], 5_000)
}, { timeout: 60_000 })

/** Where the pictures beside the main one are on a room's screen. */
function tilesOf(room) {
  return (room.status()?.tile_rects ?? []).filter((rect) => rect !== null)
}

/** Whose pictures they are. */
async function marksBeside(room) {
  const screen = await screenshot(room.display)
  return tilesOf(room).map((rect) => readMark(crop(screen, rect))?.point)
}

function showsBeside(room, other) {
  return until(`${other.name} beside the main picture at ${room.name}`, async () => {
    const marks = await marksBeside(room)
    return marks.includes(markOf(other.point)) || marks
  }, { within: 15_000 })
}

// The director's console: the real server, three real rooms, one browser. Stills show each room's
// own mark and change; the pointer brings the room live; a dragged point is on every screen.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, person, pictureOf } from './lib/browser.mjs'
import { markOf, readMark } from './lib/mark.mjs'
import { until } from './lib/process.mjs'
import { Province } from './lib/province.mjs'
import { showsPictureOf } from './lib/screen.mjs'

let province, browser, chair

before(async () => {
  province = await Province.start({ rooms: 3, startsIn: 300 })
  browser = await launch()
  chair = await person(browser, province, 'chair', { width: 1920, height: 1080 })
  await chair.goto(`${province.url}/meetings/${province.meeting}`)
  await chair.getByTestId('start-meeting').click()
  if (await chair.getByTestId('confirm').isVisible()) await chair.getByTestId('confirm').click()
  await until('three rooms in the meeting', () =>
    province.rooms.every((room) => room.status()?.call_connected))
  await chair.goto(`${province.url}/meetings/${province.meeting}/director`)
}, { timeout: 120_000 })

after(async () => {
  await browser?.close()
  await province?.stop()
})

const tile = (room) => chair.locator(`[data-testid=tile][data-point="${room.point}"]`)

async function stillMark(room) {
  const picture = await pictureOf(tile(room).locator('canvas'))
  return picture && readMark(picture)
}

test('the stills of all rooms show up and change within 3 s', async () => {
  const first = new Map()
  for (const room of province.rooms) {
    first.set(room, await until(`the still of ${room.name}`, async () => {
      const mark = await stillMark(room)
      return mark?.point === markOf(room.point) ? mark : [mark]
    }, { within: 15_000 }))
  }
  for (const room of province.rooms) {
    await until(`another still of ${room.name}`, async () => {
      const mark = await stillMark(room)
      return (mark !== null && mark.counter !== first.get(room).counter) || [mark]
    }, { within: 3_000 })
  }
}, { timeout: 60_000 })

test('the pointer brings a room live, and nobody else sees it', async () => {
  for (const room of [province.rooms[1], province.rooms[2]]) {
    await tile(room).hover()
    await until(`${room.name} live`, async () => {
      const picture = await pictureOf(chair.getByTestId('preview'))
      const mark = picture && readMark(picture)
      return mark?.point === markOf(room.point) || [mark]
    }, { within: 10_000 })
  }
  assert.equal(await chair.locator('[data-testid=on-air-pane]').getAttribute('data-point'), null)
}, { timeout: 60_000 })

test('a dragged point is on air on every screen', async () => {
  const [one, two, three] = province.rooms
  await tile(two).dragTo(chair.getByTestId('on-air-pane'))
  await chair.locator(`[data-testid=on-air-pane][data-point="${two.point}"]`).waitFor()
  for (const other of [one, three]) await showsPictureOf(other, two, 15_000)
  await until('the console shows what is on air', async () => {
    const picture = await pictureOf(chair.getByTestId('on-air'))
    const mark = picture && readMark(picture)
    return mark?.point === markOf(two.point) || [mark]
  }, { within: 10_000 })
}, { timeout: 90_000 })

test('the keyboard finds a point without diacritics and puts it on air', async () => {
  const [one, , three] = province.rooms
  const order = () => chair.getByTestId('tile').evaluateAll((tiles) => tiles.map((each) => each.dataset.point))
  const before = await order()
  await chair.keyboard.press('/')
  await chair.keyboard.type(three.name.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/g, 'd').replace(/Đ/g, 'D'))
  await until('it is found', async () => (await order()).includes(three.point))
  await tile(three).focus()
  await chair.keyboard.press('Enter')
  await showsPictureOf(one, three, 15_000)
  await chair.keyboard.press('Escape')
  await until('every tile is where it was', async () => {
    const now = await order()
    return now.join() === before.join() || now
  })
}, { timeout: 60_000 })

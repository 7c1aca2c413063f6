// From the secretary's upload to the room's screen: the real server, three real rooms, two real
// browsers. Each step is the one before it seen by somebody else.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { framesDecoded, launch, mainPicture, person } from './lib/browser.mjs'
import { crop, pageByPoppler, readPng, screenshot, similarity } from './lib/image.mjs'
import { markOf, readMark } from './lib/mark.mjs'
import { fetchPaper, pageCount, session, unsignedPages } from './lib/papers.mjs'
import { until } from './lib/process.mjs'
import { Province } from './lib/province.mjs'
import { ALIKE, showsPictureOf } from './lib/screen.mjs'
import { listen, toneIn } from './lib/sound.mjs'

const TONES = [440, 550, 660]
const TURN_WITHIN_MS = 1_000

let province, browser, secretary, chair, uploaded

before(async () => {
  const edit = (room) => room.configure(/tone_hz = \d+/, `tone_hz = ${TONES[room.index]}`)
  province = await Province.start({ rooms: 3, startsIn: 300, edit })
  browser = await launch()
  secretary = await person(browser, province, 'secretary')
  chair = await person(browser, province, 'chair')
}, { timeout: 120_000 })

after(async () => {
  await browser?.close()
  await province?.stop()
})

test('an uploaded paper is sealed, issued, and verified by every room', async () => {
  const headers = await session(province, 'secretary')
  const sample = await fetchPaper(province, headers, province.papers[0].sha256)
  const file = await unsignedPages(province, sample, '2-z')

  await secretary.goto(`${province.url}/meetings/${province.meeting}/prepare/agenda`)
  const rows = secretary.getByTestId('paper-row')
  const item = secretary.getByTestId('agenda-item').nth(1)
  await item.getByRole('button').first().click()
  await item.getByTestId('file-input').setInputFiles(file)
  const fresh = await until('the uploaded paper', async () => {
    const found = await item.getByTestId('paper-row').evaluateAll((lines) =>
      lines.map((line) => ({ ...line.dataset })).find(({ version }) => version === '0'))
    return found
  }, { within: 30_000 })
  assert.match(await rows.filter({ hasText: 'tai-lieu-moi' }).innerText(), /toàn vẹn/i)
  await secretary.getByTestId('issue-papers').click()
  if (await secretary.getByTestId('confirm').isVisible()) await secretary.getByTestId('confirm').click()

  await until('three rooms with the verified paper', async () => {
    const done = await secretary.getByTestId('receipts-count').getAttribute('data-done')
    return Number(done) === 3
  }, { within: 30_000 })
  for (const room of province.rooms) assert.deepEqual(room.status().refused, [], room.name)
  uploaded = fresh.paper
}, { timeout: 90_000 })

test('the meeting starts and everybody enters', async () => {
  for (const page of [chair, secretary]) {
    await page.goto(`${province.url}/meetings/${province.meeting}`)
  }
  await chair.getByTestId('start-meeting').click()
  if (await chair.getByTestId('confirm').isVisible()) await chair.getByTestId('confirm').click()
  await until('three rooms in the meeting', () =>
    province.rooms.every((room) => room.status()?.meeting === province.meeting))
}, { timeout: 60_000 })

test('a page turn is on every screen within a second', async () => {
  await openPaper(chair, uploaded)
  await chair.getByTestId('show-page').click()
  await chair.getByTestId('presenting').click()
  const first = await until('the first page on every room', () => roomsShow(1))
  for (const reader of [chair, secretary]) {
    await until('the first page in a browser', async () => (await drawnPage(reader)) === 1)
  }
  const file = await fetchPaper(province, await session(province, 'chair'), first.sha256)
  const pages = await pageCount(file)
  assert.ok(pages >= 4, `${pages} pages`)

  for (const page of [2, 3]) {
    await turnTo(page)
    await roomsDrew(file, page, pages)
    for (const reader of [chair, secretary]) await browserDrew(reader, file, page, pages)
  }
}, { timeout: 120_000 })

test('the floor moves: one picture and one voice everywhere', async () => {
  for (const index of [0, 1]) {
    const room = province.rooms[index]
    await giveFloor(room.point)
    await until(`the picture of ${room.name} in both browsers`, async () => {
      const marks = await Promise.all([chair, secretary].map(markIn))
      return marks.every((mark) => mark?.point === markOf(room.point)) || marks
    }, { within: 10_000 })
    for (const page of [chair, secretary]) await framesRise(page)
    for (const other of province.rooms.filter((each) => each !== room)) {
      await showsPictureOf(other, room, 10_000)
      await hearsOnly(other, TONES[index])
    }
    await hearsNothing(room)
  }
}, { timeout: 180_000 })

async function openPaper(page, paper) {
  const line = page.locator(`[data-testid=open-paper][data-paper="${paper}"]`)
  if (!(await line.isVisible())) {
    if (await page.getByTestId('tab-program').isVisible()) await page.getByTestId('tab-program').click()
    for (const item of await page.getByTestId('agenda-line').all()) {
      if (await line.isVisible()) break
      await item.click()
    }
  }
  await line.click()
}

function roomsShow(page) {
  const shown = province.rooms.map((room) => room.status()?.shown)
  return shown.every((each) => each?.paper === uploaded && each.page === page) && shown[0]
}

/** Turns the page in the chair's browser, and asks rooms and browsers when they drew it. */
async function turnTo(page) {
  const turned = Date.now()
  await chair.getByTestId('page-next').click()
  const waits = province.rooms.map((room) =>
    until(`page ${page} at ${room.name}`, () => {
      const status = room.status()
      return status?.shown?.page === page && status.shown_drawn_at >= turned && status.shown_drawn_at
    }, { every: 20 }))
  const browsers = [chair, secretary].map((reader) =>
    until(`page ${page} in a browser`, async () => (await drawnPage(reader)) === page && Date.now(), { every: 20 }))
  const drawn = await Promise.all([...waits, ...browsers])
  const slowest = Math.max(...drawn) - turned
  assert.ok(slowest <= TURN_WITHIN_MS, `page ${page} took ${slowest} ms`)
}

function drawnPage(reader) {
  return reader.locator('[data-testid=page][data-drawn=true]').first().getAttribute('data-page').then(Number)
}

/** The page area of each window is like poppler's picture of that page, and unlike every other. */
async function roomsDrew(file, page, pages) {
  for (const room of province.rooms) {
    const { page_rect: rect } = room.status()
    const area = crop(await screenshot(room.display), rect)
    await isPage(`the screen of ${room.name}`, area, file, page, pages)
  }
}

async function browserDrew(reader, file, page, pages) {
  const canvas = reader.locator(`[data-testid=page][data-page="${page}"]`)
  const url = await canvas.evaluate((drawn) => drawn.toDataURL('image/png'))
  const area = await readPng(Buffer.from(url.split(',')[1], 'base64'))
  await isPage('a browser', area, file, page, pages)
}

async function isPage(where, area, file, page, pages) {
  const likeness = []
  for (let other = 1; other <= pages; other += 1) {
    likeness[other] = similarity(area, await pageByPoppler(file, other, area.width, area.height))
  }
  assert.ok(likeness[page] >= ALIKE, `${where} shows page ${page} with likeness ${likeness[page]}`)
  const next = Math.max(...likeness.filter((_, other) => other !== page))
  assert.ok(next < likeness[page] - 0.1, `${where}: another page is as alike as ${next}`)
}

async function giveFloor(point) {
  if (await chair.getByTestId('tab-queue').isVisible()) await chair.getByTestId('tab-queue').click()
  await chair.getByTestId('invite-speaker').click()
  await chair.locator(`[data-testid=give-floor][data-speaker="${point}"]`).click()
  await chair.locator(`[data-testid=floor-holder][data-speaker="${point}"]`).waitFor({ state: 'attached' })
}

async function markIn(page) {
  const picture = await mainPicture(page)
  return picture && readMark(picture)
}

async function framesRise(page) {
  const before = await framesDecoded(page)
  await until('more frames', async () => (await framesDecoded(page)) >= before + 10)
}

function heard(room) {
  return listen({ server: province.pulse, sink: room.sink, milliseconds: 500 })
}

async function hearsOnly(room, tone) {
  await until(`${tone} Hz at ${room.name} and nothing else`, async () => {
    const samples = await heard(room)
    const found = TONES.map((each) => toneIn(samples, each))
    const right = found.every((amplitude, i) => (TONES[i] === tone ? amplitude > 0.05 : amplitude < 0.01))
    return right || found
  }, { within: 10_000 })
}

async function hearsNothing(room) {
  await until(`silence at ${room.name}`, async () => {
    const samples = await heard(room)
    const found = TONES.map((each) => toneIn(samples, each))
    return found.every((amplitude) => amplitude < 0.01) || found
  }, { within: 10_000 })
}

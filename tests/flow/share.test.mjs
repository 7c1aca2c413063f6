// A browser shares its screen: the real server, one real room, three real browsers. Chromium's fake
// screen is a green ground, which no paper and no camera of a room has.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, person } from './lib/browser.mjs'
import { crop, screenshot } from './lib/image.mjs'
import { command, session } from './lib/papers.mjs'
import { until } from './lib/process.mjs'
import { Province } from './lib/province.mjs'

let province, browser, chair, secretary, delegate, headers

before(async () => {
  province = await Province.start({ rooms: 1, startsIn: 300 })
  headers = await session(province, 'chair')
  await command(province, headers, { do: 'start' })
  browser = await launch({ origin: province.url })
  chair = await enter('chair')
  secretary = await enter('secretary')
  delegate = await enter('delegate')
  await until('everybody attending', () => province.happened('attended').length >= 4 || [province.happened('attended')], { within: 30_000 })
}, { timeout: 120_000 })

after(async () => {
  await browser?.close()
  await province?.stop()
})

async function enter(role) {
  const page = await person(browser, province, role)
  await page.goto(`${province.url}/meetings/${province.meeting}`)
  return page
}

/** How much of a video is of the fake screen's green now, from 0 to 1; a small copy is looked at. */
function greenOf(video) {
  return video.evaluate((video) => {
    const canvas = new OffscreenCanvas(64, 36)
    const draw = canvas.getContext('2d')
    draw.drawImage(video, 0, 0, 64, 36)
    const { data } = draw.getImageData(0, 0, 64, 36)
    let green = 0
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 1] > 100 && data[at] < 90 && data[at + 2] < 90) green += 1
    }
    return green / (64 * 36)
  })
}

const content = (page) => page.getByTestId('content-picture')

function seesScreen(page, who) {
  return until(`the screen at ${who}`, async () => {
    if ((await content(page).count()) === 0) return ['no content']
    const green = await greenOf(content(page))
    return green > 0.5 || [green]
  }, { within: 20_000 })
}

/** Waits until the room's screen has the shared one in the paper's place, as large as it can be. */
function roomSeesScreen(room) {
  return until(`the screen at ${room.name}`, async () => {
    const { content_rect: rect, picture_rect: main } = room.status()
    if (!rect) return ['no content']
    const { rgb } = crop(await screenshot(room.display), rect)
    let green = 0
    for (let at = 0; at < rgb.length; at += 3) {
      if (rgb[at + 1] > 100 && rgb[at] < 90 && rgb[at + 2] < 90) green += 1
    }
    const isLarge = rect[2] * rect[3] > main[2] * main[3]
    return (green > rgb.length / 6 && isLarge) || [green / (rgb.length / 3), rect, main]
  }, { within: 20_000 })
}

async function noScreen(page) {
  await page.getByTestId('share-bar').waitFor({ state: 'detached', timeout: 10_000 })
  assert.equal(await content(page).count(), 0)
}

/** Frames of the content that a page decoded: the video with the most pixels. */
function decoded(page) {
  return page.evaluate(async () => {
    let frames = 0
    for (const connection of globalThis.connectionsOfThisPage) {
      for (const part of (await connection.getStats()).values()) {
        if (part.type === 'inbound-rtp' && part.kind === 'video' && part.frameWidth >= 1280) frames = part.framesDecoded
      }
    }
    return frames
  })
}

test('screen_share_reaches_everybody', async () => {
  assert.equal(await delegate.getByTestId('start-sharing').count(), 0, 'a delegate is not offered it')
  await secretary.getByTestId('start-sharing').click()
  for (const [page, who] of [[chair, 'the chair'], [delegate, 'the delegate']]) await seesScreen(page, who)
  await roomSeesScreen(province.rooms[0])
  const before = await decoded(delegate)
  await until('more frames', async () => (await decoded(delegate)) >= before + 10 || [await decoded(delegate)], { within: 15_000 })
  assert.match(await delegate.getByTestId('share-words').innerText(), /đang chia sẻ màn hình$/)
  assert.equal(await secretary.getByTestId('share-words').innerText(), 'Mọi người đang thấy màn hình của bạn')
  assert.equal(await content(secretary).count(), 0, 'whoever shares does not see himself')
  assert.equal(await delegate.getByTestId('stop-sharing').count(), 0)
}, { timeout: 90_000 })

test('screen_share_is_no_obstacle_to_reading', async () => {
  await delegate.getByTestId('read-instead').click()
  assert.equal(await content(delegate).count(), 0)
  await delegate.getByTestId('back-to-content').click()
  await seesScreen(delegate, 'the delegate again')
}, { timeout: 60_000 })

test('a_second_screen_is_refused', async () => {
  assert.equal(await chair.getByTestId('start-sharing').count(), 0, 'it is not offered')
  await assert.rejects(command(province, headers, { do: 'start_sharing' }), /SCREEN_SHARED/)
}, { timeout: 30_000 })

test('the_chair_ends_a_screen_share', async () => {
  await chair.getByTestId('stop-sharing').click()
  for (const page of [chair, delegate, secretary]) await noScreen(page)
  await until('the room without it', () => !province.rooms[0].status().content_rect)
  await secretary.getByText('Màn hình của bạn không còn được chia sẻ.').waitFor({ timeout: 5_000 })
  await secretary.getByTestId('start-sharing').waitFor({ timeout: 5_000 })
}, { timeout: 60_000 })

test('a_page_ends_a_screen_share', async () => {
  await chair.getByTestId('start-sharing').click()
  await seesScreen(delegate, 'the delegate')
  await secretary.getByTestId('read-instead').click()
  await secretary.getByTestId('show-page').click()
  for (const page of [delegate, chair]) await noScreen(page)
}, { timeout: 60_000 })

test('a_browser_that_is_gone_shares_nothing', async () => {
  await secretary.getByTestId('start-sharing').click()
  await seesScreen(delegate, 'the delegate')
  await secretary.context().close()
  await delegate.getByTestId('share-bar').waitFor({ state: 'detached', timeout: 30_000 })
}, { timeout: 90_000 })

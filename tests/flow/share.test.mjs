// A browser shares its screen: the real server, one real room, three real browsers. Chromium's fake
// screen is a green ground, which no paper and no camera of a room has.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { launch, person, pictureOf } from './lib/browser.mjs'
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

/** Whether most of a picture is the fake screen. */
function isScreen(picture) {
  if (picture === null) return false
  let green = 0
  const pixels = picture.rgb.length / 3
  for (let at = 0; at < picture.rgb.length; at += 3) {
    const [red, lime, blue] = picture.rgb.subarray(at, at + 3)
    if (lime > 180 && red < 90 && blue < 90) green += 1
  }
  return green > pixels / 2
}

const content = (page) => page.getByTestId('content-picture')

function seesScreen(page, who) {
  return until(`the screen at ${who}`, async () => {
    if ((await content(page).count()) === 0) return ['no content']
    return isScreen(await pictureOf(content(page))) || ['not green']
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

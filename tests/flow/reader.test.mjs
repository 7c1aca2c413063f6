// Reading by oneself in the real application: a delegate searches, looks things up and shows pages
// as he likes, and nobody else's page turns by it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { launch, person } from './lib/browser.mjs'
import { addPaper, command, session } from './lib/papers.mjs'
import { until } from './lib/process.mjs'
import { Province } from './lib/province.mjs'

const RESOLUTION = join(import.meta.dirname, '../../web/stories/resolution.pdf')
/** Wide enough for two pages and for the panel beside the page. */
const DESK = { width: 1600, height: 900 }

let province, browser, chair, delegate, resolution, report

before(async () => {
  province = await Province.start({ rooms: 0, startsIn: 300 })
  report = province.papers[0].paper
  const secretary = await session(province, 'secretary')
  const bytes = readFileSync(RESOLUTION)
  const item = province.items[1]
  resolution = (await addPaper(province, secretary, { item, title: 'Nghị quyết số 12/NQ-HĐND', bytes })).paper
  await command(province, secretary, { do: 'issue_papers' })
  const presides = await session(province, 'chair')
  await command(province, presides, { do: 'start' })
  await command(province, presides, { do: 'show_page', paper: resolution, page: 1 })

  browser = await launch()
  chair = await person(browser, province, 'chair', DESK)
  delegate = await person(browser, province, 'delegate', DESK)
  for (const reader of [chair, delegate]) {
    await reader.goto(`${province.url}/meetings/${province.meeting}`)
    await drawn(reader, resolution, 1)
  }
}, { timeout: 120_000 })

after(async () => {
  await browser?.close()
  await province?.stop()
})

test('a delegate finds words without diacritics and goes from hit to hit', async () => {
  await delegate.locator('section.view').click()
  await delegate.keyboard.press('/')
  await delegate.getByTestId('find-input').fill('nghi quyet')
  const hits = await allHits()
  assert.ok(hits >= 10, `${hits} hits`)
  await says(`1/${hits}`)
  await marked(1)

  await delegate.keyboard.press('Enter')
  await says(`2/${hits}`)
  await delegate.keyboard.press('Shift+Enter')
  await delegate.keyboard.press('Shift+Enter')
  await says(`${hits}/${hits}`)
  const last = await until('the page of the last hit', async () => {
    const page = await pageOf(delegate)
    return page > 1 && page
  })
  await marked(last)
  await delegate.setViewportSize({ width: 1100, height: 900 })
  await settled()
  await until('the hit over its words on a smaller page', onWords, { within: 3_000 })
  await delegate.setViewportSize(DESK)
  await settled()
  await until('the hit over its words on a larger page', onWords, { within: 3_000 })
  assert.equal(await pageOf(chair), 1)
}, { timeout: 30_000 })

test('one diacritic typed is meant', async () => {
  await delegate.getByTestId('find-input').fill('nghĩ quyết')
  await says('không thấy')
  await delegate.getByTestId('find-input').fill('NGHỊ QUYẾT')
  const right = await allHits()
  assert.ok(right >= 10, `${right} hits`)
  await delegate.keyboard.press('Escape')
  await delegate.getByTestId('find-input').waitFor({ state: 'detached' })
}, { timeout: 30_000 })

test('contents and small pictures lead to their pages', async () => {
  await delegate.getByTestId('open-panel').click()
  const heading = delegate.getByTestId('heading').filter({ hasText: 'IV. Danh mục công trình' })
  const page = Number(await heading.getAttribute('data-page'))
  assert.ok(page > 1, `the heading is on page ${page}`)
  await heading.click()
  await drawn(delegate, resolution, page)

  await delegate.getByTestId('panel-thumbnails').click()
  await delegate.locator('[data-testid=thumbnail][data-page="2"][data-drawn=true]').click()
  await drawn(delegate, resolution, 2)
  await delegate.getByTestId('open-panel').click()
  assert.equal(await pageOf(chair), 1)
}, { timeout: 30_000 })

test('two pages stand side by side, and that is remembered on the device', async () => {
  await delegate.getByTestId('open-view').click()
  await delegate.getByTestId('mode-two').click()
  await delegate.getByTestId('night').click()
  await delegate.keyboard.press('Escape')
  await drawn(delegate, resolution, 1)
  await drawn(delegate, resolution, 2)
  const [left, right] = await Promise.all([1, 2].map((page) => sheet(page).boundingBox()))
  assert.ok(left.x + left.width <= right.x && left.y === right.y, 'side by side')
  await delegate.getByTestId('page-next').click()
  await drawn(delegate, resolution, 3)
  await drawn(delegate, resolution, 4)

  await delegate.reload()
  await drawn(delegate, resolution, 2)
  assert.notEqual(await sheet(1).evaluate((canvas) => getComputedStyle(canvas).filter), 'none')
  await delegate.getByTestId('open-view').click()
  await delegate.getByTestId('mode-one').click()
  await delegate.keyboard.press('Escape')
  assert.equal(await pageOf(chair), 1)
}, { timeout: 30_000 })

test('a word is found in another paper of the meeting, which opens at it', async () => {
  await delegate.getByTestId('open-find').click()
  await delegate.getByTestId('find-all').click()
  await delegate.getByTestId('everywhere').getByRole('searchbox').fill('kich ban tang truong')
  const found = delegate.locator(`[data-testid=everywhere-paper][data-paper="${report}"]`)
  const hit = found.getByTestId('everywhere-hit').first()
  const page = Number(await hit.getAttribute('data-page'))
  await hit.click()
  await drawn(delegate, report, page)
  await marked(page)
  assert.equal(await paperOf(chair), resolution)
}, { timeout: 30_000 })

test('pages that scroll below each other come to a hit and turn for nobody', async () => {
  await delegate.getByTestId('find-close').click()
  await delegate.getByTestId('back-to-shown').click()
  await drawn(delegate, resolution, 1)
  await chair.getByTestId('open-view').click()
  await chair.getByTestId('mode-continuous').click()
  await chair.keyboard.press('Escape')
  await chair.getByTestId('presenting').click()
  // Larger pages are not other pages.
  for (const key of ['+', '+', '0']) await chair.keyboard.press(key)
  await settled()
  assert.equal(await pageOf(delegate), 1)
  // Small ones leave room below for the next page, which nobody turned to.
  await chair.setViewportSize({ width: 1300, height: 1400 })
  for (const key of ['-', '-', '-', '-', 'PageDown']) await chair.keyboard.press(key)
  await drawn(delegate, resolution, 2)
  await settled()
  assert.equal(await pageOf(delegate), 2)
  await chair.keyboard.press('0')
  await chair.setViewportSize(DESK)

  await chair.locator('section.view').hover()
  await chair.mouse.wheel(0, 2_000)
  const page = await until('a page that was scrolled to', async () => {
    const at = await pageOf(delegate)
    return at > 2 && at
  })
  await chair.getByTestId('open-find').click()
  await chair.getByTestId('find-input').fill('giám sát')
  await chair.locator('[data-testid=hit][data-current=true]').first().waitFor()
  await chair.getByTestId('find-close').click()
  assert.equal(await pageOf(delegate), page)
  await chair.getByTestId('open-view').click()
  await chair.getByTestId('mode-one').click()
  await chair.keyboard.press('Escape')
  await chair.getByTestId('back-to-shown').click()
  await drawn(chair, resolution, page)
}, { timeout: 30_000 })

test('who turns pages for everybody looks something up for himself alone', async () => {
  const shown = (await pageOf(chair)) + 1
  await chair.getByTestId('presenting').click()
  await chair.getByTestId('page-next').click()
  await drawn(delegate, resolution, shown)

  await chair.getByTestId('open-find').click()
  await chair.getByTestId('find-input').fill('giám sát')
  const page = await until('the page of the hit', async () => {
    const at = await pageOf(chair)
    return at > shown && at
  })
  assert.equal(await chair.getByTestId('presenting').getAttribute('aria-checked'), 'false')
  await chair.getByTestId('page-previous').click()
  await drawn(chair, resolution, page - 1)
  assert.equal(await pageOf(delegate), shown)

  await chair.getByTestId('show-page').click()
  await drawn(delegate, resolution, page - 1)
}, { timeout: 30_000 })

function sheet(page) {
  return delegate.locator(`[data-testid=page][data-page="${page}"]`)
}

function drawn(reader, paper, page) {
  const canvas = `[data-testid=page][data-paper="${paper}"][data-page="${page}"][data-drawn=true]`
  return reader.locator(canvas).waitFor({ timeout: 15_000 })
}

function pageOf(reader) {
  return reader.getByTestId('page').first().getAttribute('data-page').then(Number)
}

function paperOf(reader) {
  return reader.getByTestId('page').first().getAttribute('data-paper')
}

/** How many hits there are, once the whole paper was searched. */
async function allHits() {
  const count = delegate.getByTestId('find-count')
  return until('the end of the search', async () => {
    const { hits, done } = await count.evaluate(({ dataset }) => ({ ...dataset }))
    return done === 'true' && Number(hits) > 0 && Number(hits)
  })
}

function says(words) {
  return until(`"${words}"`, async () => (await delegate.getByTestId('find-count').innerText()) === words)
}

/** Time enough for what should not happen. */
function settled() {
  return delegate.waitForTimeout(600)
}

/** Whether the hit that is looked at lies over the words that were looked for. */
function onWords() {
  return delegate.locator('[data-testid=hit][data-current=true]').first().evaluate((hit) => {
    const { left, top, width, height } = hit.getBoundingClientRect()
    const under = document.elementsFromPoint(left + width / 2, top + height / 2)
    return under.some((part) => part.closest('.text > *') !== null && /nghị quyết/i.test(part.textContent))
  })
}

/** The hit that is looked at is marked on its page, and in view. */
async function marked(page) {
  const hit = delegate.locator('[data-testid=hit][data-current=true]').first()
  await until(`a hit in view on page ${page}`, async () => {
    if ((await pageOf(delegate)) !== page || (await hit.count()) === 0) return false
    const [box, view] = [await hit.boundingBox(), await delegate.locator('section.view').boundingBox()]
    return box !== null && box.width > 8 && box.y >= view.y && box.y + box.height <= view.y + view.height
  })
}

// The chair's controls, from the web page to the rooms' screens and loudspeakers: the real server,
// three real rooms, one real browser.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, mainPicture, person } from './lib/browser.mjs'
import { markOf, readMark } from './lib/mark.mjs'
import { command, session } from './lib/papers.mjs'
import { run, until } from './lib/process.mjs'
import { Province } from './lib/province.mjs'
import { showsPictureOf } from './lib/screen.mjs'
import { listen, toneIn } from './lib/sound.mjs'

const TONES = [440, 550, 660]

let province, browser, chair

before(async () => {
  const edit = (room) => room.configure(/tone_hz = \d+/, `tone_hz = ${TONES[room.index]}`)
  province = await Province.start({ rooms: 3, startsIn: 300, edit })
  browser = await launch()
  chair = await person(browser, province, 'chair')
  await chair.goto(`${province.url}/meetings/${province.meeting}`)
  await chair.getByTestId('start-meeting').click()
  if (await chair.getByTestId('confirm').isVisible()) await chair.getByTestId('confirm').click()
  await until('three rooms attending', () => province.happened('attended').length >= 4, { within: 30_000 })
}, { timeout: 120_000 })

after(async () => {
  await browser?.close()
  await province?.stop()
})

test('v09_microphones_off', async () => {
  for (const room of province.rooms) {
    await until(`${room.name} with its microphone off`, () => room.status()?.microphone === 'off')
    await hears(room, [])
  }
}, { timeout: 60_000 })

test('v03_give_floor and a loudspeaker that is off', async () => {
  const [speaker, one, other] = province.rooms
  await giveFloor(speaker)
  for (const room of [one, other]) {
    await showsPictureOf(room, speaker, 10_000)
    await hears(room, [TONES[0]])
  }
  await openControls()
  await pointLine(one).getByTestId('silence-point').click()
  await hears(one, [])
  await hears(other, [TONES[0]])
  await pointLine(one).getByTestId('unsilence-point').click()
  await hears(one, [TONES[0]])
  await closeControls()
  await chair.getByTestId('withdraw-floor').click()
  await hears(other, [])
}, { timeout: 120_000 })

test('v04_roll_call', async () => {
  await openControls()
  const called = Date.now()
  await chair.getByTestId('call-roll').click()
  const marks = await until('the roll on the disk', () => province.happened('roll_recorded').at(-1)?.marks, { within: 12_000 })
  assert.ok(Date.now() - called < 11_000, `${Date.now() - called} ms`)
  for (const room of province.rooms) {
    const { present, by } = marks[room.point]
    assert.ok(present, room.name)
    assert.equal(by.kind, 'report')
    assert.ok(by.evidence.media && by.evidence.screen && Math.abs(by.evidence.clock_ahead_ms) < 5_000)
  }
  const away = Object.values(marks).filter(({ present }) => !present)
  assert.ok(away.every(({ by }) => by.kind === 'silence'))
  await until('the result on the page', async () => {
    const roll = chair.getByTestId('roll')
    return (await roll.getAttribute('data-present')) === String(province.rooms.length)
  })
  await closeControls()
}, { timeout: 60_000 })

test('v05_view_unseen', async () => {
  const [speaker, viewed, other] = province.rooms
  await giveFloor(speaker)
  await showsPictureOf(other, speaker, 10_000)
  await openControls()
  const before = lastEvents()
  await pointLine(viewed).getByTestId('view-point').click()
  await chairSees(viewed)
  await showsPictureOf(other, speaker, 2_000)
  assert.equal(lastEvents(), before, 'nothing of it is in the log')
  await pointLine(viewed).getByTestId('view-point').click()
  await chairSees(speaker)
  await closeControls()
  await chair.getByTestId('withdraw-floor').click()
}, { timeout: 90_000 })

test('v06_layouts', async () => {
  const [room, other] = province.rooms
  await openControls()
  const picture = (at) => at.status()?.picture_rect?.[2] ?? 0
  await chair.locator('[data-testid=layout][data-layout=one]').click()
  await until('a large picture at both', () => [room, other].every((at) => picture(at) > 1_000))
  await pointLine(room).getByTestId('point-layout').selectOption('content_and_speaker')
  await until('its own layout set', () => province.happened('layout_set').at(-1)?.scope.id === room.point)
  assert.ok(picture(other) > 1_000, 'the other room keeps the one for all')
  await chair.locator('[data-testid=layout][data-layout=content_and_speaker]').click()
  await closeControls()
}, { timeout: 60_000 })

test('a line that fails while a page loads is tried again, without a hand', async () => {
  const { user, password } = province.account('delegate')
  const page = await (await browser.newContext({ locale: 'vi-VN' })).newPage()
  const failed = await failTwice(page, '**/api/session', '**/MeetingPage-*.js')
  await page.goto(`${province.url}/meetings/${province.meeting}`)
  await page.getByTestId('sign-in-user').fill(user)
  await page.getByTestId('sign-in-password').fill(password)
  await page.getByTestId('sign-in-submit').click()
  await page.getByTestId('main-picture').waitFor()
  assert.deepEqual(Object.values(failed), [2, 2])
  await page.close()
}, { timeout: 60_000 })

async function openControls() {
  await chair.getByTestId('open-controls').click()
  await chair.getByTestId('point-controls').waitFor()
}

async function closeControls() {
  await chair.keyboard.press('Escape')
  await chair.getByTestId('point-controls').waitFor({ state: 'detached' })
}

test('v07_voice_switching: the picture follows who speaks, and silence changes nothing', async () => {
  const [one, two, other] = province.rooms
  const headers = await session(province, 'chair')
  await command(province, headers, { do: 'begin_discussion' })
  await chair.getByTestId('open-controls').click()
  await chair.locator('[data-testid=follow-voices][data-seconds="2"]').click()
  await chair.getByTestId('stop-following-voices').waitFor()
  await chair.keyboard.press('Escape')
  for (const speaker of [one, two]) {
    await toggleMicrophone(speaker)
    await until(`${speaker.name} with its microphone on`, () => speaker.status()?.microphone === 'on')
    await showsPictureOf(other, speaker, 10_000)
    await toggleMicrophone(speaker)
    await until(`${speaker.name} with its microphone muted`, () => speaker.status()?.microphone === 'muted')
  }
  await command(province, headers, { do: 'end_discussion' })
}, { timeout: 90_000 })

function pointLine(room) {
  return chair.locator(`[data-testid=point-line][data-point="${room.point}"]`)
}

async function giveFloor(room) {
  if (await chair.getByTestId('tab-queue').isVisible()) await chair.getByTestId('tab-queue').click()
  await chair.getByTestId('invite-speaker').click()
  await chair.locator(`[data-testid=give-floor][data-speaker="${room.point}"]`).click()
  await chair.locator(`[data-testid=floor-holder][data-speaker="${room.point}"]`).waitFor({ state: 'attached' })
}

/** Turns a room's own microphone on or off, from the room. */
async function toggleMicrophone(room) {
  const xdotool = (...args) => run('xdotool', args, { env: { DISPLAY: room.display } })
  await xdotool('search', '--sync', '--onlyvisible', '--name', '.', 'windowfocus', '--sync')
  await xdotool('key', 'm')
}

/** How many events of any kind that a view could have left. */
function lastEvents() {
  return ['floor_given', 'floor_withdrawn', 'layout_set', 'page_shown'].map((kind) => province.happened(kind).length).join()
}

async function chairSees(room) {
  await until(`the picture of ${room.name} on the chair's page`, async () => {
    const picture = await mainPicture(chair)
    const mark = picture && readMark(picture)
    return mark?.point === markOf(room.point) || [mark]
  }, { within: 10_000 })
}

/** A room's loudspeaker plays these tones and no other. */
async function hears(room, tones) {
  await until(`${tones.join() || 'silence'} at ${room.name}`, async () => {
    const samples = await listen({ server: province.pulse, sink: room.sink, milliseconds: 500 })
    const found = TONES.map((each) => toneIn(samples, each))
    const right = found.every((amplitude, i) => (tones.includes(TONES[i]) ? amplitude > 0.05 : amplitude < 0.01))
    return right || found
  }, { within: 10_000 })
}

/** Breaks off the first two requests for each of these; how many were. */
async function failTwice(page, ...patterns) {
  const failed = {}
  for (const pattern of patterns) {
    failed[pattern] = 0
    await page.route(pattern, (route) => {
      if (failed[pattern] === 2) return route.continue()
      failed[pattern] += 1
      return route.abort('internetdisconnected')
    })
  }
  return failed
}

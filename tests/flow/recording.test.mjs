// V11: a meeting is recorded, everybody is told, the server is killed in the middle, and what was
// recorded can be watched.
import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { launch, person } from './lib/browser.mjs'
import { crop, screenshot } from './lib/image.mjs'
import { command, session } from './lib/papers.mjs'
import { run, until } from './lib/process.mjs'
import { Province } from './lib/province.mjs'

const LOST_MS_MAX = 1_000
const SERVER = join(import.meta.dirname, '../../target/debug/diemcau-server')

let province, browser, chair, headers, killedAt

before(async () => {
  province = await Province.start({ rooms: 2, startsIn: 300 })
  browser = await launch()
  chair = await person(browser, province, 'chair')
  await chair.goto(`${province.url}/meetings/${province.meeting}`)
  headers = await session(province, 'chair')
  await command(province, headers, { do: 'start' })
  await until('two rooms in the meeting', () =>
    province.rooms.every((room) => room.status()?.meeting === province.meeting && room.status().call_connected))
  const [room] = province.rooms
  await until('a floor that was given', async () => {
    await command(province, headers, { do: 'open_item', item: province.items[0] })
    await command(province, headers, { do: 'give_floor', speaker: { kind: 'point', id: room.point } })
    return province.happened('floor_given').length > 0
  })
}, { timeout: 120_000 })

after(async () => {
  await browser?.close()
  await province?.stop()
})

test('v11: a recording is told in every room and every browser', async () => {
  await chair.getByTestId('start-recording').click()
  await chair.locator('[data-testid=recording-notice][data-state=on]').waitFor()
  assert.match(await chair.getByTestId('recording-notice').innerText(), /Đang ghi hình/)
  for (const room of province.rooms) {
    await until(`the notice at ${room.name}`, async () =>
      room.status()?.recording === 'on' && (await redDots(room)) > 200)
  }
}, { timeout: 60_000 })

test('v11: a server that is killed loses less than a second, and records on by itself', async () => {
  await pause(8_000)
  killedAt = Date.now()
  province.server.crash()
  await until('the server again', async () => province.server.starts > 1 && (await fetch(`${province.url}/healthz`)).ok)
  const point = province.rooms[0].point
  const first = await until('a repaired file', async () =>
    (await recorded()).parts.find((part) => part.speaker.id === point))
  const lost = killedAt - first.ended_at
  console.log(`# ${lost} ms were lost to kill -9, of ${first.ended_at - first.started_at} ms`)
  assert.ok(lost <= LOST_MS_MAX, `${lost} ms are lost`)
  assert.ok(first.ended_at - first.started_at >= 6_000, 'most of it is there')
  await until('the notice again', () => province.rooms.every((room) => room.status()?.online && room.status().recording === 'on'))
  await until('media again', () => province.rooms.every((room) => room.status()?.call_connected))
  await pause(5_000)
}, { timeout: 90_000 })

test('v11: it ends when the chair says so, and nobody is told any longer', async () => {
  await chair.getByTestId('stop-recording').click()
  await chair.getByTestId('start-recording').waitFor()
  assert.equal(await chair.getByTestId('recording-notice').count(), 0)
  for (const room of province.rooms) {
    await until(`no notice at ${room.name}`, async () =>
      room.status()?.recording === null && (await redDots(room)) === 0)
  }
}, { timeout: 60_000 })

test('v11: the files are clean and their chain holds', async () => {
  const point = province.rooms[0].point
  const { parts } = await until('two files of the room', async () => {
    const all = await recorded()
    return all.parts.filter((part) => part.speaker.id === point).length >= 2 && all
  })
  for (const part of parts) {
    const answer = await fetch(`${province.url}/api/recordings/${part.part}?keep=true`, { headers })
    assert.equal(answer.headers.get('content-type'), 'video/webm')
    const file = join(province.dir, `${part.part}.webm`)
    const bytes = Buffer.from(await answer.arrayBuffer())
    assert.equal(bytes.length, part.bytes)
    writeFileSync(file, bytes)
    await decodes(file, part)
  }
  const folder = join(province.dir, 'data/recordings', province.meeting)
  const [recording] = readdirSync(folder)
  const told = (await run(SERVER, ['verify-recording', join(folder, recording)])).toString()
  assert.match(told, /^\d+ links, [0-9a-f]{64}\n$/)
}, { timeout: 120_000 })

test('v11: a delegate watches and takes nothing away, a stranger knows nothing', async () => {
  const delegate = await session(province, 'delegate')
  const seen = await recorded(delegate)
  assert.equal(seen.may_keep, false)
  const path = `${province.url}/api/recordings/${seen.parts[0].part}`
  const part = await fetch(path, { headers: { ...delegate, range: 'bytes=0-3' } })
  assert.equal(part.status, 206)
  assert.equal(Buffer.from(await part.arrayBuffer()).toString('hex'), '1a45dfa3')
  assert.equal((await fetch(`${path}?keep=true`, { headers: delegate })).status, 403)
  const technician = await session(province, 'technician')
  assert.equal((await fetch(path, { headers: technician })).status, 404)
}, { timeout: 30_000 })

test('v11: Chromium plays the meeting, with its log as chapters', async () => {
  await command(province, headers, { do: 'end' })
  await chair.getByTestId('to-recordings').click()
  const video = chair.getByTestId('recording')
  await chair.getByTestId('recording-play').click()
  await until('a picture that moves', async () => {
    const { currentTime, videoWidth, decoded } = await playing(video)
    return (videoWidth > 0 && currentTime > 1 && decoded > 10) || [currentTime, videoWidth, decoded]
  })
  const name = province.rooms[0].name
  assert.ok((await chair.getByTestId('recording-who').innerText()).includes(name.replace('Điểm cầu ', '')))
  assert.ok((await chair.getByTestId('chapter').count()) > 0, 'chapters')

  const before = (await playing(video)).currentTime
  await video.evaluate((element) => {
    element.currentTime = 5
  })
  await until('the fifth second', async () => {
    const { currentTime, seeking } = await playing(video)
    return !seeking && currentTime >= 5 && currentTime < 8
  })
  assert.ok(before < 5)
  // Behind the end of the first file the film goes on with the next one.
  const part = await video.getAttribute('data-part')
  const seek = chair.getByTestId('recording-seek')
  await seek.evaluate((slider) => {
    slider.value = String(Number(slider.max) - 2_000)
    slider.dispatchEvent(new Event('change', { bubbles: true }))
  })
  await until('the file after the crash', async () =>
    (await video.getAttribute('data-part')) !== part && (await playing(video)).currentTime > 0)
}, { timeout: 90_000 })

async function recorded(as = headers) {
  const answer = await fetch(`${province.url}/api/meetings/${province.meeting}/recordings`, { headers: as })
  assert.equal(answer.status, 200)
  return answer.json()
}

function playing(video) {
  return video.evaluate((element) => ({
    currentTime: element.currentTime,
    videoWidth: element.videoWidth,
    seeking: element.seeking,
    decoded: element.getVideoPlaybackQuality().totalVideoFrames,
  }))
}

/** Every frame decodes without a word, and the file says how long it is. */
async function decodes(file, part) {
  const quiet = ['-v', 'error', '-hide_banner']
  const script = `ffmpeg ${quiet.join(' ')} -i "$0" -f null - 2>&1`
  assert.equal((await run('sh', ['-c', script, file])).toString(), '', file)
  const asked = ['-v', 'error', '-show_entries', 'format=duration:stream=codec_name,width', '-of', 'json', file]
  const { format, streams } = JSON.parse(await run('ffprobe', asked))
  const length = part.ended_at - part.started_at
  assert.ok(Math.abs(Number(format.duration) * 1000 - length) < 500, `${format.duration} s, told ${length} ms`)
  const codecs = streams.map((stream) => stream.codec_name).sort()
  assert.deepEqual(codecs, part.has_picture ? ['opus', 'vp8'] : ['opus'])
  const probe = ['-v', 'error', '-count_packets', '-show_entries', 'stream=codec_name,nb_read_packets', '-of', 'json', file]
  const counted = JSON.parse(await run('ffprobe', probe))
  for (const { codec_name: codec, nb_read_packets: packets } of counted.streams) {
    assert.ok(Number(packets) > (length / 1000) * 5, `${packets} packets of ${codec} in ${length} ms`)
  }
}

/** How many pixels of the bar on top of a room's screen are of the red of the notice. */
async function redDots(room) {
  const picture = await screenshot(room.display)
  const bar = crop(picture, [0, 0, picture.width, 96])
  let dots = 0
  for (let at = 0; at < bar.rgb.length; at += 3) {
    const [red, green, blue] = bar.rgb.subarray(at, at + 3)
    if (Math.abs(red - 0xff) < 8 && Math.abs(green - 0x4b) < 8 && Math.abs(blue - 0x55) < 8) dots += 1
  }
  return dots
}

// Layers: a browser sends its camera in three; a browser on a thin line is shown a smaller one, and
// the largest again when the line is wide.
import { after, before, test } from 'node:test'
import { launch, person } from './lib/browser.mjs'
import { Line } from './lib/line.mjs'
import { until } from './lib/process.mjs'
import { Province } from './lib/province.mjs'

let line, province, near, far, chair, viewer

before(async () => {
  line = Line.lay()
  province = await Province.start({ rooms: 1, startsIn: 300, host: line.server })
  ;[near, far] = [await launch({ origin: province.url }), await launch({ netns: line.netns })]
  chair = await person(near, province, 'chair')
  // A browser in a namespace of its own may be slow to find the server the first time.
  viewer = await person(far, province, 'secretary').catch(() => person(far, province, 'secretary'))
  await chair.goto(`${province.url}/meetings/${province.meeting}`)
  await viewer.goto(`${province.url}/meetings/${province.meeting}`)
  await chair.getByTestId('start-meeting').click()
  if (await chair.getByTestId('confirm').isVisible()) await chair.getByTestId('confirm').click()
}, { timeout: 120_000 })

after(async () => {
  await near?.close()
  await far?.close()
  await province?.stop()
  line?.remove()
})

/** The streams of pictures of a page in one direction, by `getStats`. */
function streams(page, type) {
  return page.evaluate(async (type) => {
    const found = []
    for (const connection of globalThis.connectionsOfThisPage) {
      if (connection.connectionState !== 'connected') continue
      for (const part of (await connection.getStats()).values()) {
        if (part.type === type && part.kind === 'video') found.push(JSON.parse(JSON.stringify(part)))
      }
    }
    return found
  }, type)
}

async function shown() {
  const [most] = (await streams(viewer, 'inbound-rtp')).sort((a, b) => (b.framesDecoded ?? 0) - (a.framesDecoded ?? 0))
  return most
}

const isShown = (what, fits, within) =>
  until(what, async () => {
    const before = await shown()
    await new Promise((done) => setTimeout(done, 500))
    const now = await shown()
    const flows = now?.framesDecoded > (before?.framesDecoded ?? 0)
    return (flows && fits(now.frameWidth)) || [now?.frameWidth, now?.framesDecoded]
  }, { within })

test('v14_layers: the camera is sent in three layers, and the largest is shown', async () => {
  await until('three layers', async () => {
    const sent = await streams(chair, 'outbound-rtp')
    const flowing = sent.filter((stream) => stream.framesEncoded > 0).map((stream) => stream.rid)
    return flowing.length === 3 || [flowing]
  }, { within: 20_000 })
  await isShown('the largest layer', (width) => width === 1280, 20_000)
}, { timeout: 60_000 })

test('v14_layers: a thin line is shown a smaller one', async () => {
  line.limit('260kbit')
  await isShown('a smaller layer', (width) => width <= 640, 30_000)
}, { timeout: 60_000 })

test('v14_layers: a wide line is shown the largest again', async () => {
  line.limit(null)
  await isShown('the largest layer', (width) => width === 1280, 45_000)
}, { timeout: 60_000 })

test('layers that nobody looks at are not sent', async () => {
  await viewer.goto(`${province.url}/`)
  await province.rooms[0].agent.stop()
  await until('fewer layers', async () => {
    const sent = await streams(chair, 'outbound-rtp')
    const active = sent.filter((stream) => stream.active).length
    return active < 3 || [active]
  }, { within: 20_000 })
}, { timeout: 40_000 })

// Behind a network that lets nothing out but web and TURN: browser and room are in the meeting all
// the same, with passwords that the server made; nobody gets anything else out of the relay.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { framesDecoded, launch, person } from './lib/browser.mjs'
import { Line } from './lib/line.mjs'
import { command, session } from './lib/papers.mjs'
import { until } from './lib/process.mjs'
import { Province } from './lib/province.mjs'
import { Turn } from './lib/turn.mjs'

let line, turn, province, headers, browser, page, near, far

before(async () => {
  line = Line.lay()
  turn = await Turn.start(line.server, line.server)
  const edit = (room) => {
    if (room.index === 1) room.netns = line.netns
    room.drawInMemory({ width: 640, height: 360 })
  }
  const server = (text) => text.replace('[media]', '[media]\ntcp = false') + turn.section
  province = await Province.start({ rooms: 2, startsIn: 300, host: line.server, edit, server })
  ;[near, far] = province.rooms
  headers = await session(province, 'chair')
  await command(province, headers, { do: 'start' })
  await until('both rooms in the call', () => province.rooms.every((room) => room.status()?.call_connected))
  await command(province, headers, { do: 'give_floor', speaker: { kind: 'point', id: near.point } })
  browser = await launch({ netns: line.netns })
  page = await person(browser, province, 'secretary').catch(() => person(browser, province, 'secretary'))
}, { timeout: 120_000 })

after(async () => {
  await browser?.close()
  await province?.stop()
  await turn?.stop()
  line?.remove()
})

/** The pair of addresses that the page's living connection goes over. */
function path() {
  return page.evaluate(async () => {
    for (const connection of globalThis.connectionsOfThisPage) {
      if (connection.connectionState !== 'connected') continue
      const stats = await connection.getStats()
      const transport = [...stats.values()].find((part) => part.type === 'transport')
      const pair = stats.get(transport?.selectedCandidatePairId)
      const local = stats.get(pair?.localCandidateId)
      return { kind: local?.candidateType, relay: local?.relayProtocol }
    }
    return null
  })
}

async function enters() {
  await page.goto(`${province.url}/meetings/${province.meeting}`)
  return until('pictures in the browser', async () => {
    const frames = await framesDecoded(page)
    return frames > 20 ? path() : [frames, await path()]
  }, { within: 20_000 })
}

test('v13_turn_not_needed: whoever reaches the server itself goes there, relay or not', async () => {
  line.allow(null)
  const { kind } = await enters()
  assert.notEqual(kind, 'relay')
}, { timeout: 40_000 })

test('v13_turn_udp: only the TURN port is open, and the picture flows through it', async () => {
  line.allow({ tcp: [province.port], udp: [turn.port] })
  assert.deepEqual(await enters(), { kind: 'relay', relay: 'udp' })
}, { timeout: 40_000 })

test('v13_turn_agent: a room behind the same network comes through the relay', async () => {
  await until('the room', async () => far.status()?.call_connected || [far.status()], { within: 30_000 })
  await command(province, headers, { do: 'give_floor', speaker: { kind: 'point', id: far.point } })
  const before = await framesDecoded(page)
  await until('the picture of the room', async () => (await framesDecoded(page)) > before + 20, { within: 20_000 })
  await command(province, headers, { do: 'give_floor', speaker: { kind: 'point', id: near.point } })
  const seen = far.status().frames_decoded
  await until('the picture in the room', () => far.status().frames_decoded > seen + 20, { within: 20_000 })
}, { timeout: 90_000 })

test('v13_turn_tcp: where no datagram gets out it is TURN over TCP', async () => {
  line.allow({ tcp: [province.port, turn.port], udp: [] })
  assert.deepEqual(await enters(), { kind: 'relay', relay: 'tcp' })
}, { timeout: 40_000 })

/** The relays that the page gets with these, or the errors. */
function asks({ username, credential }) {
  const urls = [turn.urls[1]]
  return page.evaluate(async (server) => {
    const connection = new RTCPeerConnection({ iceServers: [server], iceTransportPolicy: 'relay' })
    const seen = []
    connection.onicecandidateerror = ({ errorCode }) => seen.push(errorCode)
    connection.onicecandidate = ({ candidate }) => candidate?.type && seen.push(candidate.type)
    connection.createDataChannel('x')
    await connection.setLocalDescription()
    const deadline = Date.now() + 10_000
    while (connection.iceGatheringState !== 'complete' && Date.now() < deadline) {
      await new Promise((done) => setTimeout(done, 50))
    }
    connection.close()
    return seen
  }, { urls, username, credential })
}

test('v13_turn_refused: a password that is over, foreign or made up opens nothing', async () => {
  assert.deepEqual(await asks(turn.credentials()), ['relay'], 'the same way with a good one')
  const [good, other] = [turn.credentials(), turn.credentials({ endsIn: 6_000 })]
  const cases = {
    over: turn.credentials({ endsIn: -5 }),
    foreign: turn.credentials({ secret: 'mot-bi-mat-khac-hoan-toan' }),
    prolonged: { username: other.username, credential: good.credential },
  }
  for (const [name, credentials] of Object.entries(cases)) {
    assert.deepEqual(await asks(credentials), [401], name)
  }
}, { timeout: 60_000 })

test('v13_turn_peers: with a good password the relay leads to the media address alone', () => {
  const reach = (peer) => {
    const options = ['-c', '-n', '1', '-m', '1', '-W', turn.secret, '-r', '9', '-p', String(turn.port)]
    const asked = spawnSync('turnutils_uclient', [...options, '-e', peer, line.server], { encoding: 'utf8', timeout: 12_000 })
    return asked.stdout + asked.stderr
  }
  for (const peer of [line.far, '192.0.2.1', '127.0.0.1', '10.0.0.1']) assert.match(reach(peer), /403 \(Forbidden IP\)/, peer)
  const media = reach(line.server)
  assert.match(media, /tot_send_msgs=1/)
  assert.doesNotMatch(media, /403/)
}, { timeout: 60_000 })

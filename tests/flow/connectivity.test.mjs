// The ways to the conference: a real Chromium publishes and watches over UDP, over TCP alone, through
// a TURN server alone, and goes on when its path is made anew.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { launch } from './lib/browser.mjs'
import { Kept, until } from './lib/process.mjs'
import { binary, freePort } from './lib/province.mjs'

const root = join(import.meta.dirname, '../..')
const TURN = { user: 'diemcau', password: 'thu-duong-truyen', realm: 'diemcau' }

let folder, server, turn, turnPort, browser, page

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'diemcau-connectivity.'))
  const port = await freePort('127.0.0.1')
  const bench = readFileSync(join(root, 'tests/load/bench.toml'), 'utf8')
  const config = join(folder, 'bench.toml')
  writeFileSync(config, bench.replaceAll('127.0.0.1:8095', `127.0.0.1:${port}`).replace('[media]', '[media]\ntcp = true'))
  server = new Kept({ name: 'server', command: binary('diemcau-server'), args: ['--config', config], log: join(folder, 'server.log') })
  turnPort = await freePort('127.0.0.1')
  const args = [
    '-n', '--no-cli', '--no-tls', '--no-dtls', '--lt-cred-mech', '--allow-loopback-peers',
    '--listening-ip', '127.0.0.1', '--relay-ip', '127.0.0.1', '--listening-port', String(turnPort),
    '--user', `${TURN.user}:${TURN.password}`, '--realm', TURN.realm, '--pidfile', join(folder, 'turn.pid'),
    '--log-file', 'stdout',
  ]
  turn = new Kept({ name: 'turn', command: 'turnserver', args, log: join(folder, 'turn.log') })
  const url = `http://127.0.0.1:${port}`
  await until('the server', async () => (await fetch(`${url}/healthz`)).ok)
  browser = await launch()
  page = await (await browser.newContext({ permissions: ['camera', 'microphone'] })).newPage()
  await page.goto(url)
  await page.evaluate(client, { turn: `turn:127.0.0.1:${turnPort}?transport=udp`, ...TURN })
}, { timeout: 60_000 })

after(async () => {
  await browser?.close()
  await turn?.stop()
  await server?.stop()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

/** Runs in the page: a WHIP and WHEP client that can be kept to one way. */
function client({ turn, user, password }) {
  const connections = {}
  const headers = { authorization: 'Bearer bench', 'content-type': 'application/sdp' }

  const gathered = (connection) => new Promise((resolve) => {
    const look = () => connection.iceGatheringState === 'complete' && resolve()
    connection.addEventListener('icegatheringstatechange', look)
    look()
  })

  const kept = (sdp, way) =>
    sdp.split('\r\n').filter((line) => way !== 'tcp' || !/^a=candidate:\S+ \d udp /i.test(line)).join('\r\n')

  globalThis.connect = async (name, kind, stream, way) => {
    const relay = { iceTransportPolicy: 'relay', iceServers: [{ urls: turn, username: user, credential: password }] }
    const connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle', ...(way === 'relay' ? relay : {}) })
    if (kind === 'whip') {
      const camera = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 360 }, audio: true })
      for (const track of camera.getTracks()) connection.addTransceiver(track, { direction: 'sendonly' })
    } else {
      for (const what of ['video', 'audio']) connection.addTransceiver(what, { direction: 'recvonly' })
    }
    await connection.setLocalDescription()
    await gathered(connection)
    const answer = await fetch(`/${kind}/bench?stream=${stream}`, { method: 'POST', headers, body: connection.localDescription.sdp })
    if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`)
    const sdp = kept(await answer.text(), way)
    await connection.setRemoteDescription({ type: 'answer', sdp })
    connections[name] = { connection, sdp, session: answer.headers.get('location'), etag: answer.headers.get('etag') }
  }

  /** RFC 9725 §4.3.2: fresh credentials in, fresh credentials out. */
  globalThis.restart = async (name) => {
    const kept = connections[name]
    const { connection } = kept
    connection.restartIce()
    await connection.setLocalDescription()
    const lines = connection.localDescription.sdp.split('\r\n')
    const wanted = ['a=ice-ufrag:', 'a=ice-pwd:', 'm=', 'a=mid:']
    const fragment = wanted.map((start) => lines.find((line) => line.startsWith(start))).join('\r\n')
    const answer = await fetch(kept.session, {
      method: 'PATCH',
      headers: { ...headers, 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': kept.etag },
      body: `${fragment}\r\n`,
    })
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
    const fresh = (await answer.text()).split(/\r?\n/)
    kept.sdp = kept.sdp.split('\r\n').map((line) => {
      const start = ['a=ice-ufrag:', 'a=ice-pwd:'].find((each) => line.startsWith(each))
      return start ? fresh.find((each) => each.startsWith(start)) : line
    }).join('\r\n')
    await connection.setRemoteDescription({ type: 'answer', sdp: kept.sdp })
  }

  globalThis.look = async (name) => {
    const { connection } = connections[name]
    const stats = [...(await connection.getStats()).values()]
    const of = (id) => stats.find((part) => part.id === id)
    const transport = stats.find((part) => part.type === 'transport')
    const pair = of(transport?.selectedCandidatePairId)
    const video = stats.find((part) => part.kind === 'video' && /^(in|out)bound-rtp$/.test(part.type))
    return {
      state: connection.connectionState,
      frames: video?.framesDecoded ?? video?.framesEncoded ?? 0,
      bytes: (transport?.bytesReceived ?? 0) + (transport?.bytesSent ?? 0),
      local: of(pair?.localCandidateId)?.candidateType,
      protocol: of(pair?.localCandidateId)?.protocol,
      relay: of(pair?.localCandidateId)?.relayProtocol,
      ufrag: transport?.iceLocalUsernameFragment,
    }
  }

  globalThis.leave = (name) => connections[name].connection.close()
}

const connect = (...args) => page.evaluate((given) => globalThis.connect(...given), args)
const look = (name) => page.evaluate((given) => globalThis.look(given), name)

/** Frames flow on a connection: so many more than now. */
async function flows(name, frames = 20) {
  const before = await look(name)
  return until(`frames of ${name}`, async () => {
    const now = await look(name)
    return now.frames >= before.frames + frames ? now : [now]
  }, { within: 20_000 })
}

test('v13_udp: a browser publishes, another connection watches', async () => {
  await connect('publisher', 'whip', 'camera', 'udp')
  await connect('viewer', 'whep', 'camera', 'udp')
  const [published, watched] = [await flows('publisher'), await flows('viewer')]
  for (const end of [published, watched]) assert.equal(end.protocol, 'udp')
  assert.ok(watched.bytes > 50_000, `${watched.bytes} bytes`)
}, { timeout: 60_000 })

test('v13_ice_restart: the path is made anew and the picture goes on', async () => {
  for (const name of ['viewer', 'publisher']) {
    const before = await look(name)
    await page.evaluate((given) => globalThis.restart(given), name)
    const now = await until(`${name} on its new path`, async () => {
      const seen = await look(name)
      return (seen.ufrag !== before.ufrag && seen.state === 'connected') ? seen : [seen]
    }, { within: 10_000 })
    assert.ok(now.frames >= before.frames, 'the same stream')
    await flows('viewer')
  }
}, { timeout: 60_000 })

test('v13_tcp: where UDP is blocked the picture goes over TCP, both ways', async () => {
  await connect('tcp-publisher', 'whip', 'over-tcp', 'tcp')
  await connect('tcp-viewer', 'whep', 'over-tcp', 'tcp')
  for (const name of ['tcp-publisher', 'tcp-viewer']) assert.equal((await flows(name)).protocol, 'tcp')
}, { timeout: 60_000 })

test('v13_turn: through a relay alone, both ways', async () => {
  await connect('relayed-publisher', 'whip', 'relayed', 'relay')
  await connect('relayed-viewer', 'whep', 'relayed', 'relay')
  for (const name of ['relayed-publisher', 'relayed-viewer']) {
    const end = await flows(name)
    assert.deepEqual([end.local, end.relay], ['relay', 'udp'])
  }
}, { timeout: 60_000 })

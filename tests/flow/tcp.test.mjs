// A room whose network lets no datagram out: picture and sound go over TCP, both ways, and over UDP
// where that is open.
import { after, before, test } from 'node:test'
import { Line } from './lib/line.mjs'
import { command, session } from './lib/papers.mjs'
import { until } from './lib/process.mjs'
import { Province } from './lib/province.mjs'

let line, province, headers, near, far

before(async () => {
  line = Line.lay()
  line.filter(['meta l4proto udp drop'], ['meta l4proto udp drop'])
  const edit = (room) => {
    if (room.index === 1) room.netns = line.netns
    room.drawInMemory({ width: 640, height: 360 })
  }
  const server = (text) => text.replace('[media]', '[media]\ntcp = true')
  province = await Province.start({ rooms: 2, startsIn: 300, host: line.server, edit, server })
  ;[near, far] = province.rooms
  headers = await session(province, 'chair')
  await command(province, headers, { do: 'start' })
}, { timeout: 120_000 })

after(async () => {
  await province?.stop()
  line?.remove()
})

/** Pictures come into a room while another has the floor. */
async function sees(room, other, within = 20_000) {
  await command(province, headers, { do: 'give_floor', speaker: { kind: 'point', id: other.point } })
  const seen = room.status().frames_decoded
  await until('pictures', () => room.status().frames_decoded > seen + 30, { within })
}

test('v13_tcp_agent: a room that gets out by TCP alone is in the call, both ways', async () => {
  await until('both rooms in the call', () =>
    province.rooms.every((room) => room.status()?.call_connected), { within: 30_000 })
  await sees(far, near)
  await sees(near, far)
}, { timeout: 90_000 })

test('v13_tcp_agent_prefers_udp: where both are open its media goes by UDP', async () => {
  await far.agent.stop()
  line.filter([])
  await far.start()
  await until('the room again', () => far.status()?.online && far.status().call_connected, { within: 30_000 })
  await sees(far, near)
  // Sooner than a room on a dead path would notice and enter anew.
  line.filter([`tcp dport != ${province.port} drop`], [`tcp sport != ${province.port} drop`])
  await sees(near, far, 6_000)
  await sees(far, near, 6_000)
}, { timeout: 120_000 })

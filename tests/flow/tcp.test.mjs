// A room takes UDP where it is open, and goes on over TCP when its network lets no datagram out any
// more.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Line } from './lib/line.mjs'
import { command, session } from './lib/papers.mjs'
import { until } from './lib/process.mjs'
import { Province } from './lib/province.mjs'

let line, province, headers, near, far

before(async () => {
  line = Line.lay()
  const edit = (room) => {
    if (room.index === 1) room.netns = line.netns
    room.drawInMemory({ width: 640, height: 360 })
  }
  const server = (text) => text.replace('[media]', '[media]\ntcp = true')
  province = await Province.start({ rooms: 2, startsIn: 300, host: line.server, edit, server })
  ;[near, far] = province.rooms
  headers = await session(province, 'chair')
  line.filter(['meta l4proto udp counter', `tcp dport != ${province.port} counter`])
  await command(province, headers, { do: 'start' })
  await until('both rooms in the call', () => province.rooms.every((room) => room.status()?.call_connected))
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

test('v13_tcp_agent_prefers_udp: where both are open its media goes by UDP', async () => {
  await sees(far, near)
  await sees(near, far)
  const [udp, tcp] = line.counted()
  assert.ok(udp > 50_000 && tcp < udp / 20, `${udp} bytes by UDP, ${tcp} by TCP`)
}, { timeout: 60_000 })

test('v13_tcp_agent: no datagram gets out any more, and the room goes on by TCP, both ways', async () => {
  line.filter(['meta l4proto udp drop'], ['meta l4proto udp drop'])
  // It notices after eight seconds, and the last pictures are counted in the meantime.
  await pause(10_000)
  await sees(far, near, 30_000)
  await sees(near, far)
  assert.ok(far.status().call_connected)
}, { timeout: 90_000 })

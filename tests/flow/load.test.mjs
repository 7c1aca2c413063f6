// The load tool (tests/load) against the real server: what it measures is there, and a small load
// on loopback loses nothing.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Kept, run, until } from './lib/process.mjs'
import { binary, freePort } from './lib/province.mjs'

const SUBSCRIBERS = 20
const SECONDS = 3
const HOST = '127.0.0.1'

/** Our server for measuring, and the folder of its files; both go with the test. */
async function startServer(t) {
  const dir = mkdtempSync(join(tmpdir(), 'diemcau-load.'))
  const port = await freePort(HOST)
  const bench = readFileSync(join(import.meta.dirname, '../load/bench.toml'), 'utf8')
  const config = bench.replace('listen = "127.0.0.1:8095"', `listen = "${HOST}:${port}"`)
  assert.notEqual(config, bench, 'the port is told')
  writeFileSync(join(dir, 'bench.toml'), config)
  const args = ['--config', join(dir, 'bench.toml')]
  const server = new Kept({ name: 'server', command: binary('diemcau-server'), args, log: join(dir, 'server.log') })
  t.after(async () => {
    await server.stop()
    rmSync(dir, { recursive: true, force: true })
  })
  const url = `http://${HOST}:${port}`
  await until('the server', async () => (await fetch(`${url}/healthz`)).ok)
  return { dir, url, server }
}

test('a small load on loopback loses nothing, and every figure is told', { timeout: 60_000 }, async (t) => {
  const { dir, url, server } = await startServer(t)
  const file = join(dir, 'figures.json')
  const text = await run(binary('diemcau-load'), [
    'whep',
    ...['--whip', `${url}/whip/bench?stream=load`, '--whep', `${url}/whep/bench?stream=load`, '--bearer', 'bench'],
    ...['--subscribers', String(SUBSCRIBERS), '--seconds', String(SECONDS)],
    ...['--pid', String(server.pid), '--json', file],
  ])
  const figures = JSON.parse(readFileSync(file, 'utf8'))
  t.diagnostic(JSON.stringify(figures))

  assert.deepEqual(figures.failures, [])
  assert.equal(figures.connected, SUBSCRIBERS)
  // 170 packets of picture and 50 of sound each second, to each.
  assert.ok(figures.packets_expected >= 200 * SECONDS * SUBSCRIBERS, `expected ${figures.packets_expected}`)
  assert.equal(figures.packets_received, figures.packets_expected)
  assert.equal(figures.loss_percent, 0)
  assert.ok(figures.join_ms.p99 < 2_000, `join ${figures.join_ms.p99} ms`)
  const { delay_ms: delay, join_ms: joins, server: used } = figures
  for (const { p50, p99, max } of [delay, joins]) assert.ok(p50 > 0 && p50 <= p99 && p99 <= max)
  for (const figure of ['cpu_percent', 'cpu_us_per_packet', 'memory_bytes', 'memory_bytes_per_subscriber']) {
    assert.ok(used[figure] > 0, `${figure} ${used[figure]}`)
  }
  assert.ok(figures.tool_cpu_percent > 0)
  assert.match(String(text), /server CPU per forwarded packet +\d/)
})

test('no address but those of this machine is loaded', async () => {
  const elsewhere = 'http://192.0.2.1:80/whip/bench'
  await assert.rejects(run(binary('diemcau-load'), ['whep', '--whip', elsewhere, '--whep', elsewhere, '--seconds', '1']), /not of this machine/)
})

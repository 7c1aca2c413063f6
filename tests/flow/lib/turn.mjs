// A TURN server: Debian's coturn with the configuration that we hand out.
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kept } from './process.mjs'
import { freePort } from './province.mjs'

const SAMPLE = join(import.meta.dirname, '../../../deploy/turnserver.conf')
const PLACES = ['203.0.113.10', '203.0.113.20', 'CHANGE-ME-openssl-rand-hex-32']

export class Turn {
  secret = randomBytes(32).toString('hex')

  /** Starts it at `address`, as a relay to `peer` alone. */
  static async start(address, peer) {
    const turn = new Turn()
    turn.port = await freePort(address)
    turn.folder = mkdtempSync(join(tmpdir(), 'diemcau-turn.'))
    turn.secretFile = join(turn.folder, 'secret')
    writeFileSync(turn.secretFile, `${turn.secret}\n`, { mode: 0o600 })
    turn.urls = ['udp', 'tcp'].map((transport) => `turn:${address}:${turn.port}?transport=${transport}`)
    const config = join(turn.folder, 'turnserver.conf')
    writeFileSync(config, turn.#configuration([address, peer, turn.secret]))
    turn.log = join(turn.folder, 'turn.log')
    const args = ['-c', config, '--pidfile', join(turn.folder, 'turn.pid'), '--log-file', 'stdout', '--verbose']
    turn.kept = new Kept({ name: 'turn', command: 'turnserver', args, log: turn.log })
    return turn
  }

  /** The sample with our addresses, our secret and a free port. */
  #configuration(values) {
    let text = readFileSync(SAMPLE, 'utf8')
    for (const [index, place] of PLACES.entries()) {
      if (!text.includes(place)) throw new Error(`no ${place} in ${SAMPLE}`)
      text = text.replaceAll(place, values[index])
    }
    return text.replace(/^listening-port=.*$/m, `listening-port=${this.port}`).replace(/^syslog$/m, '')
  }

  /** `[turn]` of a server that knows it. */
  get section() {
    return `\n[turn]\nurls = ${JSON.stringify(this.urls)}\nsecret_file = ${JSON.stringify(this.secretFile)}\n`
  }

  /** A user name and its password as the scheme makes them, out of the standard library. */
  credentials({ endsIn = 600, secret = this.secret, user = 'test' } = {}) {
    const username = `${Math.floor(Date.now() / 1000) + endsIn}:${user}`
    return { username, credential: createHmac('sha1', secret).update(username).digest('base64') }
  }

  async stop() {
    await this.kept.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

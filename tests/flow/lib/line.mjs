// A line that can be cut: a room in a network namespace of its own, and the cable to it.
import { execFileSync } from 'node:child_process'

// Addresses of RFC 2544's range for tests; the server's own is not on the cable, so that it stays
// when the cable is cut.
const SERVER = '198.18.77.1'
const [HERE, THERE] = ['198.18.78.1', '198.18.78.2']

/** The beginning of a command line that runs the rest as root, in a namespace if one is named. */
export function asRoot(netns) {
  const root = process.getuid() === 0 ? [] : ['sudo', '--non-interactive', '--preserve-env']
  if (!netns) return root
  const enter = [...root, 'ip', 'netns', 'exec', netns]
  if (process.getuid() === 0) return enter
  return [...enter, 'setpriv', `--reuid=${process.getuid()}`, `--regid=${process.getgid()}`, '--clear-groups']
}

function ip(...args) {
  const line = [...asRoot(), 'ip', ...args]
  execFileSync(line[0], line.slice(1))
}

/** Rules of the kernel's packet filter, all or none. */
function nft(netns, rules) {
  const enter = netns ? ['ip', 'netns', 'exec', netns] : []
  const line = [...asRoot(), ...enter, 'nft', '-f', '-']
  execFileSync(line[0], line.slice(1), { input: `${rules.join('\n')}\n` })
}

export class Line {
  #undo = []
  /** Where the server listens so that it is reached over this line. */
  server = SERVER
  netns = `diemcau-${process.pid}`
  #near = `dc${process.pid}`

  /** Lays the cable. */
  static lay() {
    const line = new Line()
    try {
      line.#lay()
    } catch (error) {
      line.remove()
      throw error
    }
    return line
  }

  #lay() {
    const { netns } = this
    const [near, far] = [this.#near, `${this.#near}r`]
    ip('address', 'add', `${SERVER}/32`, 'dev', 'lo')
    this.#undo.push(['address', 'delete', `${SERVER}/32`, 'dev', 'lo'])
    ip('netns', 'add', netns)
    this.#undo.push(['netns', 'delete', netns])
    ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far)
    this.#undo.push(['link', 'delete', near])
    ip('link', 'set', far, 'netns', netns)
    ip('address', 'add', `${HERE}/30`, 'dev', near)
    ip('link', 'set', near, 'up')
    for (const dev of ['lo', far]) ip('-netns', netns, 'link', 'set', dev, 'up')
    ip('-netns', netns, 'address', 'add', `${THERE}/30`, 'dev', far)
    ip('-netns', netns, 'route', 'add', 'default', 'via', HERE)
  }

  /** From now on so much gets through to the far end, like `500kbit`; `null` is all. */
  limit(rate) {
    const dev = this.#near
    const line = [...asRoot(), 'tc', 'qdisc']
    const run = (...args) => execFileSync(line[0], [...line.slice(1), ...args])
    if (rate === null) run('delete', 'dev', dev, 'root')
    else run('replace', 'dev', dev, 'root', 'tbf', 'rate', rate, 'burst', '6kb', 'latency', '200ms')
  }

  /** From now on nothing gets through, and nobody is told. */
  cut() {
    ip('link', 'set', this.#near, 'down')
  }

  mend() {
    ip('link', 'set', this.#near, 'up')
  }

  /** From now on so many datagrams of a hundred are lost, up from the room and down to it. */
  lose({ up, down }) {
    this.#drop(null, this.#near, up)
    this.#drop(this.netns, `${this.#near}r`, down)
  }

  /** Drops a share of what comes in at one end of the cable. */
  #drop(netns, dev, percent) {
    const table = `netdev ${this.#near}`
    // A table that was not there cannot be deleted, one that is made anew can.
    const rules = [`add table ${table}`, `delete table ${table}`]
    if (percent > 0) {
      rules.push(
        `add table ${table}`,
        `add chain ${table} loss { type filter hook ingress device "${dev}" priority 0; }`,
        `add rule ${table} loss ip protocol udp numgen random mod 100 < ${percent} drop`,
      )
    }
    nft(netns, rules)
  }

  remove() {
    if (this.#undo.length > 0) this.#drop(null, this.#near, 0)
    for (const args of this.#undo.reverse()) ip(...args)
    this.#undo = []
  }
}

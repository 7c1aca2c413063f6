// A line that can be cut: a room in a network namespace of its own, and the cable to it.
import { execFileSync } from 'node:child_process'

// Addresses of RFC 2544's range for tests; the server's own is not on the cable, so that it stays
// when the cable is cut.
const SERVER = '198.18.77.1'
const [HERE, THERE] = ['198.18.78.1', '198.18.78.2']
// And of RFC 4193's range for a site of one's own.
const SERVER_V6 = 'fd00:77::1'
const [HERE_V6, THERE_V6] = ['fd00:78::1', 'fd00:78::2']

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
  /** The same by IPv6. */
  serverV6 = SERVER_V6
  /** The addresses of the far end. */
  far = THERE
  farV6 = THERE_V6
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
    // An address that comes by itself, a second later, is a change of network to a browser: it
    // breaks off what it loads.
    ip('link', 'set', near, 'addrgenmode', 'none')
    ip('-netns', netns, 'link', 'set', far, 'addrgenmode', 'none')
    ip('address', 'add', `${HERE}/30`, 'dev', near)
    ip('link', 'set', near, 'up')
    for (const dev of ['lo', far]) ip('-netns', netns, 'link', 'set', dev, 'up')
    ip('-netns', netns, 'address', 'add', `${THERE}/30`, 'dev', far)
    ip('-netns', netns, 'route', 'add', 'default', 'via', HERE)
    // Nobody else is on the cable: no address waits until it is known to be free.
    ip('address', 'add', `${SERVER_V6}/128`, 'dev', 'lo')
    this.#undo.push(['address', 'delete', `${SERVER_V6}/128`, 'dev', 'lo'])
    ip('address', 'add', `${HERE_V6}/64`, 'dev', near, 'nodad')
    ip('-netns', netns, 'address', 'add', `${THERE_V6}/64`, 'dev', far, 'nodad')
    ip('-netns', netns, '-6', 'route', 'add', 'default', 'via', HERE_V6)
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

  /** From now on nothing goes out of the far end but to these ports; `null` is everything. */
  allow(ports) {
    if (ports === null) return this.filter([])
    const open = Object.entries(ports).filter(([, some]) => some.length > 0)
    // Without router discovery there would be no IPv6 at all.
    const rules = open.map(([protocol, some]) => `${protocol} dport { ${some.join(', ')} } accept`)
    return this.filter([...rules, 'meta l4proto ipv6-icmp accept', 'drop'])
  }

  /** From now on these rules of nftables hold for what goes out of the far end, and into it. */
  filter(output, input = []) {
    const table = `inet ${this.#near}`
    const chains = Object.entries({ output, input }).flatMap(([hook, rules]) => [
      `add chain ${table} ${hook}s { type filter hook ${hook} priority 0; }`,
      ...rules.map((rule) => `add rule ${table} ${hook}s ${rule}`),
    ])
    nft(this.netns, [`add table ${table}`, `delete table ${table}`, `add table ${table}`, ...chains])
  }

  /** The bytes that each `counter` among the rules for what goes out has seen. */
  counted() {
    const line = [...asRoot(), 'ip', 'netns', 'exec', this.netns, 'nft', 'list', 'chain', 'inet', this.#near, 'outputs']
    const text = execFileSync(line[0], line.slice(1), { encoding: 'utf8' })
    return [...text.matchAll(/counter packets \d+ bytes (\d+)/g)].map(([, bytes]) => Number(bytes))
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

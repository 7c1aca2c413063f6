// A province for one test: the real server, real rooms on screens of their own, a real sound
// server, all in a folder that goes with the test.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kept, until } from './process.mjs'

const target = process.env.CARGO_TARGET_DIR ?? join(import.meta.dirname, '../../../target')
/** The built programs; `DIEMCAU_BIN` names another folder, for figures of a release build. */
const programs = process.env.DIEMCAU_BIN ?? join(target, 'debug')
export const binary = (name) => join(programs, name)

/** A port that was free a moment ago. */
export function freePort(host) {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, host, () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

export class Province {
  #kept = []

  /**
   * Starts the server with sample data and `rooms` rooms, all points invited or `points`; `server`
   * changes the server's configuration, `edit` a room.
   */
  static async start({ rooms = 3, points, startsIn = 3600, host = '127.0.0.1', edit = () => {}, server = (text) => text } = {}) {
    const province = new Province()
    province.host = host
    try {
      await province.#makeData({ rooms, points, startsIn }, edit)
      province.#configure(server)
      province.startServer()
      await province.healthy()
      if (province.rooms.some((room) => !room.isQuiet)) await province.#startSound(rooms)
      await province.#startRooms()
      return province
    } catch (error) {
      await province.stop()
      throw error
    }
  }

  async #makeData({ rooms, points, startsIn }, edit) {
    this.dir = mkdtempSync(join(tmpdir(), 'diemcau-flow.'))
    this.port = await freePort(this.host)
    this.url = `http://${this.host}:${this.port}`
    const options = ['--host', this.host, '--port', String(this.port), '--agents', String(rooms), '--starts-in', String(startsIn)]
    if (points) options.push('--points', String(points))
    const made = execFileSync(binary('diemcau-server'), ['demo-data', join(this.dir, 'data'), ...options])
    this.made = JSON.parse(made)
    this.meeting = this.made.meeting
    this.papers = this.happened('paper_added').map(({ paper, file }) => ({ paper, ...file }))
    this.items = this.happened('item_added').map(({ item }) => item)
    this.rooms = this.made.agents.map((agent, index) => new Room(this, agent, index))
    for (const room of this.rooms) edit(room)
  }

  #configure(change) {
    const path = join(this.dir, 'data/diemcau.toml')
    writeFileSync(path, change(readFileSync(path, 'utf8')))
  }

  /** Starts the server; the web application and the rooms find it again by themselves. */
  startServer() {
    this.server = this.keep({
      name: 'server',
      command: binary('diemcau-server'),
      args: ['--config', join(this.dir, 'data/diemcau.toml')],
      restart: true,
    })
  }

  /** The events of one kind in the server's log, read from its disk. */
  happened(kind) {
    const script = [
      'import json, sqlite3, sys',
      'rows = sqlite3.connect(sys.argv[1]).execute("SELECT body FROM meeting_event ORDER BY seq")',
      'events = [json.loads(body) for (body,) in rows]',
      'print(json.dumps([event for event in events if event["event"] == sys.argv[2]]))',
    ].join('\n')
    const database = join(this.dir, 'data/diemcau.db')
    return JSON.parse(execFileSync('python3', ['-c', script, database, kind]))
  }

  healthy() {
    return until('the server', async () => (await fetch(`${this.url}/healthz`)).ok)
  }

  async #startSound(rooms) {
    this.pulse = `unix:${join(this.dir, 'pulse/native')}`
    mkdirSync(join(this.dir, 'pulse'))
    const lines = ['</usr/share/alsa/alsa.conf>', 'pcm.!default { type pulse }', 'ctl.!default { type pulse }']
    writeFileSync(join(this.dir, 'asound.conf'), `${lines.join('\n')}\n`)
    const sinks = Array.from({ length: rooms }, (_, i) => ['-L', `module-null-sink sink_name=room${i + 1}`]).flat()
    const socket = `module-native-protocol-unix auth-anonymous=1 socket=${join(this.dir, 'pulse/native')}`
    this.keep({
      name: 'pulse',
      command: 'pulseaudio',
      args: ['-n', '--daemonize=no', '--use-pid-file=no', '--exit-idle-time=-1', '-L', socket, ...sinks],
      env: { PULSE_RUNTIME_PATH: join(this.dir, 'pulse') },
    })
    await until('the sound server', () => execFileSync('pactl', ['--server', this.pulse, 'info']))
  }

  async #startRooms() {
    for (const room of this.rooms) await room.start()
  }

  /** Starts a process that is stopped with the province. */
  keep(options) {
    const kept = new Kept({ log: join(this.dir, `${options.name}.log`), ...options })
    this.#kept.push(kept)
    return kept
  }

  account(role) {
    const found = this.made.accounts.find((account) => account.role === role)
    if (!found) throw new Error(`no account of role ${role}`)
    return found
  }

  async stop() {
    await Promise.all((this.rooms ?? []).map((room) => room.agent?.stop()))
    for (const kept of this.#kept.reverse()) await kept.stop()
    if (process.env.KEEP_FLOW) console.error(`kept ${this.dir}`)
    else if (this.dir) rmSync(this.dir, { recursive: true, force: true })
  }
}

/** One room: its agent, its screen, its loudspeaker. */
export class Room {
  isSeen = true
  isQuiet = false

  constructor(province, agent, index) {
    this.province = province
    this.point = agent.point
    this.name = agent.name
    this.folder = agent.folder
    this.index = index
    this.sink = `room${index + 1}`
    this.label = `room-${index + 1}`
  }

  get config() {
    return join(this.folder, 'agent.toml')
  }

  /** Draws into memory, where the room itself says whose picture it shows. Before it starts. */
  drawInMemory({ width, height }) {
    this.configure(/kind = "window"\nwidth = \d+\nheight = \d+/, `kind = "memory"\nwidth = ${width}\nheight = ${height}`)
    this.isSeen = false
  }

  /** Has no sound card: says what is in a file, and mixes nothing. Before it starts. */
  speakFrom(file) {
    this.configure(/microphone = "tone"/, `microphone = "file"\nfile = ${JSON.stringify(file)}\nloudspeaker = "none"`)
    this.isQuiet = true
  }

  /** Changes the configuration before the room starts. */
  configure(from, to) {
    const text = readFileSync(this.config, 'utf8')
    if (!text.match(from)) throw new Error(`nothing like ${from} in ${this.config}`)
    writeFileSync(this.config, text.replace(from, to))
  }

  async start() {
    if (this.isSeen) await this.#openScreen()
    const { province } = this
    this.agent = province.keep({
      name: this.label,
      command: binary('diemcau-agent'),
      args: ['--config', this.config],
      env: {
        DISPLAY: this.display ?? '',
        WAYLAND_DISPLAY: '',
        PULSE_SERVER: province.pulse ?? '',
        PULSE_SINK: this.sink,
        ALSA_CONFIG_PATH: join(province.dir, 'asound.conf'),
      },
      restart: true,
      netns: this.netns,
    })
  }

  async #openScreen() {
    const { province } = this
    const displayFile = join(province.dir, `${this.label}.display`)
    province.keep({
      name: `${this.label}-screen`,
      command: 'sh',
      args: ['-c', 'exec Xvfb -displayfd 3 -screen 0 1920x1080x24 -nolisten tcp 3>"$0"', displayFile],
    })
    this.display = `:${await until('a screen', () => readFileSync(displayFile, 'utf8').trim())}`
  }

  /** What the room says of itself, or null while it says nothing. */
  status() {
    try {
      return JSON.parse(readFileSync(join(this.folder, 'status.json'), 'utf8'))
    } catch {
      return null
    }
  }
}

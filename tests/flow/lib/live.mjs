// The live channel (`GET /live`) as a person's client speaks it, without a browser.
import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { newId } from './papers.mjs'

const VERSION = 1
const [TEXT, CLOSE, PING, PONG] = [1, 8, 9, 10]

export class Live {
  /** What the meeting shows to this person, section by section. */
  sections = {}
  #socket
  #unread = Buffer.alloc(0)
  #waiting = new Map()
  #welcome

  /** Opens a channel for the session of these headers, and follows the province's meeting. */
  static async open(province, headers) {
    const live = new Live()
    live.meeting = province.meeting
    await live.#connect(province.url, headers.cookie)
    live.#say({ type: 'follow', topic: { kind: 'meeting', id: province.meeting } })
    return live
  }

  /** Gives a command; resolves with the number of its event. */
  command(what) {
    const id = newId()
    this.#say({ type: 'command', id, meeting: this.meeting, command: what })
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject, what }))
  }

  close() {
    this.#socket?.destroy()
  }

  #connect(url, cookie) {
    const key = randomBytes(16).toString('base64')
    const headers = { cookie, origin: url, connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': key }
    return new Promise((resolve, reject) => {
      this.#welcome = resolve
      const asking = request(`${url}/live`, { headers })
      asking.on('error', reject)
      asking.on('response', (answer) => reject(new Error(`live: ${answer.statusCode}`)))
      asking.on('upgrade', (_, socket, first) => {
        this.#socket = socket
        socket.setNoDelay(true)
        socket.on('data', (bytes) => this.#take(bytes))
        socket.on('error', () => {})
        socket.on('close', () => this.#end())
        this.#take(first)
      })
      asking.end()
    })
  }

  #end() {
    for (const { reject, what } of this.#waiting.values()) reject(new Error(`the live channel ended during ${what.do}`))
    this.#waiting.clear()
  }

  #say(frame) {
    this.#send(TEXT, Buffer.from(JSON.stringify(frame)))
  }

  /** A client's frame: whole and masked (RFC 6455 §5.2). */
  #send(opcode, payload) {
    const mask = randomBytes(4)
    const head = payload.length < 126 ? Buffer.alloc(2) : Buffer.alloc(4)
    head[0] = 0x80 | opcode
    head[1] = 0x80 | Math.min(payload.length, 126)
    if (payload.length >= 126) head.writeUInt16BE(payload.length, 2)
    this.#socket.write(Buffer.concat([head, mask, payload.map((byte, at) => byte ^ mask[at % 4])]))
  }

  #take(bytes) {
    this.#unread = Buffer.concat([this.#unread, bytes])
    for (let frame = this.#next(); frame; frame = this.#next()) {
      if (frame.opcode === TEXT) this.#hear(JSON.parse(frame.payload.toString()))
      else if (frame.opcode === PING) this.#send(PONG, frame.payload)
      else if (frame.opcode === CLOSE) this.#socket.end()
    }
  }

  /** The next whole frame; the server sends no fragments and no masks. */
  #next() {
    const unread = this.#unread
    if (unread.length < 2) return null
    const short = unread[1] & 0x7f
    const start = short === 126 ? 4 : short === 127 ? 10 : 2
    if (unread.length < start) return null
    const length = short === 126 ? unread.readUInt16BE(2) : short === 127 ? Number(unread.readBigUInt64BE(2)) : short
    if (unread.length < start + length) return null
    this.#unread = unread.subarray(start + length)
    return { opcode: unread[0] & 0x0f, payload: unread.subarray(start, start + length) }
  }

  #hear(frame) {
    if (frame.type === 'greeting') this.#say({ type: 'hello', protocol: VERSION })
    else if (frame.type === 'welcome') this.#welcome(frame)
    else if (frame.type === 'changes') {
      Object.assign(this.sections, frame.changed)
      for (const key of frame.removed) delete this.sections[key]
    } else if (frame.type === 'done' || frame.type === 'refused') {
      const { resolve, reject, what } = this.#waiting.get(frame.id)
      this.#waiting.delete(frame.id)
      if (frame.type === 'done') resolve(frame.seq)
      else reject(new Error(`${what.do}: ${frame.code}`))
    }
  }
}

// Processes of a test: started, watched, killed by id, and never left behind.
import { spawn } from 'node:child_process'
import { createWriteStream, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { asRoot } from './line.mjs'

const RESTART_AFTER_MS = 200

/** A process that runs until it is told to stop. With `restart`, whatever ends it: that is what the
 * unit files say (Restart=always, RestartSec=200ms). */
export class Kept {
  #stopping = false
  #child
  #ended

  constructor({ name, command, args = [], env = {}, cwd, log, restart = false, netns }) {
    this.name = name
    this.log = log
    this.starts = 0
    this.options = { command, args, env: { ...process.env, ...env }, cwd, restart, netns }
    this.#ended = this.#run()
  }

  async #run() {
    const { command, args, env, cwd, restart, netns } = this.options
    do {
      const out = createWriteStream(this.log, { flags: 'a' })
      // Ends with the test, however that ends.
      const tied = ['setpriv', '--pdeathsig', 'KILL', command, ...args]
      const line = netns ? [...asRoot(netns), command, ...args] : tied
      this.#child = spawn(line[0], line.slice(1), { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
      this.starts += 1
      this.#child.stdout.pipe(out)
      this.#child.stderr.pipe(out)
      await new Promise((resolve) => {
        this.#child.once('exit', resolve)
        this.#child.once('error', resolve)
      })
      if (restart && !this.#stopping) await pause(RESTART_AFTER_MS)
    } while (restart && !this.#stopping)
  }

  get pid() {
    return this.#child.pid
  }

  /** kill -9, as a power cut would. */
  crash() {
    process.kill(this.pid, 'SIGKILL')
  }

  async stop() {
    this.#stopping = true
    this.#child?.kill('SIGTERM')
    const late = pause(8_000, 'late', { ref: false })
    if ((await Promise.race([this.#ended, late])) === 'late') this.#child.kill('SIGKILL')
    await this.#ended
  }

  words() {
    try {
      return readFileSync(this.log, 'utf8')
    } catch {
      return ''
    }
  }
}

/** The ids of a process' children, from /proc, with their command lines. */
export function childrenOf(pid) {
  const threads = readdirSync(`/proc/${pid}/task`)
  const ids = threads.flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim().split(' '))
  return ids.filter(Boolean).map((id) => ({
    pid: Number(id),
    command: readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0').join(' ').trim(),
  }))
}

/** Runs to its end and gives what it printed. */
export function run(command, args, { env = {}, input } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env } })
    const out = []
    let errors = ''
    child.stdout.on('data', (part) => out.push(part))
    child.stderr.on('data', (part) => {
      errors += part
    })
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code === 0) resolve(Buffer.concat(out))
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}: ${errors}`))
    })
    child.stdin.end(input)
  })
}

/** Asks again until the answer is truthy and no list: a list is what was found instead, for the
 * error, which says what was waited for and what came last. */
export async function until(what, ask, { within = 15_000, every = 50 } = {}) {
  const deadline = performance.now() + within
  let last
  while (performance.now() < deadline) {
    try {
      last = await ask()
      if (last && !Array.isArray(last)) return last
    } catch (error) {
      last = error
    }
    await pause(every)
  }
  const seen = last instanceof Error ? last.message : JSON.stringify(last)
  throw new Error(`waited ${within} ms for ${what}; the last answer was ${seen}`)
}

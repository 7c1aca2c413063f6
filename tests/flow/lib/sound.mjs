// What a loudspeaker played, and whether a tone is in it.
import { spawn } from 'node:child_process'

const RATE = 48_000

/** Records what a PulseAudio sink plays, as mono floats. */
export function listen({ server, sink, milliseconds }) {
  const wanted = Math.round((RATE * milliseconds) / 1000) * 2
  const format = ['--format=s16le', `--rate=${RATE}`, '--channels=1', '--latency-msec=20']
  return new Promise((resolve, reject) => {
    const recorder = spawn('parec', ['--server', server, '-d', `${sink}.monitor`, ...format])
    const parts = []
    let have = 0
    recorder.on('error', reject)
    recorder.stdout.on('data', (part) => {
      parts.push(part)
      have += part.length
      if (have >= wanted) recorder.kill()
    })
    recorder.on('exit', () => {
      const bytes = Buffer.concat(parts)
      if (bytes.length < wanted) reject(new Error(`heard only ${bytes.length} of ${wanted} bytes`))
      else resolve(Float64Array.from({ length: wanted / 2 }, (_, i) => bytes.readInt16LE(i * 2) / 32768))
    })
  })
}

/** Amplitude of one tone in the samples (Goertzel), 1 for full scale. */
export function toneIn(samples, hertz) {
  const turn = (2 * Math.PI * hertz) / RATE
  const feedback = 2 * Math.cos(turn)
  let [before, last] = [0, 0]
  for (const sample of samples) {
    ;[before, last] = [last, sample + feedback * last - before]
  }
  const power = before ** 2 + last ** 2 - feedback * before * last
  return (2 * Math.sqrt(Math.max(power, 0))) / samples.length
}

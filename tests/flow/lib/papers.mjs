// Papers as a test needs them: an unsigned one to upload, and what the server keeps of one.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './process.mjs'

/** A session of its own, outside any browser. */
export async function session(province, role) {
  const { user, password } = province.account(role)
  const answer = await fetch(`${province.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user, password }),
  })
  if (!answer.ok) throw new Error(`sign-in of ${role}: ${answer.status} ${await answer.text()}`)
  const { csrf } = await answer.json()
  const cookie = answer.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ')
  return { cookie, 'x-csrf-token': csrf }
}

/** The bytes of a paper as this reader gets them, in a file. */
export async function fetchPaper(province, headers, sha256) {
  const answer = await fetch(`${province.url}/api/papers/${sha256}`, { headers })
  if (!answer.ok) throw new Error(`paper ${sha256}: ${answer.status}`)
  const file = join(province.dir, `${sha256}.pdf`)
  writeFileSync(file, Buffer.from(await answer.arrayBuffer()))
  return file
}

/** Some pages of a paper as a file without any signature. */
export async function unsignedPages(province, from, pages) {
  const file = join(province.dir, 'tai-lieu-moi.pdf')
  await run('qpdf', ['--empty', '--pages', from, pages, '--', file])
  return file
}

export async function pageCount(file) {
  const words = (await run('pdfinfo', [file])).toString()
  return Number(/^Pages:\s+(\d+)$/m.exec(words)[1])
}

/** Uploads a file and makes it a paper of an item, as the web application does. Gives the answer. */
export async function addPaper(province, headers, { item, title, bytes }) {
  const tus = { ...headers, 'tus-resumable': '1.0.0' }
  const begun = await fetch(`${province.url}/api/uploads`, {
    method: 'POST',
    headers: { ...tus, 'upload-length': String(bytes.length) },
  })
  if (begun.status !== 201) throw new Error(`upload: ${begun.status} ${await begun.text()}`)
  const location = begun.headers.get('location')
  const sent = await fetch(new URL(location, province.url), {
    method: 'PATCH',
    headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
    body: bytes,
  })
  if (sent.status !== 204) throw new Error(`upload: ${sent.status} ${await sent.text()}`)
  const paper = newId()
  const answer = await ask(province, headers, `/api/meetings/${province.meeting}/papers`, {
    id: newId(), paper, item, title, upload: location.split('/').at(-1),
  })
  return { paper, ...answer }
}

/** Gives a command in the province's meeting. */
export function command(province, headers, what) {
  const path = `/api/meetings/${province.meeting}/commands`
  return ask(province, headers, path, { id: newId(), command: what })
}

async function ask(province, headers, path, body) {
  const answer = await fetch(`${province.url}${path}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const said = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${said}`)
  return JSON.parse(said)
}

/** A UUID of version 7. */
export function newId() {
  const time = BigInt(Date.now()).toString(16).padStart(12, '0')
  const chance = crypto.randomUUID()
  return `${time.slice(0, 8)}-${time.slice(8)}-7${chance.slice(15)}`
}

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

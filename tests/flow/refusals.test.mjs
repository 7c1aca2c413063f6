// A server whose disk was changed by an attacker hands out three bad papers, with a good ledger,
// a good signed plan and good hashes. The rooms believe none of it: they ask the signature.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { crop, pageByPoppler, screenshot, similarity } from './lib/image.mjs'
import { addPaper, command, fetchPaper, session, unsignedPages } from './lib/papers.mjs'
import { run, until } from './lib/process.mjs'
import { binary, Province } from './lib/province.mjs'

const BAD = [
  { title: 'Một byte bị đổi', code: 'DIGEST', forge: oneByteChanged },
  { title: 'Không có chữ ký', code: 'NO_SIGNATURE', forge: unsigned },
  { title: 'Người lạ ký', code: 'UNTRUSTED', forge: signedByStranger },
]

let province, secretary, papers

before(async () => {
  province = await Province.start({ rooms: 1, startsIn: 300 })
  secretary = await session(province, 'secretary')
  const sample = await fetchPaper(province, secretary, province.papers[0].sha256)
  papers = []
  for (const [index, bad] of BAD.entries()) {
    const file = await unsignedPages(province, sample, `${index + 2}-${index + 3}`)
    const added = await addPaper(province, secretary, {
      item: province.items[0], title: bad.title, bytes: readFileSync(file),
    })
    papers.push({ ...bad, ...added, plain: readFileSync(file) })
  }
  await province.server.stop()
  for (const paper of papers) await plant(paper)
  province.startServer()
  await province.healthy()
  await command(province, secretary, { do: 'issue_papers' })
}, { timeout: 120_000 })

after(() => province?.stop())

test('each bad paper is refused with a reason of its own', async () => {
  const [room] = province.rooms
  const refused = await until('three refusals', () => {
    const found = room.status()?.refused ?? []
    return found.length === BAD.length ? { found } : [found.map(({ code }) => code)]
  }, { within: 30_000 })
  const codes = Object.fromEntries(refused.found.map(({ paper, code }) => [paper, code]))
  assert.deepEqual(codes, Object.fromEntries(papers.map(({ paper, code }) => [paper, code])))
  const reasons = new Set(refused.found.map(({ reason }) => reason))
  assert.equal(reasons.size, BAD.length, [...reasons].join('; '))
  for (const reason of reasons) assert.match(reason, /[ạảãàáâậầấăắằặêệềếôộồốơợờớưứừựđ]/u, 'in Vietnamese')
})

test('no page of them is ever drawn', async () => {
  const [room] = province.rooms
  await command(province, secretary, { do: 'start' })
  for (const paper of papers) {
    await command(province, secretary, { do: 'show_page', paper: paper.paper, page: 1 })
    await until('the refusal on the screen', () => room.status()?.refused_shown === paper.paper)
    const file = join(province.dir, 'forged.pdf')
    writeFileSync(file, paper.forged)
    const screen = await screenshot(room.display)
    const [left, top, width, height] = room.status().page_area
    const area = crop(screen, [left, top, width, height])
    const page = await pageByPoppler(file, 1, width, height)
    const likeness = similarity(area, page)
    assert.ok(likeness < 0.5, `${paper.title}: the screen is like the forged page by ${likeness}`)
  }
}, { timeout: 60_000 })

/** Puts the forged bytes where the server will find them, and their name into its log. */
async function plant(paper) {
  const genuine = readFileSync(blob(paper.file.sha256))
  paper.forged = await paper.forge(genuine, paper.plain)
  const sha256 = createHash('sha256').update(paper.forged).digest('hex')
  mkdirSync(dirname(blob(sha256)), { recursive: true })
  writeFileSync(blob(sha256), paper.forged)
  const database = join(province.dir, 'data/diemcau.db')
  await run('python3', ['-c', REWRITE, database, paper.file.sha256, sha256, String(paper.forged.length)])
}

const REWRITE = `
import json, sqlite3, sys
path, old, new, size = sys.argv[1:]
database = sqlite3.connect(path)
for rowid, body in database.execute("SELECT rowid, body FROM meeting_event WHERE body LIKE ?", (f"%{old}%",)).fetchall():
    event = json.loads(body)
    event["file"]["sha256"], event["file"]["bytes"] = new, int(size)
    database.execute("UPDATE meeting_event SET body = ? WHERE rowid = ?", (json.dumps(event), rowid))
database.execute("PRAGMA foreign_keys = OFF")
database.execute("UPDATE paper_file SET sha256 = ?, bytes = ? WHERE sha256 = ?", (new, int(size), old))
database.execute("UPDATE paper_use SET sha256 = ? WHERE sha256 = ?", (new, old))
database.commit()
`

function blob(sha256) {
  return join(province.dir, 'data/papers', sha256.slice(0, 2), sha256.slice(2))
}

/** In the middle of the first page's content stream, far from any structure. */
function oneByteChanged(genuine) {
  const forged = Buffer.from(genuine)
  const at = forged.indexOf('stream\n') + 40
  forged[at] ^= 1
  return forged
}

function unsigned(_genuine, plain) {
  return plain
}

async function signedByStranger(_genuine, plain) {
  const [key, certificate, store, secret] = ['key.pem', 'cert.pem', 'stranger.p12', 'secret']
    .map((name) => join(province.dir, name))
  const [unsealed, sealed] = ['unsealed.pdf', 'sealed.pdf'].map((name) => join(province.dir, name))
  writeFileSync(secret, 'la')
  writeFileSync(unsealed, plain)
  const subject = '/C=VN/O=UBND tinh Ha Nam/CN=UBND tinh Ha Nam'
  await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
    '-days', '30', '-subj', subject, '-keyout', key, '-out', certificate,
    '-addext', 'keyUsage=digitalSignature', '-addext', 'basicConstraints=critical,CA:FALSE'])
  await run('openssl', ['pkcs12', '-export', '-inkey', key, '-in', certificate, '-out', store,
    '-passout', `file:${secret}`])
  await run(binary('diemcau-seal'), ['sign', '--pkcs12', store, '--password-file', secret, unsealed, sealed])
  return readFileSync(sealed)
}

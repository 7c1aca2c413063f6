// Real Chromium, driven as a person would drive it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { asRoot } from './line.mjs'

const require = createRequire(join(import.meta.dirname, '../../../web/package.json'))
const { chromium } = require('playwright-core')

const FLAGS = [
  '--no-sandbox',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
]

/** Starts a browser; `origin` may use camera and microphone although it is reached without TLS. */
export function launch({ netns, origin } = {}) {
  const args = origin ? [...FLAGS, `--unsafely-treat-insecure-origin-as-secure=${origin}`] : FLAGS
  if (!netns) return chromium.launch({ executablePath: '/usr/bin/chromium', args })
  // What starts the browser may put its own arguments first, so the namespace is entered by a script.
  const folder = mkdtempSync(join(tmpdir(), 'diemcau-browser.'))
  const executablePath = join(folder, 'chromium')
  const command = [...asRoot(netns), '/usr/bin/chromium'].map((part) => `'${part}'`).join(' ')
  writeFileSync(executablePath, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 })
  return chromium.launch({ executablePath, args }).finally(() => rmSync(folder, { recursive: true }))
}

/** A person at a browser of his own, signed in. */
export async function person(browser, province, role, viewport = { width: 1366, height: 900 }) {
  const { user, password } = province.account(role)
  const permissions = ['camera', 'microphone']
  const context = await browser.newContext({ viewport, locale: 'vi-VN', permissions })
  await context.addInitScript(keepConnections)
  const page = await context.newPage()
  page.on('pageerror', (error) => console.error(`[${role}] ${error}`))
  await page.goto(province.url)
  await page.getByTestId('sign-in-user').fill(user)
  await page.getByTestId('sign-in-password').fill(password)
  await page.getByTestId('sign-in-submit').click()
  await page.getByTestId('signed-in-as').waitFor()
  return page
}

/** Runs in the page before anything else: its statistics can be asked later. */
function keepConnections() {
  const kept = []
  globalThis.connectionsOfThisPage = kept
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...options) {
      super(...options)
      kept.push(this)
    }
  }
}

/** Frames decoded on all connections of a page, by `getStats`. */
export function framesDecoded(page) {
  return page.evaluate(async () => {
    let frames = 0
    for (const connection of globalThis.connectionsOfThisPage) {
      for (const part of (await connection.getStats()).values()) {
        if (part.type === 'inbound-rtp' && part.kind === 'video') frames += part.framesDecoded ?? 0
      }
    }
    return frames
  })
}

/** The picture that a page's main video shows now. */
export function mainPicture(page) {
  return pictureOf(page.getByTestId('main-picture'))
}

/** What a video or a canvas shows now. */
export async function pictureOf(element) {
  const seen = await element.evaluate((video) => {
    const canvas = document.createElement('canvas')
    canvas.width = video.videoWidth ?? video.width
    canvas.height = video.videoHeight ?? video.height
    if (canvas.width === 0) return null
    const context = canvas.getContext('2d')
    context.drawImage(video, 0, 0)
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height)
    return { width: canvas.width, height: canvas.height, rgba: Array.from(data) }
  })
  if (seen === null) return null
  const rgb = Buffer.alloc(seen.width * seen.height * 3)
  for (let i = 0; i < seen.width * seen.height; i += 1) {
    for (let part = 0; part < 3; part += 1) rgb[i * 3 + part] = seen.rgba[i * 4 + part]
  }
  return { width: seen.width, height: seen.height, rgb }
}

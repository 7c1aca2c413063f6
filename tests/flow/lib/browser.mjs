// Real Chromium, driven as a person would drive it.
import { createRequire } from 'node:module'
import { join } from 'node:path'

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

export function launch() {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS })
}

/** A person at a browser of his own, signed in. */
export async function person(browser, province, role, viewport = { width: 1366, height: 900 }) {
  const { user, password } = province.account(role)
  const context = await browser.newContext({ viewport, locale: 'vi-VN', permissions: ['camera', 'microphone'] })
  const page = await context.newPage()
  page.on('pageerror', (error) => console.error(`[${role}] ${error}`))
  await page.goto(province.url)
  await page.getByTestId('user').fill(user)
  await page.getByTestId('password').fill(password)
  await page.getByTestId('sign-in').click()
  await page.getByTestId('home').waitFor()
  return page
}

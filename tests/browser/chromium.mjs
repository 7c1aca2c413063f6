/** A real Chromium for tests: headless, with a camera and a microphone that need no person. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const fromWeb = createRequire(new URL("../../web/package.json", import.meta.url));

/** The packages of web/, which tests outside of it share. */
export const { chromium } = fromWeb("playwright-core");
const axeFile = fromWeb.resolve("axe-core/axe.min.js");

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      "--autoplay-policy=no-user-gesture-required",
      // Host candidates with addresses: on a loopback without a resolver .local names lead nowhere.
      "--disable-features=WebRtcHideLocalIpsWithMdns",
    ],
  });
}

/** Signs in through the real form and waits for the page behind it. */
export async function signIn(page, url, account) {
  await page.goto(url);
  await page.getByTestId("sign-in-user").fill(account.user);
  await page.getByTestId("sign-in-password").fill(account.password);
  await page.getByTestId("sign-in-submit").click();
  await page.getByTestId("sign-out").waitFor();
}

/** What axe finds wrong with a page as it stands, as short lines. */
export async function axeFaults(page) {
  // Not as a script tag: the server's content security policy rightly forbids one.
  await page.evaluate(await readFile(axeFile, "utf8"));
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    }),
  );
  return violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.target.join(" ")} (${violation.help})`),
  );
}

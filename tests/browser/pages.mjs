/**
 * The contact sheet: every page in three sizes, looked at by people, and checked by axe.
 *
 *   node tests/browser/pages.mjs --server URL --accounts FILE [--meeting ID] [--out DIR]
 *   node tests/browser/pages.mjs --stories DIR [--out DIR]
 *
 * FILE is JSON as `deploy/demo.sh --json` prints it: `{"accounts": [{"role", "user", "password"}],
 * "meeting": "…"}`. DIR is what `npm run stories` in web/ has built: states that a running server
 * seldom shows. Both may be given. Exits with 1 when axe finds a fault or a page throws.
 */
import { createServer } from "node:http";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { parseArgs } from "node:util";
import { axeFaults, launch, signIn } from "./chromium.mjs";

const SIZES = [
  { name: "desk", width: 1920, height: 1080 },
  { name: "tablet", width: 1024, height: 768 },
  { name: "phone", width: 390, height: 844 },
];

const { values: options } = parseArgs({
  options: {
    server: { type: "string" },
    accounts: { type: "string" },
    meeting: { type: "string" },
    stories: { type: "string" },
    only: { type: "string" },
    theme: { type: "string", default: "light" },
    out: { type: "string", default: "target/contact-sheet" },
  },
});

const shots = [];
const faults = [];

await mkdir(options.out, { recursive: true });
const browser = await launch();
try {
  if (options.stories !== undefined) await stories(options.stories);
  if (options.server !== undefined) await pages(options.server);
} finally {
  await browser.close();
}
await writeFile(join(options.out, "index.html"), sheet());
for (const fault of faults) console.log(fault);
console.log(`${shots.length} pictures, ${faults.length} faults in ${options.out}`);
process.exitCode = faults.length === 0 ? 0 : 1;

/** A page of its own for one size; whatever it throws is a fault. */
async function fresh(size) {
  const context = await browser.newContext({
    viewport: { width: size.width, height: size.height },
    hasTouch: size.name !== "desk",
    permissions: ["camera", "microphone"],
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => faults.push(`${page.url()}: ${error.message}`));
  return page;
}

async function take(page, name, size) {
  const file = `${name}-${size.name}.png`;
  await page.screenshot({ path: join(options.out, file) });
  shots.push(file);
  const found = await axeFaults(page);
  faults.push(...found.map((fault) => `${name}, ${size.name}: ${fault}`));
}

async function stories(folder) {
  const server = await serve(folder);
  const { port } = server.address();
  const at = (query) => `http://127.0.0.1:${port}/index.html${query}`;
  for (const size of SIZES) {
    const page = await fresh(size);
    await page.goto(at(""));
    const names = await page.locator("li a").allTextContents();
    for (const name of names.filter((each) => each.includes(options.only ?? ""))) {
      await page.goto(at(`?story=${name}&theme=${options.theme}`));
      await page.waitForLoadState("networkidle");
      await page.waitForTimeout(900);
      await take(page, `story-${name}`, size);
    }
    await page.context().close();
  }
  server.close();
}

async function pages(url) {
  const given = JSON.parse(await readFile(options.accounts, "utf8"));
  const meeting = options.meeting ?? given.meeting;
  const account = (role) => {
    const found = given.accounts.find((each) => each.role === role);
    if (found === undefined) throw new Error(`there is no account of the role ${role}`);
    return found;
  };
  for (const size of SIZES) {
    const page = await fresh(size);
    await page.goto(url);
    await page.getByTestId("sign-in-user").waitFor();
    await take(page, "sign-in", size);
    await page.context().close();
    for (const [role, visits] of Object.entries(visitsOf(meeting))) {
      await visit(url, size, account(role), role, visits);
    }
  }
}

/** Who looks at what, and what has to be there before the picture is taken. */
function visitsOf(meeting) {
  return {
    secretary: [
      ["home", "/", "[data-testid=meeting-card]"],
      ["prepare-general", `/meetings/${meeting}/prepare/general`, "form"],
      ["prepare-agenda", `/meetings/${meeting}/prepare/agenda`, "[data-testid=agenda-item]"],
      ["prepare-participants", `/meetings/${meeting}/prepare/participants`, "select"],
    ],
    chair: [
      ["meeting-chair", `/meetings/${meeting}`, "[data-testid=main-picture]"],
      ["recordings", `/meetings/${meeting}/recordings`, "[data-testid=recording]"],
      ["director", `/meetings/${meeting}/director`, "[data-testid=tile]"],
    ],
    delegate: [["meeting-delegate", `/meetings/${meeting}`, "[data-testid=main-picture]"]],
    technician: [["board", "/board", "[data-testid=board-point]"]],
  };
}

async function visit(url, size, account, role, visits) {
  const page = await fresh(size);
  await signIn(page, url, account);
  for (const [name, path, ready] of visits) {
    await page.goto(new URL(path, url).href);
    await page.locator(ready).first().waitFor({ state: "attached" });
    await page.waitForTimeout(1_500);
    await take(page, name, size);
    if (name === "board") await point(page, size);
    if (name === "meeting-chair") await controls(page, size);
  }
  await page.context().close();
}

async function point(page, size) {
  // A point changes its group whenever its room does, and may fold away from under a click.
  const link = page.locator("[data-testid=board-point] a").first();
  const path = await link.getAttribute("href");
  await page.goto(new URL(path, page.url()).href);
  await page.getByTestId("point-detail").waitFor();
  await take(page, "board-point", size);
}

/** The dialog that controls the points. */
async function controls(page, size) {
  // On a small screen it lies behind a tab.
  const button = page.getByTestId("open-controls").filter({ visible: true }).first();
  if ((await button.count()) === 0) return;
  await button.click();
  await page.getByTestId("point-controls").waitFor();
  await page.waitForTimeout(500);
  await take(page, "point-controls", size);
}

function serve(folder) {
  const types = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".woff2": "font/woff2",
    ".pdf": "application/pdf",
    ".wasm": "application/wasm",
  };
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://x").pathname);
    try {
      const bytes = await readFile(join(folder, path));
      response.setHeader("content-type", types[extname(path)] ?? "application/octet-stream");
      response.end(bytes);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

function sheet() {
  const figures = shots.map(
    (file) => `<figure><img src="${file}" alt=""><figcaption>${file}</figcaption></figure>`,
  );
  const style =
    "body{font:14px sans-serif;display:flex;flex-wrap:wrap;gap:16px;align-items:start}" +
    "img{max-width:620px;max-height:520px;border:1px solid #999}figure{margin:0}";
  return `<!doctype html><meta charset="utf-8"><style>${style}</style>${figures.join("\n")}\n`;
}

/** Fails when what a browser fetches before the first page stands is over its budget. */
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const BUDGET_BYTES = 150 * 1024;
const FONTS_MAX = 2;
const DIST = new URL("../dist/", import.meta.url);

const manifest = JSON.parse(await readFile(new URL(".vite/manifest.json", DIST), "utf8"));
const entry = Object.values(manifest).find((chunk) => chunk.isEntry);
const files = new Set(["index.html"]);
collect(entry, new Set());
// The stylesheet belongs to no chunk.
files.add(manifest["style.css"].file);

let total = 0;
for (const file of files) {
  const bytes = await readFile(new URL(file, DIST));
  // Fonts are compressed already and travel as they are.
  const size = file.endsWith(".woff2") ? bytes.length : gzipSync(bytes).length;
  total += size;
  console.log(`${String(size).padStart(7)} ${file}`);
}
const fonts = [...files].filter((file) => file.endsWith(".woff2")).length;
console.log(`${String(total).padStart(7)} of ${BUDGET_BYTES} bytes, ${fonts} fonts`);
if (total > BUDGET_BYTES || fonts > FONTS_MAX) {
  console.error("The first load is over its budget.");
  process.exitCode = 1;
}

function collect(chunk, seen) {
  if (chunk === undefined || seen.has(chunk)) return;
  seen.add(chunk);
  for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file);
  for (const name of chunk.imports ?? []) collect(manifest[name], seen);
}

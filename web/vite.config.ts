import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

/** The server of `npm run dev`'s backend; the product itself has one origin. */
const SERVER = process.env["DIEMCAU_SERVER"] ?? "http://127.0.0.1:8080";

/** What pdf.js loads only for some papers: decoders of scans, and the fonts a PDF may leave out. */
const PDF_ASSETS = ["wasm", "standard_fonts", "iccs"] as const;

function pdfAssets(): Plugin {
  return {
    name: "pdf-assets",
    apply: "build",
    writeBundle(options) {
      for (const folder of PDF_ASSETS) {
        const from = fileURLToPath(new URL(`node_modules/pdfjs-dist/${folder}`, import.meta.url));
        cpSync(from, `${options.dir ?? "dist"}/pdf/${folder}`, { recursive: true });
      }
    },
  };
}

export default defineConfig({
  plugins: [svelte(), pdfAssets()],
  // One stylesheet: that of a page alone would not be asked for again after a failure.
  build: { target: "es2022", assetsInlineLimit: 0, cssCodeSplit: false, manifest: true },
  worker: { format: "es" },
  server: {
    proxy: {
      "/api": SERVER,
      "/live": { target: SERVER, ws: true },
    },
  },
});

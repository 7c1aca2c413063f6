import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

/** The stories are looked at, never shipped: they are built beside the product, not into it. */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  plugins: [svelte({ configFile: "../svelte.config.js" })],
  build: {
    target: "es2022",
    outDir: "../../target/stories",
    emptyOutDir: true,
    chunkSizeWarningLimit: 2_000,
  },
});

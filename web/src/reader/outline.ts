/** The table of contents of a PDF: foreign, so bounded and cleaned before it is shown. */
import { OUTLINE_DEPTH_MAX, OUTLINE_ENTRIES_MAX } from "./limits.ts";

/** As a PDF names it. */
export interface RawEntry<Target> {
  title: string;
  dest: Target;
  items: readonly RawEntry<Target>[];
}

/** A heading and its page. */
export interface OutlineEntry {
  title: string;
  /** From 0. */
  depth: number;
  page: number;
}

/** Those headings that have words and a page, in the order of the paper. */
export async function outlineOf<Target>(
  raw: readonly RawEntry<Target>[],
  pageOf: (target: Target) => Promise<number | null>,
): Promise<OutlineEntry[]> {
  const entries: OutlineEntry[] = [];
  await collect(raw, 0);
  return entries;

  async function collect(level: readonly RawEntry<Target>[], depth: number): Promise<void> {
    for (const { title, dest, items } of level) {
      if (entries.length >= OUTLINE_ENTRIES_MAX) return;
      const words = title
        .replace(/[\p{C}\s]+/gu, " ")
        .trim()
        .normalize("NFC");
      const page = words === "" ? null : await pageOf(dest).catch(() => null);
      if (page !== null) entries.push({ title: words, depth, page });
      if (depth + 1 < OUTLINE_DEPTH_MAX) await collect(items, depth + 1);
    }
  }
}

/** The text of whole papers, for searching in all of them; kept within a bound, never on a disk. */
import type { PaperFile } from "../api/generated/protocol.ts";
import type { PageText } from "./find.ts";
import { TEXT_CHARS_MAX } from "./limits.ts";
import type { PdfPaper } from "./pdf.ts";
import type { Searchable } from "./search.svelte.ts";
import { RefusedPaper, verifiedPaper } from "./verified.ts";

export class PaperTexts {
  readonly #kept = new Map<string, PageText[]>();
  #chars = 0;

  /** `open` is the paper when it is on the shelf; otherwise it is fetched and verified like one. */
  async of(file: PaperFile, open: PdfPaper | null, signal: AbortSignal): Promise<PageText[]> {
    const known = this.#kept.get(file.sha256);
    if (known !== undefined) return known;
    const texts = open === null ? await fetched(file, signal) : await allPages(open, signal);
    this.#keep(file.sha256, texts);
    return texts;
  }

  #keep(sha256: string, texts: PageText[]): void {
    if (this.#kept.has(sha256)) return;
    this.#kept.set(sha256, texts);
    this.#chars += length(texts);
    for (const [oldest, other] of this.#kept) {
      if (this.#chars <= TEXT_CHARS_MAX) break;
      this.#kept.delete(oldest);
      this.#chars -= length(other);
    }
  }
}

async function fetched(file: PaperFile, signal: AbortSignal): Promise<PageText[]> {
  const library = import("./pdf.ts");
  const { bytes, signers } = await verifiedPaper(file, signal, () => undefined);
  const { PdfPaper } = await library;
  const pdf = await PdfPaper.open(bytes).catch(() => {
    throw new RefusedPaper("MALFORMED", signers);
  });
  try {
    return await allPages(pdf, signal);
  } finally {
    await pdf.close();
  }
}

async function allPages(paper: Searchable, signal: AbortSignal): Promise<PageText[]> {
  const texts: PageText[] = [];
  for (let page = 1; page <= paper.pages; page += 1) {
    signal.throwIfAborted();
    texts.push(await paper.text(page));
  }
  return texts;
}

function length(texts: readonly PageText[]): number {
  return texts.reduce((sum, text) => sum + text.raw.length, 0);
}

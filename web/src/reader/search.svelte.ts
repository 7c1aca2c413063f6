/** The search in the open paper: page by page, dropped as soon as another begins. */
import { type Hit, hitsIn, type PageText, type Part, partsOf, queryOf } from "./find.ts";
import { HITS_MAX, SEARCH_SLICE_MS } from "./limits.ts";
import type { Mark } from "./marks.ts";

/** What a search needs of a paper. */
export interface Searchable {
  pages: number;
  text(page: number): Promise<PageText>;
}

interface PlacedHit extends Hit {
  page: number;
  parts: Part[];
}

export interface Found {
  hits: readonly PlacedHit[];
  /** Pages looked at so far. */
  searched: number;
  done: boolean;
  /** Whether the paper has any text; a scan has none. */
  text: boolean;
}

/** Where the first hit is looked for: a page, and where on it. */
export interface From {
  page: number;
  at: number;
}

const NOTHING: Found = { hits: [], searched: 0, done: false, text: false };

export class PaperSearch {
  found = $state.raw<Found>(NOTHING);
  /** The hit the reader looks at; a new object each time he asks for it. */
  aim = $state.raw<{ at: number } | null>(null);
  /** Whether what was typed is long enough to be looked for. */
  asked = $state.raw(false);
  readonly #onhit: (page: number) => void;
  #run = 0;

  /** `onhit` is told the page of each hit that the reader goes to. */
  constructor(onhit: (page: number) => void) {
    this.#onhit = onhit;
  }

  /**
   * Looks for what was typed. With `from` the reader goes to the first hit from there on; without,
   * hits are only marked: he did not ask to go anywhere.
   */
  async look(paper: Searchable, typed: string, from: From | null): Promise<void> {
    this.#run += 1;
    const run = this.#run;
    this.aim = null;
    this.found = NOTHING;
    const query = queryOf(typed);
    this.asked = query !== null;
    if (query === null) return;
    const hits: PlacedHit[] = [];
    let text = false;
    let slice = performance.now();
    for (let page = 1; page <= paper.pages && hits.length < HITS_MAX; page += 1) {
      const words = await paper.text(page);
      if (run !== this.#run) return;
      text ||= words.raw.trim() !== "";
      for (const hit of hitsIn(words, query, HITS_MAX - hits.length)) {
        hits.push({ ...hit, page, parts: partsOf(words, hit) });
      }
      if (performance.now() - slice < SEARCH_SLICE_MS && page < paper.pages) continue;
      this.#tell({ hits: [...hits], searched: page, done: false, text }, from);
      await breath();
      if (run !== this.#run) return;
      slice = performance.now();
    }
    this.#tell({ hits, searched: paper.pages, done: true, text }, from);
  }

  /** To the next hit or the one before; from `page` when the reader looks at none yet. */
  step(by: 1 | -1, page: number): void {
    const { hits } = this.found;
    if (hits.length === 0) return;
    if (this.aim !== null) this.#go((this.aim.at + by + hits.length) % hits.length);
    else if (by > 0) this.#go(firstFrom(hits, { page, at: 0 }));
    else this.#go((firstFrom(hits, { page, at: 0 }) - 1 + hits.length) % hits.length);
  }

  /** The hits on a page. */
  marks(page: number): Mark[] {
    const current = this.aim?.at;
    return this.found.hits.flatMap((hit, at) =>
      hit.page === page ? [{ parts: hit.parts, current: at === current }] : [],
    );
  }

  close(): void {
    this.#run += 1;
    this.found = NOTHING;
    this.aim = null;
    this.asked = false;
  }

  #tell(found: Found, from: From | null): void {
    this.found = found;
    if (from === null || this.aim !== null) return;
    const at = found.hits.findIndex((hit) => isFrom(hit, from));
    if (at >= 0) this.#go(at);
    else if (found.done && found.hits.length > 0) this.#go(0);
  }

  #go(at: number): void {
    const hit = this.found.hits[at];
    if (hit === undefined) return;
    this.aim = { at };
    this.#onhit(hit.page);
  }
}

function firstFrom(hits: readonly PlacedHit[], from: From): number {
  return Math.max(
    0,
    hits.findIndex((hit) => isFrom(hit, from)),
  );
}

function isFrom(hit: PlacedHit, from: From): boolean {
  return hit.page > from.page || (hit.page === from.page && hit.from >= from.at);
}

/** Lets the page draw and the next key be heard. */
function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

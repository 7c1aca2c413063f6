/** The search in all papers of a meeting, one after the other. */
import type { PaperFile } from "../api/generated/protocol.ts";
import { codeOfError } from "../api/http.ts";
import { type Context, contextOf, hitsIn, type PageText, type Query, queryOf } from "./find.ts";
import { HITS_LISTED_MAX, HITS_MAX } from "./limits.ts";
import { RefusedPaper } from "./verified.ts";

/** A paper that is searched. */
export interface Candidate {
  paper: string;
  title: string;
  file: PaperFile;
}

/** A hit in a list: where it is, and the words around it. */
export interface ListedHit {
  page: number;
  /** Where on the page, as `From` of the paper's own search. */
  at: number;
  context: Context;
}

export type Searched = Candidate &
  /** `hits` are the first of `all`. */
  (
    | { kind: "found"; hits: ListedHit[]; all: number }
    | { kind: "none" }
    | { kind: "scan" }
    /** It is not searched, as it would not be shown. */
    | { kind: "failed"; code: string }
  );

type Texts = (file: PaperFile, signal: AbortSignal) => Promise<PageText[]>;

export class EverywhereSearch {
  searched = $state.raw<readonly Searched[]>([]);
  done = $state.raw(false);
  asked = $state.raw(false);
  readonly #texts: Texts;
  readonly #abort = new AbortController();
  #run = 0;

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  async look(papers: readonly Candidate[], typed: string): Promise<void> {
    this.#run += 1;
    const run = this.#run;
    const query = queryOf(typed);
    this.searched = [];
    this.done = false;
    this.asked = query !== null;
    if (query === null) return;
    for (const paper of papers) {
      const result = await this.#one(paper, query);
      if (run !== this.#run) return;
      this.searched = [...this.searched, result];
    }
    this.done = true;
  }

  /** Nobody waits any more: what is being fetched is dropped. */
  close(): void {
    this.#run += 1;
    this.#abort.abort();
  }

  async #one(paper: Candidate, query: Query): Promise<Searched> {
    try {
      return { ...paper, ...listed(await this.#texts(paper.file, this.#abort.signal), query) };
    } catch (error) {
      const code = error instanceof RefusedPaper ? error.code : codeOfError(error);
      return { ...paper, kind: "failed", code };
    }
  }
}

function listed(
  texts: readonly PageText[],
  query: Query,
): { kind: "found"; hits: ListedHit[]; all: number } | { kind: "none" | "scan" } {
  if (texts.every((text) => text.raw.trim() === "")) return { kind: "scan" };
  const hits: ListedHit[] = [];
  let all = 0;
  for (const [index, text] of texts.entries()) {
    const found = hitsIn(text, query, HITS_MAX);
    all += found.length;
    for (const hit of found.slice(0, HITS_LISTED_MAX - hits.length)) {
      hits.push({ page: index + 1, at: hit.from, context: contextOf(text, hit) });
    }
  }
  return all === 0 ? { kind: "none" } : { kind: "found", hits, all };
}

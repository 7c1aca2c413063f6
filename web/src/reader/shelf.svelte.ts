/** The papers a reader has open: fetched, verified and opened once, then kept while in use. */
import type { PaperFile } from "../api/generated/protocol.ts";
import { codeOfError } from "../api/http.ts";
import type { Signer } from "../api/papers.ts";
import type { PageText } from "./find.ts";
import { PAPERS_MAX } from "./limits.ts";
import type { PdfPaper } from "./pdf.ts";
import { PaperTexts } from "./texts.ts";
import { RefusedPaper, verifiedPaper } from "./verified.ts";

export type ShelfState =
  | { kind: "fetching"; since: number; bytes: number }
  | { kind: "open"; pdf: PdfPaper; signers: Signer[]; issuedAt: number; checkedAt: number }
  /** Something about the paper is wrong; it is not drawn. */
  | { kind: "refused"; code: string; signers: Signer[] }
  /** It could not be fetched; trying again may help. */
  | { kind: "failed"; code: string };

/** One paper on the shelf, named by its hash. */
export class ShelvedPaper {
  state = $state.raw<ShelfState>({ kind: "fetching", since: 0, bytes: 0 });
  readonly file: PaperFile;
  readonly #abort = new AbortController();

  constructor(file: PaperFile) {
    this.file = file;
    this.#fetch().catch((error: unknown) => this.#failed(error));
  }

  async #fetch(): Promise<void> {
    const since = Date.now();
    this.state = { kind: "fetching", since, bytes: 0 };
    const library = import("./pdf.ts");
    const verified = await verifiedPaper(this.file, this.#abort.signal, (bytes) => {
      this.state = { kind: "fetching", since, bytes };
    });
    const { PdfPaper } = await library;
    const pdf = await PdfPaper.open(verified.bytes).catch(() => {
      throw new RefusedPaper("MALFORMED", verified.signers);
    });
    if (this.#abort.signal.aborted) {
      await pdf.close();
      return;
    }
    const { signers, issuedAt, checkedAt } = verified;
    this.state = { kind: "open", pdf, signers, issuedAt, checkedAt };
  }

  #failed(error: unknown): void {
    this.state =
      error instanceof RefusedPaper
        ? { kind: "refused", code: error.code, signers: error.signers }
        : { kind: "failed", code: codeOfError(error) };
  }

  async close(): Promise<void> {
    this.#abort.abort();
    if (this.state.kind === "open") await this.state.pdf.close();
  }
}

/** What a page sees of it. */
export interface ShelfView {
  paper(file: PaperFile): Pick<ShelvedPaper, "state">;
  /** The text of every page of a paper, be it on the shelf or not. */
  texts(file: PaperFile, signal: AbortSignal): Promise<PageText[]>;
}

export class Shelf implements ShelfView {
  readonly #papers = new Map<string, ShelvedPaper>();
  readonly #texts = new PaperTexts();

  paper(file: PaperFile): ShelvedPaper {
    const kept = this.#papers.get(file.sha256);
    const paper =
      kept?.state.kind === "failed" || kept === undefined ? new ShelvedPaper(file) : kept;
    this.#papers.delete(file.sha256);
    this.#papers.set(file.sha256, paper);
    for (const [oldest, other] of this.#papers) {
      if (this.#papers.size <= PAPERS_MAX) break;
      this.#papers.delete(oldest);
      this.#release(other);
    }
    return paper;
  }

  /** Searching fetches and verifies as reading does, but takes no reader's paper off the shelf. */
  texts(file: PaperFile, signal: AbortSignal): Promise<PageText[]> {
    const state = this.#papers.get(file.sha256)?.state;
    return this.#texts.of(file, state?.kind === "open" ? state.pdf : null, signal);
  }

  close(): void {
    for (const paper of this.#papers.values()) this.#release(paper);
    this.#papers.clear();
  }

  #release(paper: ShelvedPaper): void {
    paper.close().catch(() => undefined); // Nothing more can be done about what is thrown away.
  }
}

/** Runs the upload queue of one meeting: files travel, then the server checks or seals them. */
import type { ItemId, MeetingId } from "../../api/generated/protocol.ts";
import { codeOfError, Problem, UNREACHABLE } from "../../api/http.ts";
import { addPaper } from "../../api/papers.ts";
import { freshId } from "../../live/ids.ts";
import {
  after,
  queued,
  refusedFile,
  startable,
  titleOf,
  type Upload,
  type UploadNews,
  without,
} from "../../state/uploads.ts";

/** What a page sees of it. */
export type UploadQueueView = Pick<UploadQueue, "uploads" | "add" | "again" | "cancel">;

export class UploadQueue {
  uploads = $state.raw<readonly Upload[]>([]);
  readonly #meeting: MeetingId;
  readonly #files = new Map<string, File>();
  readonly #aborts = new Map<string, AbortController>();

  constructor(meeting: MeetingId) {
    this.#meeting = meeting;
  }

  add(item: ItemId, files: Iterable<File>): void {
    const more = Array.from(files, (file): Upload => {
      const id = freshId();
      const code = refusedFile(file.name, file.size);
      this.#files.set(id, file);
      return {
        id,
        item,
        title: titleOf(file.name),
        bytes: file.size,
        state: code === null ? { kind: "waiting" } : { kind: "refused", code },
      };
    });
    this.uploads = queued(this.uploads, more);
    this.#pump();
  }

  again(id: string): void {
    this.#news(id, { kind: "again" });
    this.#pump();
  }

  /** Stops it if it travels, and forgets it. */
  cancel(id: string): void {
    this.#aborts.get(id)?.abort();
    this.#forget(id);
    this.#pump();
  }

  close(): void {
    for (const abort of this.#aborts.values()) abort.abort();
  }

  #pump(): void {
    for (const upload of startable(this.uploads)) {
      this.#news(upload.id, { kind: "started", at: Date.now() });
      this.#send(upload).catch((error: unknown) => this.#failed(upload.id, error));
    }
  }

  async #send(upload: Upload): Promise<void> {
    const file = this.#files.get(upload.id);
    if (file === undefined) return;
    const abort = new AbortController();
    this.#aborts.set(upload.id, abort);
    const { sendFile } = await import("../../api/upload.ts");
    const sent = await sendFile(file, abort.signal, (bytes) =>
      this.#news(upload.id, { kind: "sent", bytes }),
    );
    this.#news(upload.id, { kind: "checking" });
    const { item, title } = upload;
    // The same id however often it is tried: the paper is added once.
    const { id } = upload;
    await addPaper(this.#meeting, { id, paper: id, item, title, upload: sent });
    this.#forget(upload.id);
    this.#pump();
  }

  #failed(id: string, error: unknown): void {
    const answered = error instanceof Problem && error.code !== UNREACHABLE && error.status < 500;
    this.#news(id, answered ? { kind: "refused", code: codeOfError(error) } : { kind: "failed" });
    this.#pump();
  }

  #news(id: string, news: UploadNews): void {
    this.uploads = after(this.uploads, id, news);
  }

  #forget(id: string): void {
    this.uploads = without(this.uploads, id);
    this.#files.delete(id);
    this.#aborts.delete(id);
  }
}

/** The upload queue: which files go when, how far they are, what became of them. */

/** Files that travel at once. */
const UPLOADS_MAX = 2;
/** Larger files are refused before they travel; the server has the same limit. */
const FILE_BYTES_MAX = 512 * 1024 * 1024;

export interface Upload {
  readonly id: string;
  readonly item: string;
  readonly title: string;
  readonly bytes: number;
  readonly state: UploadState;
}

type UploadState =
  | { kind: "waiting" }
  | { kind: "sending"; since: number; sent: number }
  /** All bytes are there; the server checks the signature or seals. */
  | { kind: "checking" }
  | { kind: "refused"; code: string }
  | { kind: "failed" };

export type UploadNews =
  | { kind: "started"; at: number }
  | { kind: "sent"; bytes: number }
  | { kind: "checking" }
  | { kind: "refused"; code: string }
  | { kind: "failed" }
  | { kind: "again" };

export function queued(uploads: readonly Upload[], more: readonly Upload[]): Upload[] {
  return [...uploads, ...more];
}

export function without(uploads: readonly Upload[], id: string): Upload[] {
  return uploads.filter((upload) => upload.id !== id);
}

export function after(uploads: readonly Upload[], id: string, news: UploadNews): Upload[] {
  return uploads.map((upload) =>
    upload.id === id ? { ...upload, state: nextState(upload.state, news) } : upload,
  );
}

function nextState(state: UploadState, news: UploadNews): UploadState {
  switch (news.kind) {
    case "started":
      return { kind: "sending", since: news.at, sent: 0 };
    case "sent":
      return state.kind === "sending" ? { ...state, sent: news.bytes } : state;
    case "again":
      return { kind: "waiting" };
    case "checking":
    case "refused":
    case "failed":
      return news;
  }
}

/** Those that may start now. */
export function startable(uploads: readonly Upload[]): Upload[] {
  const busy = uploads.filter(
    ({ state }) => state.kind === "sending" || state.kind === "checking",
  ).length;
  return uploads
    .filter(({ state }) => state.kind === "waiting")
    .slice(0, Math.max(0, UPLOADS_MAX - busy));
}

export function percent(upload: Upload): number {
  switch (upload.state.kind) {
    case "sending":
      return upload.bytes === 0 ? 0 : Math.floor((upload.state.sent / upload.bytes) * 100);
    case "checking":
      return 100;
    case "waiting":
    case "refused":
    case "failed":
      return 0;
  }
}

/** Seconds left at the pace so far; null as long as the pace says nothing. */
export function secondsLeft(upload: Upload, now: number): number | null {
  if (upload.state.kind !== "sending" || upload.state.sent === 0) return null;
  const took = now - upload.state.since;
  if (took < 1_000) return null;
  const left = upload.bytes - upload.state.sent;
  return Math.ceil((left * took) / upload.state.sent / 1_000);
}

/** Why a file does not even travel, as a code for people; null when it may. */
export function refusedFile(name: string, bytes: number): string | null {
  if (!name.toLowerCase().endsWith(".pdf")) return "NOT_PDF";
  if (bytes === 0) return "EMPTY";
  return bytes > FILE_BYTES_MAX ? "TOO_LARGE" : null;
}

/** The title a paper gets from its file's name. */
export function titleOf(fileName: string): string {
  const bare = fileName.replace(/\.pdf$/i, "").replace(/[_\s]+/g, " ");
  return bare.trim().normalize("NFC").slice(0, 300) || fileName;
}

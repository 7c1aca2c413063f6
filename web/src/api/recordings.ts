/** What was recorded of a meeting, with its log as chapters. */
import { meetingRecordingsPath } from "../paths.ts";
import type { ItemId, MeetingId, PaperId, Speaker } from "./generated/protocol.ts";
import { getJson } from "./http.ts";

export interface Recordings {
  title: string | null;
  may_keep: boolean;
  recordings: Recording[];
  parts: RecordedPart[];
  chapters: Chapter[];
  on_air: OnAir[];
}

interface Recording {
  started_at: number;
  stopped_at: number | null;
  trouble: string | null;
}

/** One file: one speaker, for a while. */
export interface RecordedPart {
  part: string;
  speaker: Speaker;
  name: string | null;
  started_at: number;
  ended_at: number;
  has_picture: boolean;
  bytes: number;
}

export type Chapter = { at: number } & (
  | { kind: "item"; item: ItemId; title: string | null }
  | { kind: "floor"; speaker: Speaker; name: string | null }
  | { kind: "page"; paper: PaperId; title: string | null; page: number }
);

/** Whose picture is the main one from a moment on, and whose voices are heard. */
export interface OnAir {
  at: number;
  main: Speaker | null;
  voices: Speaker[];
}

export function recordingsOf(meeting: MeetingId): Promise<Recordings> {
  return getJson(meetingRecordingsPath(meeting));
}

/** A recorded meeting as one film: at every moment the file of whoever had the floor. */
import type { Chapter, OnAir, RecordedPart, Recordings } from "../api/recordings.ts";
import { isSpeaker } from "./meeting.ts";

/** A stretch of the film that comes out of one file. Moments are UTC milliseconds. */
export interface Span {
  from: number;
  to: number;
  part: RecordedPart;
  /** Another voice at the same time: the chair's, while somebody else has the floor. */
  other: RecordedPart | null;
}

export interface Film {
  spans: Span[];
  /** Those at which there is something to see, each once. */
  chapters: Chapter[];
}

/** A chapter that begins in a pause is shown where the film goes on, if that is soon. */
const CHAPTER_PAUSE_MS = 60_000;
/** Shorter pieces are no use to anybody. */
const SPAN_MS_MIN = 40;

export function filmOf({ on_air, parts, chapters }: Recordings): Film {
  const spans = on_air.flatMap((now, index) => {
    const until = on_air[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    return spansOf(now, until, parts);
  });
  return { spans, chapters: chapters.filter((chapter) => spanFrom(spans, chapter.at) !== null) };
}

function spansOf(now: OnAir, until: number, parts: RecordedPart[]): Span[] {
  const main = now.main;
  if (main === null) return [];
  const seen = parts.filter((part) => isSpeaker(part.speaker, main));
  const heard = parts.filter(
    (part) =>
      !isSpeaker(part.speaker, main) && now.voices.some((it) => isSpeaker(it, part.speaker)),
  );
  // Who has no camera and no microphone here is not in the film: the voice that is heard is.
  const own = cut(seen, now.at, until);
  const pieces = own.length > 0 ? own : cut(heard, now.at, until);
  return pieces.map(({ part, from, to }) => ({
    part,
    from,
    to,
    other: heard.find((it) => it !== part && it.started_at < to && it.ended_at > from) ?? null,
  }));
}

/** The files within a time, without overlap. */
function cut(
  parts: RecordedPart[],
  from: number,
  until: number,
): { part: RecordedPart; from: number; to: number }[] {
  const pieces = [];
  let at = from;
  for (const part of parts) {
    const begins = Math.max(at, part.started_at);
    const ends = Math.min(until, part.ended_at);
    if (ends - begins < SPAN_MS_MIN) continue;
    pieces.push({ part, from: begins, to: ends });
    at = ends;
  }
  return pieces;
}

export function spanAt(spans: readonly Span[], at: number): Span | null {
  return spans.find((span) => span.from <= at && at < span.to) ?? null;
}

/** The stretch at a moment, or the next one if it is not far. */
function spanFrom(spans: readonly Span[], at: number): Span | null {
  const next = spans.find((span) => span.to > at) ?? null;
  return next !== null && next.from - at <= CHAPTER_PAUSE_MS ? next : null;
}

/** Where to go on when somebody wants to be at a moment: pauses are left out. */
export function landing(spans: readonly Span[], at: number): { span: Span; at: number } | null {
  const span = spans.find((it) => it.to > at) ?? spans.at(-1);
  return span === undefined ? null : { span, at: Math.min(Math.max(at, span.from), span.to - 1) };
}

export function spanAfter(spans: readonly Span[], span: Span): Span | null {
  return spans.find((it) => it.from >= span.to) ?? null;
}

/** How long the film is up to a moment, without its pauses. */
export function elapsed(spans: readonly Span[], at: number): number {
  return spans.reduce((sum, span) => sum + Math.max(0, Math.min(at, span.to) - span.from), 0);
}

/** The moment after so much of the film. */
export function momentAfter(spans: readonly Span[], millis: number): number {
  let rest = millis;
  for (const span of spans) {
    if (rest < span.to - span.from) return span.from + rest;
    rest -= span.to - span.from;
  }
  return spans.at(-1)?.to ?? 0;
}

/** The chapter that a moment belongs to: the last one before it. */
export function chapterAt(chapters: readonly Chapter[], at: number): Chapter | null {
  return chapters.findLast((chapter) => chapter.at <= at) ?? null;
}

/**
 * Following the presenter or reading alone. Following is on when one joins; turning a page,
 * zooming or opening another paper turns it off for this reader only, and one tap brings him back.
 */
export interface Place {
  paper: string;
  /** From 1. */
  page: number;
}

export type Reading =
  /** Goes where the presenter goes; `last` is where he stays when nothing is shown any more. */
  { kind: "following"; last: Place | null } | { kind: "alone"; place: Place | null };

export const JOINED: Reading = { kind: "following", last: null };

/** Where the reader is. */
export function placeOf(reading: Reading, shown: Place | null): Place | null {
  return reading.kind === "alone" ? reading.place : (shown ?? reading.last);
}

/** After the presenter showed a page, or stopped. */
export function afterShown(reading: Reading, shown: Place | null): Reading {
  if (reading.kind === "alone" || shown === null) return reading;
  return { kind: "following", last: { paper: shown.paper, page: shown.page } };
}

/** After the reader went somewhere himself. */
export function goneTo(place: Place): Reading {
  return { kind: "alone", place };
}

/** After the reader let go without moving: he zoomed, or switched following off. */
export function stayed(reading: Reading, shown: Place | null): Reading {
  return { kind: "alone", place: placeOf(reading, shown) };
}

/** After the one tap back. */
export function returned(reading: Reading, shown: Place | null): Reading {
  return afterShown({ kind: "following", last: placeOf(reading, shown) }, shown);
}

/** Where "Về trang đang trình chiếu (tr. n)" leads; null when there is nothing to return to. */
export function wayBack(reading: Reading, shown: Place | null): Place | null {
  return reading.kind === "alone" ? shown : null;
}

/** The page turned by so many, within the paper. */
export function turned(place: Place, by: number, pages: number): Place {
  return { paper: place.paper, page: Math.min(Math.max(1, place.page + by), Math.max(1, pages)) };
}

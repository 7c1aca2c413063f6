/**
 * Finding words in the text of a paper. "nghi quyet" finds "Nghị quyết"; as soon as one diacritic is
 * typed, diacritics must agree. Upper and lower case, the two ways to write a letter with its marks
 * (NFC, NFD), the two places of a tone ("hòa", "hoà") and the width of a gap are never told apart.
 */
import { CONTEXT_CHARS, QUERY_CHARS_MIN } from "./limits.ts";

/** A run of text as the page draws it. */
export interface Piece {
  text: string;
  endsLine: boolean;
}

/** The text of a page, and where each piece of it begins and ends. */
export interface PageText {
  raw: string;
  starts: readonly number[];
  ends: readonly number[];
}

/** Where in `raw` something was found. */
export interface Hit {
  from: number;
  to: number;
}

/** The share of one piece in a hit. */
export interface Part extends Hit {
  piece: number;
}

/** A hit within its line, for lists. */
export interface Context {
  before: string;
  match: string;
  after: string;
}

export interface Query {
  needles: readonly string[];
  /** Whether diacritics must agree. */
  exact: boolean;
}

/** Joins the pieces of a page; a line's end is a gap between words. */
export function pageText(pieces: readonly Piece[]): PageText {
  let raw = "";
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { text, endsLine } of pieces) {
    starts.push(raw.length);
    raw += text;
    ends.push(raw.length);
    if (endsLine) raw += "\n";
  }
  return { raw, starts, ends };
}

/** What was typed, ready to be looked for; null while it is too short to mean anything. */
export function queryOf(typed: string): Query | null {
  const exact = /\p{M}|[đĐ]/u.test(typed.normalize("NFD"));
  const plain = fold(typed.trim(), exact).text;
  if (plain.length < QUERY_CHARS_MIN) return null;
  // The last word may go on in the paper: "hoà" begins "hoàn" too.
  const needles = exact ? new Set([toned(plain), plain]) : [plain];
  return { needles: [...needles], exact };
}

/** Where the query stands on a page, in order, at most so many times. */
export function hitsIn(page: PageText, query: Query, most: number): Hit[] {
  const folded = fold(page.raw, query.exact);
  const text = query.exact ? toned(folded.text) : folded.text;
  const hits = query.needles.flatMap((needle) => found(text, needle, folded, most));
  return hits.sort((one, other) => one.from - other.from).slice(0, most);
}

/** The pieces that a hit runs over. */
export function partsOf(page: PageText, hit: Hit): Part[] {
  const parts: Part[] = [];
  for (const [piece, start] of page.starts.entries()) {
    if (start >= hit.to) break;
    const end = page.ends[piece] ?? start;
    const [from, to] = [Math.max(hit.from, start), Math.min(hit.to, end)];
    if (from < to) parts.push({ piece, from: from - start, to: to - start });
  }
  return parts;
}

/** The words around a hit. */
export function contextOf(page: PageText, hit: Hit): Context {
  const from = Math.max(0, hit.from - CONTEXT_CHARS);
  const to = Math.min(page.raw.length, hit.to + CONTEXT_CHARS);
  const before = oneLine(page.raw.slice(from, hit.from)).trimStart();
  const after = oneLine(page.raw.slice(hit.to, to)).trimEnd();
  return {
    // A word that was cut at the edge is left out.
    before: from === 0 ? before : `… ${before.replace(/^\S*\s+/, "")}`,
    match: oneLine(page.raw.slice(hit.from, hit.to)),
    after: to === page.raw.length ? after : `${after.replace(/\s+\S*$/, "")} …`,
  };
}

function oneLine(text: string): string {
  return text.normalize("NFC").replace(/\s+/g, " ");
}

/** Text in the form it is compared in, and for each of its characters where it comes from. */
interface Folded {
  text: string;
  from: number[];
  to: number[];
}

/** A gap, or a letter with its marks, which may come from several pieces. */
const CLUSTER = /\s+|\P{M}\p{M}*|\p{M}+/gu;
/** Where a word may be broken, and what has no width. */
const UNSEEN = /[\u00ad\u200b-\u200d\u2060\ufeff]/g;

function fold(raw: string, exact: boolean): Folded {
  const folded: Folded = { text: "", from: [], to: [] };
  for (const { 0: cluster, index } of raw.matchAll(CLUSTER)) {
    const letters = folding(cluster, exact);
    if (letters === " " && folded.text.endsWith(" ")) continue;
    folded.text += letters;
    for (let at = 0; at < letters.length; at += 1) {
      folded.from.push(index);
      folded.to.push(index + cluster.length);
    }
  }
  return folded;
}

function folding(cluster: string, exact: boolean): string {
  // Most letters of a paper are plain.
  if (/^[!-~]$/.test(cluster)) return cluster.toLowerCase();
  return exact ? withMarks(cluster) : withoutMarks(cluster);
}

function withMarks(cluster: string): string {
  const letters = cluster.replace(UNSEEN, "").normalize("NFKC").toLowerCase();
  return letters.trim() === "" && letters !== "" ? " " : letters;
}

function withoutMarks(cluster: string): string {
  const letters = withMarks(cluster).normalize("NFKD").replace(/\p{M}/gu, "");
  return letters.replaceAll("đ", "d");
}

const TONED_LATE = ["oà", "oá", "oả", "oã", "oạ", "oè", "oé", "oẻ", "oẽ", "oẹ"].concat([
  "uỳ",
  "uý",
  "uỷ",
  "uỹ",
  "uỵ",
]);
const LATE = new RegExp(`(?:${TONED_LATE.join("|")})(?!\\p{L})`, "gu");

/** Puts the tone of an open "oa", "oe", "uy" on its first letter; every character keeps its place. */
function toned(text: string): string {
  return text.replace(LATE, (pair) => {
    const [first = "", second = ""] = pair;
    const [letter = "", mark = ""] = second.normalize("NFD");
    return (first + mark).normalize("NFC") + letter;
  });
}

function found(text: string, needle: string, folded: Folded, most: number): Hit[] {
  const hits: Hit[] = [];
  let at = text.indexOf(needle);
  while (at >= 0 && hits.length < most) {
    const last = at + needle.length - 1;
    const [from, to] = [folded.from[at], folded.to[last]];
    // Letters that came from one stay together.
    const whole = folded.from[at - 1] !== from && folded.to[last + 1] !== to;
    if (whole && from !== undefined && to !== undefined) hits.push({ from, to });
    at = text.indexOf(needle, at + needle.length);
  }
  return hits;
}

/** Where the hits of a search stand on a page that is drawn. */
import type { Part } from "./find.ts";

/** One hit on a page; the current one is where the reader looks. */
export interface Mark {
  parts: readonly Part[];
  current: boolean;
}

/** A share of a hit, in fractions of the page, so that it stays right at every zoom. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
  current: boolean;
}

/** `pieces` are the elements of the text layer that lies over `sheet`. */
export function boxesOf(
  sheet: Element,
  pieces: readonly HTMLElement[],
  marks: readonly Mark[],
): Box[] {
  const all = sheet.getBoundingClientRect();
  if (all.width === 0) return [];
  const range = document.createRange();
  return marks.flatMap(({ parts, current }) =>
    parts.flatMap(({ piece, from, to }) => {
      const text = pieces[piece]?.firstChild;
      if (!(text instanceof Text) || to > text.length) return [];
      range.setStart(text, from);
      range.setEnd(text, to);
      return Array.from(range.getClientRects(), (rect) => ({
        left: (rect.left - all.left) / all.width,
        top: (rect.top - all.top) / all.height,
        width: rect.width / all.width,
        height: rect.height / all.height,
        current,
      }));
    }),
  );
}

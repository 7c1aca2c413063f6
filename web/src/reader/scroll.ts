/** Where pages stand below each other, all of one height. */
export interface Layout {
  pages: number;
  /** Of one page, in CSS pixels. */
  height: number;
  gap: number;
  margin: number;
}

/** The page at a place of the whole, counted from 1. */
export function pageAt(layout: Layout, y: number): number {
  const page = Math.floor((y - layout.margin) / (layout.height + layout.gap)) + 1;
  return Math.min(Math.max(page, 1), Math.max(1, layout.pages));
}

/** Where a page begins, with the margin above it still in view. */
export function topOf(layout: Layout, page: number): number {
  return (page - 1) * (layout.height + layout.gap);
}

/** The pages in view, and one more on either side. */
export function visiblePages(
  layout: Layout,
  top: number,
  room: number,
): { first: number; last: number } {
  const first = pageAt(layout, top) - 1;
  const last = pageAt(layout, top + room) + 1;
  return { first: Math.max(1, first), last: Math.min(Math.max(1, layout.pages), last) };
}

/** The pages that stand side by side where the reader is: one, or two beginning with an odd one. */
export function spread(
  page: number,
  across: number,
  pages: number,
): { first: number; last: number } {
  const first = page - ((page - 1) % across);
  return { first, last: Math.max(first, Math.min(first + across - 1, pages)) };
}

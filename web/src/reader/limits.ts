/** Every limit of the reader (rule 15). */

/** No canvas is larger: tablets refuse to draw on one that is. */
export const CANVAS_PIXELS_MAX = 16_000_000;
/** Bitmaps kept per paper: the page, its neighbours, and where the reader came from. */
export const BITMAPS_MAX = 6;
/** Papers kept open at once; the one not read for longest is closed. */
export const PAPERS_MAX = 4;
/** How far the reader can zoom, as a factor of the page fitted to the width. */
export const ZOOM_MIN = 0.5;
export const ZOOM_MAX = 4;
export const ZOOM_STEP = 1.25;
/** A page fitted to the width is not wider than this on a large screen, in CSS pixels. */
export const FITTED_WIDTH_MAX = 1_000;
/** Letters a search needs: one alone is everywhere. */
export const QUERY_CHARS_MIN = 2;
/** Hits kept of one search in one paper; more are counted as "+". */
export const HITS_MAX = 1_000;
/** Hits listed of each paper when all are searched. */
export const HITS_LISTED_MAX = 5;
/** Text on either side of a hit in a list, in characters. */
export const CONTEXT_CHARS = 60;
/** How long after the last letter a search begins. */
export const TYPED_MS = 250;
/** How long a search computes before the page may draw. */
export const SEARCH_SLICE_MS = 8;
/** Characters of papers' text kept for the next search in all of them. */
export const TEXT_CHARS_MAX = 8_000_000;
/** Entries of a table of contents, and how deep it is shown. */
export const OUTLINE_ENTRIES_MAX = 500;
export const OUTLINE_DEPTH_MAX = 5;
/** From this width on two pages stand side by side, and the panel beside the page. */
export const WIDE_PX_MIN = 860;
/** A small picture of a page, in CSS pixels. */
export const THUMBNAIL_WIDTH = 112;

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

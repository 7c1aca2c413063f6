/** The words for reading a paper: search, table of contents, how pages are shown. */
export const enReader = {
  "find.open": "Search this paper",
  "find.placeholder": "Search this paper",
  "find.previous": "Previous hit",
  "find.next": "Next hit",
  "find.close": "Close the search",
  "find.running": "searching",
  "find.none": "not found",
  "find.scan": "scanned, no text",
  "find.all": "Search all papers",
};

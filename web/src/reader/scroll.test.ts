import { expect, test } from "vitest";
import { pageAt, spread, topOf, visiblePages } from "./scroll.ts";

const LAYOUT = { pages: 10, height: 1_000, gap: 16, margin: 16 };

const places: [y: number, page: number][] = [
  [0, 1],
  [1_015, 1],
  [1_040, 2],
  [99_999, 10],
];
test.each(places)("at %i is page %i", (y, page) => {
  expect(pageAt(LAYOUT, y)).toBe(page);
});

test("a page that is scrolled to is the one in view", () => {
  for (let page = 1; page <= 10; page += 1) {
    expect(pageAt(LAYOUT, topOf(LAYOUT, page) + 300)).toBe(page);
  }
});

test("one page more than seen is kept ready on either side", () => {
  expect(visiblePages(LAYOUT, 0, 700)).toEqual({ first: 1, last: 2 });
  expect(visiblePages(LAYOUT, topOf(LAYOUT, 5) + 20, 700)).toEqual({ first: 4, last: 6 });
  expect(visiblePages({ ...LAYOUT, pages: 1 }, 0, 700)).toEqual({ first: 1, last: 1 });
});

const spreads: [page: number, across: number, pages: number, first: number, last: number][] = [
  [4, 1, 9, 4, 4],
  [1, 2, 9, 1, 2],
  [4, 2, 9, 3, 4],
  [9, 2, 9, 9, 9],
];
test.each(spreads)("page %i, %i across of %i: %i to %i", (page, across, pages, first, last) => {
  expect(spread(page, across, pages)).toEqual({ first, last });
});

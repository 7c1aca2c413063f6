import { expect, test } from "vitest";
import {
  afterShown,
  goneTo,
  JOINED,
  type Place,
  placeOf,
  returned,
  stayed,
  turned,
  wayBack,
} from "./reading.ts";

const at = (page: number, paper = "a"): Place => ({ paper, page });

test("who joins follows the presenter", () => {
  expect(placeOf(JOINED, at(12))).toEqual(at(12));
  expect(wayBack(JOINED, at(12))).toBeNull();
});

test("who turns a page reads alone, whatever is shown after", () => {
  const alone = afterShown(goneTo(at(3)), at(13));
  expect(placeOf(alone, at(13))).toEqual(at(3));
  expect(wayBack(alone, at(13))).toEqual(at(13));
});

test("one tap leads back, and following goes on", () => {
  const back = returned(goneTo(at(3)), at(12));
  expect(placeOf(back, at(12))).toEqual(at(12));
  expect(placeOf(afterShown(back, at(14)), at(14))).toEqual(at(14));
});

test("when nothing is shown any more the reader keeps his page", () => {
  const reading = afterShown(afterShown(JOINED, at(5)), null);
  expect(placeOf(reading, null)).toEqual(at(5));
});

test("letting go keeps the page that is shown", () => {
  const alone = stayed(JOINED, at(7));
  expect(placeOf(alone, at(9))).toEqual(at(7));
});

test("there is no way back to nothing", () => {
  expect(wayBack(goneTo(at(3)), null)).toBeNull();
});

const turns: [from: number, by: number, pages: number, to: number][] = [
  [1, -1, 24, 1],
  [1, 1, 24, 2],
  [24, 1, 24, 24],
  [3, 400, 24, 24],
  [1, 1, 0, 1],
];
test.each(turns)("from %i by %i of %i to %i", (from, by, pages, to) => {
  expect(turned(at(from), by, pages)).toEqual(at(to));
});

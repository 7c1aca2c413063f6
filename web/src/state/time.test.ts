import { expect, test } from "vitest";
import {
  age,
  clockTime,
  dayText,
  duration,
  minutesLeft,
  momentFrom,
  sizeText,
  until,
  weekdayKey,
} from "./time.ts";

/** 29/09/2022 08:00 in Hà Nam. */
const MORNING = Date.parse("2022-09-29T01:00:00Z");

test("a moment is written in the offices' zone", () => {
  expect([clockTime(MORNING), dayText(MORNING), weekdayKey(MORNING)]).toEqual([
    "08:00",
    "29/09/2022",
    "day.thu",
  ]);
});

test("midnight is 00:00", () => {
  expect(clockTime(Date.parse("2022-09-28T17:00:00Z"))).toBe("00:00");
});

const ages: [millis: number, key: string, n: number][] = [
  [-5, "age.now", 0],
  [9_999, "age.now", 0],
  [10_000, "age.seconds", 10],
  [59_999, "age.seconds", 59],
  [60_000, "age.minutes", 1],
  [47 * 60_000, "age.minutes", 47],
  [3_600_000, "age.hours", 1],
  [86_400_000 * 2, "age.days", 2],
];
test.each(ages)("%i ms ago is %s %i", (millis, key, n) => {
  expect(age(MORNING + millis, MORNING)).toEqual({ key, n });
});

const coming: [millis: number, key: string, n: number][] = [
  [0, "until.now", 0],
  [42_000, "until.seconds", 42],
  [18 * 60_000, "until.minutes", 18],
  [3 * 3_600_000, "until.hours", 3],
  [86_400_000 * 3, "until.days", 3],
];
test.each(coming)("in %i ms is %s %i", (millis, key, n) => {
  expect(until(MORNING, MORNING + millis)).toEqual({ key, n });
});

const lengths: [millis: number, text: string][] = [
  [-1, "00:00"],
  [166_000, "02:46"],
  [3_600_000 + 125_000, "1:02:05"],
];
test.each(lengths)("%i ms last %s", (millis, text) => {
  expect(duration(millis)).toBe(text);
});

const sizes: [bytes: number, text: string][] = [
  [12, "12 B"],
  [3_240_000, "3,2 MB"],
  [64_500_000, "65 MB"],
  [1_200_000_000, "1,2 GB"],
];
test.each(sizes)("%i bytes are %s", (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

test("minutes left go below nothing", () => {
  expect(minutesLeft(MORNING + 17 * 60_000, MORNING, 10)).toBe(-7);
});

const typed: [day: string, clock: string, moment: number | null][] = [
  ["29/09/2022", "08:00", MORNING],
  ["29/9/2022", "8h", MORNING],
  [" 29-09-2022", "8:00 ", MORNING],
  ["29/09/2022", "00:00", MORNING - 8 * 3_600_000],
  ["31/02/2022", "08:00", null],
  ["29/09/2022", "24:00", null],
  ["29/09/2022", "08:60", null],
  ["", "", null],
];
test.each(typed)("%j and %j are %s", (day, clock, moment) => {
  expect(momentFrom(day, clock)).toBe(moment);
});

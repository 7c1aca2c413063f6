import { expect, test } from "vitest";
import type { RecordedPart, Recordings } from "../api/recordings.ts";
import { chapterAt, elapsed, filmOf, landing, momentAfter, spanAfter, spanAt } from "./playback.ts";

const chair = { kind: "person", id: "chair" } as const;
const point = { kind: "point", id: "point" } as const;

function part(
  id: string,
  speaker: typeof chair | typeof point,
  from: number,
  to: number,
): RecordedPart {
  const [started_at, ended_at] = [from, to];
  return { part: id, speaker, name: id, started_at, ended_at, has_picture: true, bytes: 1 };
}

/** The chair for 10 s, the point for 10 s, a pause of 30 s, the chair again. */
const recorded: Recordings = {
  title: null,
  may_keep: false,
  recordings: [],
  parts: [
    part("c1", chair, 1_000, 21_000),
    part("p1", point, 11_200, 15_000),
    part("p2", point, 15_000, 20_900),
    part("c2", chair, 51_000, 60_000),
  ],
  chapters: [
    { at: 900, kind: "item", item: "i", title: "Một" },
    { at: 11_000, kind: "floor", speaker: point, name: "Điểm cầu" },
    { at: 40_000, kind: "page", paper: "p", title: null, page: 2 },
    { at: 300_000, kind: "page", paper: "p", title: null, page: 3 },
  ],
  on_air: [
    { at: 1_000, main: chair, voices: [chair] },
    { at: 11_000, main: point, voices: [point, chair] },
    { at: 21_000, main: null, voices: [] },
    { at: 51_000, main: chair, voices: [chair] },
  ],
};
const { spans, chapters } = filmOf(recorded);

test("v11: the picture is that of whoever had the floor", () => {
  const told = spans.map(({ part: { part: id }, from, to, other }) => [id, from, to, other?.part]);
  expect(told).toEqual([
    ["c1", 1_000, 11_000, undefined],
    ["p1", 11_200, 15_000, "c1"],
    ["p2", 15_000, 20_900, "c1"],
    ["c2", 51_000, 60_000, undefined],
  ]);
});

test("v11: without a file of the floor the voice that was heard is played", () => {
  const alone = { ...recorded, parts: recorded.parts.filter((it) => it.speaker === chair) };
  expect(filmOf(alone).spans.map((span) => span.part.part)).toEqual(["c1", "c1", "c2"]);
});

test("v11: chapters are those at which there is something to see", () => {
  expect(chapters.map((chapter) => chapter.kind)).toEqual(["item", "floor", "page"]);
  expect(chapterAt(chapters, 12_000)?.kind).toBe("floor");
  expect(chapterAt(chapters, 0)).toBeNull();
});

test("v11: pauses are left out", () => {
  expect(landing(spans, 30_000)).toMatchObject({ at: 51_000, span: { part: { part: "c2" } } });
  expect(landing(spans, 99_000)?.at).toBe(59_999);
  expect(landing([], 1)).toBeNull();
  expect(elapsed(spans, 60_000)).toBe(10_000 + 3_800 + 5_900 + 9_000);
  for (const at of [1_000, 12_345, 55_555]) expect(momentAfter(spans, elapsed(spans, at))).toBe(at);
  const second = spanAt(spans, 12_000);
  expect(second === null ? null : spanAfter(spans, second)?.from).toBe(15_000);
});

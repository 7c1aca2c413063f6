import { expect, test } from "vitest";
import { begun, isOver, passed, TURN_SECONDS_MAX, TURN_SECONDS_MIN } from "./turns.ts";

test("every point has its turn, then it begins again", () => {
  const points = ["a", "b", "c"];
  let turns = begun(points, 10, 1_000);
  const seen: string[] = [];
  for (let now = 1_000; now < 51_000 && turns !== null; now += 1_000) {
    if (isOver(turns, now)) turns = passed(turns, points, now);
    if (turns !== null && seen.at(-1) !== turns.point) seen.push(turns.point);
  }
  expect(seen).toEqual(["a", "b", "c", "a", "b"]);
});

test("the time for one point has limits, and a point that went is passed", () => {
  expect(begun(["a"], 1, 0)?.seconds).toBe(TURN_SECONDS_MIN);
  expect(begun(["a"], 999, 0)?.seconds).toBe(TURN_SECONDS_MAX);
  expect(begun([], 10, 0)).toBeNull();
  const turns = { point: "gone", since: 0, seconds: 5 };
  expect(passed(turns, ["a", "b"], 9)?.point).toBe("a");
  expect(passed(turns, [], 9)).toBeNull();
});

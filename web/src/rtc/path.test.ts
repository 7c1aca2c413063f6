import { expect, test } from "vitest";
import { SILENT_MS_MAX, Silence } from "./path.ts";

test("v13: a path is lost after a second without a byte, and back with the next", () => {
  const silence = new Silence();
  const looks: [at: number, bytes: number, lost: boolean][] = [
    [10_000, 0, false],
    [10_250, 500, false],
    [10_000 + SILENT_MS_MAX, 500, false],
    [10_250 + SILENT_MS_MAX, 500, true],
    [20_000, 500, true],
    [20_250, 501, false],
    [20_500, 501, false],
    // A page that was asleep and is told at once that bytes came.
    [90_000, 90_000, false],
  ];
  for (const [at, bytes, lost] of looks) expect(silence.isLost(at, bytes), `${at}`).toBe(lost);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { untilDone, waitBefore } from "./again.ts";

let online: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  const line = new EventTarget();
  online = () => line.dispatchEvent(new Event("online"));
  vi.stubGlobal("addEventListener", line.addEventListener.bind(line));
  vi.stubGlobal("removeEventListener", line.removeEventListener.bind(line));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Fails so often, then says how often it was asked. */
function failing(times: number): () => Promise<number> {
  let asked = 0;
  return async () => {
    asked += 1;
    if (asked <= times) throw new Error("down");
    return asked;
  };
}

test("what fails is tried again, more and more seldom", async () => {
  const waits = [0, 1, 2, 3, 4, 100].map(waitBefore);
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 4_000, 4_000]);
  let done: number | null = null;
  void untilDone(failing(2)).then((asked) => {
    done = asked;
  });
  await vi.advanceTimersByTimeAsync(1_499);
  expect(done).toBeNull();
  await vi.advanceTimersByTimeAsync(1);
  expect(done).toBe(3);
});

test("a line that is back is used at once", async () => {
  const done = untilDone(failing(1));
  await vi.advanceTimersByTimeAsync(1);
  online();
  expect(await done).toBe(2);
});

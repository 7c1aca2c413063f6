import { expect, test } from "vitest";
import { freshId, uuid7 } from "./ids.ts";

test("an id begins with its time and says version 7, variant 10", () => {
  const id = uuid7(0x0123_4567_89ab, new Uint8Array(16).fill(0xff));
  expect(id).toBe("01234567-89ab-7fff-bfff-ffffffffffff");
});

test("fresh ids differ", () => {
  expect(freshId()).not.toBe(freshId());
});

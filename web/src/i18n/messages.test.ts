import { expect, test } from "vitest";
import type { Refusal } from "../api/generated/protocol.ts";
import { en } from "./en.ts";
import { format } from "./format.ts";
import { type MessageKey, vi } from "./vi.ts";

test("both languages have the same keys", () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(vi).sort());
});

test("every message uses the same values in both languages", () => {
  const values = (text: string): string[] => [
    ...new Set(Array.from(text.matchAll(/\{(\w+)/g), ([, name]) => name ?? "")),
  ];
  for (const [key, text] of Object.entries(vi)) {
    const inEnglish = Object.entries(en).find(([other]) => other === key)?.[1] ?? "";
    expect(values(inEnglish).sort(), key).toEqual(values(text).sort());
  }
});

test("words are stored in NFC", () => {
  for (const text of Object.values(vi)) expect(text).toBe(text.normalize("NFC"));
});

/** The compiler fails here when the domain has a refusal without a sentence. */
const REFUSALS: Readonly<Record<Refusal, MessageKey>> = {
  NO_SUCH_MEETING: "code.NO_SUCH_MEETING",
  MEETING_EXISTS: "code.MEETING_EXISTS",
  NOT_ALLOWED: "code.NOT_ALLOWED",
  NO_SUCH_ITEM: "code.NO_SUCH_ITEM",
  NO_SUCH_PAPER: "code.NO_SUCH_PAPER",
  NO_SUCH_PAGE: "code.NO_SUCH_PAGE",
  ID_TAKEN: "code.ID_TAKEN",
  WRONG_PHASE: "code.WRONG_PHASE",
  NOT_INVITED: "code.NOT_INVITED",
  NOT_ATTENDING: "code.NOT_ATTENDING",
  NO_FLOOR: "code.NO_FLOOR",
  MAY_NOT_SPEAK: "code.MAY_NOT_SPEAK",
  NOTHING_TO_CHANGE: "code.NOTHING_TO_CHANGE",
  PAPER_ISSUED: "code.PAPER_ISSUED",
  NOT_ISSUED: "code.NOT_ISSUED",
  BAD_CODE: "code.BAD_CODE",
  BAD_TIME: "code.BAD_TIME",
  NOTHING_TO_ISSUE: "code.NOTHING_TO_ISSUE",
  OTHER_BYTES: "code.OTHER_BYTES",
  BAD_TITLE: "code.BAD_TITLE",
  BAD_LENGTH: "code.BAD_LENGTH",
  LOCKED: "code.LOCKED",
  ATTENDING: "code.ATTENDING",
  NO_ROLL: "code.NO_ROLL",
  TOO_MANY: "code.TOO_MANY",
  ITEM_CLOSED: "code.ITEM_CLOSED",
  SCREEN_SHARED: "code.SCREEN_SHARED",
};

test("every refusal is a sentence that says what to do", () => {
  for (const key of Object.values(REFUSALS)) expect(vi[key]).toMatch(/\.$/);
});

test("values and words that agree with a number are put in", () => {
  expect(format("{n} {n#point#points} of {all}", { n: 1, all: 9 })).toBe("1 point of 9");
  expect(format("{n} {n#point#points}", { n: 2 })).toBe("2 points");
  expect(format("{missing}", {})).toBe("{missing}");
});

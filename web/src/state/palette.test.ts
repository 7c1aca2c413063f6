import { expect, test } from "vitest";
import { destinations, foundDestinations } from "./palette.ts";

const card = (meeting: string, title: string, can: ("amend" | "attend")[]) => ({
  kind: "meeting" as const,
  meeting,
  title,
  starts_at: 1,
  minutes: 1,
  phase: { phase: "draft" } as const,
  chair_name: null,
  part: null,
  can,
});

test("leads to pages, meetings, and the preparation of those one may prepare", () => {
  const home = { a: card("a", "Họp A", ["amend"]), b: card("b", "Họp B", []) };
  expect(destinations(home, true).map(({ path }) => path)).toEqual([
    "/",
    "/board",
    "/meetings/a",
    "/meetings/a/prepare/agenda",
    "/meetings/b",
  ]);
  expect(destinations({}, false).map(({ path }) => path)).toEqual(["/"]);
});

test("is searched without diacritics", () => {
  const all = destinations({ a: card("a", "Hội nghị giao ban", []) }, false);
  const named = (one: (typeof all)[number]) => (one.name.kind === "words" ? one.name.text : "x");
  expect(foundDestinations(all, "hoi nghi", named)).toHaveLength(1);
});

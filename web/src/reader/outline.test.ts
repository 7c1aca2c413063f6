import { expect, test } from "vitest";
import { OUTLINE_ENTRIES_MAX } from "./limits.ts";
import { outlineOf, type RawEntry } from "./outline.ts";

type Entry = RawEntry<number | null>;
const entry = (title: string, dest: number | null, ...items: Entry[]): Entry => ({
  title,
  dest,
  items,
});
/** Destinations are their pages; 0 cannot be found. */
async function pageOf(target: number | null): Promise<number | null> {
  if (target === 0) throw new Error("no such destination");
  return target;
}

test("headings stand in the order of the paper, each with its depth", async () => {
  const raw = [entry("I. Kết quả", 1, entry("1. Thu", 2), entry("2. Chi", 3)), entry("II", 4)];
  expect(await outlineOf(raw, pageOf)).toEqual([
    { title: "I. Kết quả", depth: 0, page: 1 },
    { title: "1. Thu", depth: 1, page: 2 },
    { title: "2. Chi", depth: 1, page: 3 },
    { title: "II", depth: 0, page: 4 },
  ]);
});

test("what leads nowhere or has no words is left out, what is under it stays", async () => {
  const raw = [entry("lost", 0, entry("kept", 2)), entry(" \u0000\n", 3), entry("nowhere", null)];
  expect(await outlineOf(raw, pageOf)).toEqual([{ title: "kept", depth: 1, page: 2 }]);
});

test("words are cleaned", async () => {
  const [first] = await outlineOf([entry("Ngh\u0069\u0323\n\u0007 quyết ", 1)], pageOf);
  expect(first?.title).toBe("Nghị quyết");
});

test("a table without an end ends", async () => {
  const raw = Array.from({ length: OUTLINE_ENTRIES_MAX + 9 }, () => entry("x", 1));
  expect(await outlineOf(raw, pageOf)).toHaveLength(OUTLINE_ENTRIES_MAX);
  const items: Entry[] = [];
  items.push({ title: "x", dest: 1, items });

  expect((await outlineOf(items, pageOf)).length).toBeLessThan(10);
});

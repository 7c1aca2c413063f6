import { expect, test } from "vitest";
import { pageText } from "./find.ts";
import { PaperSearch, type Searchable } from "./search.svelte.ts";

function paper(...pages: string[]): Searchable {
  return {
    pages: pages.length,
    text: async (page) => pageText([{ text: pages[page - 1] ?? "", endsLine: true }]),
  };
}

const PAPER = paper("kết quả", "thu, thu", "", "thu");

/** Looks for "thu" and tells the pages the reader was led to. */
async function search(from: { page: number; at: number } | null): Promise<[PaperSearch, number[]]> {
  const gone: number[] = [];
  const found = new PaperSearch((page) => gone.push(page));
  await found.look(PAPER, "thu", from);
  return [found, gone];
}

const begins: [page: number, at: number, hit: number][] = [
  [1, 0, 0],
  [2, 0, 0],
  [2, 2, 1],
  [3, 0, 2],
  [4, 9, 0],
];
test.each(begins)(
  "from page %i, character %i, the reader goes to hit %i",
  async (page, at, hit) => {
    const [found] = await search({ page, at });
    expect(found.found.hits).toHaveLength(3);
    expect(found.aim?.at).toBe(hit);
  },
);

test("who asked to go nowhere stays", async () => {
  const [found, gone] = await search(null);
  expect([found.aim, gone]).toEqual([null, []]);
  found.step(1, 3);
  expect(gone).toEqual([4]);
});

test("next and previous go round", async () => {
  const [found, gone] = await search({ page: 1, at: 0 });
  for (const by of [1, 1, 1, -1] as const) found.step(by, 1);
  expect(gone).toEqual([2, 2, 4, 2, 4]);
});

test("the hits of a page are marked, the one looked at apart", async () => {
  const [found] = await search({ page: 2, at: 0 });
  expect(found.marks(2).map(({ current }) => current)).toEqual([true, false]);
  expect(found.marks(3)).toEqual([]);
});

test("a scan has no text, which is not the same as no hit", async () => {
  const found = new PaperSearch(() => undefined);
  await found.look(paper("", " "), "thu", null);
  expect(found.found).toMatchObject({ done: true, text: false });
  await found.look(paper("chi"), "thu", null);
  expect(found.found).toMatchObject({ done: true, text: true, hits: [] });
});

test("a search that begins drops the one before", async () => {
  const found = new PaperSearch(() => undefined);
  await Promise.all([
    found.look(PAPER, "thu", null),
    found.look(PAPER, "ket qua", { page: 1, at: 0 }),
  ]);
  expect(found.found.hits).toHaveLength(1);
});

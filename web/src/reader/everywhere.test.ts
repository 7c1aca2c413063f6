import { expect, test } from "vitest";
import type { PaperFile } from "../api/generated/protocol.ts";
import { type Candidate, EverywhereSearch } from "./everywhere.svelte.ts";
import { type PageText, pageText } from "./find.ts";
import { HITS_LISTED_MAX } from "./limits.ts";
import { RefusedPaper } from "./verified.ts";

const pages = (...texts: string[]): PageText[] =>
  texts.map((text) => pageText([{ text, endsLine: true }]));

const PAPERS: Readonly<Record<string, PageText[]>> = {
  resolution: pages("Mở đầu", "theo Nghị quyết số 12"),
  report: pages("Báo cáo"),
  scan: pages("", " "),
  long: pages("nghị quyết ".repeat(9)),
};

function candidate(paper: string): Candidate {
  const file: PaperFile = { sha256: paper, bytes: 1, pages: 1, origin: "sealed" };
  return { paper, title: paper, file };
}

async function texts(file: PaperFile): Promise<PageText[]> {
  const known = PAPERS[file.sha256];
  if (known === undefined) throw new RefusedPaper("DIGEST");
  return known;
}

async function check(papers: readonly string[], typed: string): Promise<EverywhereSearch> {
  const search = new EverywhereSearch(texts);
  await search.look(papers.map(candidate), typed);
  return search;
}

test("each paper says what was found in it, or why not", async () => {
  const { searched, done } = await check(["resolution", "report", "scan", "forged"], "nghi quyet");
  expect(searched.map(({ kind }) => kind)).toEqual(["found", "none", "scan", "failed"]);
  expect(done).toBe(true);
  expect(searched[0]).toMatchObject({
    all: 1,
    hits: [{ page: 2, at: 5, context: { before: "theo ", match: "Nghị quyết", after: " số 12" } }],
  });
  expect(searched[3]).toMatchObject({ code: "DIGEST" });
});

test("of many hits the first are listed and all are counted", async () => {
  const { searched } = await check(["long"], "nghi quyet");
  const [long] = searched;
  expect(long?.kind === "found" && [long.hits.length, long.all]).toEqual([HITS_LISTED_MAX, 9]);
});

test("a search that begins drops the one before", async () => {
  const search = new EverywhereSearch(texts);
  const papers = [candidate("resolution"), candidate("report")];
  await Promise.all([search.look(papers, "nghi quyet"), search.look(papers, "bao cao")]);
  expect(search.searched.map(({ kind }) => kind)).toEqual(["none", "found"]);
});

test("what is too short asks nobody", async () => {
  const { searched, asked, done } = await check(["forged"], "n");
  expect([searched.length, asked, done]).toEqual([0, false, false]);
});

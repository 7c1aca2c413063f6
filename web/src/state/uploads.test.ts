import { expect, test } from "vitest";
import {
  after,
  percent,
  refusedFile,
  secondsLeft,
  startable,
  titleOf,
  type Upload,
  type UploadNews,
  without,
} from "./uploads.ts";

const waiting = (id: string): Upload => ({
  id,
  item: "i",
  title: id,
  bytes: 1_000,
  state: { kind: "waiting" },
});

/** The first of three uploads after some news. */
function check(...news: UploadNews[]): Upload[] {
  return news.reduce<Upload[]>(
    (uploads, one) => after(uploads, "a", one),
    [waiting("a"), waiting("b"), waiting("c")],
  );
}

const ids = (uploads: Upload[]): string[] => uploads.map(({ id }) => id);

test("two travel at once, in order", () => {
  expect(ids(startable(check()))).toEqual(["a", "b"]);
  expect(ids(startable(check({ kind: "started", at: 0 })))).toEqual(["b"]);
  expect(ids(startable(check({ kind: "checking" })))).toEqual(["b"]);
  expect(ids(startable(check({ kind: "failed" })))).toEqual(["b", "c"]);
});

test("what is left comes from the pace so far", () => {
  const [upload] = check({ kind: "started", at: 0 }, { kind: "sent", bytes: 250 });
  if (upload === undefined) throw new Error("no upload");
  expect(percent(upload)).toBe(25);
  expect(secondsLeft(upload, 500)).toBeNull();
  expect(secondsLeft(upload, 2_000)).toBe(6);
});

test("a failed one can be tried again, a finished one goes", () => {
  expect(check({ kind: "failed" }, { kind: "again" })[0]?.state).toEqual({ kind: "waiting" });
  expect(ids(without(check(), "a"))).toEqual(["b", "c"]);
});

test("late news of progress does not wake a refused one", () => {
  const refused = { kind: "refused", code: "DIGEST" } as const;
  expect(check(refused, { kind: "sent", bytes: 9 })[0]?.state).toEqual(refused);
});

const files: [name: string, bytes: number, code: string | null][] = [
  ["Báo cáo.pdf", 10, null],
  ["BAO CAO.PDF", 10, null],
  ["bao-cao.docx", 10, "NOT_PDF"],
  ["a.pdf", 0, "EMPTY"],
  ["a.pdf", 600 * 1024 * 1024, "TOO_LARGE"],
];
test.each(files)("%s of %i bytes: %s", (name, bytes, code) => {
  expect(refusedFile(name, bytes)).toBe(code);
});

test("a paper is called as its file", () => {
  expect(titleOf("Báo_cáo số 186.pdf")).toBe("Báo cáo số 186");
});

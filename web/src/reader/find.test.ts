import { expect, test } from "vitest";
import { contextOf, hitsIn, type Piece, pageText, partsOf, queryOf } from "./find.ts";

const line = (text: string): Piece => ({ text, endsLine: true });
const run = (text: string): Piece => ({ text, endsLine: false });

/** What a query finds on a page, as it is written there. */
function check(pieces: readonly Piece[], typed: string): string[] {
  const page = pageText(pieces);
  const query = queryOf(typed);
  if (query === null) return ["too short"];
  return hitsIn(page, query, 100).map(({ from, to }) => page.raw.slice(from, to));
}

const NFD = (text: string): string => text.normalize("NFD");

const found: [what: string, text: string, typed: string, hits: string[]][] = [
  ["without diacritics", "Nghị quyết số 12", "nghi quyet", ["Nghị quyết"]],
  ["đ is d", "Đường đê", "duong de", ["Đường đê"]],
  ["case", "NGHỊ QUYẾT", "nghị quyết", ["NGHỊ QUYẾT"]],
  ["every one", "thu hồi, thu chi, Thủ", "thu", ["thu", "thu", "Thủ"]],
  ["exact once a diacritic is typed", "thu, thủ, thú", "thủ", ["thủ"]],
  ["đ typed is exact", "da, đa, đá", "đa", ["đa"]],
  ["a half-marked letter is another", "quyết", "quyê", []],
  ["NFD in the paper", NFD("Nghị quyết"), "nghị quyết", [NFD("Nghị quyết")]],
  ["NFD typed", "Nghị quyết", NFD("nghị quyết"), ["Nghị quyết"]],
  ["NFD without diacritics", NFD("Nghị quyết"), "quyet", [NFD("quyết")]],
  ["marks in another order", "a\u0302\u0323n", "ận", ["a\u0302\u0323n"]],
  ["the tone on the other letter", "hoà bình, thuỷ lợi", "hòa bình", ["hoà bình"]],
  ["and the other way", "thủy lợi", "thuỷ lợi", ["thủy lợi"]],
  ["a word that goes on", "hoàn thành", "hoà", ["hoà"]],
  ["quý", "Quý IV", "quý iv", ["Quý IV"]],
  ["wide gaps", "Quốc\u00a0  lộ 1A", "quốc lộ 1a", ["Quốc\u00a0  lộ 1A"]],
  ["a soft hyphen", "kinh\u00adphí", "kinhphi", ["kinh\u00adphí"]],
  ["a square", "12 m² đất", "12 m2", ["12 m²"]],
  ["nothing", "Nghị quyết", "thông tư", []],
  ["one letter is too short", "a", "a", ["too short"]],
  ["spaces are too short", "a", "   ", ["too short"]],
  ["signs are signs", "86,4 ha (97,3%)", "(97,3%)", ["(97,3%)"]],
];
test.each(found)("%s", (_, text, typed, hits) => {
  expect(check([line(text)], typed)).toEqual(hits);
});

test("a hit runs over pieces of one line and over the end of a line", () => {
  const pieces = [run("Ngh"), run("ị qu"), line("yết"), line("của Hội đồng")];
  expect(check(pieces, "nghi quyet cua hoi")).toEqual(["Nghị quyết\ncủa Hội"]);
});

test("a mark that came in a piece of its own belongs to its letter", () => {
  expect(check([run("quye"), run("\u0302"), run("\u0301"), line("t")], "quyết")).toHaveLength(1);
});

test("a hit leads back to its pieces", () => {
  const page = pageText([run("Số 12, Ngh"), run(""), run("ị "), line("quy"), line("ết này")]);
  const query = queryOf("nghi quy et");
  const [hit] = query === null ? [] : hitsIn(page, query, 1);
  expect(hit && partsOf(page, hit)).toEqual([
    { piece: 0, from: 7, to: 10 },
    { piece: 2, from: 0, to: 2 },
    { piece: 3, from: 0, to: 3 },
    { piece: 4, from: 0, to: 2 },
  ]);
});

test("no more are found than wanted, the first ones", () => {
  const page = pageText([line("ba ba ba ba")]);
  const query = queryOf("ba");
  expect(query && hitsIn(page, query, 2)).toEqual([
    { from: 0, to: 2 },
    { from: 3, to: 5 },
  ]);
});

test("a hit is shown among its words", () => {
  const words = `${"đầu ".repeat(30)}theo Nghị\nquyết ${"cuối ".repeat(30)}`;
  const page = pageText([line(words)]);
  const query = queryOf("nghi quyet");
  const [hit] = query === null ? [] : hitsIn(page, query, 1);
  const context = hit && contextOf(page, hit);
  expect(context?.before).toMatch(/^… đầu .*đầu theo $/);
  expect(context?.match).toBe("Nghị quyết");
  expect(context?.after).toMatch(/^ cuối .*cuối …$/);
});

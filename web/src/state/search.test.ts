import { expect, test } from "vitest";
import { byGivenName, byName, matches } from "./search.ts";

const found: [text: string, query: string, matches: boolean][] = [
  ["Xã Thanh Hải", "thanh hai", true],
  ["Xã Thanh Hải", "hải thanh", true],
  ["Xã Đồng Hóa", "dong", true],
  ["Xã Bồ Đề", "bồ đề", true],
  ["Ễ Ặ Ợ ỹ", "e a o y", true],
  ["Xã Thanh Hải", "liêm", false],
  ["Xã Thanh Hải", "", true],
];
test.each(found)("%s by %s: %s", (text, query, expected) => {
  expect(matches(text, query)).toBe(expected);
});

test("people stand by their given names", () => {
  const names = ["Trần Văn Bình", "Nguyễn Thị An", "Lê Đức Ân", "Phạm Đan"];
  expect(names.sort(byGivenName)).toEqual([
    "Nguyễn Thị An",
    "Lê Đức Ân",
    "Trần Văn Bình",
    "Phạm Đan",
  ]);
});

test("places stand by the Vietnamese alphabet", () => {
  expect(["Xã Đọi", "Xã Dân", "Xã Em"].sort(byName)).toEqual(["Xã Dân", "Xã Đọi", "Xã Em"]);
});

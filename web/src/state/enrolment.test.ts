import { expect, test } from "vitest";
import { enrolmentCode, isEnrolmentCode } from "./enrolment.ts";

const codes: [typed: string, code: string, whole: boolean][] = [
  ["abcd efgh", "ABCD-EFGH", true],
  ["ABCD-EFGH", "ABCD-EFGH", true],
  ["abcdefg2", "ABCD-EFG2", true],
  ["abc", "ABC", false],
  ["", "", false],
];
test.each(codes)("%j is %j", (typed, code, whole) => {
  expect([enrolmentCode(typed), isEnrolmentCode(typed)]).toEqual([code, whole]);
});

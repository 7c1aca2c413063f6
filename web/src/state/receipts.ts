/** How far the papers got: per point over all issued papers, the late ones with their reason. */
import type { Receipt, Receipts } from "../api/generated/protocol.ts";
import { byName } from "./search.ts";

/** Worst first. */
type ReceiptState = "refused" | "silent" | "busy" | "done";

export interface PointReceipts {
  point: string;
  name: string;
  state: ReceiptState;
  /** Papers received and verified. */
  verified: number;
  /** Papers it should have. */
  wanted: number;
  /** Why the first refused paper was refused. */
  code: string | null;
  /** The last that was heard of it. */
  at: number | null;
}

export interface Distribution {
  points: PointReceipts[];
  counts: Readonly<Record<ReceiptState, number>>;
  /** Those that are not done, worst first. */
  late: PointReceipts[];
}

const SEVERITY: Readonly<Record<ReceiptState, number>> = {
  refused: 0,
  silent: 1,
  busy: 2,
  done: 3,
};

export function distribution(receipts: readonly Receipts[]): Distribution {
  const byPoint = new Map<string, Receipt[]>();
  for (const paper of receipts) {
    for (const receipt of paper.points) {
      const before = byPoint.get(receipt.point) ?? [];
      byPoint.set(receipt.point, [...before, receipt]);
    }
  }
  const points = [...byPoint]
    .map(([point, steps]) => pointReceipts(point, steps))
    .sort((one, other) => byName(one.name, other.name));
  const counts = { refused: 0, silent: 0, busy: 0, done: 0 };
  for (const point of points) counts[point.state] += 1;
  const late = points
    .filter((point) => point.state !== "done")
    .sort((one, other) => SEVERITY[one.state] - SEVERITY[other.state]);
  return { points, counts, late };
}

function pointReceipts(point: string, receipts: readonly Receipt[]): PointReceipts {
  const verified = receipts.filter((receipt) => receipt.step?.kind === "verified").length;
  const code = receipts.map(refusedCode).find((found) => found !== null) ?? null;
  const heard = receipts.flatMap((receipt) => (receipt.at === null ? [] : [receipt.at]));
  return {
    point,
    name: receipts[0]?.name ?? "",
    state: stateOf(code, verified, receipts.length, heard.length),
    verified,
    wanted: receipts.length,
    code,
    at: heard.length === 0 ? null : Math.max(...heard),
  };
}

function refusedCode(receipt: Receipt): string | null {
  return receipt.step?.kind === "refused" ? receipt.step.code : null;
}

function stateOf(
  code: string | null,
  verified: number,
  wanted: number,
  heard: number,
): ReceiptState {
  if (code !== null) return "refused";
  if (verified === wanted) return "done";
  return heard === 0 ? "silent" : "busy";
}

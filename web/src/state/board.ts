/** The technician's board: which of the points will fail, and why. Worst first, proof with age. */
import type { CallReport, Cause, PartState, PointStatus } from "../api/generated/protocol.ts";
import { byName, matches } from "./search.ts";
import type { Sections } from "./sections.ts";
import { STALE_MS } from "./time.ts";

/** The protocol's order: worst first. */
const CAUSES = [
  "disconnected",
  "paper_refused",
  "no_media",
  "camera",
  "microphone",
  "loudspeaker",
  "disk",
  "loss_up",
  "loss_down",
  "audio_only",
  "delay",
  "papers_late",
  "clock",
  "not_enrolled",
] as const satisfies readonly Cause[];

/** What a technician does about a point, worst first. */
export type Standing = "down" | "trouble" | "stale" | "ready" | "not_enrolled";

export interface BoardPoint {
  status: PointStatus;
  standing: Standing;
  /** The worst thing that is wrong. */
  cause: Cause | null;
  since: number | null;
}

interface BoardGroup {
  cause: Cause;
  points: BoardPoint[];
}

export interface Board {
  points: BoardPoint[];
  /** Points with trouble by their worst cause, worst first; those longest in trouble first. */
  groups: BoardGroup[];
  stale: BoardPoint[];
  ready: BoardPoint[];
  notEnrolled: BoardPoint[];
  counts: Readonly<Record<Standing, number>>;
}

export function boardPoints(sections: Sections): PointStatus[] {
  return Object.values(sections).flatMap((section) => (section.kind === "status" ? [section] : []));
}

export function board(statuses: readonly PointStatus[], now: number): Board {
  const points = statuses
    .map((status) => boardPoint(status, now))
    .sort((one, other) => byName(one.status.name, other.status.name));
  const standing = (wanted: Standing): BoardPoint[] =>
    points.filter((point) => point.standing === wanted);
  const troubled = [...standing("down"), ...standing("trouble")];
  const groups = CAUSES.map((cause) => ({
    cause,
    points: troubled
      .filter((point) => point.cause === cause)
      .sort((one, other) => (one.since ?? 0) - (other.since ?? 0)),
  })).filter((group) => group.points.length > 0);
  return {
    points,
    groups,
    stale: standing("stale"),
    ready: standing("ready"),
    notEnrolled: standing("not_enrolled"),
    counts: {
      down: standing("down").length,
      trouble: standing("trouble").length,
      stale: standing("stale").length,
      ready: standing("ready").length,
      not_enrolled: standing("not_enrolled").length,
    },
  };
}

function boardPoint(status: PointStatus, now: number): BoardPoint {
  const worst = [...status.troubles].sort(
    (one, other) => CAUSES.indexOf(one.cause) - CAUSES.indexOf(other.cause),
  )[0];
  const cause = worst?.cause ?? null;
  return { status, standing: standingOf(status, cause, now), cause, since: worst?.since ?? null };
}

function standingOf(status: PointStatus, cause: Cause | null, now: number): Standing {
  if (!status.enrolled || cause === "not_enrolled") return "not_enrolled";
  if (cause === "disconnected" || (cause === null && status.online_since === null)) return "down";
  if (cause !== null) return "trouble";
  const proof = status.reported_at ?? status.heard_at;
  return proof === null || now - proof > STALE_MS ? "stale" : "ready";
}

/** The board of those points whose name, or the name above them, matches. */
export function found(statuses: readonly PointStatus[], query: string): PointStatus[] {
  return statuses.filter((status) => matches(`${status.name} ${status.parent_name ?? ""}`, query));
}

/** One line of the tree beside the board. */
export interface Branch {
  name: string;
  points: BoardPoint[];
  troubled: number;
}

export function branches(points: readonly BoardPoint[]): Branch[] {
  const byParent = new Map<string, BoardPoint[]>();
  for (const point of points) {
    const parent = point.status.parent_name ?? "";
    byParent.set(parent, [...(byParent.get(parent) ?? []), point]);
  }
  return [...byParent]
    .map(([name, inside]) => ({
      name,
      points: inside,
      troubled: inside.filter(({ standing }) => standing === "down" || standing === "trouble")
        .length,
    }))
    .sort((one, other) => byName(one.name, other.name));
}

/** A fact about a point with the moment it was true. */
export interface Fact {
  what: "camera" | "microphone" | "loudspeaker" | "screen" | "call" | "papers" | "disk" | "line";
  /** Whether it is as it should be; null when it is not wanted there. */
  good: boolean | null;
  value: FactValue;
  at: number | null;
}

export type FactValue =
  | { kind: "part"; state: PartState }
  | { kind: "call"; frames: number; loss: number }
  | { kind: "call_down" }
  | { kind: "no_call" }
  | { kind: "papers"; have: number; wanted: number }
  | { kind: "disk"; bytes: number }
  | { kind: "line"; millis: number };

/** What may be chosen as the ceiling of a line. */
export const CEILINGS_KBPS: readonly number[] = [100, 256, 512, 1_000, 2_000, 4_000, 8_000];
/** A ceiling below this leaves no room for a picture, as the server counts it. */
export const AUDIO_ONLY_BELOW_KBPS = 124;
/** From this loss on speech begins to break. */
const LOSS_PERCENT_HIGH = 3;
/** Free space under which a paper store is nearly full, as the server counts it. */
const DISK_LOW_BYTES = 200_000_000;

export function facts(status: PointStatus): Fact[] {
  const { report, reported_at: at } = status;
  if (report === null) return [];
  const parts = (["camera", "microphone", "loudspeaker", "screen"] as const).map(
    (what): Fact => ({
      what,
      good: report[what] === "unused" ? null : report[what] === "works",
      value: { kind: "part", state: report[what] },
      at,
    }),
  );
  const have = report.papers.filter((paper) => paper.have_bytes === paper.bytes).length;
  const wanted = report.papers.length;
  const { call } = report;
  const rest: Fact[] = [
    {
      what: "call",
      good: call === null ? null : call.connected && call.loss_percent < LOSS_PERCENT_HIGH,
      value: callValue(call),
      at,
    },
    { what: "papers", good: have === wanted, value: { kind: "papers", have, wanted }, at },
    {
      what: "disk",
      good: report.disk_free_bytes > DISK_LOW_BYTES,
      value: { kind: "disk", bytes: report.disk_free_bytes },
      at,
    },
  ];
  if (report.round_trip_ms !== null) {
    const millis = report.round_trip_ms;
    rest.push({ what: "line", good: millis < 400, value: { kind: "line", millis }, at });
  }
  return [...parts, ...rest];
}

function callValue(call: CallReport | null): FactValue {
  if (call === null) return { kind: "no_call" };
  if (!call.connected) return { kind: "call_down" };
  return { kind: "call", frames: call.frames_per_second, loss: call.loss_percent };
}

function lineDetail(
  { line, report }: PointStatus,
  cause: "loss_up" | "loss_down" | "delay",
): Detail | null {
  if (line === undefined) return null;
  if (cause === "delay") {
    return line.round_trip_ms === null ? null : { kind: cause, millis: line.round_trip_ms };
  }
  const percent =
    cause === "loss_up"
      ? line.up.loss_percent
      : // The room's own count stands in where the server cannot tell.
        (line.down.loss_percent ?? report?.call?.loss_percent ?? null);
  return percent === null ? null : { kind: cause, percent };
}

/** What a cause looks like at this point, in figures; null when the cause says it all. */
export type Detail =
  | { kind: "loss_up" | "loss_down"; percent: number }
  | { kind: "delay"; millis: number }
  | { kind: "ceiling"; kbps: number }
  | { kind: "disk"; bytes: number }
  | { kind: "papers"; have: number; wanted: number }
  | { kind: "part"; state: "silent" | "missing" };

export function detail(status: PointStatus, cause: Cause | null): Detail | null {
  const { report } = status;
  if (cause === "audio_only") {
    const kbps = status.ceiling_kbps;
    return kbps === undefined ? null : { kind: "ceiling", kbps };
  }
  if (cause === "loss_up" || cause === "loss_down" || cause === "delay") {
    return lineDetail(status, cause);
  }
  if (report === null) return null;
  switch (cause) {
    case "disk":
      return { kind: "disk", bytes: report.disk_free_bytes };
    case "papers_late": {
      const have = report.papers.filter((paper) => paper.have_bytes === paper.bytes).length;
      return { kind: "papers", have, wanted: report.papers.length };
    }
    case "camera":
    case "microphone":
    case "loudspeaker": {
      const state = report[cause];
      return state === "silent" || state === "missing" ? { kind: "part", state } : null;
    }
    default:
      return null;
  }
}

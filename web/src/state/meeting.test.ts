import { expect, test } from "vitest";
import type { MeetingCard, Receipts, Section } from "../api/generated/protocol.ts";
import { homeModel } from "./home.ts";
import { candidates, mainSpeaker, meetingModel, nextItem, unissuedCount } from "./meeting.ts";
import { distribution } from "./receipts.ts";
import { withChanges } from "./sections.ts";

const FILE = { sha256: "ab", bytes: 1, pages: 2, origin: "sealed" } as const;

const HEAD: Section = {
  kind: "head",
  title: "Hội nghị",
  starts_at: 0,
  minutes: 60,
  phase: { phase: "running", since: 0 },
  chair: "chair",
  chair_name: "Chủ tịch",
};

function item(number: number, state: "coming" | "done" | "current", versions: number[] = []) {
  return {
    item: `i${number}`,
    number,
    title: null,
    minutes: 10,
    state: state === "current" ? { state, since: 0 } : { state },
    closed: false,
    papers: versions.map((version) => ({ paper: `p${version}`, title: null, version, file: FILE })),
  };
}

function point(id: string, name: string, attending: number | null): Section {
  return { kind: "point", point: id, name, attending_since: attending, microphone: "off" };
}

test("changes are merged section by section", () => {
  const topic = { kind: "meeting", id: "m" } as const;
  const first = withChanges({}, { topic, cursor: "1", changed: { head: HEAD }, removed: [] });
  const changed = { "point/a": point("a", "A", null) };
  const second = withChanges(first, { topic, cursor: "2", changed, removed: ["head"] });
  expect(Object.keys(second)).toEqual(["point/a"]);
});

test("the chair is the main picture until somebody has the floor", () => {
  expect(mainSpeaker(meetingModel({ head: HEAD }))).toMatchObject({ hasFloor: false });
  const holder = {
    speaker: { kind: "point", id: "a" },
    name: "Xã A",
    since: 3,
    muted: true,
  } as const;
  const floor: Section = { kind: "floor", holder, queue: [] };
  expect(mainSpeaker(meetingModel({ head: HEAD, floor }))).toMatchObject({
    name: "Xã A",
    hasFloor: true,
    microphone: "muted",
  });
});

test("the next item follows the current one, and the first is next before any", () => {
  const agenda = (...items: ReturnType<typeof item>[]): Section => ({ kind: "agenda", items });
  const running = meetingModel({
    agenda: agenda(item(1, "done"), item(2, "current"), item(3, "coming")),
  });
  expect(nextItem(running)?.number).toBe(3);
  expect(nextItem(meetingModel({ agenda: agenda(item(1, "coming")) }))?.number).toBe(1);
  expect(nextItem(meetingModel({ agenda: agenda(item(1, "current")) }))).toBeNull();
});

test("papers without a version are still to be sent", () => {
  const agenda: Section = { kind: "agenda", items: [item(1, "coming", [0, 1, 0])] };
  expect(unissuedCount(meetingModel({ agenda }))).toBe(2);
});

test("those present can be given the floor first", () => {
  const model = meetingModel({ b: point("b", "Xã B", 5), a: point("a", "Xã A", null) });
  expect(candidates(model).map(({ name }) => name)).toEqual(["Xã B", "Xã A"]);
});

test("a point is done when it verified every paper, and the late ones stand worst first", () => {
  const line = (id: string, step: Receipts["points"][number]["step"]) => ({
    point: id,
    name: id,
    step,
    at: step === null ? null : 7,
  });
  const verified = { kind: "verified" } as const;
  const { counts, late } = distribution([
    {
      paper: "p",
      version: 1,
      points: [line("a", verified), line("b", verified), line("c", null), line("d", verified)],
    },
    {
      paper: "q",
      version: 1,
      points: [
        line("a", verified),
        line("b", { kind: "received" }),
        line("c", null),
        line("d", { kind: "refused", code: "DIGEST" }),
      ],
    },
  ]);
  expect(counts).toEqual({ done: 1, busy: 1, silent: 1, refused: 1 });
  expect(late.map(({ point: id, state }) => [id, state])).toEqual([
    ["d", "refused"],
    ["c", "silent"],
    ["b", "busy"],
  ]);
});

test("the running meeting comes before one that begins earlier", () => {
  const card = (meeting: string, starts_at: number, phase: MeetingCard["phase"]) => ({
    kind: "meeting" as const,
    meeting,
    title: null,
    starts_at,
    minutes: 1,
    phase,
    chair_name: null,
    part: null,
    can: [],
  });
  const model = homeModel({
    a: card("a", 1, { phase: "announced", at: 0 }),
    b: card("b", 2, { phase: "running", since: 0 }),
    c: card("c", 3, { phase: "ended", at: 0 }),
  });
  expect([model.next?.meeting, model.coming.map(({ meeting }) => meeting)]).toEqual(["b", ["a"]]);
  expect(model.past).toHaveLength(1);
});

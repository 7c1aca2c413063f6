import { describe, expect, test } from "vitest";
import type { PointLine, Section, Speaker } from "../api/generated/protocol.ts";
import { type Arrow, type Known, neighbour, type TileGroup, tileGroups } from "./director.ts";
import { type MeetingModel, meetingModel } from "./meeting.ts";

const NAMES = { a: "Xã Thanh Hải", b: "Xã Bồ Đề", c: "Phường Đồng Văn" } as const;
const parents = new Map([
  ["a", "Thanh Liêm"],
  ["b", "Bình Lục"],
  ["c", "Bình Lục"],
]);
const known: Known = { parents, statuses: [] };

function model(there: readonly string[], holder: Speaker | null = null): MeetingModel {
  const sections: Record<string, Section> = {
    floor: {
      kind: "floor",
      holder: holder === null ? null : { speaker: holder, name: null, since: 0, muted: false },
      queue: [{ speaker: { kind: "point", id: "b" }, name: null, at: 0 }],
    },
  };
  for (const [point, name] of Object.entries(NAMES)) {
    const attending_since = there.includes(point) ? 5 : null;
    const line: Section & PointLine = {
      kind: "point",
      point,
      name,
      attending_since,
      microphone: "off",
    };
    sections[`point/${point}`] = line;
  }
  return meetingModel(sections);
}

const order = (groups: TileGroup[]): string =>
  groups
    .map(({ name, tiles }) => `${name}: ${tiles.map(({ point }) => point).join("")}`)
    .join(", ");

describe("tiles", () => {
  test("keep their places while points come and go", () => {
    const cases = [model([]), model(["a"]), model(["b", "c"], { kind: "point", id: "c" })];
    for (const each of cases)
      expect(order(tileGroups(each, known, ""))).toBe("Bình Lục: cb, Thanh Liêm: a");
  });

  test("say how a point is", () => {
    const groups = tileGroups(model(["b", "c"], { kind: "point", id: "c" }), known, "");
    const tiles = new Map(groups.flatMap(({ tiles }) => tiles).map((tile) => [tile.point, tile]));
    expect(tiles.get("c")).toMatchObject({ onAir: true, attending: true, queued: null });
    expect(tiles.get("b")).toMatchObject({ onAir: false, attending: true, queued: 1 });
    expect(tiles.get("a")).toMatchObject({ onAir: false, attending: false });
  });

  test.each([
    ["dong van", "Bình Lục: c"],
    ["Đồng", "Bình Lục: c"],
    ["binh luc", "Bình Lục: cb"],
    ["zzz", ""],
  ])("are found by %s", (query, expected) => {
    expect(order(tileGroups(model([]), known, query))).toBe(expected);
  });
});

describe("arrow keys", () => {
  const places = [
    { point: "a", x: 0, y: 0 },
    { point: "b", x: 100, y: 0 },
    { point: "c", x: 0, y: 60 },
    { point: "d", x: 100, y: 60 },
    { point: "e", x: 0, y: 140 },
  ];
  const cases: [string | null, Arrow, string][] = [
    [null, "ArrowDown", "a"],
    ["a", "ArrowRight", "b"],
    ["b", "ArrowRight", "c"],
    ["a", "ArrowLeft", "a"],
    ["b", "ArrowDown", "d"],
    ["d", "ArrowDown", "e"],
    ["e", "ArrowDown", "e"],
    ["d", "ArrowUp", "b"],
    ["gone", "ArrowUp", "a"],
  ];
  test.each(cases)("from %s by %s", (from, arrow, expected) => {
    expect(neighbour(places, from, arrow)).toBe(expected);
  });
});

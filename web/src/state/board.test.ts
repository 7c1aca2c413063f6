import { expect, test } from "vitest";
import type { Cause, PointStatus } from "../api/generated/protocol.ts";
import { board, branches, found, type Standing } from "./board.ts";
import { STALE_MS } from "./time.ts";

const NOW = 1_000_000_000;

function status(name: string, more: Partial<PointStatus> = {}): PointStatus {
  return {
    point: name,
    name,
    unit: "u",
    parent_name: "Thanh Liêm",
    enrolled: true,
    online_since: NOW - 1_000,
    heard_at: NOW - 1_000,
    meeting: null,
    report: null,
    reported_at: NOW - 1_000,
    plan_wanted: null,
    troubles: [],
    ...more,
  };
}

function trouble(cause: Cause, since = NOW): Partial<PointStatus> {
  return { troubles: [{ cause, since }] };
}

const standings: [more: Partial<PointStatus>, standing: Standing][] = [
  [{}, "ready"],
  [trouble("disconnected"), "down"],
  [{ online_since: null }, "down"],
  [trouble("camera"), "trouble"],
  [{ reported_at: NOW - STALE_MS - 1 }, "stale"],
  [{ reported_at: null, heard_at: null }, "stale"],
  [{ enrolled: false, online_since: null }, "not_enrolled"],
  [{ ...trouble("not_enrolled"), online_since: null }, "not_enrolled"],
];
test.each(standings)("%j is %s", (more, standing) => {
  expect(board([status("Xã A", more)], NOW).points[0]?.standing).toBe(standing);
});

test("groups stand worst first, and in a group the longest in trouble first", () => {
  const { groups, counts } = board(
    [
      status("Xã A", trouble("loss_up", 5)),
      status("Xã B", trouble("camera")),
      status("Xã C", trouble("loss_up", 3)),
      status("Xã D", {
        troubles: [
          { cause: "loss_up", since: 1 },
          { cause: "disconnected", since: 9 },
        ],
      }),
    ],
    NOW,
  );
  expect(
    groups.map((group) => [group.cause, group.points.map((point) => point.status.name)]),
  ).toEqual([
    ["disconnected", ["Xã D"]],
    ["camera", ["Xã B"]],
    ["loss_up", ["Xã C", "Xã A"]],
  ]);
  expect(counts).toEqual({ down: 1, trouble: 3, stale: 0, ready: 0, not_enrolled: 0 });
});

test("a point is found by its own name and by the name above it", () => {
  const points = [status("Xã Liêm Sơn"), status("Xã Mộc Nam", { parent_name: "Duy Tiên" })];
  expect(found(points, "moc nam")).toHaveLength(1);
  expect(found(points, "duy tien")).toHaveLength(1);
  expect(found(points, "")).toHaveLength(2);
});

test("the tree counts what is wrong under each name", () => {
  const { points } = board(
    [status("Xã A"), status("Xã B", trouble("disk")), status("Xã C", { parent_name: "Bình Lục" })],
    NOW,
  );
  expect(branches(points).map(({ name, troubled }) => [name, troubled])).toEqual([
    ["Bình Lục", 0],
    ["Thanh Liêm", 1],
  ]);
});

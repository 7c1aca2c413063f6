/** The director's console: every point as a tile that keeps its place, whatever happens to it. */
import type { Cause, Microphone, PointId, PointStatus } from "../api/generated/protocol.ts";
import type { MeetingModel } from "./meeting.ts";
import { byName, matches } from "./search.ts";

/** A still that is older shows a room that may look otherwise by now. */
export const STILL_STALE_MS = 15_000;

export interface Tile {
  point: PointId;
  name: string;
  attending: boolean;
  onAir: boolean;
  microphone: Microphone;
  /** Its place among those who want to speak, from 1. */
  queued: number | null;
  trouble: { cause: Cause; since: number } | null;
}

export interface TileGroup {
  /** The unit above; empty for points without one. */
  name: string;
  tiles: Tile[];
}

/** What is known of a point besides the meeting. */
export interface Known {
  parents: ReadonlyMap<PointId, string>;
  statuses: readonly PointStatus[];
}

/** By unit, then by name: neither depends on how a point is, so that no tile ever moves. */
export function tileGroups(model: MeetingModel, known: Known, query: string): TileGroup[] {
  const statuses = new Map(known.statuses.map((status) => [status.point, status]));
  const groups = new Map<string, Tile[]>();
  for (const line of model.points) {
    const status = statuses.get(line.point);
    const above = known.parents.get(line.point) ?? status?.parent_name ?? "";
    const name = line.name ?? status?.name ?? "";
    if (!matches(`${name} ${above}`, query)) continue;
    const { holder, queue } = model.floor;
    const isHe = (speaker: { kind: string; id: string }): boolean =>
      speaker.kind === "point" && speaker.id === line.point;
    const queued = queue.findIndex(({ speaker }) => isHe(speaker));
    const tile: Tile = {
      point: line.point,
      name,
      attending: line.attending_since !== null,
      onAir: holder !== null && isHe(holder.speaker),
      microphone: line.microphone,
      queued: queued < 0 ? null : queued + 1,
      trouble: status?.troubles[0] ?? null,
    };
    groups.set(above, [...(groups.get(above) ?? []), tile]);
  }
  return [...groups]
    .map(([name, tiles]) => ({
      name,
      tiles: tiles.sort((one, other) => byName(one.name, other.name)),
    }))
    .sort(
      (one, other) =>
        Number(one.name === "") - Number(other.name === "") || byName(one.name, other.name),
    );
}

/** Where a tile is drawn. */
export interface Place {
  point: PointId;
  x: number;
  y: number;
}

export type Arrow = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown";

/** The tile that an arrow key leads to: along the row, or to the nearest one above or below. */
export function neighbour(
  places: readonly Place[],
  from: PointId | null,
  arrow: Arrow,
): PointId | null {
  const at = places.findIndex(({ point }) => point === from);
  const here = places[at];
  if (here === undefined) return places[0]?.point ?? null;
  if (arrow === "ArrowLeft" || arrow === "ArrowRight") {
    return places[at + (arrow === "ArrowLeft" ? -1 : 1)]?.point ?? here.point;
  }
  const ways = places.filter(({ y }) => (arrow === "ArrowUp" ? y < here.y : y > here.y));
  const rows = ways.map(({ y }) => y);
  const row = arrow === "ArrowUp" ? Math.max(...rows) : Math.min(...rows);
  const inRow = ways.filter(({ y }) => y === row);
  inRow.sort((one, other) => Math.abs(one.x - here.x) - Math.abs(other.x - here.x));
  return inRow[0]?.point ?? here.point;
}

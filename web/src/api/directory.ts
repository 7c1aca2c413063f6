/** The people and points that can be invited, each with the unit it belongs to. */
import { PEOPLE_PATH, POINTS_PATH, UNITS_PATH } from "../paths.ts";
import type { PersonId, PointId, UnitId } from "./generated/protocol.ts";
import { getJson } from "./http.ts";

export interface DirectoryPerson {
  id: PersonId;
  name: string;
  /** Chức vụ. */
  position: string;
}

export interface DirectoryPoint {
  id: PointId;
  name: string;
  /** The name of the unit above, to group by. */
  parent_name: string | null;
}

interface Point {
  id: PointId;
  name: string;
  unit: UnitId;
}

interface Unit {
  id: UnitId;
  name: string;
  parent: UnitId | null;
}

export function allPeople(): Promise<DirectoryPerson[]> {
  return getJson(PEOPLE_PATH);
}

export async function allPoints(): Promise<DirectoryPoint[]> {
  const [points, units] = await Promise.all([
    getJson<Point[]>(POINTS_PATH),
    getJson<Unit[]>(UNITS_PATH),
  ]);
  const byId = new Map(units.map((unit) => [unit.id, unit]));
  return points.map(({ id, name, unit }) => {
    const parent = byId.get(unit)?.parent;
    const above = parent == null ? undefined : byId.get(parent);
    return { id, name, parent_name: above?.name ?? null };
  });
}

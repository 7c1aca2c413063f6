/** Who is invited, beside everybody who could be. */
import type { DirectoryPerson, DirectoryPoint } from "../api/directory.ts";
import type { Part } from "../api/generated/protocol.ts";
import type { MeetingModel } from "./meeting.ts";
import { byGivenName, byName, matches } from "./search.ts";

export interface PersonChoice {
  id: string;
  name: string;
  /** Chức vụ. */
  position: string;
  /** Absent when not invited. */
  part: Part | null;
}

interface PointChoice {
  id: string;
  name: string;
  invited: boolean;
}

export interface PointGroup {
  name: string;
  points: PointChoice[];
  invited: number;
}

export function peopleChoices(
  model: MeetingModel,
  people: readonly DirectoryPerson[],
  query: string,
): PersonChoice[] {
  const parts = new Map(model.people.map(({ person, part }) => [person, part]));
  return people
    .filter(({ name, position }) => matches(`${name} ${position}`, query))
    .map(({ id, name, position }) => ({ id, name, position, part: parts.get(id) ?? null }))
    .sort((one, other) => byGivenName(one.name, other.name));
}

export function pointGroups(
  model: MeetingModel,
  points: readonly DirectoryPoint[],
  query: string,
): PointGroup[] {
  const invited = new Set(model.points.map(({ point }) => point));
  const groups = new Map<string, PointChoice[]>();
  for (const point of points) {
    const parent = point.parent_name ?? "";
    if (!matches(`${point.name} ${parent}`, query)) continue;
    const choice = { id: point.id, name: point.name, invited: invited.has(point.id) };
    groups.set(parent, [...(groups.get(parent) ?? []), choice]);
  }
  return [...groups]
    .map(([name, inside]) => ({
      name,
      points: inside.sort((one, other) => byName(one.name, other.name)),
      invited: inside.filter((choice) => choice.invited).length,
    }))
    .sort((one, other) => byName(one.name, other.name));
}

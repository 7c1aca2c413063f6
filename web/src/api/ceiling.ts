/** The most that may be sent over the line of a point. */
import { ceilingPath } from "../paths.ts";
import type { PointId } from "./generated/protocol.ts";
import { put } from "./http.ts";

/** Thousands of bits a second; null lifts the ceiling. */
export async function setCeiling(point: PointId, kilobitsPerSecond: number | null): Promise<void> {
  await put(ceilingPath(point), { kilobits_per_second: kilobitsPerSecond });
}

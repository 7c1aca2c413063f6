/** Looking at all points in turn, without a clock of its own: `now` is given. */

/** The least and the most seconds for one point. */
export const TURN_SECONDS_MIN = 5;
export const TURN_SECONDS_MAX = 120;

export interface Turns {
  /** The point that is looked at. */
  readonly point: string;
  readonly since: number;
  readonly seconds: number;
}

/** The first turn; none without points. */
export function begun(points: readonly string[], seconds: number, now: number): Turns | null {
  const point = points[0];
  const within = Math.min(Math.max(seconds, TURN_SECONDS_MIN), TURN_SECONDS_MAX);
  return point === undefined ? null : { point, since: now, seconds: within };
}

/** The turn of the next point; after the last one the first again. A point that went is passed. */
export function passed(turns: Turns, points: readonly string[], now: number): Turns | null {
  const point = points[points.indexOf(turns.point) + 1] ?? points[0];
  return point === undefined ? null : { ...turns, point, since: now };
}

export function isOver(turns: Turns, now: number): boolean {
  return now - turns.since >= turns.seconds * 1000;
}

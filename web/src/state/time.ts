/** Moments and lengths of time in words and figures, as Vietnamese offices write them. */
import type { MessageKey } from "../i18n/vi.ts";

const ZONE = "Asia/Ho_Chi_Minh";

/** A live fact gets an age after this long without news. */
export const FRESH_MS = 10_000;
/** An older proof is no proof any more. */
export const STALE_MS = 15 * 60_000;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clock = new Intl.DateTimeFormat("vi-VN", {
  timeZone: ZONE,
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const day = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE,
  day: "2-digit",
  month: "2-digit",
  year: "numeric",
});
const weekday = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, weekday: "short" });

/** 09:43 */
export function clockTime(at: number): string {
  return clock.format(at);
}

/** 29/09/2022 */
export function dayText(at: number): string {
  return day.format(at);
}

/** 16:32, 26/09/2022 */
export function moment(at: number): string {
  return `${clockTime(at)}, ${dayText(at)}`;
}

const WEEKDAYS: Readonly<Record<string, MessageKey>> = {
  Mon: "day.mon",
  Tue: "day.tue",
  Wed: "day.wed",
  Thu: "day.thu",
  Fri: "day.fri",
  Sat: "day.sat",
  Sun: "day.sun",
};

export function weekdayKey(at: number): MessageKey {
  return WEEKDAYS[weekday.format(at)] ?? "day.mon";
}

/** 02:46, or 1:02:46 from an hour on. Never negative. */
export function duration(millis: number): string {
  const seconds = Math.max(0, Math.floor(millis / SECOND));
  const [hours, minutes, rest] = [
    Math.floor(seconds / 3_600),
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  const tail = `${two(minutes)}:${two(rest)}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** A span in the coarsest unit that says enough: a message key and its number. */
export interface Span {
  key: MessageKey;
  n: number;
}

/** How long ago something was. */
export function age(now: number, at: number): Span {
  const millis = Math.max(0, now - at);
  if (millis < FRESH_MS) return { key: "age.now", n: 0 };
  if (millis < MINUTE) return { key: "age.seconds", n: Math.floor(millis / SECOND) };
  if (millis < HOUR) return { key: "age.minutes", n: Math.floor(millis / MINUTE) };
  if (millis < DAY) return { key: "age.hours", n: Math.floor(millis / HOUR) };
  return { key: "age.days", n: Math.floor(millis / DAY) };
}

/** How long until something; for what is past, "now". */
export function until(now: number, at: number): Span {
  const millis = at - now;
  if (millis <= 0) return { key: "until.now", n: 0 };
  if (millis < MINUTE) return { key: "until.seconds", n: Math.ceil(millis / SECOND) };
  if (millis < HOUR) return { key: "until.minutes", n: Math.ceil(millis / MINUTE) };
  if (millis < DAY) return { key: "until.hours", n: Math.round(millis / HOUR) };
  return { key: "until.days", n: Math.round(millis / DAY) };
}

/** Minutes left of an item that began at `since`: negative when it is over its time. */
export function minutesLeft(now: number, since: number, minutes: number): number {
  return Math.ceil((since + minutes * MINUTE - now) / MINUTE);
}

/** "7,2": with a decimal comma. */
export function percentText(percent: number): string {
  return percent.toFixed(1).replace(".", ",");
}

/** "3,2 MB": the unit that keeps the figure short, with a decimal comma. */
export function sizeText(bytes: number): string {
  const [value, unit] =
    bytes < 1_000
      ? [bytes, "B"]
      : bytes < 1_000_000
        ? [bytes / 1_000, "KB"]
        : bytes < 1_000_000_000
          ? [bytes / 1_000_000, "MB"]
          : [bytes / 1_000_000_000, "GB"];
  const digits = value < 10 && unit !== "B" ? 1 : 0;
  return `${value.toFixed(digits).replace(".", ",")} ${unit}`;
}

/**
 * The moment of a day and a time of day in the offices' zone, as people type them: `29/9/2022` or
 * `29-09-2022`, `8:00` or `8h30`. Null for what is neither, and for days that do not exist.
 */
export function momentFrom(day: string, clock: string): number | null {
  const date = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(day.trim());
  const time = /^(\d{1,2})[:h.](\d{2})?$/.exec(clock.trim());
  if (date === null || time === null) return null;
  const [dayOfMonth, month, year] = date.slice(1).map(Number);
  const [hour, minute] = [Number(time[1]), Number(time[2] ?? 0)];
  if (dayOfMonth === undefined || month === undefined || year === undefined) return null;
  // Viet Nam has no summer time: the zone is always seven hours ahead.
  const at = Date.UTC(year, month - 1, dayOfMonth, hour - 7, minute);
  const same = dayText(at) === `${two(dayOfMonth)}/${two(month)}/${year}`;
  return same && hour < 24 && minute < 60 ? at : null;
}

function two(n: number): string {
  return n.toString().padStart(2, "0");
}

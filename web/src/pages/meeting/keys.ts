import { isTyping } from "../typing.ts";

/** The keys of the meeting page. Single letters never act while somebody types. */
export type MeetingKey =
  | "next"
  | "previous"
  | "first"
  | "last"
  | "follow"
  | "larger"
  | "smaller"
  | "fit";

const KEYS: Readonly<Record<string, MeetingKey>> = {
  ArrowRight: "next",
  PageDown: "next",
  ArrowLeft: "previous",
  PageUp: "previous",
  Home: "first",
  End: "last",
  t: "follow",
  "+": "larger",
  "=": "larger",
  "-": "smaller",
  "0": "fit",
};

export function meetingKey(event: KeyboardEvent): MeetingKey | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null;
  return isTyping(event) ? null : (KEYS[event.key] ?? null);
}

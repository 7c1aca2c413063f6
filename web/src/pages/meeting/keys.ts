/** The keys of the meeting page. Single letters never act while somebody types. */
export type MeetingKey =
  | "next"
  | "previous"
  | "first"
  | "last"
  | "follow"
  | "larger"
  | "smaller"
  | "keys";

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
  "?": "keys",
};

export function meetingKey(event: KeyboardEvent): MeetingKey | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null;
  const { target } = event;
  if (target instanceof Element && target.closest("input, select, textarea, dialog") !== null) {
    return null;
  }
  return KEYS[event.key] ?? null;
}

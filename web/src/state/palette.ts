/** Where Ctrl+K leads: pages, my meetings, and the papers of the meeting that is open. */
import { boardPath, homePath, meetingPath, preparePath } from "../paths.ts";
import { homeModel, mayPrepare } from "./home.ts";
import { matches } from "./search.ts";
import type { Sections } from "./sections.ts";

export interface Destination {
  path: string;
  /** A name that is there already, or what the page is called. */
  name: { kind: "words"; text: string } | { kind: "page"; page: "home" | "board" };
  note: "page" | "meeting" | "prepare";
}

export function destinations(home: Sections, mayWatch: boolean): Destination[] {
  const { next, coming, past } = homeModel(home);
  const cards = [...(next === null ? [] : [next]), ...coming, ...past];
  const meetings = cards.flatMap((card): Destination[] => {
    const name = { kind: "words", text: card.title ?? "" } as const;
    const meeting: Destination = { path: meetingPath(card.meeting), name, note: "meeting" };
    const prepare: Destination = { path: preparePath(card.meeting), name, note: "prepare" };
    return mayPrepare(card) ? [meeting, prepare] : [meeting];
  });
  const pages: Destination[] = [
    { path: homePath(), name: { kind: "page", page: "home" }, note: "page" },
    ...(mayWatch
      ? [{ path: boardPath(), name: { kind: "page", page: "board" }, note: "page" } as const]
      : []),
  ];
  return [...pages, ...meetings];
}

/** The destinations that match; `named` gives each its words. */
export function foundDestinations(
  all: readonly Destination[],
  query: string,
  named: (destination: Destination) => string,
): Destination[] {
  return all.filter((destination) => matches(named(destination), query));
}

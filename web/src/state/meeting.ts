/** A meeting as its pages see it: the sections the reader gets, put in order. */
import type {
  Controls,
  Deed,
  Floor,
  Head,
  ItemLine,
  Me,
  Microphone,
  PaperFile,
  PaperLine,
  PersonLine,
  PointLine,
  Receipts,
  RecordingState,
  RollCall,
  SharedScreen,
  ShownPage,
  Speaker,
} from "../api/generated/protocol.ts";
import type { Place } from "./reading.ts";
import { byName } from "./search.ts";
import type { Sections } from "./sections.ts";

export interface MeetingModel {
  head: Head | null;
  items: ItemLine[];
  floor: Floor;
  shown: ShownPage | null;
  people: PersonLine[];
  me: Me | null;
  points: PointLine[];
  receipts: Receipts[];
  controls: Controls | null;
  roll: RollCall | null;
  /** The notice that the meeting is recorded. */
  recording: RecordingState | null;
  /** The screen that is shared with everybody. */
  sharing: SharedScreen | null;
}

export function meetingModel(sections: Sections): MeetingModel {
  const model: MeetingModel = {
    head: null,
    items: [],
    floor: { holder: null, queue: [] },
    shown: null,
    people: [],
    me: null,
    points: [],
    receipts: [],
    controls: null,
    roll: null,
    recording: null,
    sharing: null,
  };
  for (const section of Object.values(sections)) {
    if (section.kind === "head") model.head = section;
    else if (section.kind === "agenda") model.items = section.items;
    else if (section.kind === "floor") model.floor = section;
    else if (section.kind === "shown") model.shown = section.page;
    else if (section.kind === "people") model.people = section.people;
    else if (section.kind === "me") model.me = section;
    else if (section.kind === "point") model.points.push(section);
    else if (section.kind === "recording") model.recording = section.state;
    else if (section.kind === "receipts") model.receipts.push(section);
    else if (section.kind === "controls") model.controls = section;
    else if (section.kind === "roll") model.roll = section;
    else if (section.kind === "sharing") model.sharing = section;
  }
  model.points.sort((one, other) => byName(one.name ?? "", other.name ?? ""));
  return model;
}

/** The only thing a button asks (rule 34). */
export function can(model: MeetingModel, deed: Deed): boolean {
  return model.me?.can.includes(deed) ?? false;
}

/** Whether somebody controls the points: chair, secretary, technician. */
export function controlsPoints(model: MeetingModel): boolean {
  return can(model, "set_layout");
}

export function currentItem(model: MeetingModel): ItemLine | null {
  return model.items.find((item) => item.state.state === "current") ?? null;
}

/** The item after the current one, or the first when none was opened yet. */
export function nextItem(model: MeetingModel): ItemLine | null {
  const at = model.items.findIndex((item) => item.state.state === "current");
  if (at >= 0) return model.items[at + 1] ?? null;
  return model.items.find((item) => item.state.state === "coming") ?? null;
}

export interface PlacedPaper {
  item: ItemLine;
  paper: PaperLine;
}

export function placedPaper(model: MeetingModel, paper: string): PlacedPaper | null {
  for (const item of model.items) {
    const found = item.papers.find((line) => line.paper === paper);
    if (found !== undefined) return { item, paper: found };
  }
  return null;
}

/** Papers that can be read: those that were issued. */
export function issuedPapers(model: MeetingModel): PaperLine[] {
  return model.items.flatMap((item) => item.papers).filter((paper) => paper.version > 0);
}

export function unissuedCount(model: MeetingModel): number {
  return model.items.flatMap((item) => item.papers).filter((paper) => paper.version === 0).length;
}

/** Somebody who can be given the floor. */
export interface Candidate {
  speaker: Speaker;
  name: string;
  /** What he is, for the second line: a point, or the part of a person. */
  part: PersonLine["part"] | "point";
  attending: boolean;
}

/** Those present first, then by name. */
export function candidates(model: MeetingModel): Candidate[] {
  const points = model.points.map(
    (point): Candidate => ({
      speaker: { kind: "point", id: point.point },
      name: point.name ?? "",
      part: "point",
      attending: point.attending_since !== null,
    }),
  );
  const people = model.people.map(
    (person): Candidate => ({
      speaker: { kind: "person", id: person.person },
      name: person.name ?? "",
      part: person.part,
      attending: person.attending_since !== null,
    }),
  );
  return [...points, ...people].sort(
    (one, other) => Number(other.attending) - Number(one.attending) || byName(one.name, other.name),
  );
}

export function attendingPoints(model: MeetingModel): number {
  return model.points.filter((point) => point.attending_since !== null).length;
}

export function isSpeaker(one: Speaker | null, other: Speaker | null): boolean {
  return one !== null && other !== null && one.kind === other.kind && one.id === other.id;
}

/** Whether the screen that everybody sees is this reader's own. */
export function sharesOwnScreen(model: MeetingModel): boolean {
  return isSpeaker(model.sharing?.speaker ?? null, model.me?.speaker ?? null);
}

export function speakerName(model: MeetingModel, speaker: Speaker): string | null {
  return speaker.kind === "point"
    ? (model.points.find((point) => point.point === speaker.id)?.name ?? null)
    : (model.people.find((person) => person.person === speaker.id)?.name ?? null);
}

/** Whom the main picture shows: the floor's holder, without one the chair. */
export interface MainSpeaker {
  speaker: Speaker;
  name: string;
  hasFloor: boolean;
  since: number | null;
  microphone: Microphone;
}

export function mainSpeaker(model: MeetingModel): MainSpeaker | null {
  const { holder } = model.floor;
  if (holder !== null) {
    return {
      speaker: holder.speaker,
      name: holder.name ?? "",
      hasFloor: true,
      since: holder.since,
      microphone: holder.muted ? "muted" : "on",
    };
  }
  if (model.head === null) return null;
  return {
    speaker: { kind: "person", id: model.head.chair },
    name: model.head.chair_name ?? "",
    hasFloor: false,
    since: null,
    microphone: "on",
  };
}

/** Whether this reader runs the meeting: he gets the console beside the paper. */
export function runs(model: MeetingModel): boolean {
  const deeds = ["give_floor", "withdraw_floor", "mute_all", "open_item"] as const;
  return deeds.some((deed) => can(model, deed));
}

/** Where somebody begins to read when nothing is shown: the current item's first paper. */
export function defaultPlace(model: MeetingModel): Place | null {
  const ready = (item: ItemLine): PaperLine | undefined =>
    item.papers.find((paper) => paper.version > 0);
  const current = currentItem(model);
  const first = current === null ? undefined : ready(current);
  const paper = first ?? model.items.map(ready).find((found) => found !== undefined);
  return paper === undefined ? null : { paper: paper.paper, page: 1 };
}

/** The bytes of a paper that can be read: issued, or shown right now. */
export function paperFile(model: MeetingModel, paper: string): PaperFile | null {
  const placed = placedPaper(model, paper);
  if (placed !== null && placed.paper.version > 0) return placed.paper.file;
  return model.shown?.paper === paper ? model.shown.file : null;
}

export function paperTitle(model: MeetingModel, paper: string): string | null {
  const shown = model.shown?.paper === paper ? model.shown.title : null;
  return placedPaper(model, paper)?.paper.title ?? shown;
}

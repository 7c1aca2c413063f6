/** Every path of the application: its pages, and what it asks of the server (rule 35). */

/** A page, as its address says. */
export type Route =
  | { page: "home" }
  | { page: "meeting"; meeting: string }
  | { page: "prepare"; meeting: string; tab: PrepareTab }
  | { page: "recordings"; meeting: string }
  | { page: "director"; meeting: string }
  | { page: "board"; point: string | null }
  | { page: "unknown" };

export type PrepareTab = (typeof PREPARE_TABS)[number];
export const PREPARE_TABS = ["general", "agenda", "participants"] as const;

export const homePath = (): string => "/";
export const meetingPath = (meeting: string): string => `/meetings/${segment(meeting)}`;
export const preparePath = (meeting: string, tab: PrepareTab = "agenda"): string =>
  `/meetings/${segment(meeting)}/prepare/${tab}`;
export const recordingsPath = (meeting: string): string =>
  `/meetings/${segment(meeting)}/recordings`;
export const directorPath = (meeting: string): string => `/meetings/${segment(meeting)}/director`;
export const boardPath = (point: string | null = null): string =>
  point === null ? "/board" : `/board/${segment(point)}`;

export function routeOf(path: string): Route {
  const [first, second, third, fourth, ...rest] = path
    .split("/")
    .filter((part) => part !== "")
    .map(plain);
  if (rest.length > 0) return { page: "unknown" };
  if (first === undefined) return { page: "home" };
  if (first === "board" && third === undefined) return { page: "board", point: second ?? null };
  if (first !== "meetings" || second === undefined) return { page: "unknown" };
  if (third === undefined) return { page: "meeting", meeting: second };
  if (third === "recordings" && fourth === undefined) {
    return { page: "recordings", meeting: second };
  }
  if (third === "director" && fourth === undefined) return { page: "director", meeting: second };
  const tab = PREPARE_TABS.find((known) => known === (fourth ?? "agenda"));
  if (third !== "prepare" || tab === undefined) return { page: "unknown" };
  return { page: "prepare", meeting: second, tab };
}

export const LIVE_PATH = "/live";
export const SESSION_PATH = "/api/session";
export const PEOPLE_PATH = "/api/people";
export const POINTS_PATH = "/api/points";
export const UNITS_PATH = "/api/units";
export const UPLOADS_PATH = "/api/uploads";
export const ENROLMENT_CONFIRM_PATH = "/api/enrolments/confirm";
export const meetingPapersPath = (meeting: string): string =>
  `/api/meetings/${segment(meeting)}/papers`;
export const stillsPath = (meeting: string): string => `/api/meetings/${segment(meeting)}/stills`;
export const ceilingPath = (point: string): string => `/api/points/${segment(point)}/ceiling`;
export const paperPath = (sha256: string): string => `/api/papers/${segment(sha256)}`;
export const paperProofPath = (sha256: string): string => `/api/papers/${segment(sha256)}/proof`;
export const meetingRecordingsPath = (meeting: string): string =>
  `/api/meetings/${segment(meeting)}/recordings`;
export const recordingPath = (part: string, keep = false): string =>
  `/api/recordings/${segment(part)}${keep ? "?keep=true" : ""}`;

function segment(text: string): string {
  return encodeURIComponent(text);
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

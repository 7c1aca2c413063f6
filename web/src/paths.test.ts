import { expect, test } from "vitest";
import {
  boardPath,
  ceilingPath,
  directorPath,
  ENROLMENT_CONFIRM_PATH,
  homePath,
  LIVE_PATH,
  meetingPapersPath,
  meetingPath,
  meetingRecordingsPath,
  PEOPLE_PATH,
  POINTS_PATH,
  paperPath,
  paperProofPath,
  preparePath,
  recordingPath,
  recordingsPath,
  routeOf,
  SESSION_PATH,
  stillsPath,
  UNITS_PATH,
  UPLOADS_PATH,
} from "./paths.ts";

test("every path is this one", () => {
  const pages = [
    homePath(),
    meetingPath("m"),
    preparePath("m"),
    preparePath("m", "participants"),
    recordingsPath("m"),
    directorPath("m"),
    boardPath(),
    boardPath("p"),
  ];
  const asked = [
    LIVE_PATH,
    SESSION_PATH,
    PEOPLE_PATH,
    POINTS_PATH,
    UNITS_PATH,
    UPLOADS_PATH,
    ENROLMENT_CONFIRM_PATH,
    meetingPapersPath("m"),
    stillsPath("m"),
    ceilingPath("p"),
    paperPath("s"),
    paperProofPath("s"),
    meetingRecordingsPath("m"),
    recordingPath("r"),
    recordingPath("r", true),
  ];
  expect({ pages, asked }).toMatchInlineSnapshot(`
    {
      "asked": [
        "/live",
        "/api/session",
        "/api/people",
        "/api/points",
        "/api/units",
        "/api/uploads",
        "/api/enrolments/confirm",
        "/api/meetings/m/papers",
        "/api/meetings/m/stills",
        "/api/points/p/ceiling",
        "/api/papers/s",
        "/api/papers/s/proof",
        "/api/meetings/m/recordings",
        "/api/recordings/r",
        "/api/recordings/r?keep=true",
      ],
      "pages": [
        "/",
        "/meetings/m",
        "/meetings/m/prepare/agenda",
        "/meetings/m/prepare/participants",
        "/meetings/m/recordings",
        "/meetings/m/director",
        "/board",
        "/board/p",
      ],
    }
  `);
  for (const page of pages) expect(routeOf(page).page, page).not.toBe("unknown");
});

const strangers = [
  "/nowhere",
  "/meetings",
  "/meetings/m/other",
  "/meetings/m/prepare/x",
  "/meetings/m/recordings/x",
  "/board/p/q",
];
test.each(strangers)("%s is no page", (path) => {
  expect(routeOf(path)).toEqual({ page: "unknown" });
});

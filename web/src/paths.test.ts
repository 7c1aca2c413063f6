import { expect, test } from "vitest";
import {
  boardPath,
  directorPath,
  ENROLMENT_CONFIRM_PATH,
  homePath,
  LIVE_PATH,
  meetingPapersPath,
  meetingPath,
  PEOPLE_PATH,
  POINTS_PATH,
  paperPath,
  paperProofPath,
  preparePath,
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
    paperPath("s"),
    paperProofPath("s"),
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
        "/api/papers/s",
        "/api/papers/s/proof",
      ],
      "pages": [
        "/",
        "/meetings/m",
        "/meetings/m/prepare/agenda",
        "/meetings/m/prepare/participants",
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
  "/board/p/q",
];
test.each(strangers)("%s is no page", (path) => {
  expect(routeOf(path)).toEqual({ page: "unknown" });
});

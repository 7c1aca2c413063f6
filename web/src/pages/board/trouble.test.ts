import { expect, test } from "vitest";
import type { Cause, PointStatus } from "../../api/generated/protocol.ts";
import { t } from "../../i18n/i18n.svelte.ts";
import { causeNextKey } from "../words.ts";
import { troubleText } from "./trouble.ts";

const figures = { jitter_ms: 4, kilobits_per_second: 900, freezes: 0, layer: null };
const status: PointStatus = {
  point: "p",
  name: "Thanh Liêm",
  unit: "u",
  parent_name: null,
  enrolled: true,
  online_since: 1,
  heard_at: 1,
  meeting: null,
  report: null,
  reported_at: null,
  plan_wanted: null,
  line: {
    at: 1,
    up: { ...figures, loss_percent: 7 },
    down: { ...figures, loss_percent: 11.5 },
    round_trip_ms: 620,
    voice_frames: 0,
    voice_frames_concealed: 0,
  },
  ceiling_kbps: 100,
  troubles: [],
};

const sentences: [Cause, string][] = [
  ["loss_up", "Điểm cầu Thanh Liêm: mất 7,0% gói chiều lên"],
  ["loss_down", "Điểm cầu Thanh Liêm: mất 11,5% gói chiều xuống"],
  ["delay", "Điểm cầu Thanh Liêm: đi và về mất 620 ms"],
  ["audio_only", "Chỉ có tiếng: mức trần 100 kbit/s"],
];
test.each(sentences)("v15 what %s means is said in words, with what to do next", (cause, text) => {
  expect(troubleText(status, cause)).toBe(text);
  expect(t(causeNextKey(cause)).length).toBeGreaterThan(20);
});

test("v15 a line of which nothing is known has no figures in its sentence", () => {
  const unknown = { ...status.line, up: { ...figures, loss_percent: null } };
  const heard = { voice_frames: 0, voice_frames_concealed: 0 };
  const line = { ...unknown, ...heard, at: 1, down: unknown.up, round_trip_ms: null };
  expect(troubleText({ ...status, line }, "loss_up")).toBe(t("cause.loss_up"));
});

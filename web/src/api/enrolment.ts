/** Putting a device at a point: the code on the room's screen, typed by an admin. */
import { ENROLMENT_CONFIRM_PATH } from "../paths.ts";
import type { PointId } from "./generated/protocol.ts";
import { postJson } from "./http.ts";

export async function confirmEnrolment(code: string, point: PointId): Promise<void> {
  await postJson(ENROLMENT_CONFIRM_PATH, { code, point });
}

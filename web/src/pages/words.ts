/** Message keys for the values of the domain. */
import type { Cause, Part, Phase } from "../api/generated/protocol.ts";
import type { MessageKey } from "../i18n/vi.ts";
import type { Candidate } from "../state/meeting.ts";

export function partKey(part: Part | Candidate["part"]): MessageKey {
  return `part.${part}`;
}

export function phaseKey(phase: Phase): MessageKey {
  return `phase.${phase.phase}`;
}

export function causeKey(cause: Cause): MessageKey {
  return `cause.${cause}`;
}

export function causeMeaningKey(cause: Cause): MessageKey {
  return `cause.${cause}.meaning`;
}

export function causeNextKey(cause: Cause): MessageKey {
  return `cause.${cause}.next`;
}

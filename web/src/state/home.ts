/** My meetings: what is on now, what comes next, what is over. */
import type { MeetingCard } from "../api/generated/protocol.ts";
import type { Sections } from "./sections.ts";

export interface HomeModel {
  /** The one to go to: running, or the next to begin. */
  next: MeetingCard | null;
  coming: MeetingCard[];
  past: MeetingCard[];
}

export function homeModel(sections: Sections): HomeModel {
  const cards = Object.values(sections).flatMap((section) =>
    section.kind === "meeting" ? [section] : [],
  );
  const past = cards
    .filter((card) => card.phase.phase === "ended")
    .sort((one, other) => other.starts_at - one.starts_at);
  const [next = null, ...coming] = cards
    .filter((card) => card.phase.phase !== "ended")
    .sort((one, other) => running(other) - running(one) || one.starts_at - other.starts_at);
  return { next, coming, past };
}

function running(card: MeetingCard): number {
  return card.phase.phase === "running" ? 1 : 0;
}

/** Whoever may change something before the meeting prepares it. */
export function mayPrepare(card: Pick<MeetingCard, "can">): boolean {
  return (["amend", "edit_agenda", "invite", "add_paper", "issue_papers"] as const).some((deed) =>
    card.can.includes(deed),
  );
}

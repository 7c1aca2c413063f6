/** What a client has of a topic: the sections by key, as the server last sent them. */
import type { Changes, TopicSection } from "../api/generated/protocol.ts";

export type Sections = Readonly<Record<string, TopicSection>>;

/** The sections after some changed and some went. Twice the same changes change nothing. */
export function withChanges(sections: Sections, changes: Changes): Sections {
  const next: Record<string, TopicSection> = { ...sections, ...changes.changed };
  for (const key of changes.removed) delete next[key];
  return next;
}

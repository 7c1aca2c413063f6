/** Giving a command and telling the person when it was refused. */
import type { Command, MeetingId } from "../api/generated/protocol.ts";
import { codeText, t } from "../i18n/i18n.svelte.ts";
import type { LiveConnection } from "../live/connection.svelte.ts";
import { notices } from "../ui/notices.svelte.ts";

/** What a page does: one command in its meeting. Tells whether it was carried out. */
export type Act = (command: Command) => Promise<boolean>;

export function actIn(live: LiveConnection, meeting: MeetingId): Act {
  return async (command) => {
    const answer = await live.command(meeting, command);
    switch (answer.kind) {
      case "done":
        return true;
      case "refused":
        notices.tell("bad", codeText(answer.code));
        return false;
      case "dropped":
        notices.tell("bad", t("code.UNREACHABLE"));
        return false;
    }
  };
}

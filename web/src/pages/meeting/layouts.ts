/** The layouts of a screen with their names, in the order of the buttons. */
import type { Layout } from "../../api/generated/protocol.ts";
import type { MessageKey } from "../../i18n/vi.ts";

export const LAYOUTS: readonly { layout: Layout; key: MessageKey }[] = [
  { layout: "one", key: "layout.one" },
  { layout: "main_and_strip", key: "layout.main_and_strip" },
  { layout: "grid", key: "layout.grid" },
  { layout: "content_and_speaker", key: "layout.content_and_speaker" },
];

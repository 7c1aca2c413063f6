import type { viShare } from "./vi.share.ts";

/** The words for sharing a screen. */
export const enShare: Readonly<Record<keyof typeof viShare, string>> = {
  "share.start": "Share screen",
  "share.stop": "Stop sharing",
  "share.choosing": "Choose a screen",
  "share.by": "{name} shares a screen",
  "share.mine": "Everybody sees your screen",
  "share.mine.connecting": "Sending your screen",
  "share.picture": "Screen shared by {name}",
  "share.waiting": "Receiving the screen of {name}",
  "share.read": "Read the papers",
  "share.back": "Back to the shared screen",
  "share.denied": "The browser did not allow it. Press Share screen again and choose a window.",
  "share.failed": "This computer cannot capture its screen. Restart the browser and try again.",
  "share.over": "Your screen is not shared any more.",
  "share.broken": "The connection of your screen broke. Press Share screen to send it again.",
  "code.SCREEN_SHARED": "Somebody else shares a screen. Wait for them to stop, or ask the chair.",
};

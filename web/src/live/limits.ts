/** Every limit of the live channel (rule 15). Times in milliseconds. */

/** From dialling to the server's welcome. */
export const HANDSHAKE_MS_MAX = 8_000;
/** The first wait after a cut. */
export const BACKOFF_MS_FIRST = 250;
/** The longest wait: media has to be back five seconds after a server's restart. */
export const BACKOFF_MS_MAX = 2_000;
/** How long the line may be silent before it is asked whether it is still there. */
export const PING_EVERY_MS = 10_000;
/** How long the answer to that may take. */
export const ANSWER_MS_MAX = 5_000;
/** Commands that may wait for their answer at once. */
export const COMMANDS_MAX = 64;

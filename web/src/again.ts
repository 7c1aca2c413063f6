/** What fails because the line is down is tried again, without anybody's hand. */

/** The first wait, in milliseconds; each is twice as long as the one before. */
const WAIT_MS_FIRST = 500;
/** The longest. */
const WAIT_MS_MAX = 4_000;

/** Waits before the attempt of this number, the first retry being 0. */
export function waitBefore(retry: number): number {
  return Math.min(WAIT_MS_FIRST * 2 ** Math.min(retry, 10), WAIT_MS_MAX);
}

/** Attempts it until it succeeds; sooner when the device says that it is on the line again. */
export async function untilDone<T>(attempt: () => Promise<T>): Promise<T> {
  for (let retry = 0; ; retry += 1) {
    try {
      return await attempt();
    } catch {
      await lineOrTime(waitBefore(retry));
    }
  }
}

function lineOrTime(millis: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, millis);
    addEventListener("online", done);
  });
}

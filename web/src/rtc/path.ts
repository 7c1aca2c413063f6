/**
 * Whether the path of a call is alive. The server lets no second pass without a word to anybody,
 * so that silence means a dead path: the browser's own judgement comes more than two seconds
 * later, because it also waits for who sends nothing.
 */

/** Silence after which a path is lost. */
export const SILENT_MS_MAX = 1_000;
/** Between two looks at it. */
const LOOK_EVERY_MS = 250;

/** Judges a path by how many bytes came on it so far. */
export class Silence {
  #bytes = -1;
  #heardAt = 0;

  /** Whether the path is lost, now that so many bytes have come. */
  isLost(now: number, bytes: number): boolean {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#heardAt = now;
    }
    return now - this.#heardAt >= SILENT_MS_MAX;
  }
}

/** Looks at the path of a connection until it is stopped, and tells whether it is lost each time. */
export function watchPath(
  connection: RTCPeerConnection,
  tell: (lost: boolean) => void,
): () => void {
  const silence = new Silence();
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    const bytes = bytesReceived(await connection.getStats());
    isLooking = false;
    if (timer !== undefined) tell(silence.isLost(performance.now(), bytes));
  };
  let timer: ReturnType<typeof setInterval> | undefined = setInterval(
    () => void look(),
    LOOK_EVERY_MS,
  );
  return () => {
    clearInterval(timer);
    timer = undefined;
  };
}

function bytesReceived(report: RTCStatsReport): number {
  let bytes = 0;
  report.forEach((part: RTCStats & { bytesReceived?: number }) => {
    if (part.type === "transport") bytes += part.bytesReceived ?? 0;
  });
  return bytes;
}

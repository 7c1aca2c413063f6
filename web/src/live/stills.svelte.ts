/**
 * The stills of a meeting's points: one stream that is answered message by message, so that the
 * server gives as many as this line and this machine can take, and never a queue of old ones.
 */
import type { MeetingId, PointId } from "../api/generated/protocol.ts";
import { stillsPath } from "../paths.ts";
import { stillRecords } from "../state/stills.ts";

const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 8_000;
/** The rate is an average over this time. */
const RATE_MS = 4_000;

/** What a page needs of the stills. */
export interface StillsView {
  readonly open: boolean;
  readonly bitsPerSecond: number;
  /** Draws the point's stills on a canvas until the returned function is called. */
  show(point: PointId, canvas: HTMLCanvasElement): () => void;
  /** When the last still of a point was taken. */
  at(point: PointId): number | null;
}

export class Stills implements StillsView {
  open = $state.raw(false);
  bitsPerSecond = $state.raw(0);

  readonly #path: string;
  readonly #canvases = new Map<PointId, Set<HTMLCanvasElement>>();
  readonly #moments = new Map<PointId, number>();
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retryMs = RETRY_MS_MIN;
  #closed = false;
  #bytes = 0;
  #countedAt = Date.now();

  constructor(meeting: MeetingId) {
    this.#path = stillsPath(meeting);
    this.#dial();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  show(point: PointId, canvas: HTMLCanvasElement): () => void {
    const canvases = this.#canvases.get(point) ?? new Set();
    this.#canvases.set(point, canvases.add(canvas));
    return () => canvases.delete(canvas);
  }

  at(point: PointId): number | null {
    return this.#moments.get(point) ?? null;
  }

  #dial(): void {
    if (this.#closed) return;
    const socket = new WebSocket(this.#path);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onopen = () => {
      this.open = true;
      this.#retryMs = RETRY_MS_MIN;
    };
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      this.#take(data)
        .catch(() => undefined)
        .finally(() => {
          if (socket.readyState === WebSocket.OPEN) socket.send("next");
        });
    };
    socket.onclose = () => {
      this.open = false;
      this.#timer = setTimeout(() => this.#dial(), this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX);
    };
  }

  async #take(message: ArrayBuffer): Promise<void> {
    this.#count(message.byteLength);
    await Promise.all(
      stillRecords(message).map(async ({ point, at, picture }) => {
        const canvases = this.#canvases.get(point);
        this.#moments.set(point, at);
        if (canvases === undefined || canvases.size === 0) return;
        const blob = new Blob([picture], { type: "image/webp" });
        const bitmap = await createImageBitmap(blob);
        for (const canvas of canvases) draw(canvas, bitmap);
        bitmap.close();
      }),
    );
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    const millis = Date.now() - this.#countedAt;
    if (millis < RATE_MS) return;
    this.bitsPerSecond = (this.#bytes * 8_000) / millis;
    this.#bytes = 0;
    this.#countedAt = Date.now();
  }
}

function draw(canvas: HTMLCanvasElement, bitmap: ImageBitmap): void {
  if (canvas.width !== bitmap.width) canvas.width = bitmap.width;
  if (canvas.height !== bitmap.height) canvas.height = bitmap.height;
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
}

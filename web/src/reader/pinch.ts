/** Two fingers zoom, one quick finger turns the page, Ctrl and the wheel zoom on a desk. */
export interface PinchActions {
  /** The zoom as the fingers come down. */
  begin: () => number;
  zoom: (to: number) => void;
  /** +1 to the next page, -1 to the one before. */
  swipe: (pages: 1 | -1) => void;
  /** Pixels that make a swipe. */
  distance: number;
}

const SWIPE_MS_MAX = 500;
const WHEEL_STEP = 0.002;

type Gesture =
  | { kind: "none" }
  | { kind: "one"; x: number; y: number; at: number }
  | { kind: "two"; apart: number; zoom: number };

export class Pinch {
  readonly #actions: PinchActions;
  #gesture: Gesture = { kind: "none" };

  constructor(actions: PinchActions) {
    this.#actions = actions;
  }

  attach(element: HTMLElement): () => void {
    const abort = new AbortController();
    const { signal } = abort;
    element.addEventListener("touchstart", this.#start, { signal, passive: true });
    element.addEventListener("touchmove", this.#move, { signal, passive: false });
    element.addEventListener("touchend", this.#end, { signal, passive: true });
    element.addEventListener("wheel", this.#wheel, { signal, passive: false });
    return () => abort.abort();
  }

  readonly #start = (event: TouchEvent): void => {
    const [one, two] = event.touches;
    if (one !== undefined && two !== undefined) {
      this.#gesture = { kind: "two", apart: apart(one, two), zoom: this.#actions.begin() };
    } else if (one !== undefined) {
      this.#gesture = { kind: "one", x: one.clientX, y: one.clientY, at: event.timeStamp };
    }
  };

  readonly #move = (event: TouchEvent): void => {
    const [one, two] = event.touches;
    if (this.#gesture.kind !== "two" || one === undefined || two === undefined) return;
    event.preventDefault();
    this.#actions.zoom((this.#gesture.zoom * apart(one, two)) / this.#gesture.apart);
  };

  readonly #end = (event: TouchEvent): void => {
    const gesture = this.#gesture;
    const touch = event.changedTouches[0];
    this.#gesture = { kind: "none" };
    if (gesture.kind !== "one" || touch === undefined) return;
    const [dx, dy] = [touch.clientX - gesture.x, touch.clientY - gesture.y];
    const quick = event.timeStamp - gesture.at < SWIPE_MS_MAX;
    if (quick && Math.abs(dx) > this.#actions.distance && Math.abs(dx) > 2 * Math.abs(dy)) {
      this.#actions.swipe(dx < 0 ? 1 : -1);
    }
  };

  readonly #wheel = (event: WheelEvent): void => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.#actions.zoom(this.#actions.begin() * Math.exp(-event.deltaY * WHEEL_STEP));
  };
}

function apart(one: Touch, two: Touch): number {
  return Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY);
}

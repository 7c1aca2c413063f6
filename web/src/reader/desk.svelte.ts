/** How this reader reads: what is chosen is kept on the device, what is open goes with the page. */
import type { From } from "./search.svelte.ts";

export type Mode = "one" | "two" | "continuous";
export type Fit = "width" | "page";
export type PanelTab = "outline" | "thumbnails";

const MODES: readonly Mode[] = ["one", "two", "continuous"];
const FITS: readonly Fit[] = ["width", "page"];
const STORED = "diemcau.reader.";

export class ReaderDesk {
  #mode = $state.raw<Mode>("one");
  #fit = $state.raw<Fit>("width");
  #night = $state.raw(false);
  readonly #store: Pick<Storage, "getItem" | "setItem">;

  /** Whether the room is wide enough for two pages, or for a panel beside the page. */
  wide = $state.raw(false);
  searching = $state.raw(false);
  /** What was typed into the search; it stays when another paper is opened. */
  typed = $state.raw("");
  /** Set when the field of the search should have the keyboard. */
  focus = $state.raw(false);
  /** A hit that was chosen elsewhere: the search of its paper begins there. */
  from = $state.raw<(From & { paper: string }) | null>(null);
  /** Counts what was chosen, for a hit in the paper that is open already. */
  chosen = $state.raw(0);
  panel = $state.raw<PanelTab | null>(null);
  menu = $state.raw(false);
  /** Whether all papers are searched. */
  everywhere = $state.raw(false);

  constructor(store: Pick<Storage, "getItem" | "setItem">) {
    this.#store = store;
    this.#mode = one(MODES, store.getItem(`${STORED}mode`)) ?? "one";
    this.#fit = one(FITS, store.getItem(`${STORED}fit`)) ?? "width";
    this.#night = store.getItem(`${STORED}night`) === "on";
  }

  /** Opens the search, ready to be typed into. */
  find(): void {
    this.searching = true;
    this.focus = true;
  }

  /** Opens the search in a paper at one hit. */
  openAt(typed: string, from: From & { paper: string }): void {
    this.typed = typed;
    this.from = from;
    this.searching = true;
    this.everywhere = false;
    this.chosen += 1;
  }

  /** What is chosen; on a narrow screen two pages are one. */
  get mode(): Mode {
    return this.#mode === "two" && !this.wide ? "one" : this.#mode;
  }

  set mode(mode: Mode) {
    this.#mode = mode;
    this.#store.setItem(`${STORED}mode`, mode);
  }

  get fit(): Fit {
    return this.#fit;
  }

  set fit(fit: Fit) {
    this.#fit = fit;
    this.#store.setItem(`${STORED}fit`, fit);
  }

  /** Light letters on dark paper. */
  get night(): boolean {
    return this.#night;
  }

  set night(on: boolean) {
    this.#night = on;
    this.#store.setItem(`${STORED}night`, on ? "on" : "off");
  }
}

function one<T extends string>(known: readonly T[], stored: string | null): T | null {
  return known.find((each) => each === stored) ?? null;
}

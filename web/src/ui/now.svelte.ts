/** The time as the pages show it, once a second, by the server's clock. */

class Now {
  /** UTC milliseconds. */
  millis = $state.raw(Date.now());
  offset = 0;

  constructor() {
    setInterval(() => {
      this.millis = Date.now() + this.offset;
    }, 1_000);
  }

  /** The server's clock minus ours. */
  correct(offset: number): void {
    this.offset = offset;
    this.millis = Date.now() + offset;
  }
}

export const now = new Now();

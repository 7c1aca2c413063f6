/** Short news at the foot of the screen: what was done, or why not and what to do next. */

interface Notice {
  id: number;
  tone: "ok" | "bad";
  text: string;
}

const SHOWN_MS = { ok: 4_000, bad: 12_000 } as const;
const NOTICES_MAX = 3;

class Notices {
  list = $state.raw<readonly Notice[]>([]);
  #next = 0;

  tell(tone: Notice["tone"], text: string): void {
    const notice = { id: this.#next, tone, text };
    this.#next += 1;
    const others = this.list.filter((other) => other.text !== text);
    this.list = [...others, notice].slice(-NOTICES_MAX);
    setTimeout(() => this.dismiss(notice.id), SHOWN_MS[tone]);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }
}

export const notices = new Notices();

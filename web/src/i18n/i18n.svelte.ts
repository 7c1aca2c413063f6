/** The language of the interface. Vietnamese is the source and always there; English is fetched. */
import { format, type MessageValues } from "./format.ts";
import { type MessageKey, vi } from "./vi.ts";

export type Language = "vi" | "en";
export type Translate = (key: MessageKey, values?: MessageValues) => string;

const STORED = "diemcau.language";

class Messages {
  language = $state.raw<Language>("vi");
  #texts = $state.raw<Readonly<Record<MessageKey, string>>>(vi);

  async use(language: Language): Promise<void> {
    this.#texts = language === "vi" ? vi : (await import("./en.ts")).en;
    this.language = language;
    document.documentElement.lang = language;
    localStorage.setItem(STORED, language);
  }

  text(key: MessageKey): string {
    return this.#texts[key];
  }
}

const messages = new Messages();

export const t: Translate = (key, values) => format(messages.text(key), values ?? {});

export function language(): Language {
  return messages.language;
}

export function useLanguage(chosen: Language): Promise<void> {
  return messages.use(chosen);
}

/** The language chosen on this device before, or Vietnamese. */
export async function useStoredLanguage(): Promise<void> {
  if (localStorage.getItem(STORED) === "en") await messages.use("en");
}

/** The sentence for a code of the server: what happened, and what to do next. */
export function codeText(code: string): string {
  const key = `code.${code}`;
  return isMessageKey(key) ? t(key) : t("code.other", { code });
}

/** The same for a code about a paper's signature or seal: a clause without a capital. */
export function paperCodeText(code: string): string {
  return scopedText("seal", code);
}

/** The same for a code about putting a device at a point. */
export function enrolCodeText(code: string): string {
  return scopedText("enrol", code);
}

function scopedText(scope: string, code: string): string {
  const key = `${scope}.${code}`;
  return isMessageKey(key) ? t(key) : codeText(code);
}

function isMessageKey(key: string): key is MessageKey {
  return Object.hasOwn(vi, key);
}

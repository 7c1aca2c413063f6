/** The code on a room's screen, as somebody types it: `abcd efgh` is `ABCD-EFGH`. */
export function enrolmentCode(typed: string): string {
  const letters = typed.toUpperCase().replace(/[^0-9A-Z]/g, "");
  return letters.length === 8 ? `${letters.slice(0, 4)}-${letters.slice(4)}` : letters;
}

export function isEnrolmentCode(typed: string): boolean {
  return /^[0-9A-Z]{4}-[0-9A-Z]{4}$/.test(enrolmentCode(typed));
}

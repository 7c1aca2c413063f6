/** Puts values into a message: `{name}` is the value, `{n#one#other}` a word that agrees with n. */
export type MessageValues = Readonly<Record<string, string | number>>;

export function format(message: string, values: MessageValues): string {
  return message.replace(/\{(\w+)(?:#([^#}]*)#([^}]*))?\}/g, (whole, name: string, one, other) => {
    const value = values[name];
    if (value === undefined) return whole;
    if (one === undefined) return String(value);
    return value === 1 ? one : other;
  });
}

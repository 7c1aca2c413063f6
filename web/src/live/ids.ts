/** A fresh UUID of version 7 (RFC 9562): the time first, so that ids sort as they were made. */
export function freshId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return uuid7(Date.now(), bytes);
}

/** Time and chance given, for tests. `chance` has 16 bytes; the first six are not used. */
export function uuid7(millis: number, chance: Uint8Array): string {
  const view = new DataView(chance.slice().buffer);
  view.setUint32(0, Math.floor(millis / 0x1_0000));
  view.setUint16(4, millis % 0x1_0000);
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  const digits = Array.from(new Uint8Array(view.buffer), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join("-");
}

/** Stills as they travel: records of a point, a moment and a picture, one behind the other. */
import type { PointId } from "../api/generated/protocol.ts";

export interface StillRecord {
  point: PointId;
  /** When the server got it. */
  at: number;
  picture: Uint8Array<ArrayBuffer>;
}

const HEAD_BYTES = 28;
const UUID = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;

/** The records of one message; a record that is not whole ends them. */
export function stillRecords(message: ArrayBuffer): StillRecord[] {
  const records: StillRecord[] = [];
  const view = new DataView(message);
  let at = 0;
  while (at + HEAD_BYTES <= view.byteLength) {
    const start = at + HEAD_BYTES;
    const end = start + view.getUint32(at + 24);
    if (end > view.byteLength) break;
    records.push({
      point: uuid(new Uint8Array(message, at, 16)),
      at: Number(view.getBigInt64(at + 16)),
      picture: new Uint8Array(message, start, end - start),
    });
    at = end;
  }
  return records;
}

function uuid(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(UUID, "$1-$2-$3-$4-$5");
}

import { expect, test } from "vitest";
import { stillRecords } from "./stills.ts";

function record(point: number, at: bigint, picture: number[]): number[] {
  const head = new DataView(new ArrayBuffer(28));
  head.setUint8(15, point);
  head.setBigInt64(16, at);
  head.setUint32(24, picture.length);
  return [...new Uint8Array(head.buffer), ...picture];
}

const message = (bytes: number[]): ArrayBuffer => new Uint8Array(bytes).buffer;

test("records are read one behind the other", () => {
  const bytes = [...record(1, 1_753_750_000_000n, [1, 2, 3]), ...record(2, 5n, [])];
  expect(stillRecords(message(bytes))).toEqual([
    {
      point: "00000000-0000-0000-0000-000000000001",
      at: 1_753_750_000_000,
      picture: new Uint8Array([1, 2, 3]),
    },
    { point: "00000000-0000-0000-0000-000000000002", at: 5, picture: new Uint8Array([]) },
  ]);
});

test("what is not whole is left out", () => {
  const whole = record(1, 5n, [1, 2, 3]);
  for (let length = 0; length < whole.length; length += 1) {
    expect(stillRecords(message(whole.slice(0, length))), `${length} bytes`).toEqual([]);
  }
});

/** The numbers are those of `crates/ledger/tests/golden.rs`: two implementations, one truth. */
import { expect, test } from "vitest";
import type { LedgerEntry, PaperProof } from "../api/papers.ts";
import {
  entryBytes,
  fromHex,
  headBytes,
  isIncluded,
  isSigned,
  rawSignature,
  sha256,
  signedBytes,
  toHex,
} from "./ledger.ts";

const ENTRY: LedgerEntry = {
  entry: "paper_issued",
  meeting: "11".repeat(16),
  paper: "22".repeat(16),
  version: 3,
  sha256: "33".repeat(32),
  bytes: 1_048_577,
  issued_at: 1_795_496_400_000,
};
const OLD_KEY =
  "046954ff8cea04637bfa3af4cc18bed13ead57281ed645a1c597a2bd3a6f1f7468" +
  "02eb86cf85c3dea535c61c06d63e0d8e8f4ee0975d39e24555817dfa839f5402";
const OLD_HEAD = {
  size: 8,
  root: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  signed_at: 1_795_496_400_000,
  signature:
    "30450220178cf6c174250be06eec10ddc5e65c00fa8f7a24331fccd9df4bdb0880662b14" +
    "022100a5eda40fb858acae12705cf1b984cb79469ac09b571d50ebcda257f4b8c75beb",
};

function base64(hex: string): string {
  return btoa(String.fromCharCode(...fromHex(hex)));
}

test("an entry has the bytes of the Rust side", () => {
  expect(toHex(entryBytes(ENTRY))).toBe(
    "6469656d6361752d656e7472792d310001" +
      "11".repeat(16) +
      "22".repeat(16) +
      "00000003" +
      "33".repeat(32) +
      "0000000000100001" +
      "000001a20becd480",
  );
});

test("a signed head has the bytes of the Rust side", () => {
  const body = headBytes({ size: 5, root: "44".repeat(32), signed_at: 1_795_496_400_000 });
  expect(toHex(signedBytes("diemcau-head-1", body))).toBe(
    "6469656d6361752d7369676e65642d310e6469656d6361752d686561642d31" +
      "0000000000000005" +
      "44".repeat(32) +
      "000001a20becd480",
  );
});

test("a head of the past is believed, and one with another time is not", async () => {
  expect(await isSigned(OLD_HEAD, base64(OLD_KEY))).toBe(true);
  expect(await isSigned({ ...OLD_HEAD, signed_at: 1 }, base64(OLD_KEY))).toBe(false);
});

/** A ledger of `size` entries with ours at `index`, built naively from the RFC's definition. */
async function proofIn(size: number, index: number): Promise<PaperProof> {
  const ours = await sha256(Uint8Array.of(0), entryBytes(ENTRY));
  const leaves = await Promise.all(
    Array.from({ length: size }, (_, at) => (at === index ? ours : sha256(Uint8Array.of(0, at)))),
  );
  type Hash = typeof ours;
  const root = async (range: Hash[]): Promise<Hash> => {
    const [only] = range;
    if (range.length === 1 && only !== undefined) return only;
    const split = 2 ** Math.floor(Math.log2(range.length - 1));
    const [left, right] = [await root(range.slice(0, split)), await root(range.slice(split))];
    return sha256(Uint8Array.of(1), left, right);
  };
  const path = async (range: Hash[], at: number): Promise<Hash[]> => {
    if (range.length === 1) return [];
    const split = 2 ** Math.floor(Math.log2(range.length - 1));
    const [left, right] = [range.slice(0, split), range.slice(split)];
    return at < split
      ? [...(await path(left, at)), await root(right)]
      : [...(await path(right, at - split)), await root(left)];
  };
  return {
    entry: ENTRY,
    index,
    path: (await path(leaves, index)).map(toHex),
    head: { ...OLD_HEAD, size, root: toHex(await root(leaves)) },
    head_key: base64(OLD_KEY),
    verdict: { verdict: "accept", at: 0, signers: [] },
  };
}

test("every place in ledgers of 1 to 9 entries is proved", async () => {
  for (let size = 1; size <= 9; size += 1) {
    for (let index = 0; index < size; index += 1) {
      expect(await isIncluded(await proofIn(size, index)), `${index} of ${size}`).toBe(true);
    }
  }
});

test("a proof for another place, entry or size proves nothing", async () => {
  const proof = await proofIn(7, 4);
  expect(await isIncluded({ ...proof, index: 5 })).toBe(false);
  expect(await isIncluded({ ...proof, entry: { ...ENTRY, version: 4 } })).toBe(false);
  expect(await isIncluded({ ...proof, head: { ...proof.head, size: 16 } })).toBe(false);
  expect(await isIncluded({ ...proof, path: proof.path.slice(1) })).toBe(false);
});

const notDer: [what: string, hex: string][] = [
  ["nothing", ""],
  ["another tag", "31060201010201 01".replace(" ", "")],
  ["bytes at the end", "300602010102010100"],
  ["a number that is too long", `3027${"0221"}01${"00".repeat(32)}020101`],
  ["an empty number", "300502000201 01".replace(" ", "")],
];
test.each(notDer)("%s is no signature", (_, hex) => {
  expect(rawSignature(fromHex(hex))).toBeNull();
});

test("short numbers are padded on the left", () => {
  const raw = rawSignature(fromHex("3006020105020107"));
  expect(raw === null ? null : toHex(raw)).toBe(`${"00".repeat(31)}05${"00".repeat(31)}07`);
});

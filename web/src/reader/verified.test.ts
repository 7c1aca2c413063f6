/** One right paper, and every way in which it can be wrong, over a server that only answers. */
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import type { PaperFile } from "../api/generated/protocol.ts";
import type { PaperProof } from "../api/papers.ts";
import { entryBytes, headBytes, sha256, signedBytes, toHex } from "./ledger.ts";
import { RefusedPaper, verifiedPaper } from "./verified.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const PAPER: Bytes = new TextEncoder().encode("%PDF-1.7 a paper");
let file: PaperFile;
let proof: PaperProof;

beforeAll(async () => {
  const digest = toHex(await sha256(PAPER));
  file = { sha256: digest, bytes: PAPER.length, pages: 1, origin: "sealed" };
  const entry = {
    entry: "paper_issued",
    meeting: "11".repeat(16),
    paper: "22".repeat(16),
    version: 1,
    sha256: digest,
    bytes: PAPER.length,
    issued_at: 1_795_496_400_000,
  } as const;
  const root = toHex(await sha256(Uint8Array.of(0), entryBytes(entry)));
  const head = { size: 1, root, signed_at: 1_795_496_400_000 };
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const body = signedBytes("diemcau-head-1", headBytes(head));
  const raw = new Uint8Array(await crypto.subtle.sign(algorithm, pair.privateKey, body));
  const key = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  proof = {
    entry,
    index: 0,
    path: [],
    head: { ...head, signature: der(raw) },
    head_key: btoa(String.fromCharCode(...key)),
    verdict: { verdict: "accept", at: 0, signers: [] },
  };
});

afterEach(() => vi.unstubAllGlobals());

/** What a browser gets from a server that gives these bytes and this proof. */
function check(bytes: Bytes, given: PaperProof | null): Promise<string> {
  vi.stubGlobal("fetch", async (path: string) => {
    if (!path.endsWith("/proof")) return new Response(bytes);
    return given === null
      ? new Response('{"code":"NOT_ISSUED"}', { status: 404 })
      : new Response(JSON.stringify(given));
  });
  return verifiedPaper(file, new AbortController().signal, () => undefined).then(
    (paper) => `shown ${paper.bytes.length}`,
    (error: unknown) => (error instanceof RefusedPaper ? error.code : String(error)),
  );
}

test("a right paper is shown", async () => {
  expect(await check(PAPER, proof)).toBe(`shown ${PAPER.length}`);
});

test("a changed byte is not", async () => {
  const changed = PAPER.slice();
  changed[3] = 0;
  expect(await check(changed, proof)).toBe("HASH");
});

const wrong: [what: string, code: string, change: (right: PaperProof) => PaperProof | null][] = [
  ["no proof", "LEDGER", () => null],
  [
    "a proof of another paper",
    "LEDGER",
    (right) => ({ ...right, entry: { ...right.entry, sha256: "33".repeat(32) } }),
  ],
  ["a path that leads nowhere", "LEDGER", (right) => ({ ...right, path: ["44".repeat(32)] })],
  [
    "a head of another time",
    "LEDGER",
    (right) => ({ ...right, head: { ...right.head, signed_at: 1 } }),
  ],
  [
    "a signature that is none",
    "LEDGER",
    (right) => ({ ...right, head: { ...right.head, signature: "00" } }),
  ],
  [
    "a verdict against it",
    "REVOKED",
    (right) => ({
      ...right,
      verdict: { verdict: "refuse", code: "REVOKED", at: 0, signers: [] },
    }),
  ],
];
test.each(wrong)("%s is refused as %s", async (_, code, change) => {
  expect(await check(PAPER, change(proof))).toBe(code);
});

/** `r ‖ s` as ASN.1 DER, as the server writes it. */
function der(raw: Bytes): string {
  const integer = (half: Bytes): number[] => {
    const bare = half.slice(half.findIndex((byte) => byte !== 0));
    const value = (bare[0] ?? 0) > 0x7f ? [0, ...bare] : [...bare];
    return [0x02, value.length, ...value];
  };
  const both = [...integer(raw.slice(0, 32)), ...integer(raw.slice(32))];
  return toHex(Uint8Array.of(0x30, both.length, ...both));
}

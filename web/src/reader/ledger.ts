/**
 * The ledger's proofs, checked in the browser by WebCrypto: the same page as `crates/ledger`
 * (`canonical.rs`, `proof.rs`, `key.rs`). Hashing as RFC 9162, section 2.1; heads are signed with
 * ECDSA P-256 and SHA-256, in ASN.1 DER.
 */
import type { LedgerEntry, PaperProof, SignedHead } from "../api/papers.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const ENTRY_PREFIX = "diemcau-entry-1\0";
const SIGNED_PREFIX = "diemcau-signed-1";
const HEAD_CONTEXT = "diemcau-head-1";
const KIND_PAPER_ISSUED = 1;
const PATH_HASHES_MAX = 64;

export async function sha256(...parts: Bytes[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", concat(...parts)));
}

/** Whether the proof shows that this entry is in the ledger that the head speaks of. */
export async function isIncluded(proof: PaperProof): Promise<boolean> {
  const leaf = await sha256(Uint8Array.of(0), entryBytes(proof.entry));
  const path = proof.path.map(fromHex);
  const root = await rootOfPath(leaf, BigInt(proof.index), BigInt(proof.head.size), path);
  return root !== null && toHex(root) === proof.head.root;
}

/** Whether the key signed the head. */
export async function isSigned(head: SignedHead, headKey: string): Promise<boolean> {
  const raw = rawSignature(fromHex(head.signature));
  if (raw === null) return false;
  const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;
  const key = await crypto.subtle.importKey("raw", fromBase64(headKey), algorithm, false, [
    "verify",
  ]);
  const hash = { name: "ECDSA", hash: "SHA-256" } as const;
  return crypto.subtle.verify(hash, key, raw, signedBytes(HEAD_CONTEXT, headBytes(head)));
}

export function entryBytes(entry: LedgerEntry): Bytes {
  return concat(
    ascii(ENTRY_PREFIX),
    Uint8Array.of(KIND_PAPER_ISSUED),
    fromHex(entry.meeting),
    fromHex(entry.paper),
    u32(entry.version),
    fromHex(entry.sha256),
    u64(entry.bytes),
    u64(entry.issued_at),
  );
}

export function headBytes(head: Pick<SignedHead, "size" | "root" | "signed_at">): Bytes {
  return concat(u64(head.size), fromHex(head.root), u64(head.signed_at));
}

export function signedBytes(context: string, body: Bytes): Bytes {
  return concat(ascii(SIGNED_PREFIX), Uint8Array.of(context.length), ascii(context), body);
}

/** RFC 9162, 2.1.3.2; null when the path is too long or too short for the place. */
async function rootOfPath(
  leaf: Bytes,
  index: bigint,
  size: bigint,
  path: readonly Bytes[],
): Promise<Bytes | null> {
  if (index >= size || path.length > PATH_HASHES_MAX) return null;
  let [node, last, root] = [index, size - 1n, leaf];
  for (const sibling of path) {
    if (last === 0n) return null;
    if (node % 2n === 1n || node === last) {
      root = await nodeHash(sibling, root);
      // A node without a right sibling moves up until it has a left one.
      while (node % 2n === 0n && node !== 0n) [node, last] = [node >> 1n, last >> 1n];
    } else {
      root = await nodeHash(root, sibling);
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  return last === 0n ? root : null;
}

function nodeHash(left: Bytes, right: Bytes): Promise<Bytes> {
  return sha256(Uint8Array.of(1), left, right);
}

/** WebCrypto wants r and s bare, 32 bytes each: taken out of `SEQUENCE { INTEGER, INTEGER }`. */
export function rawSignature(der: Bytes): Bytes | null {
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return null;
  const r = derInteger(der, 2);
  const s = r === null ? null : derInteger(der, r.end);
  if (r === null || s === null || s.end !== der.length) return null;
  const raw = new Uint8Array(64);
  raw.set(r.value, 32 - r.value.length);
  raw.set(s.value, 64 - s.value.length);
  return raw;
}

function derInteger(der: Bytes, at: number): { value: Bytes; end: number } | null {
  const length = der[at + 1];
  if (der[at] !== 0x02 || length === undefined || length === 0) return null;
  const end = at + 2 + length;
  if (end > der.length) return null;
  // A zero byte keeps a number with its highest bit set positive.
  const value = der.slice(der[at + 2] === 0 && length > 1 ? at + 3 : at + 2, end);
  return value.length > 32 ? null : { value, end };
}

export function toHex(bytes: Bytes): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(digits: string): Bytes {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function fromBase64(text: string): Bytes {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function ascii(text: string): Bytes {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function u32(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function u64(value: number): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value));
  return bytes;
}

function concat(...parts: Bytes[]): Bytes {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

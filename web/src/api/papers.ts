/** Papers as the server gives them: the bytes, the proof, and what it found out about signatures. */
import { meetingPapersPath, paperPath, paperProofPath } from "../paths.ts";
import type { Digest, PaperFile } from "./generated/protocol.ts";
import { getBytes, getJson, postJson } from "./http.ts";

/** `GET /api/papers/{sha256}/proof`. */
export interface PaperProof {
  entry: LedgerEntry;
  index: number;
  path: Digest[];
  head: SignedHead;
  /** The server's head key: an uncompressed P-256 point, base64. */
  head_key: string;
  verdict: Verdict;
}

/** `ledger::Entry`. */
export interface LedgerEntry {
  entry: "paper_issued";
  meeting: string;
  paper: string;
  version: number;
  sha256: Digest;
  bytes: number;
  issued_at: number;
}

/** `ledger::SignedHead`. */
export interface SignedHead {
  size: number;
  root: Digest;
  signed_at: number;
  /** ASN.1 DER, hexadecimal. */
  signature: string;
}

/** What the server found out about the signatures in the file. */
interface Verdict {
  verdict: "accept" | "refuse";
  /** Why, when refused. */
  code?: string;
  /** When it was judged, UTC milliseconds. */
  at: number;
  signers: Signer[];
}

/** `seal::SignerInfo`: who signed, as the certificate names him. */
export interface Signer {
  common_name: string;
  organisation: string | null;
  issuer: string;
  /** When the signer says to have signed, seconds since 1970: a claim, never a proof. */
  claimed_at: number | null;
}

/** `POST /api/meetings/{meeting}/papers`. */
export interface NewPaper {
  id: string;
  paper: string;
  item: string;
  title: string;
  upload: string;
}

export function addPaper(meeting: string, paper: NewPaper): Promise<{ file: PaperFile }> {
  return postJson(meetingPapersPath(meeting), paper);
}

export function paperProof(sha256: Digest): Promise<PaperProof> {
  return getJson(paperProofPath(sha256));
}

/** The bytes, telling how many came so far. */
export async function paperBytes(
  sha256: Digest,
  signal: AbortSignal,
  progress: (bytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const response = await getBytes(paperPath(sha256), signal);
  if (response.body === null) return new Uint8Array(await response.arrayBuffer());
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.byteLength;
    progress(length);
  }
  return joined(chunks, length);
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/** Fetches a paper and lets it through only when everything about it proves right. */
import type { PaperFile } from "../api/generated/protocol.ts";
import { Problem } from "../api/http.ts";
import { type PaperProof, paperBytes, paperProof, type Signer } from "../api/papers.ts";
import { isIncluded, isSigned, sha256, toHex } from "./ledger.ts";

/** Bytes that may be drawn, and what is known about them. */
export interface VerifiedPaper {
  bytes: Uint8Array<ArrayBuffer>;
  signers: Signer[];
  issuedAt: number;
  checkedAt: number;
}

/** The paper is not drawn; `code` says why. */
export class RefusedPaper extends Error {
  override readonly name = "RefusedPaper";
  readonly code: string;
  readonly signers: Signer[];

  constructor(code: string, signers: Signer[] = []) {
    super(code);
    this.code = code;
    this.signers = signers;
  }
}

/**
 * Hash, ledger proof, signed head and the server's verdict on the signature, in this order: what
 * fails first is the reason. Throws `RefusedPaper`, or a `Problem` when the server cannot be
 * reached or does not give the paper.
 */
export async function verifiedPaper(
  file: PaperFile,
  signal: AbortSignal,
  progress: (bytes: number) => void,
): Promise<VerifiedPaper> {
  const [bytes, proof] = await Promise.all([
    paperBytes(file.sha256, signal, progress),
    paperProof(file.sha256).catch((error: unknown) => {
      if (error instanceof Problem && error.status === 404) throw new RefusedPaper("LEDGER");
      throw error;
    }),
  ]);
  await check(file, bytes, proof);
  return {
    bytes,
    signers: proof.verdict.signers,
    issuedAt: proof.entry.issued_at,
    checkedAt: Date.now(),
  };
}

async function check(
  file: PaperFile,
  bytes: Uint8Array<ArrayBuffer>,
  proof: PaperProof,
): Promise<void> {
  const { signers } = proof.verdict;
  const digest = toHex(await sha256(bytes));
  if (digest !== file.sha256) throw new RefusedPaper("HASH", signers);
  const named = proof.entry.sha256 === digest && proof.entry.bytes === bytes.byteLength;
  if (!named || !(await isIncluded(proof)) || !(await isSigned(proof.head, proof.head_key))) {
    throw new RefusedPaper("LEDGER", signers);
  }
  if (proof.verdict.verdict !== "accept")
    throw new RefusedPaper(proof.verdict.code ?? "SIGNATURE", signers);
}

/** Papers on the shelf without a server: some that are shown, and one that is refused. */

import { PdfPaper } from "../src/reader/pdf.ts";
import type { ShelfState, ShelfView } from "../src/reader/shelf.svelte.ts";
import { NOW } from "./fixtures.ts";
import paperUrl from "./paper.pdf?url";
import resolutionUrl from "./resolution.pdf?url";

const SIGNER = {
  common_name: "Văn phòng UBND tỉnh Hà Nam",
  organisation: "UBND tỉnh Hà Nam",
  issuer: "Điểm Cầu, tổ chức chứng thực thử nghiệm",
  claimed_at: Math.floor(NOW / 1_000) - 7_200,
};

class StoryPaper {
  state = $state.raw<ShelfState>({ kind: "fetching", since: NOW, bytes: 0 });
}

export function openPaper(): ShelfView {
  return opened(paperUrl);
}

/** A paper of several pages with a table of contents and a photograph. */
export function openResolution(): ShelfView {
  return opened(resolutionUrl);
}

function opened(url: string): ShelfView {
  const paper = new StoryPaper();
  open(paper, url).catch(() => {
    paper.state = { kind: "failed", code: "UNREACHABLE" };
  });
  return { paper: () => paper };
}

async function open(paper: StoryPaper, url: string): Promise<void> {
  const response = await fetch(url);
  const pdf = await PdfPaper.open(new Uint8Array(await response.arrayBuffer()));
  const at = NOW - 120_000;
  paper.state = { kind: "open", pdf, signers: [SIGNER], issuedAt: at, checkedAt: at };
}

export function refusedPaper(): ShelfView {
  const paper = new StoryPaper();
  paper.state = { kind: "refused", code: "DIGEST", signers: [SIGNER] };
  return { paper: () => paper };
}

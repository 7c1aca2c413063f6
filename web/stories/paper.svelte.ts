/** Papers on the shelf without a server: some that are shown, and one that is refused. */

import type { PageText } from "../src/reader/find.ts";
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

/** A paper of several pages with a table of contents and a photograph; the others are reports. */
export function openResolution(): ShelfView {
  return opened(resolutionUrl);
}

function opened(url: string): ShelfView {
  const paper = new StoryPaper();
  const pdf = fetched(url);
  pdf.then(
    (open) => {
      const at = NOW - 120_000;
      paper.state = { kind: "open", pdf: open, signers: [SIGNER], issuedAt: at, checkedAt: at };
    },
    () => {
      paper.state = { kind: "failed", code: "UNREACHABLE" };
    },
  );
  const other = fetched(paperUrl);
  return {
    paper: () => paper,
    texts: async (file) => allPages(await (file.sha256 === "p4" ? pdf : other)),
  };
}

async function fetched(url: string): Promise<PdfPaper> {
  const response = await fetch(url);
  return PdfPaper.open(new Uint8Array(await response.arrayBuffer()));
}

function allPages(pdf: PdfPaper): Promise<PageText[]> {
  return Promise.all(Array.from({ length: pdf.pages }, (_, page) => pdf.text(page + 1)));
}

export function refusedPaper(): ShelfView {
  const paper = new StoryPaper();
  paper.state = { kind: "refused", code: "DIGEST", signers: [SIGNER] };
  return { paper: () => paper, texts: () => Promise.resolve([]) };
}

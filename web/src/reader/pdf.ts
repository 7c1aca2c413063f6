/** pdf.js behind a door of our own; the only file that names it. Fetched with the first paper. */
import {
  GlobalWorkerOptions,
  getDocument,
  type PDFDocumentProxy,
  TextLayer,
} from "pdfjs-dist/legacy/build/pdf.mjs";
import workerUrl from "pdfjs-dist/legacy/build/pdf.worker.min.mjs?url";
import { type PageText, pageText } from "./find.ts";
import { BITMAPS_MAX, CANVAS_PIXELS_MAX } from "./limits.ts";
import { type OutlineEntry, outlineOf } from "./outline.ts";

GlobalWorkerOptions.workerSrc = workerUrl;

/** Decoders of scans and the fonts that a PDF may leave out, beside the application. */
const ASSETS = "/pdf/";

/** Width and height of a page in points. */
export interface PageSize {
  width: number;
  height: number;
}

/** A rectangle of a page, in fractions of it. */
export interface Area {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A page's text over its picture. */
export interface TextLaid {
  /** The elements of the text's pieces, in the order of `PdfPaper.text`, once all stand. */
  pieces: Promise<readonly HTMLElement[]>;
  remove: () => void;
}

/** An open paper: page sizes, bitmaps and text. Everything goes with `close`. */
export class PdfPaper {
  readonly pages: number;
  readonly #document: PDFDocumentProxy;
  readonly #bitmaps = new Map<string, Promise<HTMLCanvasElement>>();
  readonly #texts = new Map<number, Promise<PageText>>();

  private constructor(document: PDFDocumentProxy) {
    this.#document = document;
    this.pages = document.numPages;
  }

  /** Opens exactly these bytes; nothing else is fetched for them and no script in them runs. */
  static async open(bytes: Uint8Array<ArrayBuffer>): Promise<PdfPaper> {
    const task = getDocument({
      data: bytes.slice(),
      isEvalSupported: false,
      enableXfa: false,
      wasmUrl: `${ASSETS}wasm/`,
      standardFontDataUrl: `${ASSETS}standard_fonts/`,
      iccUrl: `${ASSETS}iccs/`,
    });
    return new PdfPaper(await task.promise);
  }

  async size(page: number): Promise<PageSize> {
    const { width, height } = (await this.#document.getPage(page)).getViewport({ scale: 1 });
    return { width, height };
  }

  /** The page as a bitmap, so many device pixels wide; the last few are kept. */
  bitmap(page: number, width: number): Promise<HTMLCanvasElement> {
    const key = `${page}@${width}`;
    const kept = this.#bitmaps.get(key);
    const bitmap = kept ?? this.#draw(page, width);
    this.#bitmaps.delete(key);
    this.#bitmaps.set(key, bitmap);
    for (const [oldest] of this.#bitmaps) {
      if (this.#bitmaps.size <= BITMAPS_MAX) break;
      this.#bitmaps.delete(oldest);
    }
    if (kept === undefined) bitmap.catch(() => this.#bitmaps.delete(key));
    return bitmap;
  }

  /** The page's text for searching, read once; in another thread. */
  text(page: number): Promise<PageText> {
    const kept = this.#texts.get(page);
    if (kept !== undefined) return kept;
    const text = this.#readText(page);
    this.#texts.set(page, text);
    text.catch(() => this.#texts.delete(page));
    return text;
  }

  /** Lays the page's text over its picture, for selecting, hits and screen readers. */
  async layText(page: number, container: HTMLElement, width: number): Promise<TextLaid> {
    const proxy = await this.#document.getPage(page);
    const viewport = proxy.getViewport({ scale: width / proxy.getViewport({ scale: 1 }).width });
    const layer = new TextLayer({
      textContentSource: proxy.streamTextContent(),
      container,
      viewport,
    });
    // Cancelled with the page it belonged to.
    const pieces = layer.render().then(
      () => layer.textDivs,
      () => [],
    );
    return {
      pieces,
      remove: () => {
        layer.cancel();
        container.replaceChildren();
      },
    };
  }

  /** The table of contents, when the paper has one. */
  async outline(): Promise<OutlineEntry[]> {
    return outlineOf((await this.#document.getOutline()) ?? [], (target) => this.#pageOf(target));
  }

  /** A small picture of a page. It is not kept, and dropped when nobody waits for it any more. */
  async thumbnail(page: number, width: number, signal: AbortSignal): Promise<HTMLCanvasElement> {
    return this.#draw(page, width, signal);
  }

  /** Where pictures stand on a page that was drawn, as far as can be told. */
  async pictures(page: number): Promise<Area[]> {
    const corners: unknown = (await this.#document.getPage(page)).imageCoordinates;
    return isNumbers(corners) ? areasOf(corners) : [];
  }

  async close(): Promise<void> {
    this.#bitmaps.clear();
    this.#texts.clear();
    await this.#document.loadingTask.destroy();
  }

  async #readText(page: number): Promise<PageText> {
    const { items } = await (await this.#document.getPage(page)).getTextContent();
    return pageText(
      items.flatMap((item) => ("str" in item ? [{ text: item.str, endsLine: item.hasEOL }] : [])),
    );
  }

  async #pageOf(target: string | unknown[] | null): Promise<number | null> {
    const place = typeof target === "string" ? await this.#document.getDestination(target) : target;
    const page: unknown = place?.[0];
    if (typeof page === "number") return page < this.pages ? page + 1 : null;
    return isRef(page) ? (await this.#document.getPageIndex(page)) + 1 : null;
  }

  async #draw(page: number, width: number, signal?: AbortSignal): Promise<HTMLCanvasElement> {
    const proxy = await this.#document.getPage(page);
    const plain = proxy.getViewport({ scale: 1 });
    const most = Math.sqrt(CANVAS_PIXELS_MAX / (plain.width * plain.height));
    const viewport = proxy.getViewport({ scale: Math.min(width / plain.width, most) });
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(viewport.width);
    canvas.height = Math.round(viewport.height);
    signal?.throwIfAborted();
    const task = proxy.render({ canvas, viewport, recordImages: true });
    const cancel = (): void => task.cancel();
    signal?.addEventListener("abort", cancel);
    await task.promise.finally(() => signal?.removeEventListener("abort", cancel));
    return canvas;
  }
}

function isRef(value: unknown): value is { num: number; gen: number } {
  return typeof value === "object" && value !== null && "num" in value && "gen" in value;
}

function isNumbers(value: unknown): value is ArrayLike<number> {
  return ArrayBuffer.isView(value) && "length" in value;
}

/** Three corners of each picture, six numbers; the rectangle around them. */
function areasOf(corners: ArrayLike<number>): Area[] {
  const numbers = Array.from(corners);
  return Array.from({ length: Math.floor(numbers.length / 6) }, (_, picture) => {
    const six = numbers.slice(picture * 6, picture * 6 + 6);
    const xs = six.filter((_, at) => at % 2 === 0);
    const ys = six.filter((_, at) => at % 2 === 1);
    const [left, top] = [Math.max(0, Math.min(...xs)), Math.max(0, Math.min(...ys))];
    return {
      left,
      top,
      width: Math.min(1, Math.max(...xs)) - left,
      height: Math.min(1, Math.max(...ys)) - top,
    };
  });
}

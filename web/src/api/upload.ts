/** A file on its way to the server, resumable (tus 1.0). Fetched only when somebody uploads. */
import { type DetailedError, Upload } from "tus-js-client";
import { UPLOADS_PATH } from "../paths.ts";
import { csrfHeader, Problem, UNREACHABLE } from "./http.ts";

const CHUNK_BYTES = 4 * 1024 * 1024;
const RETRY_MS = [0, 500, 1_000, 2_000, 4_000, 8_000, 15_000];

/** Sends the file and gives the upload's id; a cut line is waited for, a refusal is not. */
export function sendFile(
  file: File,
  signal: AbortSignal,
  progress: (bytes: number) => void,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const upload = new Upload(file, {
      endpoint: UPLOADS_PATH,
      headers: csrfHeader(),
      chunkSize: CHUNK_BYTES,
      retryDelays: RETRY_MS,
      removeFingerprintOnSuccess: true,
      metadata: { filename: file.name, filetype: file.type },
      onProgress: (sent) => progress(sent),
      onError: (error) => reject(problemOf(error)),
      onSuccess: () => resolve(idOf(upload.url)),
    });
    signal.addEventListener("abort", () => {
      upload.abort(true).then(
        () => reject(signal.reason),
        () => reject(signal.reason),
      );
    });
    upload.start();
  });
}

function idOf(url: string | null): string {
  return (url ?? "").split("/").filter(Boolean).at(-1) ?? "";
}

function problemOf(error: Error | DetailedError): Problem {
  const response = "originalResponse" in error ? error.originalResponse : null;
  if (response === null) return new Problem(0, UNREACHABLE);
  const code = /"code"\s*:\s*"([A-Z_]+)"/.exec(response.getBody())?.[1];
  return new Problem(response.getStatus(), code ?? `HTTP_${response.getStatus()}`);
}

/** What every request has in common: the session's CSRF token, JSON, and refusals as codes. */

/** The server understood and said no, with a stable code (4xx), or failed (5xx: `INTERNAL`). */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(`${status} ${code}`);
    this.status = status;
    this.code = code;
  }
}

/** The code when no answer came at all. */
export const UNREACHABLE = "UNREACHABLE";

let csrf = "";

/** Every request that changes something carries it from now on. */
export function useCsrf(token: string): void {
  csrf = token;
}

export function csrfHeader(): Record<string, string> {
  return csrf === "" ? {} : { "x-csrf-token": csrf };
}

export function getJson<T>(path: string): Promise<T> {
  return request(path, { method: "GET" });
}

export function postJson<T>(path: string, body: unknown): Promise<T> {
  return request(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...csrfHeader() },
    body: JSON.stringify(body),
  });
}

/** Success without anything to read. */
export async function put(path: string, body: unknown): Promise<void> {
  await answer(path, {
    method: "PUT",
    headers: { "content-type": "application/json", ...csrfHeader() },
    body: JSON.stringify(body),
  });
}

/** Success without anything to read. */
export async function remove(path: string): Promise<void> {
  await answer(path, { method: "DELETE", headers: csrfHeader() });
}

export async function getBytes(path: string, signal: AbortSignal): Promise<Response> {
  return answer(path, { method: "GET", signal });
}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  const response = await answer(path, init);
  // Our own server's word, pinned by its OpenAPI: typed here and not checked again.
  const body: T = await response.json();
  return body;
}

async function answer(path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(path, init).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new Problem(0, UNREACHABLE);
  });
  if (!response.ok) throw new Problem(response.status, await codeOf(response));
  return response;
}

async function codeOf(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  const known = typeof body === "object" && body !== null && "code" in body;
  return known && typeof body.code === "string" ? body.code : `HTTP_${response.status}`;
}

/** The code of whatever was thrown, for `codeText`. */
export function codeOfError(error: unknown): string {
  return error instanceof Problem ? error.code : "INTERNAL";
}

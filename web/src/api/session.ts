/** Who is signed in. */
import { SESSION_PATH } from "../paths.ts";
import type { PersonId, Role } from "./generated/protocol.ts";
import { getJson, Problem, postJson, remove, useCsrf } from "./http.ts";

export interface Session {
  person: PersonId;
  name: string;
  roles: Role[];
  csrf: string;
}

/** The session of this browser; null when nobody is signed in. */
export async function currentSession(): Promise<Session | null> {
  try {
    return kept(await getJson<Session>(SESSION_PATH));
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

export async function signIn(user: string, password: string): Promise<Session> {
  return kept(await postJson<Session>(SESSION_PATH, { user, password }));
}

export async function signOut(): Promise<void> {
  await remove(SESSION_PATH);
  useCsrf("");
}

function kept(session: Session): Session {
  useCsrf(session.csrf);
  return session;
}

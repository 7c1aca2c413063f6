/** What somebody may begin outside of any meeting; inside one, ask `can`. */
import type { Role } from "../api/generated/protocol.ts";

interface WithRoles {
  roles: readonly Role[];
}

export function mayCreateMeeting(who: WithRoles): boolean {
  return who.roles.includes("secretary");
}

export function mayWatchBoard(who: WithRoles): boolean {
  return who.roles.includes("technician") || who.roles.includes("admin");
}

export function mayEnrol(who: WithRoles): boolean {
  return who.roles.includes("admin");
}

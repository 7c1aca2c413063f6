/**
 * The live channel without a socket: what to send, when to dial again, what to tell the pages.
 *
 * Three doors (rule 10): `handle(now, input)`, `takeOutputs()`, `timeout()`. Sockets carry a
 * generation, so that news from one that was given up is ignored. Cursors are kept per topic and
 * commands until they are answered: after a cut both go out again, and the server answers a
 * repeated command instead of repeating it.
 */
import {
  type Changes,
  type ClientFrame,
  type Command,
  type Cursor,
  type Relay,
  type ServerFrame,
  type Topic,
  VERSION,
} from "../api/generated/protocol.ts";
import {
  ANSWER_MS_MAX,
  BACKOFF_MS_FIRST,
  BACKOFF_MS_MAX,
  COMMANDS_MAX,
  HANDSHAKE_MS_MAX,
  PING_EVERY_MS,
} from "./limits.ts";

export type Input =
  | { kind: "start" }
  | { kind: "stop" }
  /** Something suggests that the line is back: dial now instead of waiting. */
  | { kind: "nudge" }
  | { kind: "tick" }
  | { kind: "frame"; socket: number; frame: ServerFrame }
  | { kind: "closed"; socket: number }
  | { kind: "follow"; topic: Topic }
  | { kind: "unfollow"; topic: Topic }
  | { kind: "command"; id: string; meeting: string; command: Command }
  /** Media signalling: sent now or not at all, because a late offer is worth nothing. */
  | { kind: "signal"; frame: ClientFrame };

export type Output =
  | { kind: "dial"; socket: number }
  | { kind: "close"; socket: number }
  | { kind: "send"; socket: number; frame: ClientFrame }
  | { kind: "link"; link: Link }
  /** The server is there and knows us. `restarted`: calls must be entered again. */
  | { kind: "welcome"; now: number; restarted: boolean }
  | { kind: "changes"; changes: Changes; fresh: boolean }
  | { kind: "absent"; topic: Topic }
  | { kind: "answer"; id: string; answer: CommandAnswer }
  | { kind: "signal"; frame: SignalFrame }
  /** How to reach a call through a TURN server from now on. */
  | { kind: "relay"; relay: Relay }
  | { kind: "round_trip"; millis: number };

export type CommandAnswer =
  | { kind: "done"; seq: number }
  | { kind: "refused"; code: string }
  /** Never sent: too many commands wait for an answer already. */
  | { kind: "dropped" };

export type SignalFrame = Extract<
  ServerFrame,
  { type: "answer" | "call_ended" | "layers" | "slots" | "viewing" }
>;

/** The state of the line, as a person needs to know it. */
export type Link =
  | { kind: "connecting" }
  | { kind: "connected"; since: number }
  | { kind: "lost"; since: number; triedAt: number }
  /** Over until somebody acts: sign in again, or load the new version. */
  | { kind: "over"; code: "SIGN_IN" | "VERSION" | "STOPPED" };

type Phase =
  | { kind: "idle" }
  | { kind: "dialing"; socket: number; giveUpAt: number }
  | { kind: "up"; socket: number; pingAt: number; deadAt: number | null; pingSentAt: number }
  | { kind: "waiting"; dialAt: number }
  | { kind: "over" };

interface Followed {
  readonly topic: Topic;
  cursor: Cursor | null;
}

interface Pending {
  readonly id: string;
  readonly meeting: string;
  readonly command: Command;
}

export class LiveMachine {
  #phase: Phase = { kind: "idle" };
  #socket = 0;
  #failures = 0;
  #pings = 0;
  #instance: string | null = null;
  #lostSince: number | null = null;
  readonly #followed = new Map<string, Followed>();
  readonly #pending = new Map<string, Pending>();
  #outputs: Output[] = [];

  /** Everything to be done since the last call, in order. */
  takeOutputs(): Output[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }

  /** When `tick` has to be given at the latest; null when nothing is timed. */
  timeout(): number | null {
    switch (this.#phase.kind) {
      case "dialing":
        return this.#phase.giveUpAt;
      case "waiting":
        return this.#phase.dialAt;
      case "up":
        return this.#phase.deadAt ?? this.#phase.pingAt;
      case "idle":
      case "over":
        return null;
    }
  }

  handle(now: number, input: Input): void {
    switch (input.kind) {
      case "start":
        if (this.#phase.kind === "idle") this.#dial(now);
        return;
      case "stop":
        this.#end("STOPPED");
        return;
      case "nudge":
        if (this.#phase.kind === "waiting") this.#dial(now);
        return;
      case "tick":
        this.#tick(now);
        return;
      case "frame":
        if (input.socket === this.#socket) this.#frame(now, input.frame);
        return;
      case "closed":
        if (input.socket === this.#socket) this.#lost(now);
        return;
      case "follow":
        this.#follow(input.topic);
        return;
      case "unfollow":
        if (this.#followed.delete(topicKey(input.topic))) {
          this.#sendIfUp({ type: "unfollow", topic: input.topic });
        }
        return;
      case "command":
        this.#command(input);
        return;
      case "signal":
        this.#sendIfUp(input.frame);
        return;
    }
  }

  #dial(now: number): void {
    this.#socket += 1;
    this.#phase = { kind: "dialing", socket: this.#socket, giveUpAt: now + HANDSHAKE_MS_MAX };
    this.#outputs.push({ kind: "dial", socket: this.#socket });
    this.#outputs.push({
      kind: "link",
      link:
        this.#lostSince === null
          ? { kind: "connecting" }
          : { kind: "lost", since: this.#lostSince, triedAt: now },
    });
  }

  #tick(now: number): void {
    const phase = this.#phase;
    if (phase.kind === "waiting" && now >= phase.dialAt) this.#dial(now);
    else if (phase.kind === "dialing" && now >= phase.giveUpAt) this.#giveUp(now);
    else if (phase.kind === "up" && phase.deadAt !== null && now >= phase.deadAt) this.#giveUp(now);
    else if (phase.kind === "up" && phase.deadAt === null && now >= phase.pingAt) {
      this.#pings += 1;
      this.#phase = { ...phase, deadAt: now + ANSWER_MS_MAX, pingSentAt: now };
      this.#sendIfUp({ type: "ping", number: this.#pings });
    }
  }

  #giveUp(now: number): void {
    this.#outputs.push({ kind: "close", socket: this.#socket });
    this.#lost(now);
  }

  #lost(now: number): void {
    if (this.#phase.kind !== "dialing" && this.#phase.kind !== "up") return;
    this.#lostSince ??= now;
    const wait = Math.min(BACKOFF_MS_FIRST * 2 ** this.#failures, BACKOFF_MS_MAX);
    this.#failures += 1;
    this.#phase = { kind: "waiting", dialAt: now + wait };
    this.#outputs.push({
      kind: "link",
      link: { kind: "lost", since: this.#lostSince, triedAt: now },
    });
  }

  #end(code: "SIGN_IN" | "VERSION" | "STOPPED"): void {
    this.#outputs.push({ kind: "close", socket: this.#socket });
    this.#outputs.push({ kind: "link", link: { kind: "over", code } });
    this.#phase = { kind: "over" };
  }

  #frame(now: number, frame: ServerFrame): void {
    if (this.#phase.kind === "up") {
      this.#phase = { ...this.#phase, deadAt: null, pingAt: now + PING_EVERY_MS };
    }
    switch (frame.type) {
      case "greeting":
        this.#greeted(frame.protocol);
        return;
      case "welcome":
        this.#welcomed(now, frame.now, frame.instance);
        return;
      case "changes":
        this.#changed(frame);
        return;
      case "absent":
        this.#followed.delete(topicKey(frame.topic));
        this.#outputs.push({ kind: "absent", topic: frame.topic });
        return;
      case "done":
        this.#answered(frame.id, { kind: "done", seq: frame.seq });
        return;
      case "refused":
        this.#answered(frame.id, { kind: "refused", code: frame.code });
        return;
      case "answer":
      case "call_ended":
      case "layers":
      case "slots":
      case "viewing":
        this.#outputs.push({ kind: "signal", frame });
        return;
      case "relay":
        this.#outputs.push({ kind: "relay", relay: frame });
        return;
      case "pong":
        if (this.#phase.kind === "up" && frame.number === this.#pings) {
          this.#outputs.push({ kind: "round_trip", millis: now - this.#phase.pingSentAt });
        }
        return;
      case "bye":
        this.#dismissed(now, frame.code);
        return;
      case "plan":
      case "report_now":
      case "stills":
      case "ticket":
        return; // Only agents get these.
    }
  }

  #greeted(protocol: number): void {
    if (protocol !== VERSION) {
      this.#end("VERSION");
      return;
    }
    this.#send({ type: "hello", protocol: VERSION });
  }

  #welcomed(now: number, serverNow: number, instance: string): void {
    const restarted = this.#instance !== null && this.#instance !== instance;
    this.#instance = instance;
    this.#failures = 0;
    this.#lostSince = null;
    this.#phase = {
      kind: "up",
      socket: this.#socket,
      pingAt: now + PING_EVERY_MS,
      deadAt: null,
      pingSentAt: now,
    };
    this.#outputs.push({ kind: "welcome", now: serverNow, restarted });
    this.#outputs.push({ kind: "link", link: { kind: "connected", since: now } });
    for (const followed of this.#followed.values()) this.#send(followFrame(followed));
    for (const pending of this.#pending.values()) this.#send({ type: "command", ...pending });
  }

  #changed(changes: Changes): void {
    const followed = this.#followed.get(topicKey(changes.topic));
    if (followed === undefined) return; // Unfollowed while it was on its way.
    const fresh = followed.cursor === null;
    followed.cursor = changes.cursor;
    this.#outputs.push({ kind: "changes", changes, fresh });
  }

  #answered(id: string, answer: CommandAnswer): void {
    if (this.#pending.delete(id)) this.#outputs.push({ kind: "answer", id, answer });
  }

  #dismissed(now: number, code: string): void {
    if (code === "VERSION" || code === "SIGN_IN") {
      this.#end(code);
      return;
    }
    // RESTART, SLOW and MALFORMED: come back with the cursors; the backoff keeps the peace.
    this.#giveUp(now);
  }

  #follow(topic: Topic): void {
    const followed: Followed = { topic, cursor: null };
    this.#followed.set(topicKey(topic), followed);
    this.#sendIfUp(followFrame(followed));
  }

  #command(command: { id: string; meeting: string; command: Command }): void {
    const { id, meeting } = command;
    if (this.#pending.size >= COMMANDS_MAX) {
      this.#outputs.push({ kind: "answer", id, answer: { kind: "dropped" } });
      return;
    }
    const pending = { id, meeting, command: command.command };
    this.#pending.set(id, pending);
    this.#sendIfUp({ type: "command", ...pending });
  }

  #sendIfUp(frame: ClientFrame): void {
    if (this.#phase.kind === "up") this.#send(frame);
  }

  #send(frame: ClientFrame): void {
    this.#outputs.push({ kind: "send", socket: this.#socket, frame });
  }
}

/** One name per topic, for maps. */
export function topicKey(topic: Topic): string {
  return topic.kind === "meeting" ? `meeting/${topic.id}` : topic.kind;
}

function followFrame(followed: Followed): ClientFrame {
  return followed.cursor === null
    ? { type: "follow", topic: followed.topic }
    : { type: "follow", topic: followed.topic, cursor: followed.cursor };
}

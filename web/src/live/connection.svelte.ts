/** The live channel's edge: one socket, one timer, and what the pages read. */
import { SvelteMap } from "svelte/reactivity";
import type {
  Changes,
  ClientFrame,
  Command,
  Relay,
  ServerFrame,
  Topic,
} from "../api/generated/protocol.ts";
import { LIVE_PATH } from "../paths.ts";
import { type Sections, withChanges } from "../state/sections.ts";
import { freshId } from "./ids.ts";
import {
  type CommandAnswer,
  type Link,
  LiveMachine,
  type Output,
  type SignalFrame,
  topicKey,
} from "./machine.ts";

/** What a page has of a topic. */
export type TopicState =
  | { kind: "waiting"; since: number }
  | { kind: "here"; sections: Sections }
  | { kind: "absent" };

/** Who takes part in a call listens to these. */
export interface CallListener {
  signal(frame: SignalFrame): void;
  /** The channel is up again; after a restart of the server the call is gone. */
  welcome(restarted: boolean): void;
}

export class LiveConnection {
  link = $state.raw<Link>({ kind: "connecting" });
  roundTripMs = $state.raw<number | null>(null);
  /** The server's clock minus ours, in milliseconds. */
  clockOffset = $state.raw(0);
  /** How to reach a call through a TURN server, where there is one. */
  relay: Relay | null = null;
  readonly #topics = new SvelteMap<string, TopicState>();

  readonly #machine = new LiveMachine();
  readonly #followers = new Map<string, number>();
  readonly #waiting = new Map<string, (answer: CommandAnswer) => void>();
  readonly #calls = new Set<CallListener>();
  #socket: { generation: number; socket: WebSocket } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#give({ kind: "start" });
    addEventListener("online", this.#nudge);
    document.addEventListener("visibilitychange", this.#nudge);
  }

  /** Ends the channel for good; a new one has to be made afterwards. */
  close(): void {
    removeEventListener("online", this.#nudge);
    document.removeEventListener("visibilitychange", this.#nudge);
    this.#give({ kind: "stop" });
    clearTimeout(this.#timer);
  }

  topic(topic: Topic): TopicState {
    return this.#topics.get(topicKey(topic)) ?? { kind: "waiting", since: Date.now() };
  }

  /** Follows a topic until the returned function is called. */
  follow(topic: Topic): () => void {
    const key = topicKey(topic);
    const followers = this.#followers.get(key) ?? 0;
    this.#followers.set(key, followers + 1);
    if (followers === 0) {
      this.#topics.set(key, { kind: "waiting", since: Date.now() });
      this.#give({ kind: "follow", topic });
    }
    return () => this.#unfollow(topic, key);
  }

  /** Does something in a meeting; answered even if the line is cut meanwhile. */
  command(meeting: string, command: Command): Promise<CommandAnswer> {
    // The same id is the same command, however often it is sent.
    const id = freshId();
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#give({ kind: "command", id, meeting, command });
    });
  }

  signal(frame: ClientFrame): void {
    this.#give({ kind: "signal", frame });
  }

  listen(listener: CallListener): () => void {
    this.#calls.add(listener);
    return () => this.#calls.delete(listener);
  }

  #unfollow(topic: Topic, key: string): void {
    const followers = (this.#followers.get(key) ?? 1) - 1;
    this.#followers.set(key, followers);
    if (followers > 0) return;
    this.#followers.delete(key);
    this.#topics.delete(key);
    this.#give({ kind: "unfollow", topic });
  }

  readonly #nudge = (): void => {
    if (document.visibilityState === "visible") this.#give({ kind: "nudge" });
  };

  #give(input: Parameters<LiveMachine["handle"]>[1]): void {
    this.#machine.handle(Date.now(), input);
    for (const output of this.#machine.takeOutputs()) this.#perform(output);
    clearTimeout(this.#timer);
    const timeout = this.#machine.timeout();
    if (timeout === null) return;
    this.#timer = setTimeout(() => this.#give({ kind: "tick" }), Math.max(0, timeout - Date.now()));
  }

  #perform(output: Output): void {
    switch (output.kind) {
      case "dial":
        this.#dial(output.socket);
        return;
      case "close":
        if (this.#socket?.generation === output.socket) this.#socket.socket.close();
        return;
      case "send":
        if (this.#socket?.socket.readyState === WebSocket.OPEN) {
          this.#socket.socket.send(JSON.stringify(output.frame));
        }
        return;
      case "link":
        this.link = output.link;
        return;
      case "welcome":
        this.clockOffset = output.now - Date.now();
        for (const call of this.#calls) call.welcome(output.restarted);
        return;
      case "changes":
        this.#merge(output.changes, output.fresh);
        return;
      case "absent":
        this.#topics.set(topicKey(output.topic), { kind: "absent" });
        return;
      case "answer":
        this.#waiting.get(output.id)?.(output.answer);
        this.#waiting.delete(output.id);
        return;
      case "signal":
        for (const call of this.#calls) call.signal(output.frame);
        return;
      case "relay":
        this.relay = output.relay;
        return;
      case "round_trip":
        this.roundTripMs = output.millis;
        return;
    }
  }

  #dial(generation: number): void {
    const socket = new WebSocket(LIVE_PATH);
    this.#socket = { generation, socket };
    socket.onmessage = (message: MessageEvent<string>) => {
      // The server is ours and of our version (the greeting says so): frames are not re-checked.
      const frame: ServerFrame = JSON.parse(message.data);
      this.#give({ kind: "frame", socket: generation, frame });
    };
    socket.onclose = () => this.#give({ kind: "closed", socket: generation });
  }

  #merge(changes: Changes, fresh: boolean): void {
    const key = topicKey(changes.topic);
    const before = this.#topics.get(key);
    const known = !fresh && before?.kind === "here" ? before.sections : {};
    this.#topics.set(key, { kind: "here", sections: withChanges(known, changes) });
  }
}

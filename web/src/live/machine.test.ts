import { describe, expect, test } from "vitest";
import type { ServerFrame, Topic } from "../api/generated/protocol.ts";
import { BACKOFF_MS_FIRST, BACKOFF_MS_MAX, HANDSHAKE_MS_MAX, PING_EVERY_MS } from "./limits.ts";
import { type Input, LiveMachine, type Output } from "./machine.ts";

const MEETING: Topic = { kind: "meeting", id: "m1" };
const START = { do: "start" } as const;

/** A machine on virtual time with the outputs so far. */
class Bench {
  now = 1_000;
  socket = 0;
  readonly machine = new LiveMachine();

  give(input: Input): Output[] {
    this.machine.handle(this.now, input);
    return this.drain();
  }

  frame(frame: ServerFrame): Output[] {
    return this.give({ kind: "frame", socket: this.socket, frame });
  }

  /** Lets time pass to the machine's next timeout. */
  wait(): Output[] {
    this.now = this.machine.timeout() ?? this.now;
    return this.give({ kind: "tick" });
  }

  connect(instance = "i1"): Output[] {
    const greeted = this.frame({ type: "greeting", protocol: 1, nonce: "", now: 0 });
    return [...greeted, ...this.frame({ type: "welcome", now: 5, instance })];
  }

  private drain(): Output[] {
    const outputs = this.machine.takeOutputs();
    for (const output of outputs) if (output.kind === "dial") this.socket = output.socket;
    return outputs;
  }
}

function sent(outputs: Output[]): unknown[] {
  return outputs.flatMap((output) => (output.kind === "send" ? [output.frame] : []));
}

function kinds(outputs: Output[]): string[] {
  return outputs.map((output) => output.kind);
}

function connected(): Bench {
  const bench = new Bench();
  bench.give({ kind: "start" });
  bench.connect();
  return bench;
}

describe("handshake", () => {
  test("says hello after the greeting and follows after the welcome", () => {
    const bench = new Bench();
    bench.give({ kind: "start" });
    expect(sent(bench.give({ kind: "follow", topic: MEETING }))).toEqual([]);
    expect(sent(bench.connect())).toEqual([
      { type: "hello", protocol: 1 },
      { type: "follow", topic: MEETING },
    ]);
  });

  test("stops for good when the server has another version", () => {
    const bench = new Bench();
    bench.give({ kind: "start" });
    const outputs = bench.frame({ type: "greeting", protocol: 2, nonce: "", now: 0 });
    expect(outputs.at(-1)).toEqual({ kind: "link", link: { kind: "over", code: "VERSION" } });
    expect(bench.machine.timeout()).toBeNull();
  });

  test("gives a silent server up and dials again", () => {
    const bench = new Bench();
    bench.give({ kind: "start" });
    bench.now += HANDSHAKE_MS_MAX;
    expect(kinds(bench.give({ kind: "tick" }))).toEqual(["close", "link"]);
    expect(kinds(bench.wait())).toContain("dial");
  });
});

describe("after a cut", () => {
  test("resumes every topic with its cursor", () => {
    const bench = connected();
    bench.give({ kind: "follow", topic: MEETING });
    const changes = { topic: MEETING, cursor: "c7", changed: {}, removed: [] };
    expect(bench.frame({ type: "changes", ...changes })).toMatchObject([{ fresh: true }]);
    bench.give({ kind: "closed", socket: bench.socket });
    bench.wait();
    expect(sent(bench.connect())).toContainEqual({ type: "follow", topic: MEETING, cursor: "c7" });
    expect(bench.frame({ type: "changes", ...changes })).toMatchObject([{ fresh: false }]);
  });

  test("repeats a command until it is answered, and tells the answer once", () => {
    const bench = connected();
    const command = { id: "k1", meeting: "m1", command: START };
    expect(sent(bench.give({ kind: "command", ...command }))).toHaveLength(1);
    bench.give({ kind: "closed", socket: bench.socket });
    bench.wait();
    expect(sent(bench.connect())).toContainEqual({ type: "command", ...command });
    const done: ServerFrame = { type: "done", id: "k1", seq: 4 };
    expect(bench.frame(done)).toEqual([
      { kind: "answer", id: "k1", answer: { kind: "done", seq: 4 } },
    ]);
    expect(bench.frame(done)).toEqual([]);
    bench.give({ kind: "closed", socket: bench.socket });
    bench.wait();
    expect(sent(bench.connect())).toEqual([{ type: "hello", protocol: 1 }]);
  });

  test("says whether the server was started anew", () => {
    const bench = connected();
    bench.give({ kind: "closed", socket: bench.socket });
    bench.wait();
    expect(bench.connect("i1")).toContainEqual({ kind: "welcome", now: 5, restarted: false });
    bench.give({ kind: "closed", socket: bench.socket });
    bench.wait();
    expect(bench.connect("i2")).toContainEqual({ kind: "welcome", now: 5, restarted: true });
  });

  test("waits longer each time, up to a limit, and starts over after a welcome", () => {
    const bench = connected();
    const waits = [];
    for (let round = 0; round < 6; round += 1) {
      bench.give({ kind: "closed", socket: bench.socket });
      waits.push((bench.machine.timeout() ?? 0) - bench.now);
      bench.wait();
    }
    expect(waits[0]).toBe(BACKOFF_MS_FIRST);
    expect(waits.at(-1)).toBe(BACKOFF_MS_MAX);
    bench.connect();
    bench.give({ kind: "closed", socket: bench.socket });
    expect((bench.machine.timeout() ?? 0) - bench.now).toBe(BACKOFF_MS_FIRST);
  });

  test("a nudge dials at once", () => {
    const bench = connected();
    bench.give({ kind: "closed", socket: bench.socket });
    expect(kinds(bench.give({ kind: "nudge" }))).toContain("dial");
  });

  test("news from a socket that was given up is ignored", () => {
    const bench = connected();
    const old = bench.socket;
    bench.give({ kind: "closed", socket: old });
    bench.wait();
    expect(bench.give({ kind: "closed", socket: old })).toEqual([]);
  });
});

describe("the line", () => {
  test("is asked when silent, and given up without an answer", () => {
    const bench = connected();
    bench.now += PING_EVERY_MS;
    expect(sent(bench.give({ kind: "tick" }))).toEqual([{ type: "ping", number: 1 }]);
    bench.now += 40;
    expect(bench.frame({ type: "pong", number: 1, now: 0 })).toEqual([
      { kind: "round_trip", millis: 40 },
    ]);
    bench.now += PING_EVERY_MS;
    bench.give({ kind: "tick" });
    expect(kinds(bench.wait())).toEqual(["close", "link"]);
  });

  const goodbyes: [code: string, ends: boolean][] = [
    ["SIGN_IN", true],
    ["VERSION", true],
    ["RESTART", false],
    ["SLOW", false],
    ["MALFORMED", false],
  ];
  test.each(goodbyes)("bye %s ends for good: %s", (code, ends) => {
    const bench = connected();
    bench.frame({ type: "bye", code });
    expect(bench.machine.timeout() === null).toBe(ends);
  });

  test("a topic that is not there is told and not asked for again", () => {
    const bench = connected();
    bench.give({ kind: "follow", topic: MEETING });
    expect(bench.frame({ type: "absent", topic: MEETING })).toEqual([
      { kind: "absent", topic: MEETING },
    ]);
    bench.give({ kind: "closed", socket: bench.socket });
    bench.wait();
    expect(sent(bench.connect())).toEqual([{ type: "hello", protocol: 1 }]);
  });
});

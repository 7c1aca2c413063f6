/**
 * This person's own screen as content: captured by the browser, sent over a connection of its own
 * beside that of camera and microphone. The meeting decides whether it is shown; what ends there
 * ends here, and the other way round.
 */
import type { CallMids, MeetingId } from "../api/generated/protocol.ts";
import type { SignalFrame } from "../live/machine.ts";
import type { Signalling } from "./call.svelte.ts";
import { configuration, nextGeneration, preferVp8 } from "./offer.ts";

/** Text has to be sharp rather than fluent. */
const CONSTRAINTS: DisplayMediaStreamOptions = {
  video: { width: { max: 1920 }, height: { max: 1080 }, frameRate: { ideal: 10, max: 15 } },
  audio: false,
};
const ENCODING: RTCRtpEncodingParameters = { maxBitrate: 1_500_000, maxFramerate: 15 };
/** From an offer to flowing media. */
const CONNECT_MS_MAX = 8_000;

export type ScreenState =
  | "off"
  /** The browser asks what to share. */
  | "choosing"
  | "connecting"
  | "on";

/** Why a sharing is over, or did not begin. */
export type ScreenEnd = "denied" | "failed" | "over" | "broken";

/** What a page sees of it. */
export type ScreenView = Pick<ScreenShare, "state" | "share" | "stop">;

/** What the meeting is told: whether it was carried out. */
export interface Told {
  start(): Promise<boolean>;
  stop(): Promise<boolean>;
  ended(why: ScreenEnd): void;
}

/** Whether this browser can share a screen at all; telephones cannot. */
export function canShareScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === "function";
}

export class ScreenShare {
  state = $state.raw<ScreenState>("off");

  readonly #signalling: Signalling;
  readonly #meeting: MeetingId;
  readonly #told: Told;
  readonly #stopListening: () => void;
  #track: MediaStreamTrack | null = null;
  #connection: RTCPeerConnection | null = null;
  #generation = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether the meeting was seen to show this screen. */
  #shown = false;

  constructor(signalling: Signalling, meeting: MeetingId, told: Told) {
    this.#signalling = signalling;
    this.#meeting = meeting;
    this.#told = told;
    this.#stopListening = signalling.listen({
      signal: (frame) => this.#signal(frame),
      welcome: (restarted) => this.#welcome(restarted),
    });
  }

  /** Asks the browser for a screen, then the meeting for leave, then sends. */
  async share(): Promise<void> {
    if (this.state !== "off") return;
    this.state = "choosing";
    const track = await this.#capture();
    if (track === null) return;
    this.#track = track;
    track.contentHint = "detail";
    // The browser has its own button for it.
    track.onended = () => this.stop();
    this.state = "connecting";
    if (!(await this.#told.start())) {
      this.#drop();
      return;
    }
    if (this.#track === track) await this.#offer();
  }

  /** Ends it, and tells the meeting. */
  stop(): void {
    const told = this.state === "connecting" || this.state === "on";
    this.#drop();
    if (told) void this.#told.stop();
  }

  /** What the meeting shows now: whether it is this person's screen. */
  follow(mine: boolean): void {
    if (mine) {
      this.#shown = true;
    } else if (this.#shown && this.#track !== null) {
      this.#end("over");
    }
  }

  close(): void {
    this.stop();
    this.#stopListening();
  }

  async #capture(): Promise<MediaStreamTrack | null> {
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia(CONSTRAINTS);
      return stream.getVideoTracks()[0] ?? null;
    } catch (error) {
      const denied = error instanceof DOMException && error.name === "NotAllowedError";
      this.#end(denied ? "denied" : "failed");
      return null;
    }
  }

  async #offer(): Promise<void> {
    const track = this.#track;
    if (track === null) return;
    this.#hangUp();
    this.state = "connecting";
    const generation = nextGeneration();
    this.#generation = generation;
    const connection = new RTCPeerConnection(configuration(this.#signalling.relay));
    this.#connection = connection;
    const sender = connection.addTransceiver(track, {
      direction: "sendonly",
      sendEncodings: [ENCODING],
    });
    preferVp8(sender);
    connection.onconnectionstatechange = () => this.#connectionChanged(connection);
    this.#timer = setTimeout(() => this.#breakOff(), CONNECT_MS_MAX);
    await connection.setLocalDescription();
    const sdp = connection.localDescription?.sdp;
    if (sdp === undefined || generation !== this.#generation || sender.mid === null) return;
    const mids: CallMids = {
      camera: null,
      microphone: null,
      main: null,
      voices: [],
      screen: sender.mid,
    };
    this.#signalling.signal({ type: "call", meeting: this.#meeting, generation, sdp, mids });
  }

  #connectionChanged(connection: RTCPeerConnection): void {
    if (connection !== this.#connection) return;
    if (connection.connectionState === "connected") {
      clearTimeout(this.#timer);
      this.state = "on";
    } else if (connection.connectionState === "failed") {
      this.#offer().catch(() => this.#breakOff());
    }
  }

  #signal(frame: SignalFrame): void {
    if (frame.meeting !== this.#meeting || !("generation" in frame)) return;
    if (frame.generation !== this.#generation || this.#connection === null) return;
    if (frame.type === "answer") {
      this.#connection
        .setRemoteDescription({ type: "answer", sdp: frame.sdp })
        .catch(() => this.#breakOff());
    } else if (frame.type === "call_ended") {
      this.#end("over");
    }
  }

  /** The server knows nothing of connections from before it was started anew. */
  #welcome(restarted: boolean): void {
    if (restarted && this.#connection !== null) this.#offer().catch(() => this.#breakOff());
  }

  #breakOff(): void {
    this.stop();
    this.#told.ended("broken");
  }

  #end(why: ScreenEnd): void {
    this.#drop();
    this.#told.ended(why);
  }

  #drop(): void {
    this.#hangUp();
    if (this.#track !== null) {
      this.#track.onended = null;
      this.#track.stop();
    }
    this.#track = null;
    this.#shown = false;
    this.state = "off";
  }

  #hangUp(): void {
    clearTimeout(this.#timer);
    const connection = this.#connection;
    this.#connection = null;
    if (connection === null) return;
    connection.onconnectionstatechange = null;
    connection.close();
  }
}

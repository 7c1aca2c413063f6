/**
 * The media of one meeting: one peer connection with a fixed set of transceivers (protocol
 * `call.rs`). The server is ICE-lite and answers every offer whole; a change of floor re-points a
 * slot and renegotiates nothing. When its path is lost ICE is restarted and the connection goes on;
 * whatever else breaks, a new connection with a higher generation replaces the old one.
 */
import {
  type CallMids,
  type CallSlots,
  type ClientFrame,
  type MeetingId,
  type PointId,
  type Relay,
  type Speaker,
  TILES,
  VOICES,
} from "../api/generated/protocol.ts";
import type { SignalFrame } from "../live/machine.ts";
import type { Devices } from "./devices.svelte.ts";
import { configuration, nextGeneration, preferVp8 } from "./offer.ts";
import { watchPath } from "./path.ts";

/** What the call needs of the live channel. */
export interface Signalling {
  /** How to reach a call through a TURN server, where there is one. */
  readonly relay: Relay | null;
  signal(frame: ClientFrame): void;
  listen(listener: {
    signal(frame: SignalFrame): void;
    welcome(restarted: boolean): void;
  }): () => void;
}

/** From an offer to flowing media; then the next generation tries. */
const CONNECT_MS_MAX = 5_000;
/** Between a failure and the next try. */
const RETRY_MS = 750;
/** From the loss of a path to media on another; then a new connection tries. */
const RESTART_MS_MAX = 2_500;

/** The camera's layers (RFC 8853), the smallest first, as the server counts them. */
const LAYERS: RTCRtpEncodingParameters[] = [
  { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 120_000 },
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 400_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_500_000 },
];

/** `elsewhere`: the same person entered in another window, and two must not fight for one place. */
type State = "idle" | "connecting" | "connected" | "refused" | "elsewhere";

/** What a page sees of a call. */
export type CallView = Pick<
  Call,
  "state" | "slots" | "viewed" | "picture" | "content" | "tiles" | "voices" | "enter" | "view"
>;

export class Call {
  state = $state.raw<State>("idle");
  slots = $state.raw<CallSlots>({ main: null, voices: [] });
  /** At whom this person looks alone, unseen by others. */
  viewed = $state.raw<Speaker | null>(null);
  picture = $state.raw<MediaStream | null>(null);
  voices = $state.raw<readonly MediaStream[]>([]);
  /** The pictures beside the main one, in the order of the slots. */
  tiles = $state.raw<readonly MediaStream[]>([]);
  /** The picture of the point that only this page looks at. */
  preview = $state.raw<MediaStream | null>(null);

  /** The screen that somebody shares. */
  content = $state.raw<MediaStream | null>(null);

  readonly #signalling: Signalling;
  readonly #meeting: MeetingId;
  readonly #devices: Devices;
  readonly #previews: boolean;
  #looksAt: PointId | null = null;
  #camera: RTCRtpSender | null = null;
  /** How many layers of the camera's picture anybody wants; all until the server says otherwise. */
  #layers = LAYERS.length;
  readonly #stopListening: () => void;
  #connection: RTCPeerConnection | null = null;
  #generation = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopWatching: (() => void) | null = null;
  /** Whether ICE was restarted and nothing came since. */
  #restarting = false;
  #left = false;

  /**
   * `previews`: whether the page can look at points without others seeing it; such a page shows
   * the points as stills, and no pictures beside the main one.
   */
  constructor(signalling: Signalling, meeting: MeetingId, devices: Devices, previews = false) {
    this.#previews = previews;
    this.#signalling = signalling;
    this.#meeting = meeting;
    this.#devices = devices;
    this.#stopListening = signalling.listen({
      signal: (frame) => this.#signal(frame),
      welcome: (restarted) => this.#welcome(restarted),
    });
  }

  /** Enters the call, or enters it anew, for instance with other devices. */
  enter(): void {
    this.#left = false;
    this.#again(0);
  }

  /** Looks at somebody alone, or at what everybody sees again; the server answers `viewing`. */
  view(speaker: Speaker | null): void {
    this.#signalling.signal({ type: "view", meeting: this.#meeting, speaker });
  }

  /** Looks at a point, or at none, without others seeing it. */
  look(point: PointId | null): void {
    if (this.#looksAt === point) return;
    this.#looksAt = point;
    this.#look();
  }

  #look(): void {
    const named = this.#looksAt === null ? {} : { point: this.#looksAt };
    this.#signalling.signal({ type: "preview", meeting: this.#meeting, ...named });
  }

  leave(): void {
    this.#left = true;
    clearTimeout(this.#timer);
    if (this.#connection !== null) {
      this.#signalling.signal({ type: "hang_up", meeting: this.#meeting });
    }
    this.#drop();
    this.state = "idle";
  }

  /** Leaves, and listens to nothing any more. */
  close(): void {
    this.leave();
    this.#stopListening();
  }

  /** Counters of the connection, for those who measure. */
  stats(): Promise<RTCStatsReport> | null {
    return this.#connection?.getStats() ?? null;
  }

  #again(wait: number): void {
    clearTimeout(this.#timer);
    if (this.#left) return;
    this.state = "connecting";
    this.#timer = setTimeout(() => {
      this.#offer().catch(() => this.#again(RETRY_MS));
    }, wait);
  }

  async #offer(): Promise<void> {
    this.#drop();
    // The server forgets at whom one looked alone when a call is entered anew.
    this.viewed = null;
    const generation = nextGeneration();
    this.#generation = generation;
    const connection = new RTCPeerConnection(configuration(this.#signalling.relay));
    this.#connection = connection;
    const slots = this.#addSlots(connection);
    connection.onconnectionstatechange = () => this.#connectionChanged(connection);
    // The server is ICE-lite and needs none of our addresses: nobody waits for them, least of all
    // for those of a relay that is not needed.
    await connection.setLocalDescription();
    const sdp = connection.localDescription?.sdp;
    if (sdp === undefined || generation !== this.#generation || this.#left) return;
    this.#timer = setTimeout(() => this.#again(0), CONNECT_MS_MAX);
    this.#signalling.signal({
      type: "call",
      meeting: this.#meeting,
      generation,
      sdp,
      mids: slots(),
    });
  }

  #pathChanged(connection: RTCPeerConnection, lost: boolean): void {
    if (connection !== this.#connection) return;
    if (!lost) this.#found();
    else if (!this.#restarting) {
      this.#restarting = true;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#again(0), RESTART_MS_MAX);
      this.#restart(connection).catch(() => this.#again(RETRY_MS));
    }
  }

  #found(): void {
    if (!this.#restarting) return;
    this.#restarting = false;
    clearTimeout(this.#timer);
  }

  /** Makes the path anew; everything else of the connection goes on. */
  async #restart(connection: RTCPeerConnection): Promise<void> {
    const generation = nextGeneration();
    this.#generation = generation;
    connection.setConfiguration(configuration(this.#signalling.relay));
    connection.restartIce();
    await connection.setLocalDescription();
    const sdp = connection.localDescription?.sdp;
    if (sdp === undefined || generation !== this.#generation || this.#left) return;
    this.#signalling.signal({ type: "restart", meeting: this.#meeting, generation, sdp });
  }

  /** The fixed transceivers; the function gives their mids once the offer has named them. */
  #addSlots(connection: RTCPeerConnection): () => CallMids {
    const { camera, microphone } = this.#devices.tracks;
    const sending = (
      track: MediaStreamTrack | null,
      sendEncodings: RTCRtpEncodingParameters[] = [],
    ): RTCRtpTransceiver | null =>
      track === null
        ? null
        : connection.addTransceiver(track, { direction: "sendonly", sendEncodings });
    const sendCamera = sending(camera, LAYERS);
    const sendMicrophone = sending(microphone);
    this.#camera = sendCamera?.sender ?? null;
    this.#layers = LAYERS.length;
    const main = connection.addTransceiver("video", { direction: "recvonly" });
    const voices = Array.from({ length: VOICES }, () =>
      connection.addTransceiver("audio", { direction: "recvonly" }),
    );
    preferVp8(main);
    const preview = this.#previews
      ? connection.addTransceiver("video", { direction: "recvonly" })
      : null;
    if (preview !== null) preferVp8(preview);
    const tiles = Array.from({ length: this.#previews ? 0 : TILES }, () =>
      connection.addTransceiver("video", { direction: "recvonly" }),
    );
    for (const tile of tiles) preferVp8(tile);
    const content = this.#previews
      ? null
      : connection.addTransceiver("video", { direction: "recvonly" });
    if (content !== null) preferVp8(content);
    this.content = content === null ? null : new MediaStream([content.receiver.track]);
    this.tiles = tiles.map((tile) => new MediaStream([tile.receiver.track]));
    this.preview = preview === null ? null : new MediaStream([preview.receiver.track]);
    if (sendCamera !== null) preferVp8(sendCamera);
    this.picture = new MediaStream([main.receiver.track]);
    this.voices = voices.map((voice) => new MediaStream([voice.receiver.track]));
    const previewMid = (): { preview?: string } =>
      preview?.mid == null ? {} : { preview: preview.mid };
    const contentMid = (): { content?: string } =>
      content?.mid == null ? {} : { content: content.mid };
    return () => ({
      ...previewMid(),
      ...contentMid(),
      camera: sendCamera?.mid ?? null,
      microphone: sendMicrophone?.mid ?? null,
      main: main.mid,
      tiles: tiles.flatMap((tile) => (tile.mid === null ? [] : [tile.mid])),
      voices: voices.flatMap((voice) => (voice.mid === null ? [] : [voice.mid])),
    });
  }

  #connectionChanged(connection: RTCPeerConnection): void {
    if (connection !== this.#connection) return;
    switch (connection.connectionState) {
      case "connected":
        if (!this.#restarting) clearTimeout(this.#timer);
        this.state = "connected";
        this.#stopWatching ??= watchPath(connection, (lost) => this.#pathChanged(connection, lost));
        return;
      case "failed":
      case "closed":
        this.#again(0);
        return;
      // What we send does not arrive, though something may still come.
      case "disconnected":
        this.#pathChanged(connection, true);
        return;
      case "new":
      case "connecting":
        return;
    }
  }

  #signal(frame: SignalFrame): void {
    if (frame.meeting !== this.#meeting) return;
    switch (frame.type) {
      case "answer":
        if (frame.generation === this.#generation) {
          this.#connection
            ?.setRemoteDescription({ type: "answer", sdp: frame.sdp })
            .then(() => {
              if (this.#looksAt !== null) this.#look();
            })
            .catch(() => this.#again(RETRY_MS));
        }
        return;
      case "layers":
        this.#layers = frame.layers;
        void this.#sendLayers();
        return;
      case "slots":
        this.slots = frame.slots;
        return;
      case "viewing":
        this.viewed = frame.speaker;
        return;
      case "call_ended":
        if (frame.generation === this.#generation) this.#ended(frame.code);
        return;
    }
  }

  /** Sends the layers that somebody wants and no others. */
  async #sendLayers(): Promise<void> {
    const camera = this.#camera;
    const parameters = camera?.getParameters();
    if (camera === null || parameters === undefined) return;
    for (const [layer, encoding] of parameters.encodings.entries()) {
      encoding.active = layer < this.#layers;
    }
    // A connection that ended in between has nothing to send.
    await camera.setParameters(parameters).catch(() => undefined);
  }

  #ended(code: string): void {
    if (this.#left) return;
    if (code === "REPLACED" || code === "REFUSED") {
      clearTimeout(this.#timer);
      this.#drop();
      this.state = code === "REFUSED" ? "refused" : "elsewhere";
    } else {
      // A restart that came too late needs no patience: the place is free.
      this.#again(this.#restarting ? 0 : RETRY_MS);
    }
  }

  #welcome(restarted: boolean): void {
    const broken = this.#connection?.connectionState !== "connected";
    const inside = this.state === "connecting" || this.state === "connected";
    if (inside && (restarted || broken)) this.#again(0);
  }

  #drop(): void {
    const connection = this.#connection;
    this.#stopWatching?.();
    this.#stopWatching = null;
    this.#restarting = false;
    this.#connection = null;
    this.#camera = null;
    if (connection === null) return;
    connection.onconnectionstatechange = null;
    connection.close();
  }
}

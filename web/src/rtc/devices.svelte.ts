/** This person's camera and microphone: off until he turns them on, and remembered by nobody. */

const CONSTRAINTS: MediaStreamConstraints = {
  video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25, max: 30 } },
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
};

export type DevicesState =
  | { kind: "off" }
  | { kind: "asking" }
  | { kind: "on"; camera: boolean; microphone: boolean }
  /** The person or the browser said no, or nothing is plugged in. */
  | { kind: "unavailable"; reason: "denied" | "missing" };

/** What a page sees of them. */
export type DevicesView = Pick<Devices, "state" | "tracks">;

export class Devices {
  state = $state.raw<DevicesState>({ kind: "off" });
  #stream: MediaStream | null = null;

  /** What can be sent. */
  get tracks(): { camera: MediaStreamTrack | null; microphone: MediaStreamTrack | null } {
    return {
      camera: this.#stream?.getVideoTracks()[0] ?? null,
      microphone: this.#stream?.getAudioTracks()[0] ?? null,
    };
  }

  /** Asks for both; content with what is there. Tells whether anything can be sent now. */
  async turnOn(): Promise<boolean> {
    if (this.state.kind === "on" || this.state.kind === "asking") return this.state.kind === "on";
    this.state = { kind: "asking" };
    for (const wish of [CONSTRAINTS, { audio: CONSTRAINTS.audio ?? true }]) {
      const stream = await this.#ask(wish);
      if (stream === null) continue;
      this.#stream = stream;
      const { camera, microphone } = this.tracks;
      this.state = { kind: "on", camera: camera !== null, microphone: microphone !== null };
      return true;
    }
    return false;
  }

  turnOff(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.state = { kind: "off" };
  }

  /** The microphone sends silence unless this person may be heard; the server forwards no more. */
  hear(on: boolean): void {
    const { microphone } = this.tracks;
    if (microphone !== null) microphone.enabled = on;
  }

  async #ask(wish: MediaStreamConstraints): Promise<MediaStream | null> {
    try {
      return await navigator.mediaDevices.getUserMedia(wish);
    } catch (error) {
      const denied = error instanceof DOMException && error.name === "NotAllowedError";
      this.state = { kind: "unavailable", reason: denied ? "denied" : "missing" };
      return null;
    }
  }
}

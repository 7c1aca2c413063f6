/** What every offer of this page has in common. */

/** Host candidates only: gathering takes milliseconds, and never longer than this. */
const GATHER_MS_MAX = 1_000;

let generation = 0;

/** The number of the next offer: one count for all connections, so that an answer names one. */
export function nextGeneration(): number {
  generation += 1;
  return generation;
}

/** The conference's codec is VP8; other codecs stay in the offer as what they are: a fallback. */
export function preferVp8(transceiver: RTCRtpTransceiver): void {
  const codecs = RTCRtpReceiver.getCapabilities("video")?.codecs ?? [];
  const ours = codecs.filter(({ mimeType }) => /\/(VP8|rtx)$/i.test(mimeType));
  if (ours.length > 0) transceiver.setCodecPreferences(ours);
}

export function gathered(connection: RTCPeerConnection): Promise<void> {
  if (connection.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, GATHER_MS_MAX);
    connection.onicegatheringstatechange = () => {
      if (connection.iceGatheringState !== "complete") return;
      clearTimeout(timer);
      resolve();
    };
  });
}

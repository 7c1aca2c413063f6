/** What every offer of this page has in common. */
import type { Relay } from "../api/generated/protocol.ts";

let generation = 0;

/** The number of the next offer: one count for all connections, so that an answer names one. */
export function nextGeneration(): number {
  generation += 1;
  return generation;
}

/**
 * How a connection is made. The server is ICE-lite and needs none of our addresses: nobody waits for
 * them, least of all for those of a relay that is not needed.
 */
export function configuration(relay: Relay | null): RTCConfiguration {
  const iceServers =
    relay === null
      ? []
      : [{ urls: relay.urls, username: relay.username, credential: relay.credential }];
  return { bundlePolicy: "max-bundle", iceServers };
}

/** The conference's codec is VP8; other codecs stay in the offer as what they are: a fallback. */
export function preferVp8(transceiver: RTCRtpTransceiver): void {
  const codecs = RTCRtpReceiver.getCapabilities("video")?.codecs ?? [];
  const ours = codecs.filter(({ mimeType }) => /\/(VP8|rtx)$/i.test(mimeType));
  if (ours.length > 0) transceiver.setCodecPreferences(ours);
}

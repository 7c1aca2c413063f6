//! Making peer connections: everything that is set up in `rtc` is set up here.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rtc::crypto::{RTCCryptoProvider, SignatureScheme};
use rtc::dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc::ice::mdns::MulticastDnsMode;
use rtc::interceptor::{
    NackGeneratorBuilder, ReceiverReportBuilder, Registry, Slot as Position, TwccReceiverBuilder,
};
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::certificate::{CertificateParams, RTCCertificate};
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::media_engine::MediaEngine;
use rtc::peer_connection::configuration::setting_engine::{SettingEngine, SettingEngineBuilder};
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::transport::{RTCDtlsRole, RTCIceCandidateInit};
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodingParameters, RTCRtpEncodingParameters, RTCRtpHeaderExtensionCapability,
    RTCRtpRtxParameters, RtpCodecKind,
};
use rtc::rtp_transceiver::{
    RTCRtpSenderId, RTCRtpTransceiverDirection, RTCRtpTransceiverId, RTCRtpTransceiverInit,
};
use rtc::shared::error::Error;

use crate::endpoint::{Endpoint, Transport};
use crate::feedback::{self, Feedback};
use crate::ids::Kind;
use crate::limits::REPLAY_WINDOW;
use crate::messages::{Join, Refusal};
use crate::offer::{self, Section};
use crate::repair::{self, Repair};
use crate::slot::{Names, Slot};
use crate::srtp::{self, Keys};

/// The DTLS certificate of a server: self-signed, vouched for by the fingerprint in its answers.
#[derive(Clone)]
pub struct Identity {
    certificate: RTCCertificate,
    provider: Arc<dyn RTCCryptoProvider>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
#[error("cannot make a DTLS certificate: {0}")]
pub struct IdentityError(String);

impl Identity {
    /// Makes a key and a certificate. The one place that needs chance of its own; called once by
    /// the edge when it starts.
    ///
    /// # Errors
    /// When the crypto provider fails.
    pub fn generate() -> Result<Self, IdentityError> {
        let provider =
            rtc::crypto::default_provider().map_err(|error| IdentityError(error.to_string()))?;
        let params = CertificateParams::new(vec!["diemcau".to_owned()])
            .map_err(|error| IdentityError(error.to_string()))?;
        let scheme = SignatureScheme::EcdsaP256Sha256;
        let certificate = RTCCertificate::generate(provider.crypto(), scheme, params)
            .map_err(|error| IdentityError(error.to_string()))?;
        Ok(Self { certificate, provider })
    }
}

/// Which SRTP profiles a peer may have. `rtc` takes the first of the client's list that is in
/// ours, and browsers list AES-CM first, so the dear profile is offered only to who needs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protection {
    /// `AEAD_AES_128_GCM` or `AEAD_AES_256_GCM` (RFC 7714).
    #[default]
    Authenticated,
    /// These or `AES128_CM_HMAC_SHA1_80`, for a client that could not connect otherwise.
    Any,
}

impl Protection {
    fn profiles(self) -> Vec<SrtpProtectionProfile> {
        let mut profiles = vec![
            SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
            SrtpProtectionProfile::Srtp_Aead_Aes_256_Gcm,
        ];
        if self == Self::Any {
            profiles.push(SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80);
        }
        profiles
    }
}

/// Makes and answers.
#[derive(Debug)]
pub(crate) struct Engine {
    identity: Identity,
    candidates: Vec<Endpoint>,
}

/// A peer connection that has been answered.
pub(crate) struct Answered {
    pub(crate) connection: RTCPeerConnection,
    /// From which the keys of outgoing packets come.
    pub(crate) keys: Keys,
    pub(crate) sdp: String,
    pub(crate) slots: Vec<Slot>,
    /// The header extension for transport-wide numbers of what is sent, if they are reported on.
    pub(crate) extension: Option<u8>,
    /// The names of the layers of its picture, the smallest first; none without simulcast.
    pub(crate) rids: Vec<String>,
}

fn bad_offer(error: &Error) -> Refusal {
    match error {
        Error::ErrSenderWithNoCodecs => Refusal::NoCommonCodec,
        error => Refusal::BadOffer(error.to_string()),
    }
}

impl Engine {
    pub(crate) fn new(identity: Identity, candidates: Vec<Endpoint>) -> Self {
        Self { identity, candidates }
    }

    /// The address of ours that a peer at `from` speaks to.
    pub(crate) fn local_for(&self, from: Endpoint) -> Option<SocketAddr> {
        let is_met = |local: &&Endpoint| {
            local.transport == from.transport && local.address.is_ipv4() == from.address.is_ipv4()
        };
        self.candidates.iter().find(is_met).map(|local| local.address)
    }

    /// Answers an offer with a new peer connection.
    pub(crate) fn answer(&self, now: Instant, join: &Join) -> Result<Answered, Refusal> {
        let sections = offer::sections(&join.offer)?;
        join.shape.check(&sections)?;
        let (mut connection, keys) =
            self.connection(now, join, &sections).map_err(|it| bad_offer(&it))?;
        add_senders(&mut connection, &sections).map_err(|error| bad_offer(&error))?;
        let sdp = self.negotiate(now, &mut connection, &join.offer)?;
        let slots: Vec<Slot> = join
            .shape
            .slots
            .iter()
            .map(|mid| slot_of(&mut connection, &sections, mid))
            .collect::<Result<_, _>>()?;
        for mid in [&join.shape.video, &join.shape.audio].into_iter().flatten() {
            if is_rejected(&sdp, mid) {
                return Err(Refusal::NoCommonCodec);
            }
        }
        let extension = number_extension(&mut connection, &slots);
        let sent = |mid: &String| sections.iter().find(|section| section.mid == *mid);
        let rids = join.shape.video.as_ref().and_then(sent).map(|section| section.rids.clone());
        Ok(Answered { connection, keys, sdp, slots, extension, rids: rids.unwrap_or_default() })
    }

    /// Applies an offer and makes the answer to it, first or later.
    pub(crate) fn negotiate(
        &self,
        now: Instant,
        connection: &mut RTCPeerConnection,
        offer: &str,
    ) -> Result<String, Refusal> {
        let offer = RTCSessionDescription::offer(offer::essence(offer))
            .map_err(|error| bad_offer(&error))?;
        connection.set_remote_description(now, offer).map_err(|error| bad_offer(&error))?;
        for (index, endpoint) in self.candidates.iter().enumerate() {
            connection
                .add_local_candidate(host_candidate(index, *endpoint))
                .map_err(|error| bad_offer(&error))?;
        }
        let answer = connection.create_answer(None).map_err(|error| bad_offer(&error))?;
        connection.set_local_description(now, answer).map_err(|error| bad_offer(&error))?;
        connection
            .local_description()
            .map(|description| offer::with_one_component(&description.sdp))
            .ok_or_else(|| Refusal::BadOffer("no answer came of it".to_owned()))
    }

    fn connection(
        &self,
        now: Instant,
        join: &Join,
        sections: &[Section],
    ) -> Result<(RTCPeerConnection, Keys), Error> {
        let mut media = MediaEngine::default();
        crate::codec::register(&mut media)?;
        register_extensions(&mut media)?;
        crate::codec::register_level(&mut media)?;
        let mut registry = Registry::new();
        if join.shape.video.is_some() || join.shape.audio.is_some() {
            let twcc = TwccReceiverBuilder::new().build();
            registry = registry
                .with(Position::from(TWCC_POSITION), twcc)
                .with(Position::NackGenerator, NackGeneratorBuilder::new().build())
                .with(Position::ReceiverReport, ReceiverReportBuilder::new().build());
        }
        let mut simulcast = sections.iter().filter(|section| !section.rids.is_empty());
        if let Some(types) = simulcast.find_map(|section| section.resend_types) {
            registry = registry.with(repair::slot(), Repair::new(types));
        }
        if !join.shape.slots.is_empty() {
            registry = registry.with(feedback::slot(), Feedback::default());
        }
        let configuration = RTCConfigurationBuilder::new()
            .with_certificates(vec![self.identity.certificate.clone()])
            .build();
        let (provider, keys) = srtp::listen(Arc::clone(&self.identity.provider));
        let connection = RTCPeerConnectionBuilder::new()
            .with_configuration(configuration)
            .with_media_engine(media)
            .with_setting_engine(settings(join.protection, provider))
            .with_interceptor_registry(registry)
            .build(now)?;
        Ok((connection, keys))
    }
}

/// Before everybody who changes or drops a packet: whatever arrived is reported to have arrived.
const TWCC_POSITION: usize = 50;

/// Transport-wide numbers both ways, and the names of m-lines and layers.
fn register_extensions(media: &mut MediaEngine) -> Result<(), Error> {
    let kinds = [RtpCodecKind::Video, RtpCodecKind::Audio];
    for (uri, kinds) in [
        (NUMBER_URI, &kinds[..]),
        ("urn:ietf:params:rtp-hdrext:sdes:mid", &kinds[..]),
        (repair::NAME_URI, &kinds[..1]),
        (repair::REPAIRED_URI, &kinds[..1]),
    ] {
        for kind in kinds {
            let extension = RTCRtpHeaderExtensionCapability { uri: uri.to_owned() };
            media.register_header_extension(extension, *kind, None)?;
        }
    }
    Ok(())
}

/// The URI of the transport-wide number's header extension.
const NUMBER_URI: &str =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

/// The header extension for transport-wide numbers on what is sent, where every slot agreed upon it
/// and every picture has retransmissions of its own: what is sent again bears another number, and
/// must then be another packet.
fn number_extension(connection: &mut RTCPeerConnection, slots: &[Slot]) -> Option<u8> {
    let mut agreed = slots.iter().map(|slot| {
        let is_repaired = slot.kind == Kind::Audio || slot.names.resend.is_some();
        let mut sender = connection.rtp_sender(slot.sender).filter(|_| is_repaired)?;
        let parameters = sender.get_parameters();
        let mut extensions = parameters.rtp_parameters.header_extensions.iter();
        let id = extensions.find(|extension| extension.uri == NUMBER_URI)?.id;
        // Ids of more need another form (RFC 8285 §4.3).
        u8::try_from(id).ok().filter(|id| (1..=14).contains(id))
    });
    let first = agreed.next()??;
    agreed.all(|id| id == Some(first)).then_some(first)
}

fn settings(protection: Protection, provider: Arc<dyn RTCCryptoProvider>) -> SettingEngine {
    SettingEngineBuilder::new()
        .with_crypto_provider(provider)
        .with_lite(true)
        .with_answering_dtls_role(RTCDtlsRole::Server)
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        .with_include_loopback_candidate(true)
        // Whether a peer is silent is seen by the shard: `rtc` looks at one path only.
        .with_ice_timeouts(Some(Duration::ZERO), Some(Duration::ZERO), None)
        .with_srtp_protection_profiles(protection.profiles())
        .with_srtp_replay_protection_window(REPLAY_WINDOW)
        .with_srtcp_replay_protection_window(REPLAY_WINDOW)
        .build()
}

fn host_candidate(index: usize, Endpoint { address, transport }: Endpoint) -> RTCIceCandidateInit {
    let order = u16::try_from(index).unwrap_or(u16::MAX);
    // Our own order; behind all UDP, as RFC 6544 §4.2 says, what waits for TCP connections: in
    // its upper three bits a direction of 4, passive.
    let (preference, protocol, ending) = match transport {
        Transport::Udp => (u16::MAX - order, "udp", ""),
        Transport::Tcp => ((4 << 13 | 0x1fff) - order.min(0x1fff), "tcp", " tcptype passive"),
    };
    // RFC 8445 §5.1.2.1: host type preference, then the local one, then component 1.
    let priority = 126 << 24 | u32::from(preference) << 8 | 255;
    let (number, ip, port) = (index + 1, address.ip(), address.port());
    RTCIceCandidateInit {
        candidate: format!(
            "candidate:{number} 1 {protocol} {priority} {ip} {port} typ host{ending}"
        ),
        ..RTCIceCandidateInit::default()
    }
}

/// The SSRC of the first slot. They are ours to choose, and told in the answer.
const SSRC_FIRST: u32 = 0x4443_0000;

/// Adds a sender for each receiving m-line, in their order: `rtc` pairs them by kind and order.
fn add_senders(connection: &mut RTCPeerConnection, sections: &[Section]) -> Result<(), Error> {
    let receiving = sections.iter().filter(|section| section.is_receive_only());
    for (ssrc, section) in (SSRC_FIRST..).step_by(2).zip(receiving) {
        let rtx = (section.kind == Kind::Video).then(|| RTCRtpRtxParameters { ssrc: ssrc + 1 });
        let encoding = RTCRtpEncodingParameters {
            rtp_coding_parameters: RTCRtpCodingParameters {
                ssrc: Some(ssrc),
                rtx,
                ..RTCRtpCodingParameters::default()
            },
            codec: crate::codec::of_track(section.kind),
            ..RTCRtpEncodingParameters::default()
        };
        // One media stream per m-line: players must not wait for one slot with another.
        let track = MediaStreamTrack::new(
            format!("slot-{}", section.mid),
            format!("track-{}", section.mid),
            section.mid.clone(),
            section.kind.of_rtc(),
            vec![encoding],
        );
        let init = RTCRtpTransceiverInit {
            direction: RTCRtpTransceiverDirection::Sendonly,
            ..RTCRtpTransceiverInit::default()
        };
        connection.add_transceiver_from_track(track, Some(init))?;
    }
    Ok(())
}

/// The transceiver of an m-line.
pub(crate) fn transceiver_of(
    connection: &mut RTCPeerConnection,
    mid: &str,
) -> Option<RTCRtpTransceiverId> {
    let ids: Vec<_> = connection.get_transceivers().collect();
    ids.into_iter().find(|&id| {
        let transceiver = connection.rtp_transceiver(id);
        transceiver.is_some_and(|transceiver| transceiver.mid().as_deref() == Some(mid))
    })
}

fn slot_of(
    connection: &mut RTCPeerConnection,
    sections: &[Section],
    mid: &str,
) -> Result<Slot, Refusal> {
    let no_codec = || Refusal::NoCommonCodec;
    let section = sections.iter().find(|section| section.mid == mid);
    let kind = section.map_or(Kind::Video, |section| section.kind);
    let id = transceiver_of(connection, mid).ok_or_else(no_codec)?;
    let id = RTCRtpSenderId::from(id);
    let mut sender = connection.rtp_sender(id).ok_or_else(no_codec)?;
    let ssrc = sender.track().ssrcs().next().ok_or_else(no_codec)?;
    let parameters = sender.get_parameters();
    let codecs = &parameters.rtp_parameters.codecs;
    let codec = codecs
        .iter()
        .find(|codec| codec.rtp_codec.mime_type.eq_ignore_ascii_case(kind.mime()))
        .ok_or_else(no_codec)?;
    let resend_ssrc = parameters.encodings.iter().find_map(|encoding| {
        let coding = &encoding.rtp_coding_parameters;
        coding.rtx.as_ref().filter(|_| coding.ssrc == Some(ssrc)).map(|rtx| rtx.ssrc)
    });
    let resend = resend_ssrc.zip(crate::codec::resend_type(codecs, codec.payload_type));
    let red = crate::codec::red_type(codecs).filter(|_| kind == Kind::Audio);
    let names = Names { ssrc, payload_type: codec.payload_type, resend, red };
    Ok(Slot::new(kind, id, names))
}

/// Whether an answer rejects the m-line `mid`, which is what happens without a common codec.
fn is_rejected(sdp: &str, mid: &str) -> bool {
    let mid_line = format!("a=mid:{mid}");
    let mut port_is_zero = true;
    for line in sdp.lines().map(str::trim_end) {
        if line.starts_with("m=") {
            port_is_zero = line.split(' ').nth(1) == Some("0");
        } else if line == mid_line {
            return port_is_zero;
        }
    }
    true
}

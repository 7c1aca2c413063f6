//! Making peer connections: everything that is set up in `rtc` is set up here.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use rtc::crypto::{RTCCryptoProvider, SignatureScheme};
use rtc::dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc::ice::mdns::MulticastDnsMode;
use rtc::interceptor::{NackGeneratorBuilder, ReceiverReportBuilder, Registry, Slot as Position};
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::certificate::{CertificateParams, RTCCertificate};
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::interceptor_registry::configure_twcc_receiver_only;
use rtc::peer_connection::configuration::media_engine::MediaEngine;
use rtc::peer_connection::configuration::setting_engine::{SettingEngine, SettingEngineBuilder};
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::transport::{RTCDtlsRole, RTCIceCandidateInit};
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodingParameters, RTCRtpEncodingParameters, RTCRtpRtxParameters,
};
use rtc::rtp_transceiver::{
    RTCRtpSenderId, RTCRtpTransceiverDirection, RTCRtpTransceiverId, RTCRtpTransceiverInit,
};
use rtc::shared::error::Error;

use crate::feedback::{self, Feedback};
use crate::ids::Kind;
use crate::limits::{ICE_DISCONNECTED, ICE_FAILED, REPLAY_WINDOW};
use crate::messages::{Join, Refusal};
use crate::offer::{self, Section};
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
    candidates: Vec<SocketAddr>,
}

/// A peer connection that has been answered.
pub(crate) struct Answered {
    pub(crate) connection: RTCPeerConnection,
    /// From which the keys of outgoing packets come.
    pub(crate) keys: Keys,
    pub(crate) sdp: String,
    pub(crate) slots: Vec<Slot>,
}

fn bad_offer(error: &Error) -> Refusal {
    match error {
        Error::ErrSenderWithNoCodecs => Refusal::NoCommonCodec,
        error => Refusal::BadOffer(error.to_string()),
    }
}

impl Engine {
    pub(crate) fn new(identity: Identity, candidates: Vec<SocketAddr>) -> Self {
        Self { identity, candidates }
    }

    /// The address of ours that a peer at `from` speaks to.
    pub(crate) fn local_for(&self, from: SocketAddr) -> Option<SocketAddr> {
        self.candidates.iter().copied().find(|local| local.is_ipv4() == from.is_ipv4())
    }

    /// Answers an offer with a new peer connection.
    pub(crate) fn answer(&self, now: Instant, join: &Join) -> Result<Answered, Refusal> {
        let sections = offer::sections(&join.offer)?;
        join.shape.check(&sections)?;
        let (mut connection, keys) = self.connection(now, join).map_err(|it| bad_offer(&it))?;
        add_senders(&mut connection, &sections).map_err(|error| bad_offer(&error))?;
        let sdp = self.negotiate(now, &mut connection, &join.offer)?;
        let slots = join
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
        Ok(Answered { connection, keys, sdp, slots })
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
        for (index, address) in self.candidates.iter().enumerate() {
            connection
                .add_local_candidate(host_candidate(index, *address))
                .map_err(|error| bad_offer(&error))?;
        }
        let answer = connection.create_answer(None).map_err(|error| bad_offer(&error))?;
        connection.set_local_description(now, answer).map_err(|error| bad_offer(&error))?;
        connection
            .local_description()
            .map(|description| offer::with_one_component(&description.sdp))
            .ok_or_else(|| Refusal::BadOffer("no answer came of it".to_owned()))
    }

    fn connection(&self, now: Instant, join: &Join) -> Result<(RTCPeerConnection, Keys), Error> {
        let mut media = MediaEngine::default();
        crate::codec::register(&mut media)?;
        crate::codec::register_level(&mut media)?;
        let mut registry = Registry::new();
        if join.shape.video.is_some() || join.shape.audio.is_some() {
            registry = configure_twcc_receiver_only(registry, &mut media)?
                .with(Position::NackGenerator, NackGeneratorBuilder::new().build())
                .with(Position::ReceiverReport, ReceiverReportBuilder::new().build());
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

fn settings(protection: Protection, provider: Arc<dyn RTCCryptoProvider>) -> SettingEngine {
    SettingEngineBuilder::new()
        .with_crypto_provider(provider)
        .with_lite(true)
        .with_answering_dtls_role(RTCDtlsRole::Server)
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        .with_include_loopback_candidate(true)
        .with_ice_timeouts(Some(ICE_DISCONNECTED), Some(ICE_FAILED), None)
        .with_srtp_protection_profiles(protection.profiles())
        .with_srtp_replay_protection_window(REPLAY_WINDOW)
        .with_srtcp_replay_protection_window(REPLAY_WINDOW)
        .build()
}

fn host_candidate(index: usize, address: SocketAddr) -> RTCIceCandidateInit {
    // RFC 8445 §5.1.2.1: host type preference, then our own order, then component 1.
    let preference = u16::MAX - u16::try_from(index).unwrap_or(u16::MAX);
    let priority = 126 << 24 | u32::from(preference) << 8 | 255;
    RTCIceCandidateInit {
        candidate: format!(
            "candidate:{} 1 udp {priority} {} {} typ host",
            index + 1,
            address.ip(),
            address.port()
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

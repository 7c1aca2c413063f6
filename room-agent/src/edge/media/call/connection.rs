//! The peer connection.

use std::net::UdpSocket;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Weak};
use std::time::Duration;

use protocol::call::{CallMids, Relay, TILES, VOICES};
use rtc_ice::mdns::MulticastDnsMode;
use rtc_interceptor::Slot;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use webrtc::error::Error;
use webrtc::media_stream::track_remote::TrackRemote;
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCConfigurationBuilder,
    RTCIceCandidateInit, RTCIceGatheringState, RTCIceServer, RTCPeerConnectionIceEvent,
    RTCPeerConnectionState, RTCSessionDescription, Registry, SettingEngineBuilder,
    register_default_interceptors,
};
use webrtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit, RtpTransceiver};
use webrtc::runtime::TokioRuntime;

use super::super::limits::LAYERS_MAX;
use super::super::picture::CaptureCommand;
use super::codecs::{self, Kind};
use super::outlet::{Outlet, sources};
use super::reception::Reception;
use super::reports::{Reports, SLOT, VoiceLoss};

/// Events of a connection waiting for the engine's loop.
const EVENTS: usize = 64;
/// A server that answers nothing for so long is gone for the moment.
const ICE_DISCONNECTED: Duration = Duration::from_secs(3);
/// After so long again it is gone for good, and the call has to be offered anew.
const ICE_FAILED: Duration = Duration::from_secs(5);
/// Between two checks whether it is there.
const ICE_KEEPALIVE: Duration = Duration::from_secs(1);

/// How a call is made.
pub(in super::super) struct CallSettings {
    /// Whether loopback addresses are offered: only where the server is on this machine.
    pub(in super::super) loopback: bool,
    /// In how many layers the room's picture is sent.
    pub(in super::super) layers: usize,
    /// Chance for the identifiers of the camera's and the microphone's stream.
    pub(in super::super) chance: [u64; 2],
    /// Who is told that a key frame is asked for.
    pub(in super::super) capture: Weak<SyncSender<CaptureCommand>>,
    /// The way through a relay, where there is one.
    pub(in super::super) relay: Option<Relay>,
}

/// What happens on a connection.
pub(in super::super) enum CallEvent {
    /// The offer is complete, as far as the server needs it.
    Gathered,
    /// The state changed.
    State(RTCPeerConnectionState),
    /// A stream begins.
    Track(Arc<dyn TrackRemote>),
}

/// One call: `sendonly` camera and microphone, `recvonly` main picture, voices, content and tiles. Its
/// receiving tasks end with it.
pub(in super::super) struct Call {
    connection: Arc<dyn PeerConnection>,
    /// The room's picture.
    pub(in super::super) camera: Outlet,
    /// The room's voice.
    pub(in super::super) microphone: Outlet,
    main: Arc<dyn RtpTransceiver>,
    content: Arc<dyn RtpTransceiver>,
    voices: Vec<Arc<dyn RtpTransceiver>>,
    tiles: Vec<Arc<dyn RtpTransceiver>>,
    events: mpsc::Receiver<CallEvent>,
    receiving: JoinSet<()>,
}

impl Call {
    /// Builds the connection and begins to gather addresses; [`CallEvent::Gathered`] follows.
    pub(in super::super) async fn begin(settings: CallSettings) -> Result<Self, Error> {
        let (sender, events) = mpsc::channel(EVENTS);
        // Boxed, because the builder is kept on the stack of every future that waits for it.
        let loss = VoiceLoss::new();
        let connection = Box::pin(build(&settings, loss.clone(), sender)).await?;
        let [camera_chance, microphone_chance] = settings.chance;
        let camera =
            Outlet::add(connection.as_ref(), Kind::Video, settings.layers, camera_chance).await?;
        let microphone =
            Outlet::add(connection.as_ref(), Kind::Audio, 1, microphone_chance).await?;
        let microphone = microphone.protected(loss);
        let main = receive(connection.as_ref(), Kind::Video).await?;
        let mut voices = Vec::with_capacity(VOICES);
        for _ in 0..VOICES {
            voices.push(receive(connection.as_ref(), Kind::Audio).await?);
        }
        let content = receive(connection.as_ref(), Kind::Video).await?;
        let mut tiles = Vec::with_capacity(TILES);
        for _ in 0..TILES {
            tiles.push(receive(connection.as_ref(), Kind::Video).await?);
        }
        let offer = connection.create_offer(None).await?;
        connection.set_local_description(offer).await?;
        let receiving = JoinSet::new();
        Ok(Self { connection, camera, microphone, main, content, voices, tiles, events, receiving })
    }

    /// The next event; `None` when the connection is gone.
    pub(in super::super) async fn event(&mut self) -> Option<CallEvent> {
        self.events.recv().await
    }

    /// The offer with all addresses gathered so far, and what each of its transceivers is for.
    pub(in super::super) async fn offer(&self) -> Option<(String, CallMids)> {
        let description = self.connection.local_description().await?;
        let (mut voices, mut tiles) = (Vec::with_capacity(VOICES), Vec::with_capacity(TILES));
        for voice in &self.voices {
            voices.extend(mid(voice).await);
        }
        for tile in &self.tiles {
            tiles.extend(mid(tile).await);
        }
        let mids = CallMids {
            camera: self.camera.mid().await,
            microphone: self.microphone.mid().await,
            main: mid(&self.main).await,
            voices,
            tiles,
            preview: None,
            content: mid(&self.content).await,
            screen: None,
        };
        Some((description.sdp, mids))
    }

    /// Applies the server's whole answer.
    pub(in super::super) async fn answer(&mut self, sdp: String) -> Result<(), Error> {
        let streams = tcp_candidates(&sdp);
        let answer = RTCSessionDescription::answer(sdp)?;
        self.connection.set_remote_description(answer).await?;
        for candidate in streams {
            self.connection.add_ice_candidate(candidate).await?;
        }
        self.camera.negotiated().await?;
        self.microphone.negotiated().await
    }

    /// Receives a stream that began, if it is one of the fixed slots.
    pub(in super::super) async fn receive(
        &mut self,
        track: Arc<dyn TrackRemote>,
        reception: Reception,
    ) {
        // By transceiver, never by the track's id: a re-used slot keeps the id it had first.
        if is_track_of(&self.main, &track).await {
            self.receiving.spawn(reception.picture(track));
            return;
        }
        if is_track_of(&self.content, &track).await {
            self.receiving.spawn(reception.content(track));
            return;
        }
        for (number, voice) in self.voices.iter().enumerate() {
            if is_track_of(voice, &track).await {
                self.receiving.spawn(reception.voice(number, track));
                return;
            }
        }
        for (number, tile) in self.tiles.iter().enumerate() {
            if is_track_of(tile, &track).await {
                self.receiving.spawn(reception.tile(number, track));
                return;
            }
        }
        tracing::warn!("A stream that was not offered is left alone.");
    }

    /// Ends the call.
    pub(in super::super) async fn close(mut self) {
        self.receiving.shutdown().await;
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "A call did not close cleanly.");
        }
    }
}

async fn build(
    settings: &CallSettings,
    loss: VoiceLoss,
    events: mpsc::Sender<CallEvent>,
) -> Result<Arc<dyn PeerConnection>, Error> {
    let mut media = codecs::engine()?;
    let [camera, microphone] = settings.chance.map(sources);
    let voice = microphone.take(1).last().unwrap_or_default();
    let registry = register_default_interceptors(Registry::new(), &mut media)?.with(
        Slot::from(SLOT),
        Reports::new(settings.capture.clone(), camera.take(LAYERS_MAX), (voice, loss)),
    );
    let engine = SettingEngineBuilder::new()
        .with_include_loopback_candidate(settings.loopback)
        // Names of `.local` are for browsers that hide their addresses; a server does not, and
        // the multicast socket for them cannot be had on every line.
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        .with_ice_timeouts(Some(ICE_DISCONNECTED), Some(ICE_FAILED), Some(ICE_KEEPALIVE))
        .build();
    let servers: Vec<_> = settings.relay.as_ref().and_then(ice_server).into_iter().collect();
    let handler = Handler { events, offers_early: !servers.is_empty() };
    let building = PeerConnectionBuilder::new()
        .with_media_engine(media)
        .with_interceptor_registry(registry)
        .with_setting_engine(engine)
        .with_configuration(RTCConfigurationBuilder::new().with_ice_servers(servers).build())
        .with_handler(Arc::new(handler))
        .with_runtime(Arc::new(TokioRuntime))
        .with_udp_addrs(addresses(settings.loopback))
        .with_tcp_addrs(addresses(settings.loopback))
        .build();
    Ok(Arc::new(Box::pin(building).await?))
}

/// Where to listen: on every interface of both families that this machine has, because one that
/// cannot be listened on fails the whole connection.
fn addresses(loopback: bool) -> Vec<&'static str> {
    let everywhere = ["0.0.0.0:0", "[::]:0"].into_iter();
    let here = ["127.0.0.1:0", "[::1]:0"].into_iter().filter(|_| loopback);
    everywhere.chain(here).filter(|address| UdpSocket::bind(address).is_ok()).collect()
}

/// Where the server takes TCP. The library connects to such a candidate only when it is added by
/// itself, not when it reads the answer.
fn tcp_candidates(answer: &str) -> Vec<RTCIceCandidateInit> {
    let lines = answer.lines().filter_map(|line| line.strip_prefix("a="));
    let is_tcp = |line: &&str| line.starts_with("candidate:") && line.contains(" tcptype passive");
    let mut candidates: Vec<_> = lines.filter(is_tcp).map(ToOwned::to_owned).collect();
    candidates.dedup();
    let init = |candidate| RTCIceCandidateInit { candidate, ..RTCIceCandidateInit::default() };
    candidates.into_iter().map(init).collect()
}

/// The relay as the crate takes it. It speaks to TURN servers over UDP alone: the others are left
/// out here, where they would only be complained of.
fn ice_server(relay: &Relay) -> Option<RTCIceServer> {
    let Relay { urls, username, credential, .. } = relay;
    let is_udp = |url: &&String| url.starts_with("turn:") && !url.ends_with("?transport=tcp");
    let urls: Vec<_> = urls.iter().filter(is_udp).cloned().collect();
    let (username, credential) = (username.clone(), credential.clone());
    let server = RTCIceServer { urls, username, credential };
    (!server.urls.is_empty()).then_some(server)
}

async fn receive(
    connection: &dyn PeerConnection,
    kind: Kind,
) -> Result<Arc<dyn RtpTransceiver>, Error> {
    let init = RTCRtpTransceiverInit {
        direction: RTCRtpTransceiverDirection::Recvonly,
        ..RTCRtpTransceiverInit::default()
    };
    connection.add_transceiver_from_kind(kind.of_rtc(), Some(init)).await
}

async fn mid(transceiver: &Arc<dyn RtpTransceiver>) -> Option<String> {
    transceiver.mid().await.ok().flatten()
}

async fn is_track_of(transceiver: &Arc<dyn RtpTransceiver>, track: &Arc<dyn TrackRemote>) -> bool {
    let receiver = transceiver.receiver().await.ok().flatten();
    receiver.is_some_and(|receiver| {
        std::ptr::addr_eq(Arc::as_ptr(receiver.track()), Arc::as_ptr(track))
    })
}

/// Hands a connection's callbacks to the engine's loop.
struct Handler {
    events: mpsc::Sender<CallEvent>,
    /// Whether the offer does not wait for the relay's addresses: the server is ICE-lite and asks
    /// for no address at all, and who needs no relay should not wait for one.
    offers_early: bool,
}

impl Handler {
    fn tell(&self, event: CallEvent) {
        // A handful of events per call; a loop that is that far behind has failed anyway.
        if self.events.try_send(event).is_err() {
            tracing::debug!("An event of a call that ended is left out.");
        }
    }
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.tell(CallEvent::Gathered);
        }
    }

    async fn on_ice_candidate(&self, _event: RTCPeerConnectionIceEvent) {
        if self.offers_early {
            self.tell(CallEvent::Gathered);
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        self.tell(CallEvent::State(state));
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        self.tell(CallEvent::Track(track));
    }
}

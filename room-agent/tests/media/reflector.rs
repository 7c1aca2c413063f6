//! A peer that answers a room's offer, listens to it, and sends everything back: the camera as
//! the main picture, the microphone as the first voice.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rtc_interceptor::{Interceptor, Packet, Slot, StreamInfo, TaggedPacket};
use rtc_rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use sansio::Protocol;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use webrtc::error::Error;
use webrtc::media_stream::MediaStreamTrack;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler,
    RTCIceGatheringState, RTCSessionDescription, Registry, SettingEngineBuilder,
    register_default_interceptors,
};
use webrtc::rtp_transceiver::RtpSender;
use webrtc::runtime::TokioRuntime;

/// Packets of the camera that are swallowed at first, a key frame among them: the picture can
/// only be seen if a request for another goes all the way back to the encoder.
const SWALLOWED: usize = 20;

/// The peer.
pub(crate) struct Reflector {
    connection: Arc<dyn PeerConnection>,
    heard: Arc<Mutex<Vec<f32>>>,
    requests: Arc<Requests>,
    _tasks: JoinSet<()>,
}

impl Reflector {
    /// Answers an offer; gives the whole answer.
    pub(crate) async fn answer(offer: String) -> (Self, String) {
        let (sender, mut events) = mpsc::channel(64);
        let requests = Arc::new(Requests::default());
        let connection = build(sender, Arc::clone(&requests)).await;
        connection
            .set_remote_description(RTCSessionDescription::offer(offer).unwrap())
            .await
            .unwrap();
        // The first of each kind takes the slot on which the room only sends; nothing is written
        // to it. The second takes the main picture's and the first voice's.
        for (number, kind) in (11..).zip(["video", "audio"]) {
            Returned::add(connection.as_ref(), kind, number).await;
        }
        let video = Returned::add(connection.as_ref(), "video", 1).await;
        let audio = Returned::add(connection.as_ref(), "audio", 2).await;
        let answer = connection.create_answer(None).await.unwrap();
        connection.set_local_description(answer).await.unwrap();
        while !matches!(events.recv().await, Some(Event::Gathered)) {}
        let sdp = connection.local_description().await.unwrap().sdp;
        let heard = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        let (ears, asked) = (Arc::clone(&heard), Arc::clone(&requests));
        tasks.spawn(async move {
            let mut streams = JoinSet::new();
            while let Some(event) = events.recv().await {
                let Event::Track(track) = event else { continue };
                if track.kind().await.to_string() == "video" {
                    streams.spawn(reflect_picture(track, video.clone(), Arc::clone(&asked)));
                } else {
                    streams.spawn(reflect_voice(track, audio.clone(), Arc::clone(&ears)));
                }
            }
        });
        (Self { connection, heard, requests, _tasks: tasks }, sdp)
    }

    /// What the room said so far.
    pub(crate) fn heard(&self) -> Vec<f32> {
        self.heard.lock().unwrap().clone()
    }

    /// How often the room asked for a key frame.
    pub(crate) fn keyframe_requests(&self) -> usize {
        self.requests.count.load(Ordering::Relaxed)
    }

    pub(crate) async fn close(self) {
        self.connection.close().await.unwrap();
    }
}

async fn reflect_picture(track: Arc<dyn TrackRemote>, back: Returned, requests: Arc<Requests>) {
    let (mut swallowed, mut ssrc) = (0, 0);
    loop {
        tokio::select! {
            event = track.poll() => match event {
                Some(TrackRemoteEvent::OnRtpPacket(_)) if swallowed < SWALLOWED => swallowed += 1,
                Some(TrackRemoteEvent::OnRtpPacket(packet)) => {
                    ssrc = packet.header.ssrc;
                    back.write(packet).await;
                }
                Some(_) => {}
                None => return,
            },
            () = requests.asked.notified() => {
                let request = PictureLossIndication { sender_ssrc: 1, media_ssrc: ssrc };
                track.write_rtcp(vec![Box::new(request)]).await.unwrap();
            }
        }
    }
}

async fn reflect_voice(track: Arc<dyn TrackRemote>, back: Returned, heard: Arc<Mutex<Vec<f32>>>) {
    let mut decoder = opus::Decoder::new(48_000, opus::Channels::Mono).unwrap();
    while let Some(event) = track.poll().await {
        let TrackRemoteEvent::OnRtpPacket(packet) = event else { continue };
        let mut frame = vec![0.0; 5760];
        let count = decoder.decode_float(&packet.payload, &mut frame, false).unwrap();
        heard.lock().unwrap().extend_from_slice(&frame[..count]);
        back.write(packet).await;
    }
}

/// A stream on its way back.
#[derive(Clone)]
struct Returned {
    track: Arc<TrackLocalStaticRTP>,
    sender: Arc<dyn RtpSender>,
    ssrc: u32,
}

impl Returned {
    async fn add(connection: &dyn PeerConnection, kind: &str, ssrc: u32) -> Self {
        let new = |codings| {
            let id = format!("{kind}-{ssrc}");
            MediaStreamTrack::new("back".into(), id, "back".into(), kind.into(), codings)
        };
        let mut codings = new(Vec::new()).codings().to_vec();
        codings.resize_with(1, Default::default);
        codings[0].rtp_coding_parameters.ssrc = Some(ssrc);
        let video = kind == "video";
        codings[0].codec.mime_type = if video { "video/VP8" } else { "audio/opus" }.into();
        codings[0].codec.clock_rate = if video { 90_000 } else { 48_000 };
        codings[0].codec.channels = if video { 0 } else { 2 };
        let track = Arc::new(TrackLocalStaticRTP::new(new(codings)));
        let sender = connection.add_track(track.clone()).await.unwrap();
        Self { track, sender, ssrc }
    }

    async fn write(&self, mut packet: rtc_rtp::Packet) {
        let parameters = self.sender.get_parameters().await.unwrap().rtp_parameters;
        packet.header.payload_type = parameters.codecs[0].payload_type;
        packet.header.ssrc = self.ssrc;
        packet.header.extension = false;
        packet.header.extensions.clear();
        self.track.write_rtp(packet).await.unwrap();
    }
}

/// Key frame requests of the room.
#[derive(Default)]
struct Requests {
    count: AtomicUsize,
    asked: Notify,
}

enum Event {
    Gathered,
    Track(Arc<dyn TrackRemote>),
}

struct Handler(mpsc::Sender<Event>);

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.0.try_send(Event::Gathered).ok().unwrap();
        }
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        self.0.try_send(Event::Track(track)).ok().unwrap();
    }
}

async fn build(events: mpsc::Sender<Event>, requests: Arc<Requests>) -> Arc<dyn PeerConnection> {
    let mut media = MediaEngine::default();
    media.register_default_codecs().unwrap();
    let watch = Watch { requests, inbound: VecDeque::new(), outbound: VecDeque::new() };
    let registry = register_default_interceptors(Registry::new(), &mut media)
        .unwrap()
        .with(Slot::from(60_000), watch);
    let engine = SettingEngineBuilder::new()
        .with_include_loopback_candidate(true)
        .with_multicast_dns_mode(rtc_ice::mdns::MulticastDnsMode::Disabled)
        .build();
    let building = PeerConnectionBuilder::new()
        .with_media_engine(media)
        .with_interceptor_registry(registry)
        .with_setting_engine(engine)
        .with_handler(Arc::new(Handler(events)))
        .with_runtime(Arc::new(TokioRuntime))
        .with_udp_addrs(vec!["127.0.0.1:0"])
        .build();
    Arc::new(Box::pin(building).await.unwrap())
}

/// Sees the key frame requests of the room.
struct Watch {
    requests: Arc<Requests>,
    inbound: VecDeque<TaggedPacket>,
    outbound: VecDeque<TaggedPacket>,
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Watch {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtcp(reports) = &packet.message.packet
            && reports.iter().any(|report| report.as_any().is::<PictureLossIndication>())
        {
            self.requests.count.fetch_add(1, Ordering::Relaxed);
            self.requests.asked.notify_one();
        }
        self.inbound.push_back(packet);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.inbound.pop_front()
    }

    fn handle_write(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        self.outbound.push_back(packet);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.outbound.pop_front()
    }
}

impl Interceptor for Watch {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}

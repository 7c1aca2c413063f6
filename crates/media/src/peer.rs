//! One peer: its connection, what it publishes, what it receives.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rtc::peer_connection::RTCPeerConnection;
use rtc::peer_connection::event::{RTCPeerConnectionEvent, RTCTrackEvent};
use rtc::peer_connection::message::RTCMessage;
use rtc::peer_connection::state::RTCPeerConnectionState;
use rtc::peer_connection::transport::RTCDtlsTransportState;
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtcp::transport_feedbacks::transport_layer_cc::TransportLayerCc;
use rtc::rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack;
use rtc::rtp_transceiver::{RTCRtpReceiverId, RTCRtpTransceiverId};
use rtc::sansio::Protocol;
use rtc::shared::TaggedBytesMut;
use rtc::shared::marshal::Marshal;

use crate::allocation::Wish;
use crate::arrival::{self, Arrivals};
use crate::bandwidth::Feedback;
use crate::codec;
use crate::demux::{Stun, read_stun};
use crate::egress::{self, Egress, Lost};
use crate::endpoint::Endpoint;
use crate::ids::{Kind, LayerId, PeerId, StreamId};
use crate::incoming::Incoming;
use crate::layers::Layers;
use crate::limits::{LOST_PER_MESSAGE_MAX, REDUNDANCY_ROOM, REPORT_INTERVAL};
use crate::line::Line;
use crate::messages::PeerStats;
use crate::path::Path;
use crate::redundancy::Redundancy;
use crate::slot::{Media, Origin, Slot};
use crate::srtp::Keys;

/// One peer.
pub(crate) struct Peer {
    pub(crate) id: PeerId,
    /// Apart, so that what sending needs lies close together.
    pub(crate) connection: Box<RTCPeerConnection>,
    pub(crate) link: Link,
    pub(crate) incoming: Vec<Incoming>,
    pub(crate) egress: Egress,
    /// How much of sound is carried again to it.
    pub(crate) redundancy: Redundancy,
    /// What came with the packet that came last.
    waiting: VecDeque<Media>,
    /// When its timers run next.
    pub(crate) deadline: Option<Instant>,
    /// Whether it is in the list of those to whom `rtc` has something to send.
    pub(crate) is_talking: bool,
    pub(crate) stats: PeerStats,
    round_trip: Option<Duration>,
    came_at: Instant,
    keys: Keys,
    /// When it is told next what was sent to it.
    pub(crate) report_at: Option<Instant>,
    /// Where it is, as far as nominations say.
    pub(crate) path: Path,
    /// When something came of it that nobody else could have sent.
    pub(crate) heard_at: Instant,
    /// Packets that were sent to it when that was looked at last.
    packets_seen: u64,
    /// Whether DTLS has come since it was looked at.
    may_have_closed: bool,
}

/// How far its connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// ICE and DTLS are coming up.
    Connecting {
        /// Since when.
        since: Instant,
    },
    /// Media can flow.
    Connected,
}

/// What came of a datagram or a timer.
pub(crate) enum Happening {
    Connected,
    /// The peer closed its side.
    Closed,
    /// Nothing was heard of it for too long, or it never came up.
    Failed,
    Media {
        media: Media,
        /// Whether it is the first packet of the layer, or the first after a silence.
        is_first: bool,
    },
    /// The receiver of a slot wants a keyframe.
    KeyframeWanted(LayerId),
    /// The receiver of a slot did not get these.
    Lost(Vec<Lost>),
    /// The receiver told when which packet arrived.
    LineJudged,
}

impl Peer {
    pub(crate) fn new(
        id: PeerId,
        now: Instant,
        connection: RTCPeerConnection,
        keys: Keys,
        (slots, line): (Vec<Slot>, Line),
    ) -> Self {
        Self {
            id,
            connection: Box::new(connection),
            link: Link::Connecting { since: now },
            incoming: Vec::new(),
            egress: Egress::new(slots, line),
            redundancy: Redundancy::default(),
            waiting: VecDeque::new(),
            deadline: None,
            is_talking: false,
            stats: PeerStats { peer: id.0, ..PeerStats::default() },
            round_trip: None,
            came_at: now,
            keys,
            report_at: None,
            path: Path::new(),
            heard_at: now,
            packets_seen: 0,
            may_have_closed: false,
        }
    }

    /// Takes a stream from this transceiver, in layers of these names or in one without a name.
    pub(crate) fn publishes(
        &mut self,
        kind: Kind,
        transceiver: RTCRtpTransceiverId,
        rids: &[String],
    ) {
        let receiver = RTCRtpReceiverId::from(transceiver);
        let mut sound = (None, None);
        if kind == Kind::Audio
            && let Some(mut receiver) = self.connection.rtp_receiver(receiver)
        {
            sound = codec::sound_of(&receiver.get_parameters().rtp_parameters);
        }
        for layer in 0..rids.len().max(1) {
            let rid = rids.get(layer).cloned();
            self.incoming.push(Incoming::new((kind, layer, rid), receiver, sound));
        }
    }

    /// The layers of a stream that it publishes; none if it does not.
    pub(crate) fn layers(&self, now: Instant, kind: Kind) -> Option<Layers> {
        let mut layers = Layers::new(kind);
        for incoming in self.incoming.iter().filter(|incoming| incoming.kind == kind) {
            layers.add(now, incoming.heard_at, incoming.rate.bitrate());
        }
        layers.is_published().then_some(layers)
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.link == Link::Connected
    }

    /// Takes a datagram in.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        local: SocketAddr,
        from: Endpoint,
        (bytes, stun): (BytesMut, Option<Stun<'_>>),
    ) {
        // The content types of DTLS (RFC 7983).
        self.may_have_closed |= bytes.first().is_some_and(|first| (20..64).contains(first));
        self.path.came(self.egress.leads_to(), from, stun, &bytes);
        self.read(now, local, from, bytes);
        if let Some(again) = self.path.repeat(from, stun) {
            self.read(now, local, from, again);
        }
    }

    fn read(&mut self, now: Instant, local: SocketAddr, from: Endpoint, message: BytesMut) {
        let transport = from.context(local);
        // What a stranger can send is no error of ours; `rtc` drops it and says so in its log.
        let _ = self.connection.handle_read(TaggedBytesMut { now, transport, message });
    }

    /// The next thing that came of it.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Happening> {
        if let Some(media) = self.waiting.pop_front() {
            return Some(Happening::Media { media, is_first: false });
        }
        while let Some(event) = self.connection.poll_event() {
            if let Some(happening) = self.on_event(event) {
                return Some(happening);
            }
        }
        while let Some(read) = self.connection.poll_read() {
            self.heard_at = now;
            let happening = match read.message {
                RTCMessage::RtpPacket(_, packet) => self.on_packet(now, packet),
                RTCMessage::RtcpPacket(_, parts) => self.on_feedback(now, &parts),
                // No data channel is ever answered.
                _ => None,
            };
            if happening.is_some() {
                return happening;
            }
        }
        // A closed transport is no event of `rtc`: to it the connection is still up.
        let may_have_closed = std::mem::take(&mut self.may_have_closed);
        (may_have_closed && self.is_transport_closed()).then_some(Happening::Closed)
    }

    fn is_transport_closed(&mut self) -> bool {
        let sender = self.egress.slots.first().map(|slot| slot.sender);
        let state = match (sender, self.incoming.first().map(|incoming| incoming.receiver)) {
            (Some(sender), _) => self
                .connection
                .rtp_sender(sender)
                .and_then(|sender| sender.transport().map(|transport| transport.state())),
            (None, Some(receiver)) => self
                .connection
                .rtp_receiver(receiver)
                .and_then(|receiver| receiver.transport().map(|transport| transport.state())),
            (None, None) => None,
        };
        state == Some(RTCDtlsTransportState::Closed)
    }

    fn on_event(&mut self, event: RTCPeerConnectionEvent) -> Option<Happening> {
        match event {
            RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) => match state {
                RTCPeerConnectionState::Connected if !self.is_connected() => {
                    self.link = Link::Connected;
                    self.egress.open(&self.keys);
                    let has_slots = !self.egress.slots.is_empty();
                    self.report_at = has_slots.then(|| self.came_at + REPORT_INTERVAL);
                    Some(Happening::Connected)
                }
                RTCPeerConnectionState::Closed => Some(Happening::Closed),
                RTCPeerConnectionState::Failed => Some(Happening::Failed),
                _ => None,
            },
            RTCPeerConnectionEvent::OnTrack(RTCTrackEvent::OnOpen(track)) => {
                let mut incoming = self.incoming.iter_mut();
                let is_meant =
                    |it: &&mut Incoming| it.receiver == track.receiver_id && it.rid == track.rid;
                let incoming = incoming.find(is_meant)?;
                if incoming.began(track.ssrc) {
                    return None;
                }
                // It comes again with the first packet after an ICE restart. What was lost in
                // between has been forgotten by the NACK generator: only a keyframe mends it.
                let stream = StreamId { peer: self.id, kind: incoming.kind };
                Some(Happening::KeyframeWanted(LayerId { stream, layer: incoming.layer }))
            }
            _ => None,
        }
    }

    fn on_packet(&mut self, now: Instant, packet: rtc::rtp::Packet) -> Option<Happening> {
        let header = &packet.header;
        let incoming =
            self.incoming.iter_mut().find(|incoming| incoming.ssrc == Some(header.ssrc))?;
        let numbers = (header.sequence_number, header.timestamp);
        incoming.arrivals.note(now, incoming.kind, numbers);
        let was_silent = incoming.heard_at.is_none();
        let size = packet.payload.len();
        let media = match incoming.kind {
            Kind::Video => incoming.picture(self.id, packet),
            Kind::Audio => incoming.sound(self.id, packet, &mut self.waiting),
        }?;
        incoming.heard_at = Some(now);
        incoming.rate.add(media.payload.len());
        self.stats.packets_in += 1;
        self.stats.bytes_in += size as u64;
        Some(Happening::Media { media, is_first: was_silent })
    }

    fn on_feedback(
        &mut self,
        now: Instant,
        parts: &[Box<dyn rtc::rtcp::Packet>],
    ) -> Option<Happening> {
        let part = parts.first()?.as_any();
        if let Some(report) = part.downcast_ref::<TransportLayerCc>() {
            let gauge = self.egress.line.gauge.as_mut()?;
            let bytes = report.marshal().ok()?;
            gauge.estimator.feedback(now, Feedback::parse(&bytes)?.statuses());
            return Some(Happening::LineJudged);
        }
        let slots = &mut self.egress.slots;
        if let Some(report) = part.downcast_ref::<ReceiverReport>() {
            for report in &report.reports {
                let slot = slots.iter_mut().find(|slot| slot.names.ssrc == report.ssrc);
                if let Some(slot) = slot {
                    slot.loss_256ths = report.fraction_lost;
                    slot.heard.note(slot.packets, report.total_lost, report.jitter);
                    let times = (report.last_sender_report, report.delay);
                    let trip = egress::round_trip((now, self.came_at), times.0, times.1);
                    self.round_trip = trip.or(self.round_trip);
                }
            }
            return None;
        }
        if let Some(request) = part.downcast_ref::<TransportLayerNack>() {
            let slot = slots.iter().position(|slot| slot.names.ssrc == request.media_ssrc)?;
            let lost = request.nacks.iter().flat_map(|pair| pair.into_iter());
            let lost = lost.map(|sequence| Lost { slot, sequence });
            return Some(Happening::Lost(lost.take(LOST_PER_MESSAGE_MAX).collect()));
        }
        let ssrc = match part.downcast_ref::<PictureLossIndication>() {
            Some(request) => request.media_ssrc,
            None => part.downcast_ref::<FullIntraRequest>()?.fir.first()?.ssrc,
        };
        let slot = slots.iter().find(|slot| slot.names.ssrc == ssrc)?;
        let (stream, layer) = slot.source().zip(slot.layer())?;
        Some(Happening::KeyframeWanted(LayerId { stream, layer }))
    }

    /// What each slot wishes for, its source's layers told by `layers_of`.
    pub(crate) fn wishes(
        &self,
        layers_of: impl Fn(StreamId) -> Option<Layers>,
    ) -> Vec<Option<Wish>> {
        let wish = |slot: &Slot| {
            let layers = layers_of(slot.source()?)?;
            let times = 1 + slot.redundancy as u64;
            Some(Wish::new(slot.class, layers.costs(slot.class)).times(times))
        };
        self.egress.slots.iter().map(wish).collect()
    }

    /// Decides how much of the sound is carried again: as much as the line loses, as long as there
    /// is room for it.
    pub(crate) fn protect_sound(&mut self, now: Instant, wishes: &[Option<Wish>]) {
        let Egress { slots, line, .. } = &mut self.egress;
        let is_sound = |slot: &&mut Slot| slot.kind == Kind::Audio;
        let (mut plain, mut reported) = (0_u64, 0);
        for (slot, wish) in slots.iter_mut().zip(wishes).filter(|(slot, _)| is_sound(slot)) {
            let cost = wish.map_or(0, |wish| wish.least());
            plain = plain.saturating_add(cost / (1 + slot.redundancy as u64));
            reported = reported.max(u64::from(slot.loss_256ths) * 1_000 / 256);
        }
        // What its receiver reports of a slot counts what had been lost before it came here.
        let loss = line.lost_per_mille().unwrap_or(reported);
        let room = line.target().unwrap_or(u64::MAX) / REDUNDANCY_ROOM / plain.max(1);
        let room = usize::try_from(room.saturating_sub(1)).unwrap_or(usize::MAX);
        let redundancy = self.redundancy.judge(now, loss).min(room);
        for slot in slots.iter_mut().filter(is_sound) {
            slot.redundancy = redundancy;
        }
    }

    /// Tells the peer what was sent to it, even if that is nothing: it is a sign of life.
    pub(crate) fn report(&mut self, now: Instant) {
        self.report_at = Some(now + REPORT_INTERVAL);
        let reports = self.egress.reports(now, self.came_at);
        let mut parts: Vec<Box<dyn rtc::rtcp::Packet>> = Vec::with_capacity(reports.len().max(1));
        parts.extend(reports.into_iter().map(|report| Box::new(report) as Box<_>));
        if parts.is_empty() {
            parts.push(Box::new(ReceiverReport::default()));
        }
        let Some(sender) = self.egress.slots.first().map(|slot| slot.sender) else { return };
        if let Some(mut sender) = self.connection.rtp_sender(sender) {
            // Without a path there is nobody to tell.
            let _ = sender.write_rtcp(now, parts);
        }
    }

    /// A packet that it published.
    pub(crate) fn find(&self, origin: Origin) -> Option<&Media> {
        let is_meant = |it: &&Incoming| it.kind == origin.source.kind && it.layer == origin.layer;
        let incoming = self.incoming.iter().find(is_meant)?;
        let media = incoming.history.find(origin.sequence)?;
        (media.epoch == origin.epoch).then_some(media)
    }

    /// The next message of `rtc` itself, and where to.
    pub(crate) fn next_message(&mut self) -> Option<(Endpoint, BytesMut)> {
        let TaggedBytesMut { now, transport, message } = self.connection.poll_write()?;
        let to = Endpoint::of_peer(&transport);
        // STUN goes to whoever asked; all else goes where the peer is (RFC 7983).
        if message.first().is_some_and(|first| *first >= 20) {
            return Some((self.egress.leads_to().unwrap_or(to), message));
        }
        if read_stun(&message) == Some(Stun::Success) {
            self.heard_at = self.heard_at.max(now);
        }
        if self.path.is_confirmed_by(to, &message) {
            self.egress.lead_to(to);
        }
        Some((to, message))
    }

    /// Whether nothing was sent to it since this was asked last.
    pub(crate) fn is_left_alone(&mut self) -> bool {
        let packets = self.egress.packets;
        let before = std::mem::replace(&mut self.packets_seen, packets);
        self.is_connected() && before == packets && !self.egress.slots.is_empty()
    }

    /// Asks the peer for a keyframe; whether that could be done.
    pub(crate) fn ask_for_keyframe(&mut self, now: Instant, layer: LayerId) -> bool {
        let is_meant = |it: &&Incoming| it.kind == layer.stream.kind && it.layer == layer.layer;
        let incoming = self.incoming.iter().find(is_meant);
        let Some((receiver, ssrc)) = incoming.and_then(|it| Some((it.receiver, it.ssrc?))) else {
            return false;
        };
        let Some(mut receiver) = self.connection.rtp_receiver(receiver) else { return false };
        let request = PictureLossIndication { sender_ssrc: 0, media_ssrc: ssrc };
        receiver.write_rtcp(now, vec![Box::new(request)]).is_ok()
    }

    /// Whether packets of this kind come.
    pub(crate) fn is_open(&self, kind: Kind) -> bool {
        self.open_layers(kind) > 0
    }

    /// How many layers of this kind come.
    pub(crate) fn open_layers(&self, kind: Kind) -> usize {
        let open = |it: &&Incoming| it.kind == kind && it.heard_at.is_some();
        self.incoming.iter().filter(open).count()
    }

    /// Whether packets of this layer come.
    pub(crate) fn is_layer_open(&self, layer: LayerId) -> bool {
        self.incoming.iter().any(|incoming| {
            (incoming.kind, incoming.layer) == (layer.stream.kind, layer.layer)
                && incoming.heard_at.is_some()
        })
    }

    pub(crate) fn figures(&self) -> PeerStats {
        let egress = &self.egress;
        let held = egress.slots.iter().filter(|slot| slot.is_held()).count();
        let heard = |slot: &Slot| {
            let ticks = f64::from(slot.heard.jitter);
            (slot.heard.since_first(), Duration::from_secs_f64(ticks / arrival::clock(slot.kind)))
        };
        let arrivals = self.incoming.iter().map(|incoming| &incoming.arrivals);
        PeerStats {
            expected_in: arrivals.clone().map(|it| it.expected).sum(),
            lost_in: arrivals.clone().map(|it| it.lost).sum(),
            jitter_in: arrivals.clone().map(Arrivals::jitter).max().unwrap_or_default(),
            freezes_in: arrivals.map(|it| it.freezes).sum(),
            reported_out: egress.slots.iter().map(|slot| heard(slot).0.0).sum(),
            lost_out: egress.slots.iter().map(|slot| heard(slot).0.1).sum(),
            jitter_out: egress.slots.iter().map(|it| heard(it).1).max().unwrap_or_default(),
            round_trip: self.round_trip,
            packets_out: egress.packets,
            bytes_out: egress.bytes,
            packets_resent: egress.resent,
            line_bitrate: egress.line.target().unwrap_or(0),
            pictures_held: u8::try_from(held).unwrap_or(u8::MAX),
            loss_256ths: egress.slots.iter().map(|slot| slot.loss_256ths).max().unwrap_or(0),
            ..self.stats
        }
    }
}

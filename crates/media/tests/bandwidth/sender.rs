//! Who sends: the estimator of this crate, or that of `rtc-interceptor`.

use std::time::{Duration, Instant};

use media::bandwidth::{Cluster, Estimator};
use rtc::interceptor::{BandwidthEstimator, GCC_MAX_BITRATE, GCC_MIN_BITRATE, Gcc, PacketReport};
use rtc::rtcp::transport_feedbacks::cc_feedback_report::Ecn;

use crate::link::Fate;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    Ours,
    Theirs,
}

pub(crate) enum Algorithm {
    Ours(Box<Ours>),
    Theirs(Box<Gcc>),
}

pub(crate) struct Ours {
    estimator: Estimator,
    probe: Option<Padding>,
    lost: Vec<u16>,
}

struct Padding {
    cluster: Cluster,
    bitrate: u64,
    bytes_left: u64,
    packet_bytes: u64,
    credit: u64,
}

impl Algorithm {
    pub(crate) fn new(which: Which, beginning: Instant, start: u64) -> Self {
        match which {
            Which::Ours => Self::Ours(Box::new(Ours {
                estimator: Estimator::new(beginning, start),
                probe: None,
                lost: Vec::new(),
            })),
            Which::Theirs => {
                let start = f64::from(u32::try_from(start).unwrap());
                Self::Theirs(Box::new(Gcc::new(start, GCC_MIN_BITRATE, GCC_MAX_BITRATE)))
            }
        }
    }

    pub(crate) fn target(&self) -> u64 {
        match self {
            Self::Ours(ours) => ours.estimator.target(),
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate")]
            Self::Theirs(theirs) => theirs.target_bitrate() as u64,
        }
    }

    pub(crate) fn sent(
        &mut self,
        now: Instant,
        sequence: u16,
        bytes: u64,
        cluster: Option<Cluster>,
    ) {
        if let Self::Ours(ours) = self {
            ours.estimator.sent(now, sequence, usize::try_from(bytes).unwrap(), cluster);
        }
    }

    pub(crate) fn set_demand(&mut self, demand: u64) {
        if let Self::Ours(ours) = self {
            ours.estimator.set_demand(demand);
        }
    }

    /// Padding due in this millisecond: its size and cluster.
    pub(crate) fn take_padding(&mut self, now: Instant, is_tick: bool) -> Option<(u64, Cluster)> {
        let Self::Ours(ours) = self else { return None };
        if ours.probe.is_none() {
            ours.probe = ours.estimator.poll_probe(now).map(|probe| Padding {
                cluster: probe.cluster,
                bitrate: probe.bitrate,
                bytes_left: probe.bytes,
                packet_bytes: probe.packet_bytes,
                credit: probe.packet_bytes * 8_000,
            });
        }
        let padding = ours.probe.as_mut()?;
        if is_tick {
            padding.credit += padding.bitrate;
        }
        padding.credit = padding.credit.checked_sub(padding.packet_bytes * 8_000)?;
        padding.bytes_left = padding.bytes_left.saturating_sub(padding.packet_bytes);
        let due = (padding.packet_bytes, padding.cluster);
        if padding.bytes_left == 0 {
            ours.probe = None;
        }
        Some(due)
    }

    /// Feedback on what ended, as its receiver would send it.
    pub(crate) fn feedback(&mut self, now: Instant, beginning: Instant, ended: &[Fate]) {
        match self {
            Self::Ours(ours) => ours.feedback(now, ended),
            Self::Theirs(theirs) => {
                let reports: Vec<_> = ended.iter().map(|end| report(beginning, end)).collect();
                if !reports.is_empty() {
                    theirs.on_reports(now, &reports);
                }
            }
        }
    }
}

impl Ours {
    /// A receiver speaks of a gap once something behind it has come, and counts in 250 µs.
    fn feedback(&mut self, now: Instant, ended: &[Fate]) {
        let lost = ended.iter().filter(|end| end.arrived_at.is_none());
        self.lost.extend(lost.map(|end| end.sequence));
        let came = |end: &Fate| {
            let at = end.arrived_at? / 250 * 250;
            Some((end.sequence, Some(Duration::from_micros(at))))
        };
        let mut statuses: Vec<_> = ended.iter().filter_map(came).collect();
        let Some(&(newest, _)) = statuses.last() else { return };
        let is_behind = |sequence: &u16| newest.wrapping_sub(*sequence) < 1 << 15;
        statuses.extend(self.lost.iter().filter(|lost| is_behind(lost)).map(|lost| (*lost, None)));
        self.lost.retain(|lost| !is_behind(lost));
        statuses.sort_by_key(|(sequence, _)| sequence.wrapping_sub(newest.wrapping_add(1)));
        self.estimator.feedback(now, statuses);
    }
}

fn report(beginning: Instant, end: &Fate) -> PacketReport {
    PacketReport {
        ssrc: 0x00C0_FFEE,
        id: u64::from(end.sequence),
        rtp_sequence_number: end.sequence,
        is_twcc: true,
        twcc_sequence_number: end.sequence,
        size: usize::try_from(end.bits / 8).unwrap(),
        arrived: end.arrived_at.is_some(),
        departure: beginning + Duration::from_micros(end.sent_at),
        arrival: end.arrived_at.map(Duration::from_micros),
        ecn: Ecn::default(),
    }
}

//! Evens out the arrival of one voice.
//!
//! Every frame has a moment at which it is due: when it would have come at best, and a while after
//! that. The while is as long as all but one of two hundred frames of the last seconds were late, so
//! that a good line is heard soon and a bad one without holes. It grows and shrinks where the voice
//! pauses, and is hurried only when it is far off.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::super::call::extend;
use super::super::limits::{
    FRAME_SAMPLES, SAMPLE_RATE, VOICE_CONCEALED_MAX, VOICE_DELAY_MAX, VOICE_DELAY_MIN,
    VOICE_DELAY_START, VOICE_PACKETS_MAX,
};

/// A jump of the sequence by more than this is another stream.
const JUMP: u64 = 500;
/// A frame that is off by so many microseconds is another stream's too.
const CLOCK_JUMP: i64 = 5_000_000;
/// Of so many frames is known how late they were: ten seconds of them.
const DELAYS: usize = 500;
/// So often, in frames, what they say is looked at.
const DELAYS_EVERY: usize = 10;
/// Before so many are known, they say little.
const DELAYS_KNOWN: usize = 50;
/// One of so many frames may be later than the voice waits.
const LATE_ONE_OF: usize = 200;
/// Playing so many microseconds later than is needed is nothing to mend.
const SLACK: i64 = 30_000;
/// What is to be mended must have lasted for so many frames in a pause, and for so many else.
const PATIENCE: u32 = 25;
const PATIENCE_SPEAKING: u32 = 150;

/// A frame as it came off the line.
#[derive(Clone, Debug)]
pub(in super::super) struct VoiceFrame {
    /// Its RTP sequence number.
    pub(in super::super) sequence: u16,
    /// Its RTP timestamp.
    pub(in super::super) timestamp: u32,
    /// An Opus packet.
    pub(in super::super) payload: Bytes,
    /// When it came.
    pub(in super::super) at: Instant,
}

/// What is played next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// This frame, and what would bring the voice closer to its time.
    Frame(Bytes, Mending),
    /// A frame that did not come; the one after it may carry a coarse copy.
    Lost { following: Option<Bytes> },
    /// Nothing.
    Silence,
}

/// How a frame helps to play earlier or later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mending {
    /// The voice is in time.
    None,
    /// It is to be left out, if nothing is heard in it.
    Shorten,
    /// It is to be left out whatever is heard in it.
    ShortenNow,
    /// It is to be played twice, if nothing is heard in it.
    Lengthen,
}

/// How many frames were to be played, and how many of them were made up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) frames: u64,
    pub(super) concealed: u64,
}

/// Puts frames in order and in time.
#[derive(Debug, Default)]
pub(super) struct JitterBuffer {
    /// By sequence number, continued beyond 16 bits.
    frames: BTreeMap<u64, (i64, Bytes)>,
    highest: Option<u64>,
    /// Which of the numbers up to the highest came: bit `n` is `highest - n`.
    came: u128,
    clock: Clock,
    /// The frame to be played next; `None` between utterances.
    next: Option<u64>,
    /// When the last frame that was played ends, in ticks.
    end: i64,
    /// How long it was, in ticks.
    length: i64,
    /// Frames made up in a row.
    concealed: u32,
    /// Those of them that were made up because nothing had come yet: a pause, or lateness.
    dry: u32,
    /// The frame that was to be next when the voice fell silent.
    missed: Option<u64>,
    /// For how many frames the voice has been too late, or too early.
    late: u32,
    early: u32,
    heard: Heard,
}

impl JitterBuffer {
    /// Takes a frame; one that came before is left out.
    pub(super) fn push(&mut self, frame: VoiceFrame) {
        let VoiceFrame { sequence, timestamp, payload, at } = frame;
        // Far from 0, so that earlier frames have numbers too.
        let highest = self.highest.unwrap_or((1 << 32) + u64::from(sequence));
        let number = extend(highest, sequence);
        if number.abs_diff(highest) > JUMP {
            return self.begin_anew(VoiceFrame { sequence, timestamp, payload, at });
        }
        if !self.is_new(number, highest) {
            return;
        }
        let Some(ticks) = self.clock.came(timestamp, at) else {
            return self.begin_anew(VoiceFrame { sequence, timestamp, payload, at });
        };
        if self.next.is_some_and(|next| number < next) {
            return;
        }
        self.frames.insert(number, (ticks, payload));
        while self.frames.len() > VOICE_PACKETS_MAX {
            self.frames.pop_first();
            if self.next.is_some() {
                self.next = self.frames.keys().next().copied();
            }
        }
    }

    /// What to play at `now`, for 20 ms.
    pub(super) fn pop(&mut self, now: Instant) -> Next {
        let Some(next) = self.next.or_else(|| self.begins(now)) else { return Next::Silence };
        self.next = Some(next);
        if let Some((ticks, _)) = self.frames.get(&next) {
            let is_pause = *ticks > self.end && self.clock.late(*ticks, now) < 0;
            return if is_pause { self.conceal_dry() } else { self.play(next, now) };
        }
        // What is played before its time may as well wait for the missing frame.
        if self.frames.is_empty() || self.clock.late(self.end, now) < 0 {
            return self.conceal_dry();
        }
        self.next = Some(next + 1);
        self.end += self.length;
        self.heard.frames += 1;
        self.heard.concealed += 1;
        self.concealed += 1;
        Next::Lost { following: self.frames.get(&(next + 1)).map(|(_, payload)| payload.clone()) }
    }

    /// How many frames were played so far.
    pub(super) fn heard(&self) -> Heard {
        self.heard
    }

    /// Another stream begins.
    fn begin_anew(&mut self, frame: VoiceFrame) {
        *self = Self { heard: self.heard, ..Self::default() };
        self.push(frame);
    }

    /// A frame was left out or played twice, as was asked for.
    pub(super) fn mended(&mut self) {
        (self.late, self.early) = (0, 0);
    }

    /// How many frames came that were not played yet.
    #[cfg(test)]
    pub(super) fn behind(&self) -> usize {
        self.frames.len()
    }

    fn is_new(&mut self, number: u64, highest: u64) -> bool {
        let highest_now = highest.max(number);
        let step = u32::try_from(highest_now - highest).unwrap_or(u32::MAX);
        self.came = self.came.checked_shl(step).unwrap_or(0);
        self.highest = Some(highest_now);
        let Ok(age) = u32::try_from(highest_now - number) else { return false };
        let Some(bit) = 1_u128.checked_shl(age) else { return false };
        let is_new = self.came & bit == 0;
        self.came |= bit;
        is_new
    }

    /// The first frame of an utterance, when it is due.
    fn begins(&mut self, now: Instant) -> Option<u64> {
        let (number, (ticks, _)) = self.frames.first_key_value()?;
        if self.clock.late(*ticks, now) < 0 {
            return None;
        }
        // Whoever pauses skips no number: what is skipped was said and did not come.
        if let Some(missed) = self.missed.take().filter(|missed| missed < number) {
            self.heard.frames += number - missed;
            self.heard.concealed += number - missed;
            self.dry = 0;
        } else if *ticks > self.end {
            self.dry = 0;
        }
        self.end = *ticks;
        Some(*number)
    }

    fn play(&mut self, number: u64, now: Instant) -> Next {
        let Some((ticks, payload)) = self.frames.remove(&number) else { return Next::Silence };
        // What was made up while nothing came was a hole only if the voice had not paused.
        let dry = std::mem::take(&mut self.dry);
        if ticks <= self.end {
            self.heard.frames += u64::from(dry);
            self.heard.concealed += u64::from(dry);
        }
        self.heard.frames += 1;
        self.concealed = 0;
        self.next = Some(number + 1);
        self.length = length_of(&payload);
        self.end = ticks + self.length;
        Next::Frame(payload, self.mending(ticks, now))
    }

    /// Nothing came yet: makes up sound for a while.
    fn conceal_dry(&mut self) -> Next {
        self.concealed += 1;
        self.dry += 1;
        if self.concealed <= VOICE_CONCEALED_MAX {
            return Next::Lost { following: None };
        }
        self.missed = self.next.take();
        self.concealed = 0;
        Next::Silence
    }

    fn mending(&mut self, ticks: i64, now: Instant) -> Mending {
        let late = self.clock.late(ticks, now);
        let count = |was: u32, is: bool| if is { was + 1 } else { 0 };
        self.late = count(self.late, late > SLACK);
        self.early = count(self.early, late < 0);
        match (self.late, self.early) {
            (PATIENCE_SPEAKING.., _) => Mending::ShortenNow,
            (PATIENCE.., _) => Mending::Shorten,
            (_, PATIENCE..) => Mending::Lengthen,
            _ => Mending::None,
        }
    }
}

/// How the voice's time and the room's belong together.
#[derive(Debug)]
struct Clock {
    /// When the first frame came.
    origin: Option<Instant>,
    /// The last timestamp, and its distance to the first.
    last: (u32, i64),
    /// How late the last frames came, by their own time, in microseconds after the first.
    delays: VecDeque<i64>,
    noted: usize,
    /// The least of them, and for how long after that a frame is waited for.
    best: i64,
    wait: i64,
}

impl Default for Clock {
    fn default() -> Self {
        let (origin, last, delays) = (None, (0, 0), VecDeque::with_capacity(DELAYS));
        Self { origin, last, delays, noted: 0, best: 0, wait: micros(VOICE_DELAY_START) }
    }
}

impl Clock {
    /// Notes when a frame came; how many ticks it lies after the first. Nothing if it is so far
    /// from where it belongs that it must be another stream's.
    fn came(&mut self, timestamp: u32, at: Instant) -> Option<i64> {
        let origin = *self.origin.get_or_insert_with(|| {
            self.last.0 = timestamp;
            at
        });
        let (last, passed) = self.last;
        let step = timestamp.wrapping_sub(last).to_be_bytes();
        let ticks = passed + i64::from(i32::from_be_bytes(step));
        let delay = micros(at.saturating_duration_since(origin)) - micros_of(ticks);
        if (delay - self.best).abs() > CLOCK_JUMP {
            return None;
        }
        self.last = (timestamp, ticks);
        if self.delays.len() == DELAYS {
            self.delays.pop_front();
        }
        self.delays.push_back(delay);
        self.best = self.best.min(delay);
        self.noted += 1;
        if self.noted.is_multiple_of(DELAYS_EVERY) {
            self.judge();
        }
        Some(ticks)
    }

    /// Looks how late frames are.
    fn judge(&mut self) {
        let mut delays: Vec<i64> = self.delays.iter().copied().collect();
        delays.sort_unstable();
        let (Some(best), Some(worst)) =
            (delays.first(), delays.get(delays.len() - 1 - delays.len() / LATE_ONE_OF))
        else {
            return;
        };
        let start = if delays.len() < DELAYS_KNOWN { VOICE_DELAY_START } else { VOICE_DELAY_MIN };
        self.best = *best;
        self.wait = (worst - best).clamp(micros(start), micros(VOICE_DELAY_MAX));
    }

    /// By how much a frame that is played now is later than due; negative if it is early.
    fn late(&self, ticks: i64, now: Instant) -> i64 {
        let passed = self.origin.map_or(0, |origin| micros(now.saturating_duration_since(origin)));
        passed - micros_of(ticks) - self.best - self.wait
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX / 4)
}

/// Of ticks of RTP's clock for Opus.
fn micros_of(ticks: i64) -> i64 {
    ticks * 1_000 / i64::from(SAMPLE_RATE / 1_000)
}

/// How many ticks an Opus packet lasts.
fn length_of(payload: &[u8]) -> i64 {
    let samples = opus::packet::get_nb_samples(payload, SAMPLE_RATE).unwrap_or(FRAME_SAMPLES);
    i64::try_from(samples).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::super::clock;
    use super::*;

    /// Opus packets of 20 ms (RFC 6716 §3.1), told apart by their last bytes.
    fn payload(sequence: u16) -> Bytes {
        let [high, low] = sequence.to_be_bytes();
        Bytes::copy_from_slice(&[0x78, high, low])
    }

    /// Frames come at these milliseconds: `(at, sequence, timestamp in frames)`. What was played
    /// every 20 ms from 0 on: a number, `-` for one made up, `+` for one made up from the
    /// following, `_` for silence.
    fn play(frames: &[(u64, u16, u32)], count: u64) -> String {
        let start = clock::now();
        let mut buffer = JitterBuffer::default();
        let mut frames = frames.iter().peekable();
        let mut played = Vec::new();
        for step in 0..count {
            let now = step * 20;
            while let Some((at, sequence, frame)) = frames.next_if(|(at, ..)| *at <= now) {
                buffer.push(VoiceFrame {
                    sequence: *sequence,
                    timestamp: frame.wrapping_mul(960),
                    payload: payload(*sequence),
                    at: start + Duration::from_millis(*at),
                });
            }
            played.push(match buffer.pop(start + Duration::from_millis(now)) {
                Next::Frame(payload, _) => u16::from_be_bytes([payload[1], payload[2]]).to_string(),
                Next::Lost { following: Some(_) } => "+".to_owned(),
                Next::Lost { following: None } => "-".to_owned(),
                Next::Silence => "_".to_owned(),
            });
        }
        played.join(" ")
    }

    /// What it is, when which frames come, for how many frames it is listened to, what is heard.
    type Case<'a> = (&'a str, Vec<(u64, u16, u32)>, u64, &'a str);

    #[test]
    fn frames_are_played_in_order_and_in_time() {
        let even = |numbers: &[u16]| -> Vec<(u64, u16, u32)> {
            let first = numbers[0];
            let one = |number: &u16| {
                let age = number.wrapping_sub(first);
                (u64::from(age) * 20, *number, u32::from(age))
            };
            numbers.iter().map(one).collect()
        };
        let swapped = vec![(0, 1, 0), (25, 3, 2), (30, 2, 1), (60, 4, 3)];
        let twice = vec![(0, 1, 0), (0, 1, 0), (20, 2, 1), (21, 2, 1), (40, 3, 2)];
        let recovered = vec![(0, 1, 0), (40, 2, 1), (40, 3, 2), (60, 4, 3)];
        let late = vec![(0, 1, 0), (20, 2, 1), (130, 3, 2), (131, 4, 3), (132, 5, 4)];
        let too_late = vec![(0, 1, 0), (20, 2, 1), (60, 4, 3), (90, 5, 4), (125, 3, 2)];
        // Two seconds without a packet, for the room was quiet.
        let pause = vec![(0, 1, 0), (20, 2, 1), (300, 3, 15), (320, 4, 16)];
        let other = vec![(0, 1, 0), (20, 2, 1), (60, 30_000, 900_000), (80, 30_001, 900_001)];
        let cases: [Case<'_>; 10] = [
            ("in time", even(&[1, 2, 3, 4]), 8, "_ _ _ 1 2 3 4 -"),
            ("around the end", even(&[65_534, 65_535, 0]), 6, "_ _ _ 65534 65535 0"),
            ("swapped", swapped, 7, "_ _ _ 1 2 3 4"),
            ("twice", twice, 6, "_ _ _ 1 2 3"),
            ("lost", even(&[1, 2, 4, 5]), 8, "_ _ _ 1 2 + 4 5"),
            ("two lost", even(&[1, 4, 5]), 8, "_ _ _ 1 - + 4 5"),
            ("recovered from the one after", recovered, 7, "_ _ _ 1 2 3 4"),
            ("late, and waited for", late, 10, "_ _ _ 1 2 - - 3 4 5"),
            ("too late", too_late, 8, "_ _ _ 1 2 + 4 5"),
            ("another stream", other, 9, "_ _ _ _ _ _ 30000 30001 -"),
        ];
        for (name, frames, count, expected) in cases {
            assert_eq!(play(&frames, count), expected, "{name}");
        }
        let paused = play(&pause, 20);
        assert_eq!(paused, "_ _ _ 1 2 - - - - - _ _ _ _ _ _ _ _ 3 4", "a pause is no hurry");
    }

    /// A voice of 30 s over a bad line, as `came` says when each frame comes, if it does; what was
    /// heard, and the longest delay in frames.
    fn heard(mut came: impl FnMut(u64) -> Option<u64>) -> (Heard, u64) {
        let start = clock::now();
        let mut buffer = JitterBuffer::default();
        let mut line: Vec<(u64, u64)> =
            (0..1_500).filter_map(|number| Some((came(number)?, number))).collect();
        line.sort_unstable();
        let mut line = line.into_iter().peekable();
        let mut delay = 0;
        for step in 0..1_500 {
            let now = step * 20;
            while let Some((at, number)) = line.next_if(|(at, _)| *at <= now) {
                let sequence = u16::try_from(number).unwrap();
                let timestamp = u32::from(sequence) * 960;
                let at = start + Duration::from_millis(at);
                buffer.push(VoiceFrame { sequence, timestamp, payload: payload(sequence), at });
            }
            if let Next::Frame(payload, _) = buffer.pop(start + Duration::from_millis(now)) {
                let number = u64::from(u16::from_be_bytes([payload[1], payload[2]]));
                delay = delay.max(step - number);
            }
        }
        (buffer.heard(), delay)
    }

    /// A sequence that looks like chance, below 1000.
    fn chance() -> impl FnMut() -> u64 {
        let mut state = 7_u64;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % 1_000
        }
    }

    #[test]
    fn a_fifth_of_loss_with_three_frames_again_leaves_hardly_a_hole() {
        let mut chance = chance();
        let came: Vec<bool> = (0..1_510).map(|_| chance() >= 200).collect();
        // A frame comes with the first packet of itself and the three after it that comes.
        let (heard, delay) = heard(|number| {
            let carrier = (number..number + 4).find(|it| came[usize::try_from(*it).unwrap()])?;
            Some(carrier * 20 + 25)
        });
        let percent = heard.concealed * 100 / heard.frames;
        assert!(heard.frames > 1_450 && percent < 2, "{heard:?}");
        assert!(delay <= 6, "{delay} frames");
    }

    #[test]
    fn it_waits_for_as_long_as_the_line_is_uneven() {
        for (jitter, longest) in [(1, 4), (60, 5), (120, 8), (200, 12)] {
            let mut chance = chance();
            let (heard, delay) = heard(|number| Some(number * 20 + chance() % jitter));
            let permille = heard.concealed * 1_000 / heard.frames;
            assert!(permille <= 20, "{jitter} ms: {heard:?}");
            assert!(delay <= longest, "{jitter} ms: {delay} frames");
        }
    }

    #[test]
    fn what_did_not_come_is_counted_and_a_pause_is_not() {
        let late = |number: u64, by: u64| Some(number * 20 + by);
        let (whole, _) = heard(|number| late(number, 0));
        assert!(whole.frames > 1_490 && whole.concealed == 0, "{whole:?}");
        let (lost, _) = heard(|number| late(number, 0).filter(|_| number % 100 != 50));
        assert_eq!(lost.concealed, 15, "one of a hundred");
        let (cut, _) = heard(|number| late(number, 0).filter(|_| !(500..540).contains(&number)));
        assert_eq!(cut.concealed, 40, "a line that was cut for 800 ms");
        let (stood, _) = heard(|number| {
            let stands = (500..510).contains(&number);
            late(number, if stands { (510 - number) * 20 } else { 0 })
        });
        assert!((4..=10).contains(&stood.concealed), "a line that stood for 200 ms: {stood:?}");
        // Half a second of voice, half a second in which nothing is sent.
        let start = clock::now();
        let mut buffer = JitterBuffer::default();
        for step in 0..1_000_u32 {
            let at = start + Duration::from_millis(20) * step;
            if step % 50 < 25 {
                let sequence = u16::try_from(step / 50 * 25 + step % 50).unwrap();
                let (timestamp, payload) = (step * 960, payload(sequence));
                buffer.push(VoiceFrame { sequence, timestamp, payload, at });
            }
            buffer.pop(at);
        }
        let paused = buffer.heard();
        assert!(paused.frames >= 475 && paused.concealed == 0, "{paused:?}");
    }

    #[test]
    fn what_is_held_is_bounded() {
        let start = clock::now();
        let mut buffer = JitterBuffer::default();
        for sequence in 0..100_u16 {
            let timestamp = u32::from(sequence) * 960;
            buffer.push(VoiceFrame { sequence, timestamp, payload: payload(sequence), at: start });
            assert!(buffer.frames.len() <= VOICE_PACKETS_MAX);
        }
    }
}

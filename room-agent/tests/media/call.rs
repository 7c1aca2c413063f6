//! A room in a call with a peer that sends everything back.

use std::time::Duration;

use fleet::Picture;
use protocol::room::Part;
use room_agent::config::{
    LoudspeakerKind, MicrophoneSource, PictureConfig, PictureSource, SoundConfig,
};
use room_agent::edge::media::mark::Mark;
use room_agent::edge::media::{MediaCommand, MediaConfig, MediaEngine, MediaEvent};
use tokio::sync::mpsc::Receiver;
use tokio::time::{interval, timeout};
use uuid::Uuid;

use crate::reflector::Reflector;
use crate::sound::amplitude_at;

pub(crate) const POINT: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0042);
const PATIENCE: Duration = Duration::from_secs(20);
const PICTURE: Picture =
    Picture { width: 320, height: 180, frames_per_second: 15, bitrate_bps_max: 300_000 };

pub(crate) fn config(loudspeaker: LoudspeakerKind) -> MediaConfig {
    let picture = PictureConfig {
        source: PictureSource::Test,
        width: 1280,
        height: 720,
        frames_per_second: 15,
        ..PictureConfig::default()
    };
    let sound =
        SoundConfig { microphone: MicrophoneSource::Tone, loudspeaker, ..SoundConfig::default() };
    MediaConfig { picture, sound, point: POINT, point_name: "Phủ Lý".into(), loopback: true }
}

/// Offers, answers and connects.
pub(crate) async fn connect(
    engine: &MediaEngine,
    events: &mut Receiver<MediaEvent>,
    generation: u32,
) -> Reflector {
    engine.command(MediaCommand::Offer { generation, picture: PICTURE }).unwrap();
    let (sdp, mids) = wait(events, |event| match event {
        MediaEvent::OfferReady { generation: of, sdp, mids } if of == generation => {
            Some((sdp, mids))
        }
        _ => None,
    })
    .await;
    assert_eq!(sdp.matches("\r\nm=").count(), 11, "{sdp}");
    assert!(sdp.contains("a=candidate:") && sdp.contains("127.0.0.1"), "{sdp}");
    let named =
        [mids.camera, mids.microphone, mids.main, mids.content].into_iter().map(Option::unwrap);
    let mut named: Vec<String> = named.chain(mids.voices).chain(mids.tiles).collect();
    named.sort();
    named.dedup();
    assert_eq!(named.len(), 11, "each slot has a mid of its own");
    let (reflector, answer) = Reflector::answer(sdp).await;
    engine.command(MediaCommand::Answer { generation, sdp: answer }).unwrap();
    wait(events, |event| (event == MediaEvent::Connected { generation }).then_some(())).await;
    reflector
}

/// The first event that `pick` wants.
async fn wait<T>(
    events: &mut Receiver<MediaEvent>,
    mut pick: impl FnMut(MediaEvent) -> Option<T>,
) -> T {
    let found = async {
        loop {
            let event = events.recv().await.expect("the engine ended");
            assert!(!matches!(event, MediaEvent::Failed { .. }), "{event:?}");
            if let Some(found) = pick(event) {
                return found;
            }
        }
    };
    timeout(PATIENCE, found).await.expect("the engine did not say what was awaited")
}

/// Looks every 20 ms until there is something.
async fn poll<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let found = async {
        let mut timer = interval(Duration::from_millis(20));
        loop {
            timer.tick().await;
            if let Some(found) = look() {
                return found;
            }
        }
    };
    timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("not seen in time: {what}"))
}

#[tokio::test]
async fn a_picture_and_a_tone_go_out_and_come_back() {
    let (engine, mut events) = MediaEngine::start(config(LoudspeakerKind::None), 7).unwrap();
    let slot = engine.pictures().main;
    // The second call shows that nothing of the first is left.
    for generation in 1..3 {
        let reflector = connect(&engine, &mut events, generation).await;
        engine.command(MediaCommand::Microphone(true)).unwrap();

        let mut counters = Vec::new();
        poll("ten pictures with the point's mark", || {
            let picture = slot.latest()?;
            let mark = Mark::read(picture.planes.y(), picture.planes.size())?;
            assert_eq!((mark.tag, picture.planes.size().width), (Mark::new(POINT, 0).tag, 320));
            if counters.last() != Some(&mark.counter) {
                counters.push(mark.counter);
            }
            (counters.len() >= 10).then_some(())
        })
        .await;
        assert!(reflector.keyframe_requests() > 0, "the picture began without a key frame");

        poll("one second of the tone", || {
            let heard = reflector.heard();
            let second = heard.len().checked_sub(48_000)?;
            let amplitude = amplitude_at(&heard[second..], 440.0);
            ((0.25..0.35).contains(&amplitude)).then_some(())
        })
        .await;
        let stats = wait(&mut events, |event| match event {
            MediaEvent::Stats(stats) if stats.frames_decoded >= 10 => Some(stats),
            _ => None,
        })
        .await;
        assert!(stats.frames_per_second > 0.0 && stats.loss_percent < 20.0, "{stats:?}");

        engine.command(MediaCommand::Microphone(false)).unwrap();
        let mut last = (0, 0);
        poll("half a second of silence", || {
            let heard = reflector.heard().len();
            last = if heard == last.0 { (heard, last.1 + 1) } else { (heard, 0) };
            (last.1 > 25).then_some(())
        })
        .await;
        engine.command(MediaCommand::Close).unwrap();
        poll("no picture after the call", || slot.latest().is_none().then_some(())).await;
        reflector.close().await;
    }
    assert_eq!(engine.close(), 0, "threads are left");
}

#[tokio::test]
async fn devices_are_told_without_a_call_and_a_bad_answer_fails() {
    let mut config = config(LoudspeakerKind::None);
    config.sound.microphone = MicrophoneSource::None;
    config.picture.source = PictureSource::File;
    config.picture.file = Some("/nonexistent.y4m".into());
    let (engine, mut events) = MediaEngine::start(config, 1).unwrap();
    wait(&mut events, |event| match event {
        MediaEvent::Devices(parts) => {
            assert_eq!(parts.camera, Part::Missing);
            assert_eq!((parts.microphone, parts.loudspeaker), (Part::Unused, Part::Unused));
            Some(())
        }
        _ => None,
    })
    .await;
    engine.command(MediaCommand::Offer { generation: 4, picture: PICTURE }).unwrap();
    wait(&mut events, |event| matches!(event, MediaEvent::OfferReady { .. }).then_some(())).await;
    // An answer to another offer is left out; a broken one to this ends the call.
    engine.command(MediaCommand::Answer { generation: 3, sdp: "v=0".into() }).unwrap();
    engine.command(MediaCommand::Answer { generation: 4, sdp: "rubbish".into() }).unwrap();
    let failed = timeout(PATIENCE, async {
        loop {
            if let Some(MediaEvent::Failed { generation, reason }) = events.recv().await {
                return (generation, reason);
            }
        }
    });
    let (generation, reason) = failed.await.unwrap();
    assert_eq!(generation, 4);
    assert!(reason.contains("answer"), "{reason}");
    assert_eq!(engine.close(), 0, "threads are left");
}

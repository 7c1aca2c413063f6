//! Sound: the room's voice out, the others' in.

mod chime;
mod jitter;
mod loudspeaker;
mod microphone;
mod mixer;
mod recording;
mod resample;
mod silence;
mod tone;
mod voice;
mod wav;

pub(super) use jitter::VoiceFrame;
pub(super) use loudspeaker::{HeardSoFar, SoundInput, play};
pub(super) use microphone::{MicrophoneCommand, OutgoingVoice, listen};

//! What every part of the machine gets while it handles one input.

use std::collections::VecDeque;

use protocol::live::ClientFrame;
use protocol::meeting::Timestamp;

use super::effect::Effect;
use super::entropy::Entropy;

/// One step: the moment, chance, and where effects go.
pub(super) struct Step<'a> {
    pub(super) now: Timestamp,
    pub(super) entropy: &'a mut dyn Entropy,
    pub(super) effects: &'a mut VecDeque<Effect>,
}

impl Step<'_> {
    pub(super) fn effect(&mut self, effect: Effect) {
        self.effects.push_back(effect);
    }

    /// Says something to the server over the open line.
    pub(super) fn send(&mut self, line: u64, frame: ClientFrame) {
        self.effect(Effect::Send { generation: line, frame: Box::new(frame) });
    }
}

/// The earlier of two moments that may be absent.
pub(super) fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

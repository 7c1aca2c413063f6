//! Commands on their way: each is repeated after a cut until it is answered.

use std::collections::BTreeMap;

use protocol::live::ClientFrame;
use protocol::meeting::{Command, CommandId, MeetingId};

use super::step::Step;

/// Commands without an answer, by id; ids are made in order of time.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: BTreeMap<CommandId, (MeetingId, Command<String>)>,
}

impl Outbox {
    /// Gives a command its id and sends it, now or when the line is open again.
    pub(super) fn put(
        &mut self,
        step: &mut Step<'_>,
        line: Option<u64>,
        meeting: MeetingId,
        command: Command<String>,
    ) {
        let id = step.entropy.command_id(step.now);
        if let Some(line) = line {
            step.send(line, ClientFrame::Command { id, meeting, command: command.clone() });
        }
        self.waiting.insert(id, (meeting, command));
    }

    /// The line is open anew: says everything again that has no answer.
    pub(super) fn repeat(&self, step: &mut Step<'_>, line: u64) {
        for (id, (meeting, command)) in &self.waiting {
            let frame =
                ClientFrame::Command { id: *id, meeting: *meeting, command: command.clone() };
            step.send(line, frame);
        }
    }

    /// A command was carried out or refused; either is an answer.
    pub(super) fn answered(&mut self, id: CommandId) {
        self.waiting.remove(&id);
    }

    /// Whether such a command is on its way.
    pub(super) fn has(&self, meeting: MeetingId, wanted: &Command<String>) -> bool {
        self.waiting.values().any(|(place, command)| *place == meeting && command == wanted)
    }
}

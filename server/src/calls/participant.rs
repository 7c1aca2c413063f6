//! Who is in a call.

use media::Kind;
use meeting::{Actor, Hearing, MeetingId, Speaker, speaker_of};
use protocol::call::CallSlots;
use tokio::sync::mpsc;

/// Which call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CallKey {
    /// The call of a meeting.
    Meeting(MeetingId),
    /// The call for measuring: no meeting, only named streams.
    Bench,
}

impl CallKey {
    /// Where the call lives, among any number of forwarding units.
    pub(super) fn home(self) -> u64 {
        match self {
            // The last bits of an id are chance.
            Self::Meeting(meeting) => meeting.uuid().as_u64_pair().1,
            Self::Bench => 0,
        }
    }
}

/// What a participant on the live channel is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CallNotice {
    /// Who is in which slot now.
    Slots {
        /// Which call.
        meeting: MeetingId,
        /// The slots.
        slots: CallSlots,
    },
    /// Who is looked at alone now.
    Viewing {
        /// In which call.
        meeting: MeetingId,
        /// At whom.
        speaker: Option<Speaker>,
        /// Why it is not who was asked for.
        code: Option<&'static str>,
    },
    /// So many layers of its picture are wanted by anybody now.
    Layers {
        /// In which call.
        meeting: MeetingId,
        /// How many, the smallest first.
        layers: u8,
    },
    /// The call is over for this client.
    Ended {
        /// Which call.
        meeting: MeetingId,
        /// The generation that ended.
        generation: u32,
        /// `GONE` or `REPLACED`.
        code: &'static str,
    },
}

/// As whom a participant publishes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Publisher {
    /// As somebody who may get the floor.
    Speaker(Speaker),
    /// The screen of somebody, beside what he publishes as a speaker.
    Screen(Speaker),
    /// Under a name, shown only to who asks for it.
    Named(String),
}

/// What a participant wants to receive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// What the meeting shows to everybody.
    Floor,
    /// One named stream.
    Stream(String),
    /// Nothing: it only publishes.
    Nothing,
}

/// What a slot of a receiver is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlotUse {
    /// The main picture.
    Main,
    /// A voice.
    Voice,
    /// A picture beside the main one.
    Tile,
    /// A point that this participant alone looks at.
    Preview,
    /// A screen that somebody shares.
    Content,
}

impl From<Kind> for SlotUse {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Video => Self::Main,
            Kind::Audio => Self::Voice,
        }
    }
}

/// How the server reaches a participant.
#[derive(Debug)]
pub(super) enum Link {
    /// Over the live channel.
    Live {
        /// Where notices go.
        notices: mpsc::Sender<CallNotice>,
        /// Of its offer.
        generation: u32,
        /// The offer came on a channel before this one: a page that was loaded anew counts anew.
        is_resumed: bool,
    },
    /// Not at all: it came by WHIP or WHEP.
    Http {
        /// The last part of its session's path.
        session: String,
        /// The offer it made last.
        offer: String,
        /// Changes with every ICE restart (RFC 9725 §4.3.1).
        etag: String,
    },
}

/// One peer in a call.
#[derive(Debug)]
pub(super) struct Participant {
    /// Who it is; nobody in the call for measuring.
    pub(super) actor: Option<Actor>,
    /// As whom it publishes, when it does.
    pub(super) publishes: Option<Publisher>,
    /// What it publishes.
    pub(super) kinds: Vec<Kind>,
    /// What it wants to receive.
    pub(super) wish: Wish,
    /// What its slots are for.
    pub(super) uses: Vec<SlotUse>,
    /// Who is seen and heard by it.
    pub(super) hearing: Hearing,
    /// At whom it looks alone, unseen by others, instead of the main picture.
    pub(super) views: Option<Speaker>,
    /// Who is in its slots.
    pub(super) slots: CallSlots,
    /// How it is reached.
    pub(super) link: Link,
}

impl Participant {
    /// The speaker it would be.
    pub(super) fn speaker(&self) -> Option<Speaker> {
        self.actor.as_ref().map(speaker_of)
    }

    /// How many slots it has for something.
    pub(super) fn count(&self, of: SlotUse) -> usize {
        self.uses.iter().filter(|slot| **slot == of).count()
    }

    /// Whether it is the screen of somebody, and nothing of what it sees or sends besides.
    pub(super) fn is_screen(&self) -> bool {
        matches!(self.publishes, Some(Publisher::Screen(_)))
    }

    /// Whether it may go on: a screen only as long as the meeting shows it. What is kept from its
    /// sharer says nothing about that.
    pub(super) fn is_wanted(&self) -> bool {
        match &self.publishes {
            Some(Publisher::Screen(speaker)) => {
                self.hearing.main.is_none() || self.hearing.content == Some(*speaker)
            }
            _ => true,
        }
    }

    pub(super) fn notify(&self, notice: CallNotice) {
        if let Link::Live { notices, .. } = &self.link {
            // Who is too slow to take it is cut by the live channel, and told anew when he is
            // back.
            let _ = notices.try_send(notice);
        }
    }
}

//! What the room does next, and nothing that does it.
//!
//! [`Room`] has three doors (rule 10): [`Room::handle`] takes what happened, [`Room::poll_effect`]
//! gives what should be done, [`Room::poll_timeout`] says when it wants to be asked again. Time
//! and chance come in as arguments; late results are told by their generation.
//!
//! A room is unknown and shows its code (`Enrolling`), or it is known (`Station`): then it has a
//! line to the server, papers it fetches and checks, and waits for a meeting or sits in one.

mod call;
mod effect;
mod enrolling;
mod entropy;
mod input;
mod line;
mod model;
mod outbox;
mod papers;
mod plan;
mod report;
mod room;
mod screen;
mod sitting;
mod station;
mod step;
mod stills;

pub use effect::{Effect, Judgement, StillWish};
pub use entropy::Entropy;
pub use input::{
    FetchOutcome, Input, Key, LineInput, MediaInput, Memory, Quality, RememberedView, Verdict,
};
pub use model::{
    Check, CheckOf, CheckState, Content, EnrolmentScreen, ItemBar, LineState, MeetingScreen,
    NextMeeting, PageKey, PaperArea, PictureBand, ScreenModel, SeenAs, Signature, StandbyScreen,
    StepBar, TilePicture,
};
pub use room::{Facts, RefusedPaper, Room};

#[cfg(test)]
mod tests;

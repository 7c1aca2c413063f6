//! Every limit of the domain (rule 15).

use std::ops::RangeInclusive;
use std::time::Duration;

/// Characters in a title.
pub const TITLE_CHARS_MAX: usize = 300;
/// Items on an agenda.
pub const ITEMS_MAX: usize = 200;
/// Papers in a meeting.
pub const PAPERS_MAX: usize = 1_000;
/// People invited to a meeting.
pub const PEOPLE_MAX: usize = 5_000;
/// Points invited to a meeting.
pub const POINTS_MAX: usize = 10_000;
/// Minutes that a meeting or an item may be planned for.
pub const MINUTES_MAX: u16 = 14 * 24 * 60;
/// Pages of one paper.
pub const PAGES_MAX: u32 = 20_000;
/// Minutes by which a meeting is extended at once.
pub const EXTEND_MINUTES_MAX: u16 = 12 * 60;
/// Pictures of other points beside the main one.
pub const TILES_MAX: usize = 4;
/// Seconds for which a picture that follows the voices holds at least.
pub const HOLD_SECONDS: RangeInclusive<u8> = 2..=10;
/// How long one has to speak until the picture follows his voice.
pub const FOLLOW_AFTER: Duration = Duration::from_secs(1);
/// Days from now within which a meeting begins; a later one is a slip of the keyboard.
pub const AHEAD_DAYS_MAX: i64 = 5 * 366;
/// Characters of the code with which a point refuses a paper.
pub const CODE_CHARS_MAX: usize = 40;
/// Characters of a unit's name.
pub const UNIT_NAME_CHARS_MAX: usize = 200;
/// Lines of one file of units.
pub const UNIT_ROWS_MAX: usize = 50_000;

const _: () = assert!(PEOPLE_MAX + POINTS_MAX < u16::MAX as usize, "everybody can be in the queue");
const _: () = assert!(ITEMS_MAX < u16::MAX as usize, "items are numbered in 16 bits");

//! Every limit of the domain (rule 15).

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

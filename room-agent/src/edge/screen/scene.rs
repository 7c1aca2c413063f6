//! What to draw: tiles of plain operations, compared to know what changed.

use protocol::call::TILES;
use protocol::meeting::PaperId;

use super::geometry::Rect;
use super::icons::Icon;
use super::theme::Colour;

/// The whole screen as it should look.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scene {
    /// Pixels across and down.
    pub(super) width: i32,
    pub(super) height: i32,
    /// They cover the screen; a later one lies over an earlier one.
    pub(super) tiles: Vec<Tile>,
    /// Where the main picture moves.
    pub(super) picture: Option<Rect>,
    /// Where the screen moves that somebody shares.
    pub(super) content: Option<Rect>,
    /// Where the pictures beside the main one move, in the order of the call's tiles.
    pub(super) beside: [Option<Rect>; TILES],
    /// Where the page is fitted.
    pub(super) page: Option<PagePlace>,
    /// The paper's place, whatever is in it.
    pub(super) paper: Option<Rect>,
    /// The paper whose refusal is said there.
    pub(super) refused: Option<PaperId>,
}

/// A picture that moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moving {
    /// The main picture.
    Main,
    /// The screen that somebody shares.
    Content,
    /// The picture of one of the call's tiles.
    Tile(usize),
}

impl Moving {
    /// How many there can be.
    pub(super) const COUNT: usize = 2 + TILES;

    pub(super) fn all() -> impl Iterator<Item = Self> {
        [Self::Main, Self::Content].into_iter().chain((0..TILES).map(Self::Tile))
    }

    /// Its place among all, below [`Self::COUNT`].
    pub(super) fn index(self) -> usize {
        match self {
            Self::Main => 0,
            Self::Content => 1,
            Self::Tile(tile) => 2 + tile.min(TILES - 1),
        }
    }
}

impl Scene {
    /// Where a picture moves, if it does.
    pub(super) fn place(&self, of: Moving) -> Option<Rect> {
        match of {
            Moving::Main => self.picture,
            Moving::Content => self.content,
            Moving::Tile(tile) => self.beside.get(tile).copied().flatten(),
        }
    }
}

/// A part of the screen that is drawn anew as a whole when anything in it changed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tile {
    pub(super) place: Rect,
    pub(super) ground: Colour,
    pub(super) marks: Vec<Mark>,
}

/// The page's place: a page is fitted into it whole, on white.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PagePlace {
    pub(super) place: Rect,
    pub(super) page: crate::machine::PageKey,
}

/// One drawing operation.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mark {
    /// A filled rectangle with round corners (radius in pixels, 0 for none).
    Fill { place: Rect, radius: i32, colour: Colour },
    /// The edge of a rectangle, inside of it.
    Frame { place: Rect, radius: i32, width: i32, colour: Colour },
    /// Words.
    Words(Words),
    /// A picture made of strokes.
    Icon { place: Rect, icon: Icon, colour: Colour },
}

/// Words in a box: from its top, wrapped at its width, cut with an ellipsis after some lines.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Words {
    pub(super) place: Rect,
    pub(super) text: String,
    pub(super) look: Look,
}

/// How words look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    /// Pixels of the type's size.
    pub(super) size: f32,
    pub(super) is_bold: bool,
    pub(super) colour: Colour,
    pub(super) align: Align,
    pub(super) lines_max: usize,
}

/// Which side words keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Centre,
}

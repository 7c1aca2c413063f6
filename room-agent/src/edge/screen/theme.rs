//! Colours and sizes of the room's screen. One accent, and it means: now.

/// A colour with its opacity, 0 to 255 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colour {
    pub(super) red: u8,
    pub(super) green: u8,
    pub(super) blue: u8,
    pub(super) opacity: u8,
}

const fn rgb(hex: u32) -> Colour {
    let [_, red, green, blue] = hex.to_be_bytes();
    Colour { red, green, blue, opacity: 255 }
}

pub(super) const BG: Colour = rgb(0x000A_1316);
pub(super) const SURFACE: Colour = rgb(0x0012_2026);
pub(super) const SUNKEN: Colour = rgb(0x000E_191D);
pub(super) const LINE: Colour = rgb(0x002B_3E45);
pub(super) const INK: Colour = rgb(0x00F1_F6F6);
pub(super) const INK_2: Colour = rgb(0x00BC_CACD);
pub(super) const INK_3: Colour = rgb(0x009A_ACB1);
pub(super) const ACCENT: Colour = rgb(0x0062_CBDF);
pub(super) const ON_ACCENT: Colour = rgb(0x0004_222A);
pub(super) const ACCENT_SOFT: Colour = rgb(0x0012_363F);
pub(super) const OK: Colour = rgb(0x0077_D097);
pub(super) const WARN: Colour = rgb(0x00F3_B765);
pub(super) const WARN_SOFT: Colour = rgb(0x0038_280F);
pub(super) const BAD: Colour = rgb(0x00FF_97AC);
/// The dot of a recording, and nothing else.
pub(super) const RECORDING: Colour = rgb(0x00FF_4B55);
pub(super) const BAD_SOFT: Colour = rgb(0x003D_1823);
/// A paper is white in every theme: it is a document, not a surface of ours.
pub(super) const PAPER: Colour = rgb(0x00FF_FFFF);

/// Sizes of type in units of the design; none is below 1/25 of the height.
pub(super) const TEXT: f32 = 44.0;
pub(super) const STRONG: f32 = 52.0;
pub(super) const NAME: f32 = 60.0;
pub(super) const TITLE: f32 = 68.0;
pub(super) const CLOCK: f32 = 96.0;
pub(super) const TIMER: f32 = 112.0;
pub(super) const COUNT: f32 = 200.0;
pub(super) const CODE: f32 = 260.0;
/// Lines stand so far apart: below 1.3 the marks of Ễ and Ặ touch the line above.
pub(super) const LEADING: f32 = 1.3;

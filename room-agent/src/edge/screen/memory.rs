//! A screen that nobody sees: the same drawing into memory, for many agents on one machine.
//!
//! It draws when something but the clock changed and when a picture came, and sleeps otherwise.
//! It looks whose picture it drew (the mark of a test picture), so that a test with a hundred
//! rooms can ask them instead of looking at a hundred screens. When somebody asks for a PNG,
//! everything is drawn first.

use super::artist::Artist;
use crate::config::ScreenConfig;

/// Draws until the screen is dropped.
pub(super) fn run(mut artist: Artist, config: &ScreenConfig) {
    let side = |side: u32| i32::try_from(side).unwrap_or(1).max(1);
    let (width, height) = (side(config.width), side(config.height));
    let mut drawn = None;
    let mut page = None;
    loop {
        artist.desk.wait();
        if !artist.take() {
            return;
        }
        let model = artist.model_without_clock();
        let new_page = artist.canvas.page_shape().map(|(page, _)| page);
        let is_new = model != drawn || new_page != page || artist.is_picture_wanted();
        let changed = if is_new {
            (drawn, page) = (model, new_page);
            !artist.draw(width, height).is_empty()
        } else {
            !artist.draw_pictures().is_empty()
        };
        if changed {
            artist.read_mark();
        }
        if changed || is_new {
            artist.tell();
        }
        artist.write_picture();
    }
}

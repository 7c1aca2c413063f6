//! From the model to the scene: a pure function of model, size and the shape of the page.
//!
//! Lengths are units of a design 1080 high. Type never shrinks to fit: it wraps, then ends with
//! an ellipsis.

mod enrolment;
mod foot;
mod meeting;
mod paper;
mod sheet;
mod standby;
mod tiles;

use super::fonts::Fonts;
use super::geometry::Rect;
use super::scene::Scene;
use super::theme::BG;
use crate::machine::{Content, PageKey, ScreenModel};
use sheet::Sheet;

/// What the screen is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Looks {
    /// Pixels from left to right.
    pub(super) width: i32,
    /// Pixels from top to bottom.
    pub(super) height: i32,
    /// Width over height of the page that is there already; portrait until one is.
    pub(super) page_shape: Option<(PageKey, f32)>,
}

/// Where everything goes.
pub(super) fn layout(model: &ScreenModel, looks: Looks, fonts: &mut Fonts) -> Scene {
    let mut sheet = Sheet::new(looks.width, looks.height, fonts);
    sheet.tile(Rect::new(0, 0, looks.width, looks.height), BG);
    match &model.content {
        Content::Enrolment(screen) => enrolment::draw(&mut sheet, model, screen),
        Content::Standby(screen) => standby::draw(&mut sheet, model, screen),
        Content::Meeting(screen) => {
            meeting::draw(&mut sheet, model, screen, looks.page_shape);
        }
    }
    sheet.finish()
}

#[cfg(test)]
mod tests {
    use super::super::demo;
    use super::super::scene::{Mark, Moving, Tile};
    use super::super::theme::TEXT;
    use super::*;
    use crate::machine::PaperArea;

    const SIZES: [(i32, i32); 5] =
        [(1920, 1080), (1366, 768), (3840, 2160), (1024, 768), (2560, 1080)];

    /// Draws every committed example at every size, and looks at each tile.
    fn check(look: impl Fn(&str, &Scene, &Tile)) {
        let mut fonts = Fonts::new();
        for (name, model) in demo::examples() {
            for (width, height) in SIZES {
                for page_shape in [None, page_of(&model).map(|page| (page, 1.414))] {
                    let scene = layout(&model, Looks { width, height, page_shape }, &mut fonts);
                    let name = format!("{name} at {width} × {height}");
                    scene.tiles.iter().for_each(|tile| look(&name, &scene, tile));
                }
            }
        }
    }

    fn page_of(model: &ScreenModel) -> Option<PageKey> {
        let Content::Meeting(meeting) = &model.content else { return None };
        let PaperArea::Page { key, .. } = &meeting.paper else { return None };
        Some(*key)
    }

    fn place_of(mark: &Mark) -> Rect {
        match mark {
            Mark::Fill { place, .. } | Mark::Frame { place, .. } | Mark::Icon { place, .. } => {
                *place
            }
            Mark::Words(words) => words.place,
        }
    }

    #[test]
    fn everything_has_its_place_on_the_screen() {
        check(|name, scene, tile| {
            let whole = Rect::new(0, 0, scene.width, scene.height);
            assert_eq!(tile.place.meet(whole), tile.place, "{name}: {tile:?}");
            for mark in &tile.marks {
                let place = place_of(mark);
                assert!(!place.is_empty(), "{name}: {mark:?}");
                let within = place.meet(tile.place);
                assert_eq!(within.width, place.width, "{name}: {mark:?} in {:?}", tile.place);
            }
        });
    }

    #[test]
    fn no_word_is_smaller_than_a_25th_of_the_height() {
        check(|name, scene, tile| {
            let least = super::super::geometry::Unit::of(scene.width, scene.height).size(TEXT);
            for mark in &tile.marks {
                if let Mark::Words(words) = mark {
                    assert!(words.look.size >= least, "{name}: {words:?}");
                }
            }
        });
    }

    #[test]
    fn words_of_one_tile_do_not_lie_on_each_other() {
        check(|name, _, tile| {
            let words: Vec<&super::super::scene::Words> = tile
                .marks
                .iter()
                .filter_map(|mark| match mark {
                    Mark::Words(words) => Some(words),
                    _ => None,
                })
                .collect();
            for (index, one) in words.iter().enumerate() {
                for other in &words[index + 1..] {
                    let common = one.place.meet(other.place);
                    assert!(common.is_empty(), "{name}: {one:?} and {other:?}");
                }
            }
        });
    }

    #[test]
    fn nothing_is_drawn_over_page_or_picture() {
        check(|name, scene, tile| {
            let pictures = Moving::all().map(|of| scene.place(of));
            for place in pictures.chain([scene.page.map(|page| page.place)]).flatten() {
                for mark in &tile.marks {
                    // An empty place says in the middle why it is empty; a frame runs around.
                    let is_beside = place_of(mark).meet(place).is_empty();
                    let is_frame = matches!(mark, Mark::Frame { .. });
                    let is_ground = place_of(mark).meet(place) == place
                        || scene.page.is_none_or(|page| page.place != place);
                    assert!(is_beside || is_frame || is_ground, "{name}: {mark:?} on {place:?}");
                }
            }
        });
    }

    #[test]
    fn a_clock_that_moves_changes_one_tile() {
        let mut fonts = Fonts::new();
        let looks = Looks { width: 1920, height: 1080, page_shape: None };
        for (name, model) in demo::examples() {
            let later = ScreenModel { now: model.now.plus_millis(1_000), ..model.clone() };
            let before = layout(&model, looks, &mut fonts);
            let after = layout(&later, looks, &mut fonts);
            let changed: usize = before
                .tiles
                .iter()
                .zip(&after.tiles)
                .filter(|(before, after)| before != after)
                .map(|(before, _)| {
                    usize::try_from(before.place.width * before.place.height).unwrap()
                })
                .sum();
            assert!(changed < 1920 * 1080 / 4, "{name}: {changed} pixels for one second");
        }
    }
}

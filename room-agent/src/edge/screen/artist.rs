//! Who draws: takes the newest wishes from the desk, lays out, draws, tells what is there.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::super::disk;
use super::super::media::{PictureSlot, PictureSlots};
use super::canvas::Canvas;
use super::geometry::Rect;
use super::layout::{Looks, layout};
use super::scene::Moving;
use super::thread::{Desk, DrawnReport, ScreenEvent};
use crate::machine::{Content, Key, PaperArea, ScreenModel};
use crate::worker::Event;

/// The drawing half of a screen, the same for a window and for memory.
pub(super) struct Artist {
    pub(super) desk: Arc<Desk>,
    pub(super) canvas: Canvas,
    events: mpsc::Sender<Event>,
    model: Option<ScreenModel>,
    looks: Option<Looks>,
    slots: Option<PictureSlots>,
    /// The pictures that are drawn, by their numbers.
    sequences: [Option<u64>; Moving::COUNT],
    /// The last pictures of those who are not seen any more: they are never drawn again.
    stale: [Option<u64>; Moving::COUNT],
    told: Option<DrawnReport>,
    /// The point in the mark of the drawn picture, where it is looked for.
    tag: Option<[u8; 2]>,
    picture_path: Option<PathBuf>,
}

impl Artist {
    pub(super) fn new(desk: Arc<Desk>, events: mpsc::Sender<Event>) -> Option<Self> {
        Some(Self {
            desk,
            canvas: Canvas::new()?,
            events,
            model: None,
            looks: None,
            slots: None,
            sequences: [None; Moving::COUNT],
            stale: [None; Moving::COUNT],
            told: None,
            tag: None,
            picture_path: None,
        })
    }

    /// Takes what is new; `false` when the screen should end.
    pub(super) fn take(&mut self) -> bool {
        let mut wanted = self.desk.lock();
        wanted.is_new = false;
        if wanted.model != self.model {
            for of in Moving::all() {
                let (before, now) = (self.model.as_ref(), wanted.model.as_ref());
                if seen_in(of, before) != seen_in(of, now) {
                    let latest = wanted.slots.as_ref().and_then(|slots| slot(slots, of).latest());
                    self.stale[of.index()] = latest.map(|picture| picture.sequence);
                }
            }
            self.model.clone_from(&wanted.model);
            self.looks = None;
        }
        self.canvas.set_page(wanted.page.clone());
        self.slots.clone_from(&wanted.slots);
        self.picture_path = wanted.picture_path.take().or(self.picture_path.take());
        !wanted.ended
    }

    /// Draws everything that changed; gives where.
    pub(super) fn draw(&mut self, width: i32, height: i32) -> Vec<Rect> {
        let Some(model) = &self.model else { return Vec::new() };
        let looks = Looks { width, height, page_shape: self.canvas.page_shape() };
        let mut changed = if self.looks == Some(looks) {
            self.canvas.refresh_page().into_iter().collect()
        } else {
            let scene = layout(model, looks, &mut self.canvas.fonts);
            self.looks = Some(looks);
            let changed = self.canvas.show(scene);
            for of in Moving::all() {
                if changed.iter().any(|rect| self.covers_picture(of, *rect)) {
                    self.sequences[of.index()] = None;
                }
            }
            changed
        };
        changed.extend(self.draw_pictures());
        changed
    }

    /// Draws the moving pictures of which there is another one; gives where.
    pub(super) fn draw_pictures(&mut self) -> Vec<Rect> {
        Moving::all().filter_map(|of| self.draw_picture(of)).collect()
    }

    fn draw_picture(&mut self, of: Moving) -> Option<Rect> {
        let latest = self.slots.as_ref().and_then(|slots| slot(slots, of).latest());
        let is_stale = |sequence| self.stale[of.index()] == Some(sequence);
        let latest = latest.filter(|picture| !is_stale(picture.sequence));
        let sequence = latest.as_ref().map(|picture| picture.sequence);
        if sequence.is_some() && sequence == self.sequences[of.index()] {
            return None;
        }
        self.sequences[of.index()] = sequence;
        self.canvas.picture(of, latest.as_deref())
    }

    /// Looks in the drawn picture for the mark of a test picture, to be told with the rest.
    pub(super) fn read_mark(&mut self) {
        self.tag = self.sequences[0].and_then(|_| self.canvas.mark()).map(|mark| mark.tag);
    }

    /// Whether pictures can move on the screen now.
    pub(super) fn has_moving_picture(&self) -> bool {
        let scene = self.canvas.scene();
        scene.is_some_and(|scene| Moving::all().any(|of| scene.place(of).is_some()))
    }

    /// Tells the worker what is on the screen, when that changed.
    pub(super) fn tell(&mut self) {
        let Some(scene) = self.canvas.scene() else { return };
        let side = |side: i32| u32::try_from(side).unwrap_or(0);
        let page = self.canvas.page_rect();
        let report = DrawnReport {
            size: [side(scene.width), side(scene.height)],
            page_box: scene.page.map(|page| [side(page.place.width), side(page.place.height)]),
            page: page.map(|(key, _)| key),
            page_rect: page.map(|(_, rect)| rect.to_array()),
            page_area: scene.paper.map(Rect::to_array),
            refused: scene.refused,
            picture_rect: self.canvas.picture_rect().map(Rect::to_array),
            content_rect: self.canvas.rect_of(Moving::Content).map(Rect::to_array),
            tile_rects: std::array::from_fn(|tile| {
                self.canvas.rect_of(Moving::Tile(tile)).map(Rect::to_array)
            }),
            picture_tag: self.tag,
        };
        if self.told != Some(report)
            && self.events.try_send(Event::Screen(ScreenEvent::Drawn(Box::new(report)))).is_ok()
        {
            self.told = Some(report);
        }
    }

    /// Writes the PNG somebody asked for.
    pub(super) fn write_picture(&mut self) {
        let Some(path) = self.picture_path.take() else { return };
        let written = match self.canvas.png() {
            Some(png) => disk::replace_unsynced(&path, &png),
            None => return,
        };
        if let Err(error) = written {
            tracing::warn!(path = %path.display(), %error, "the screen cannot be written");
        }
    }

    /// Whether somebody asked for a PNG.
    pub(super) const fn is_picture_wanted(&self) -> bool {
        self.picture_path.is_some()
    }

    /// Whether two models look the same but for the clock.
    pub(super) fn model_without_clock(&self) -> Option<ScreenModel> {
        let mut model = self.model.clone()?;
        model.now = protocol::meeting::Timestamp::from_millis(0);
        Some(model)
    }

    pub(super) fn key(&self, key: Key) {
        let _ = self.events.try_send(Event::Screen(ScreenEvent::Key(key)));
    }

    /// The screen is gone: the worker must hear of it.
    pub(super) fn lost(&self, why: String) {
        let _ = self.events.blocking_send(Event::Screen(ScreenEvent::Lost(why)));
    }

    fn covers_picture(&self, of: Moving, rect: Rect) -> bool {
        let picture = self.canvas.scene().and_then(|scene| scene.place(of));
        picture.is_some_and(|picture| !picture.meet(rect).is_empty())
    }
}

fn slot(slots: &PictureSlots, of: Moving) -> &PictureSlot {
    match of {
        Moving::Main => &slots.main,
        Moving::Content => &slots.content,
        Moving::Tile(tile) => &slots.tiles[tile],
    }
}

/// Who is seen there, where it is not the main picture, of which another comes at once.
fn seen_in(of: Moving, model: Option<&ScreenModel>) -> Option<&str> {
    let Content::Meeting(screen) = &model?.content else { return None };
    match (of, &screen.paper) {
        (Moving::Content, PaperArea::Screen { name }) => Some(name),
        (Moving::Main | Moving::Content, _) => None,
        (Moving::Tile(tile), _) => {
            screen.tiles.iter().find(|it| it.tile == tile).map(|it| it.name.as_str())
        }
    }
}

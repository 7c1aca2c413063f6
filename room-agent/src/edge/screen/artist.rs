//! Who draws: takes the newest wishes from the desk, lays out, draws, tells what is there.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::super::disk;
use super::super::media::PictureSlot;
use super::canvas::Canvas;
use super::geometry::Rect;
use super::layout::{Looks, layout};
use super::scene::Moving;
use super::thread::{Desk, DrawnReport, ScreenEvent};
use crate::machine::{Key, ScreenModel};
use crate::worker::Event;

/// The drawing half of a screen, the same for a window and for memory.
pub(super) struct Artist {
    pub(super) desk: Arc<Desk>,
    pub(super) canvas: Canvas,
    events: mpsc::Sender<Event>,
    model: Option<ScreenModel>,
    looks: Option<Looks>,
    slots: Option<[PictureSlot; 2]>,
    /// The pictures that are drawn, main and content, by their numbers.
    sequences: [Option<u64>; 2],
    /// The last picture of a screen that is not shared any more: it is never drawn again.
    stale: Option<u64>,
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
            sequences: [None; 2],
            stale: None,
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
            for of in Moving::ALL {
                if changed.iter().any(|rect| self.covers_picture(of, *rect)) {
                    self.sequences[of as usize] = None;
                }
            }
            changed
        };
        changed.extend(self.draw_pictures());
        changed
    }

    /// Draws the moving pictures of which there is another one; gives where.
    pub(super) fn draw_pictures(&mut self) -> Vec<Rect> {
        Moving::ALL.into_iter().filter_map(|of| self.draw_picture(of)).collect()
    }

    fn draw_picture(&mut self, of: Moving) -> Option<Rect> {
        let slot = self.slots.as_ref().map(|slots| &slots[of as usize]);
        let mut latest = slot.and_then(PictureSlot::latest);
        if of == Moving::Content {
            let is_shown = self.canvas.scene().is_some_and(|scene| scene.content.is_some());
            let sequence = latest.as_ref().map(|picture| picture.sequence);
            if !is_shown {
                self.stale = sequence;
            }
            latest = latest.filter(|_| sequence != self.stale);
        }
        let sequence = latest.as_ref().map(|picture| picture.sequence);
        if sequence.is_some() && sequence == self.sequences[of as usize] {
            return None;
        }
        self.sequences[of as usize] = sequence;
        self.canvas.picture(of, latest.as_deref())
    }

    /// Looks in the drawn picture for the mark of a test picture, to be told with the rest.
    pub(super) fn read_mark(&mut self) {
        self.tag = self.sequences[0].and_then(|_| self.canvas.mark()).map(|mark| mark.tag);
    }

    /// Whether pictures can move on the screen now.
    pub(super) fn has_moving_picture(&self) -> bool {
        self.canvas.scene().is_some_and(|scene| scene.picture.is_some() || scene.content.is_some())
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
            content_rect: self.canvas.content_rect().map(Rect::to_array),
            picture_tag: self.tag,
        };
        if self.told != Some(report)
            && self.events.try_send(Event::Screen(ScreenEvent::Drawn(report))).is_ok()
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

//! The screen's thread, and the desk between it and the worker: the newest wish wins.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak, mpsc as std_mpsc};

use protocol::call::TILES;
use protocol::meeting::PaperId;
use render::Bitmap;
use tokio::sync::mpsc;
use winit::event_loop::EventLoopProxy;

use super::super::media::PictureSlots;
use super::artist::Artist;
use super::canvas::Page;
use super::{memory, window};
use crate::config::{ScreenConfig, ScreenKind};
use crate::machine::{Key, PageKey, ScreenModel};
use crate::worker::Event;

/// What the screen tells the worker.
#[derive(Clone, Debug)]
pub enum ScreenEvent {
    /// What is on it now.
    Drawn(Box<DrawnReport>),
    /// A key of the room's presenter.
    Key(Key),
    /// It is gone, with the reason for the log.
    Lost(String),
}

/// What is on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DrawnReport {
    /// Its pixels across and down.
    pub size: [u32; 2],
    /// The room for the page, across and down.
    pub page_box: Option<[u32; 2]>,
    /// The page that is drawn.
    pub page: Option<PageKey>,
    /// Exactly its pixels: left, top, width, height.
    pub page_rect: Option<[u32; 4]>,
    /// The paper's place, whatever is in it.
    pub page_area: Option<[u32; 4]>,
    /// The paper whose refusal is said.
    pub refused: Option<PaperId>,
    /// The main picture's pixels.
    pub picture_rect: Option<[u32; 4]>,
    /// The pixels of the screen that somebody shares, once there is a picture of it.
    pub content_rect: Option<[u32; 4]>,
    /// The same of the pictures beside the main one, in the order of the call's tiles.
    pub tile_rects: [Option<[u32; 4]>; TILES],
    /// The point in the mark of the test picture that is drawn there; looked for in memory alone.
    pub picture_tag: Option<[u8; 2]>,
}

/// Why there is no screen.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// The thread cannot be started.
    #[error("the screen's thread: {0}")]
    Thread(#[from] std::io::Error),
    /// The display server is not there, or does not let us.
    #[error("the window: {0}")]
    Window(String),
}

/// The screen as the worker sees it. The thread ends when this is dropped.
#[derive(Debug)]
pub struct Screen {
    desk: Option<Arc<Desk>>,
    /// Wakes a window's loop, which waits for more than the desk.
    proxy: Option<EventLoopProxy<()>>,
    kind: ScreenKind,
}

/// What the worker wants on the screen.
#[derive(Debug, Default)]
pub(super) struct Desk {
    wanted: Mutex<Wanted>,
    changed: Condvar,
}

/// The newest wishes.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) model: Option<ScreenModel>,
    pub(super) page: Option<Page>,
    /// Where the moving pictures come from.
    pub(super) slots: Option<PictureSlots>,
    /// Write what is shown into this file.
    pub(super) picture_path: Option<PathBuf>,
    pub(super) ended: bool,
    /// Something is new since it was looked at.
    pub(super) is_new: bool,
}

impl Screen {
    /// Starts the thread of this kind of screen and waits until it works.
    pub fn start(config: &ScreenConfig, events: mpsc::Sender<Event>) -> Result<Self, ScreenError> {
        if config.kind == ScreenKind::None {
            return Ok(Self { desk: None, proxy: None, kind: config.kind });
        }
        let desk = Arc::new(Desk::default());
        let artist = Artist::new(Arc::clone(&desk), events)
            .ok_or_else(|| ScreenError::Window("no memory for its pixels".to_owned()))?;
        let (ready, is_ready) = std_mpsc::sync_channel(1);
        let (kind, config) = (config.kind, config.clone());
        std::thread::Builder::new().name("screen".to_owned()).spawn(move || match kind {
            ScreenKind::Window => window::run(artist, &config, &ready),
            ScreenKind::Memory | ScreenKind::None => {
                let _ = ready.send(Ok(None));
                memory::run(artist, &config);
            }
        })?;
        match is_ready.recv() {
            Ok(Ok(proxy)) => Ok(Self { desk: Some(desk), proxy, kind }),
            Ok(Err(why)) => Err(ScreenError::Window(why)),
            Err(_) => Err(ScreenError::Window("its thread ended".to_owned())),
        }
    }

    /// Shows this from now on.
    pub fn show(&self, model: ScreenModel) {
        self.want(|wanted| {
            let is_new = wanted.model.as_ref() != Some(&model);
            wanted.model = Some(model);
            is_new
        });
    }

    /// Shows this page of the paper, or none.
    pub fn show_page(&self, page: Option<(PageKey, Arc<Bitmap>)>) {
        self.want(|wanted| {
            wanted.page = page.map(|(key, bitmap)| Page { key, bitmap });
            true
        });
    }

    /// Takes the moving pictures from here.
    pub fn watch(&self, slots: PictureSlots) {
        // A window looks for itself, as often as a screen can show something; in memory a
        // picture is drawn when it comes and at no other time.
        if let (Some(desk), ScreenKind::Memory) = (&self.desk, self.kind) {
            let PictureSlots { main, content, tiles } = &slots;
            for slot in [main, content].into_iter().chain(tiles) {
                let desk = Arc::downgrade(desk);
                slot.on_change(move || ring(&desk));
            }
        }
        self.want(|wanted| {
            wanted.slots = Some(slots);
            true
        });
    }

    /// Writes what is shown into a PNG file.
    pub fn take_picture(&self, path: PathBuf) {
        self.want(|wanted| {
            wanted.picture_path = Some(path);
            true
        });
    }

    fn want(&self, change: impl FnOnce(&mut Wanted) -> bool) {
        let Some(desk) = &self.desk else { return };
        let mut wanted = desk.lock();
        if !change(&mut wanted) {
            return;
        }
        wanted.is_new = true;
        drop(wanted);
        desk.changed.notify_one();
        if let Some(proxy) = &self.proxy {
            // A window that is closed has told so as `ScreenEvent::Lost`.
            let _ = proxy.send_event(());
        }
    }
}

fn ring(desk: &Weak<Desk>) {
    if let Some(desk) = desk.upgrade() {
        desk.ring();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.want(|wanted| {
            wanted.ended = true;
            true
        });
    }
}

impl Desk {
    pub(super) fn lock(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something is new that is not on the desk itself.
    fn ring(&self) {
        self.lock().is_new = true;
        self.changed.notify_one();
    }

    /// Waits until something is new.
    pub(super) fn wait(&self) {
        let mut wanted = self.lock();
        while !wanted.is_new {
            wanted = self.changed.wait(wanted).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

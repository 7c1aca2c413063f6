//! The thread that turns pages of verified buffers into bitmaps, through the render child.
//!
//! It serves the newest wish and forgets older ones. A child that died is started again for the
//! next wish; finished pages are kept, and the neighbours of the shown page are drawn ahead while
//! nobody waits.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use protocol::meeting::Digest;
use render::{Bitmap, Program, RenderError, Renderer};
use tokio::sync::mpsc;

use crate::limits::{PAGES_KEPT_MAX, RENDER_MS_MAX};
use crate::machine::PageKey;
use crate::worker::Event;

/// A page wanted as a bitmap.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Which page.
    pub page: PageKey,
    /// As large as fits into so many pixels from left to right…
    pub width: u32,
    /// …and from top to bottom.
    pub height: u32,
    /// The verified buffer.
    pub buffer: Arc<[u8]>,
}

/// What became of a wish.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Which page.
    pub page: PageKey,
    /// The page; absent when it cannot be drawn.
    pub bitmap: Option<Arc<Bitmap>>,
}

/// The desk of the page thread. The thread ends when this is dropped.
#[derive(Debug)]
pub struct Pages {
    desk: Arc<Desk>,
}

#[derive(Debug, Default)]
struct Desk {
    order: Mutex<Order>,
    changed: Condvar,
}

#[derive(Debug, Default)]
enum Order {
    /// Nothing new.
    #[default]
    Idle,
    /// The newest wish.
    Wish(Wish),
    /// Let the child go.
    Rest,
    /// End.
    End,
}

impl Pages {
    /// Starts the thread; `library` is the PDF library for the children.
    pub fn start(library: PathBuf, events: mpsc::Sender<Event>) -> std::io::Result<Self> {
        let desk = Arc::new(Desk::default());
        let program =
            Program { path: std::env::current_exe()?, arguments: vec!["render".into()], library };
        let theirs = Arc::clone(&desk);
        let patience = Duration::from_millis(RENDER_MS_MAX);
        let mut artist =
            Artist { program, patience, child: None, kept: VecDeque::new(), ahead: Vec::new() };
        std::thread::Builder::new().name("pages".to_owned()).spawn(move || {
            serve(&theirs, &mut artist, &events);
        })?;
        Ok(Self { desk })
    }

    /// Wants a page, instead of anything wanted before.
    pub fn wish(&self, wish: Wish) {
        self.desk.put(Order::Wish(wish));
    }

    /// No page is shown: the child may go.
    pub fn rest(&self) {
        self.desk.put(Order::Rest);
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.desk.put(Order::End);
    }
}

impl Desk {
    fn put(&self, order: Order) {
        *self.order.lock().unwrap_or_else(PoisonError::into_inner) = order;
        self.changed.notify_one();
    }

    fn take(&self) -> Order {
        std::mem::take(&mut *self.order.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn wait(&self) -> Order {
        let mut order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        while matches!(*order, Order::Idle) {
            order = self.changed.wait(order).unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::take(&mut *order)
    }
}

fn serve(desk: &Desk, artist: &mut Artist, events: &mpsc::Sender<Event>) {
    loop {
        let order = match artist.ahead.pop() {
            // Drawing ahead gives way to whatever is wanted now.
            Some(ahead) => match desk.take() {
                Order::Idle => {
                    let _ = artist.draw(&ahead);
                    continue;
                }
                order => order,
            },
            None => desk.wait(),
        };
        match order {
            Order::Idle => {}
            Order::Wish(wish) => {
                let bitmap = artist.draw(&wish);
                artist.ahead = neighbours(&wish, artist.pages());
                let drawn = Drawn { page: wish.page, bitmap };
                if events.blocking_send(Event::Page(drawn)).is_err() {
                    return;
                }
            }
            Order::Rest => artist.rest(),
            Order::End => return,
        }
    }
}

/// The pages to draw ahead, the next one last because the last is taken first.
fn neighbours(wish: &Wish, pages: u32) -> Vec<Wish> {
    let at = |page| Wish { page: PageKey { page, ..wish.page }, ..wish.clone() };
    let before = wish.page.page.checked_sub(1).filter(|page| *page > 0);
    let after = wish.page.page.checked_add(1).filter(|page| *page <= pages);
    before.into_iter().chain(after).map(at).collect()
}

struct Artist {
    program: Program,
    patience: Duration,
    child: Option<(Digest, Renderer)>,
    kept: VecDeque<(PageKey, (u32, u32), Arc<Bitmap>)>,
    ahead: Vec<Wish>,
}

impl Artist {
    fn draw(&mut self, wish: &Wish) -> Option<Arc<Bitmap>> {
        let bounds = (wish.width, wish.height);
        let found = self.kept.iter().find(|(page, size, _)| *page == wish.page && *size == bounds);
        if let Some((_, _, bitmap)) = found {
            return Some(Arc::clone(bitmap));
        }
        // Twice: a child that died since the last page is not the document's fault.
        let bitmap = self.try_to_draw(wish).or_else(|error| match error {
            RenderError::Died => self.try_to_draw(wish),
            other => Err(other),
        });
        match bitmap {
            Ok(bitmap) => {
                let bitmap = Arc::new(bitmap);
                if self.kept.len() >= PAGES_KEPT_MAX {
                    self.kept.pop_front();
                }
                self.kept.push_back((wish.page, bounds, Arc::clone(&bitmap)));
                Some(bitmap)
            }
            Err(error) => {
                tracing::warn!(paper.page = wish.page.page, %error, "a page cannot be drawn");
                None
            }
        }
    }

    fn try_to_draw(&mut self, wish: &Wish) -> Result<Bitmap, RenderError> {
        let sha256 = wish.page.sha256;
        let child = match self.child.take() {
            Some((of, renderer)) if of == sha256 && !renderer.is_dead() => renderer,
            _ => {
                self.kept.retain(|(page, ..)| page.sha256 == sha256);
                Renderer::open(&self.program, &wish.buffer, self.patience)?
            }
        };
        let (_, renderer) = self.child.insert((sha256, child));
        renderer.page(wish.page.page, wish.width, wish.height)
    }

    /// How many pages the open document has.
    fn pages(&self) -> u32 {
        self.child.as_ref().map_or(0, |(_, renderer)| renderer.pages())
    }

    fn rest(&mut self) {
        self.child = None;
        self.kept.clear();
        self.ahead.clear();
    }
}

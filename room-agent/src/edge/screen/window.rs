//! A window of X11 or Wayland that covers the screen.

use std::num::NonZeroU32;
use std::rc::Rc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use softbuffer::{Context, Surface};
use winit::application::ApplicationHandler;
use winit::dpi::{PhysicalPosition, PhysicalSize};
use winit::event::{ElementState, KeyEvent, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop, EventLoopProxy};
use winit::keyboard::{Key as WindowKey, NamedKey};
use winit::platform::wayland::EventLoopBuilderExtWayland;
use winit::platform::x11::EventLoopBuilderExtX11;
use winit::window::{Fullscreen, Window, WindowId};

use super::super::clock;
use super::artist::Artist;
use super::geometry::{Rect, to_index};
use crate::config::ScreenConfig;
use crate::limits::PICTURES_PER_SECOND_MAX;
use crate::machine::Key;

/// How a window says that it works: with what wakes it.
type Ready = SyncSender<Result<Option<EventLoopProxy<()>>, String>>;

/// Between two pictures.
const PICTURE_EVERY: Duration = Duration::from_millis(1000 / PICTURES_PER_SECOND_MAX as u64);

/// Runs the window's loop until the screen is dropped or lost.
pub(super) fn run(artist: Artist, config: &ScreenConfig, ready: &Ready) {
    let mut builder = EventLoop::with_user_event();
    // The main thread belongs to the worker's loop.
    EventLoopBuilderExtX11::with_any_thread(&mut builder, true);
    EventLoopBuilderExtWayland::with_any_thread(&mut builder, true);
    let event_loop: EventLoop<()> = match builder.build() {
        Ok(event_loop) => event_loop,
        Err(error) => {
            let _ = ready.send(Err(error.to_string()));
            return;
        }
    };
    let _ = ready.send(Ok(Some(event_loop.create_proxy())));
    let mut wall = Wall {
        artist,
        config: config.clone(),
        window: None,
        next_picture: clock::instant(),
        lost: None,
    };
    let ended = event_loop.run_app(&mut wall);
    if let Some(why) = wall.lost.or(ended.err().map(|error| error.to_string())) {
        wall.artist.lost(why);
    }
}

struct Wall {
    artist: Artist,
    config: ScreenConfig,
    window: Option<OpenWindow>,
    next_picture: Instant,
    lost: Option<String>,
}

struct OpenWindow {
    window: Rc<Window>,
    surface: Surface<Rc<Window>, Rc<Window>>,
    width: i32,
    height: i32,
}

impl ApplicationHandler<()> for Wall {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if self.window.is_some() {
            return;
        }
        match OpenWindow::open(event_loop, &self.config) {
            Ok(window) => {
                window.window.request_redraw();
                self.window = Some(window);
            }
            Err(why) => self.lose(event_loop, why),
        }
    }

    fn user_event(&mut self, event_loop: &ActiveEventLoop, (): ()) {
        if !self.artist.take() {
            event_loop.exit();
            return;
        }
        self.draw(event_loop, false);
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        match event {
            WindowEvent::Resized(size) => {
                if let Some(window) = &mut self.window
                    && let Err(why) = window.resize(size)
                {
                    self.lose(event_loop, why);
                    return;
                }
                self.draw(event_loop, true);
            }
            WindowEvent::RedrawRequested => self.draw(event_loop, true),
            WindowEvent::CloseRequested | WindowEvent::Destroyed => {
                self.lose(event_loop, "somebody closed it".to_owned());
            }
            WindowEvent::KeyboardInput {
                event: KeyEvent { logical_key, state: ElementState::Pressed, .. },
                ..
            } => {
                if let Some(key) = presenter_key(&logical_key) {
                    self.artist.key(key);
                }
            }
            _ => {}
        }
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        if !self.artist.has_moving_picture() {
            event_loop.set_control_flow(ControlFlow::Wait);
            return;
        }
        let now = clock::instant();
        if now >= self.next_picture {
            // Late by more than one picture: the ones between are left out, not made up for.
            self.next_picture = (self.next_picture + PICTURE_EVERY).max(now);
            let changed = self.artist.draw_pictures();
            if !changed.is_empty() {
                self.present(event_loop, &changed, false);
            }
        }
        event_loop.set_control_flow(ControlFlow::WaitUntil(self.next_picture));
    }
}

impl Wall {
    fn draw(&mut self, event_loop: &ActiveEventLoop, whole: bool) {
        let Some((width, height)) = self.window.as_ref().map(|open| (open.width, open.height))
        else {
            return;
        };
        let changed = self.artist.draw(width, height);
        self.present(event_loop, &changed, whole);
        self.artist.tell();
        self.artist.write_picture();
    }

    fn present(&mut self, event_loop: &ActiveEventLoop, changed: &[Rect], whole: bool) {
        let Some(window) = &mut self.window else { return };
        if let Err(why) = window.present(self.artist.canvas.frame(), changed, whole) {
            self.lose(event_loop, why);
        }
    }

    fn lose(&mut self, event_loop: &ActiveEventLoop, why: String) {
        self.lost.get_or_insert(why);
        event_loop.exit();
    }
}

impl OpenWindow {
    fn open(event_loop: &ActiveEventLoop, config: &ScreenConfig) -> Result<Self, String> {
        let monitor =
            event_loop.primary_monitor().or_else(|| event_loop.available_monitors().next());
        // Without a window manager nobody makes it cover the screen: it begins as large as that.
        let size = match &monitor {
            Some(monitor) if config.fullscreen && monitor.size().width > 0 => monitor.size(),
            _ => PhysicalSize::new(config.width, config.height),
        };
        let mut attributes = Window::default_attributes()
            .with_title("Điểm Cầu")
            .with_decorations(false)
            .with_position(PhysicalPosition::new(0, 0))
            .with_inner_size(size);
        if config.fullscreen {
            attributes = attributes.with_fullscreen(Some(Fullscreen::Borderless(monitor)));
        }
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let window = event_loop.create_window(attributes).map_err(|error| text(&error))?;
        window.set_cursor_visible(false);
        // A presenter's keys go to it without anybody clicking.
        window.focus_window();
        let window = Rc::new(window);
        let context = Context::new(Rc::clone(&window)).map_err(|error| text(&error))?;
        let surface = Surface::new(&context, Rc::clone(&window)).map_err(|error| text(&error))?;
        let size = window.inner_size();
        let mut open = Self { window, surface, width: 0, height: 0 };
        open.resize(size)?;
        Ok(open)
    }

    fn resize(&mut self, size: PhysicalSize<u32>) -> Result<(), String> {
        // A window without pixels is hidden: it keeps those it had.
        let (Some(width), Some(height)) =
            (NonZeroU32::new(size.width), NonZeroU32::new(size.height))
        else {
            return Ok(());
        };
        self.surface.resize(width, height).map_err(|error| error.to_string())?;
        self.width = i32::try_from(size.width).unwrap_or(i32::MAX);
        self.height = i32::try_from(size.height).unwrap_or(i32::MAX);
        Ok(())
    }

    /// Shows the frame: what changed, or all of it where the window lost it.
    fn present(&mut self, frame: &[u32], changed: &[Rect], whole: bool) -> Result<(), String> {
        let all = Rect::new(0, 0, self.width, self.height);
        let mut buffer = self.surface.buffer_mut().map_err(|error| error.to_string())?;
        if frame.len() != buffer.len() {
            return Ok(());
        }
        let is_kept = buffer.age() == 1 && !whole;
        let parts = if is_kept { changed } else { std::slice::from_ref(&all) };
        if parts.is_empty() {
            return Ok(());
        }
        let stride = to_index(self.width);
        for part in parts {
            for y in part.y..part.bottom() {
                let start = to_index(y) * stride;
                let range = start + to_index(part.x)..start + to_index(part.right());
                let from = frame.get(range.clone()).unwrap_or_default();
                if let Some(into) = buffer.get_mut(range) {
                    into.copy_from_slice(from);
                }
            }
        }
        let damage: Vec<softbuffer::Rect> = parts.iter().filter_map(|part| damage(*part)).collect();
        buffer.present_with_damage(&damage).map_err(|error| error.to_string())
    }
}

fn damage(part: Rect) -> Option<softbuffer::Rect> {
    Some(softbuffer::Rect {
        x: u32::try_from(part.x).ok()?,
        y: u32::try_from(part.y).ok()?,
        width: NonZeroU32::new(u32::try_from(part.width).ok()?)?,
        height: NonZeroU32::new(u32::try_from(part.height).ok()?)?,
    })
}

fn presenter_key(key: &WindowKey) -> Option<Key> {
    match key {
        WindowKey::Named(NamedKey::PageDown | NamedKey::ArrowRight | NamedKey::Space) => {
            Some(Key::NextPage)
        }
        WindowKey::Named(NamedKey::PageUp | NamedKey::ArrowLeft) => Some(Key::PreviousPage),
        WindowKey::Character(letter) if letter.eq_ignore_ascii_case("m") => Some(Key::Microphone),
        WindowKey::Named(NamedKey::ArrowDown) => Some(Key::NextPaper),
        WindowKey::Named(NamedKey::ArrowUp) => Some(Key::PreviousPaper),
        _ => None,
    }
}

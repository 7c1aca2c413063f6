//! The room's screen: from a `ScreenModel` to pixels.
//!
//! `layout` is a pure function from the model to tiles of plain drawing operations; `canvas` draws
//! the tiles that changed and the moving picture; a window or a piece of memory shows them. The
//! screen has a thread of its own and never waits for the worker, nor the worker for it.

mod artist;
mod canvas;
pub mod demo;
mod fonts;
mod geometry;
mod icons;
mod layout;
mod memory;
mod paint;
mod picture;
mod scene;
mod theme;
mod thread;
mod window;
mod words;

pub use thread::{DrawnReport, Screen, ScreenError, ScreenEvent};

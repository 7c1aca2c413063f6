//! A page of a PDF becomes a bitmap, in a process of its own.
//!
//! The parent ([`Renderer`]) puts the bytes it verified into a sealed memory file and starts a
//! child for this one document; the child ([`child::run`]) loads the PDF library, gives away what
//! it does not need, and answers requests with bitmaps in memory files. A hostile document can
//! kill or stall only its own child: the parent then has an error value, and starts another child
//! when it wants to.
//!
//! Invariant: never opens a path that a document names; never lets a hostile PDF hurt more than
//! its own child.

pub mod child;
mod library;
mod limits;
mod memory;
mod message;
mod parent;
mod sandbox;
mod wire;

pub use library::{LIBRARY_SHA256, LibraryError};
pub use message::Bitmap;
pub use parent::{Program, RenderError, Renderer};

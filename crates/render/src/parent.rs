//! The side that holds the verified bytes and wants pixels.

use std::ffi::OsString;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

use crate::memory;
use crate::message::{Answer, Bitmap, Request, Size};
use crate::wire;

/// What to start as a child.
#[derive(Clone, Debug)]
pub struct Program {
    /// A binary that calls [`crate::child::run`].
    pub path: PathBuf,
    /// With these arguments.
    pub arguments: Vec<OsString>,
    /// The PDF library the child loads.
    pub library: PathBuf,
}

/// Why there is no bitmap.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The child could not be started or given the document.
    #[error("the render child cannot be started: {0}")]
    Start(#[source] std::io::Error),
    /// The child is gone; start another one.
    #[error("the render child died")]
    Died,
    /// The child took too long and was killed; start another one.
    #[error("the render child took too long")]
    TimedOut,
    /// The child says no: the document or the page cannot be drawn.
    #[error("cannot be drawn: {0}")]
    Document(String),
    /// The size asked for is nothing or too much.
    #[error("no bitmap of {0} × {1} pixels")]
    Size(u32, u32),
    /// The child answered something that makes no sense and was killed.
    #[error("the render child answered nonsense")]
    Nonsense,
}

/// One document in one child process. Killed when dropped.
#[derive(Debug)]
pub struct Renderer {
    child: Child,
    /// Absent once the child was given up.
    socket: Option<OwnedFd>,
    pages: u32,
}

impl Renderer {
    /// Starts a child for this document: exactly these bytes, sealed. Waits until it is open.
    pub fn open(program: &Program, pdf: &[u8], patience: Duration) -> Result<Self, RenderError> {
        let start = |error: rustix::io::Errno| RenderError::Start(error.into());
        let document = memory::sealed("paper", pdf).map_err(RenderError::Start)?;
        let (ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
                .map_err(start)?;
        set_socket_timeout(&ours, Timeout::Recv, Some(patience)).map_err(start)?;
        set_socket_timeout(&ours, Timeout::Send, Some(patience)).map_err(start)?;
        let child = Command::new(&program.path)
            .args(&program.arguments)
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(RenderError::Start)?;
        let mut renderer = Self { child, socket: Some(ours), pages: 0 };
        let request = Request::Open { library: program.library.clone() };
        match renderer.ask(&request, Some(&document))? {
            (Answer::Opened { pages }, None) => renderer.pages = pages,
            (Answer::Failed { why }, _) => return Err(RenderError::Document(why)),
            _ => return Err(renderer.give_up(RenderError::Nonsense)),
        }
        Ok(renderer)
    }

    /// How many pages the document has.
    #[must_use]
    pub const fn pages(&self) -> u32 {
        self.pages
    }

    /// The child's process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Whether the child was given up; every further request answers [`RenderError::Died`].
    #[must_use]
    pub const fn is_dead(&self) -> bool {
        self.socket.is_none()
    }

    /// A page, counted from 1, as large as fits into the box with its own shape.
    pub fn page(&mut self, page: u32, width: u32, height: u32) -> Result<Bitmap, RenderError> {
        let bounds = Size { width, height };
        if !bounds.within_limits() {
            return Err(RenderError::Size(width, height));
        }
        let Some(index) = page.checked_sub(1).filter(|index| *index < self.pages) else {
            return Err(RenderError::Document(format!("there is no page {page}")));
        };
        let size = match self.ask(&Request::Page { index, bounds }, None)? {
            (Answer::Page { size }, Some(file)) => (size, file),
            (Answer::Failed { why }, _) => return Err(RenderError::Document(why)),
            _ => return Err(self.give_up(RenderError::Nonsense)),
        };
        let (size, file) = size;
        if size.width == 0 || size.width > width || size.height == 0 || size.height > height {
            return Err(self.give_up(RenderError::Nonsense));
        }
        match memory::read_exactly(file, size.bytes()) {
            Ok(pixels) => Ok(Bitmap { width: size.width, height: size.height, pixels }),
            Err(_) => Err(self.give_up(RenderError::Nonsense)),
        }
    }

    fn ask(
        &mut self,
        request: &Request,
        file: Option<&OwnedFd>,
    ) -> Result<(Answer, Option<OwnedFd>), RenderError> {
        let Some(socket) = &self.socket else { return Err(RenderError::Died) };
        let answer = wire::send(socket.as_fd(), request, file.map(AsFd::as_fd))
            .and_then(|()| wire::receive(socket));
        match answer {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(self.give_up(RenderError::Died)),
            Err(error) => Err(self.give_up(match error.kind() {
                std::io::ErrorKind::WouldBlock => RenderError::TimedOut,
                std::io::ErrorKind::BrokenPipe | std::io::ErrorKind::ConnectionReset => {
                    RenderError::Died
                }
                _ => RenderError::Nonsense,
            })),
        }
    }

    /// Ends the child, and gives the reason back.
    fn give_up(&mut self, why: RenderError) -> RenderError {
        self.socket = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
        why
    }
}

impl Drop for Renderer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

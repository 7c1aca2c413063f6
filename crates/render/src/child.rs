//! The child: one document, one library, no way out.

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use pdfium_render::prelude::{PdfBitmapFormat, PdfDocument, PdfRenderConfig, Pdfium};
use rustix::fs::{MemfdFlags, memfd_create};

use crate::library::{self, LibraryError};
use crate::message::{Answer, Request, Size};
use crate::{sandbox, wire};

/// Why the child ended.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// The library is not there or is another one.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The library does not work.
    #[error("the PDF library does not work: {0}")]
    Binding(String),
    /// The parent cannot be understood, or the system says no.
    #[error("the parent cannot be served: {0}")]
    Parent(#[from] std::io::Error),
}

/// Serves the parent on standard input until it hangs up.
pub fn run() -> Result<(), ChildError> {
    let socket = std::io::stdin().as_fd().try_clone_to_owned()?;
    let Some((Request::Open { library }, Some(document))) = wire::receive(&socket)? else {
        return Err(std::io::Error::from(std::io::ErrorKind::InvalidData).into());
    };
    let opened = load(&library);
    let pdfium = match opened {
        Ok(pdfium) => pdfium,
        Err(error) => {
            wire::send(socket.as_fd(), &Answer::Failed { why: error.to_string() }, None)?;
            return Err(error);
        }
    };
    sandbox::enter()?;
    // Read through the file, never copied whole: a scan can have hundreds of megabytes.
    match pdfium.load_pdf_from_reader(File::from(document), None) {
        Ok(document) => serve(&socket, &document),
        Err(error) => {
            let why = format!("not a document: {error}");
            Ok(wire::send(socket.as_fd(), &Answer::Failed { why }, None)?)
        }
    }
}

fn load(path: &Path) -> Result<Pdfium, ChildError> {
    library::check(path)?;
    let bindings =
        Pdfium::bind_to_library(path).map_err(|error| ChildError::Binding(error.to_string()))?;
    Ok(Pdfium::new(bindings))
}

fn serve(socket: &OwnedFd, document: &PdfDocument<'_>) -> Result<(), ChildError> {
    let pages = u32::try_from(document.pages().len()).unwrap_or(0);
    wire::send(socket.as_fd(), &Answer::Opened { pages }, None)?;
    while let Some((request, _)) = wire::receive(socket)? {
        let Request::Page { index, bounds } = request else {
            return Err(std::io::Error::from(std::io::ErrorKind::InvalidData).into());
        };
        match draw(document, index, bounds) {
            Ok((size, bitmap)) => {
                wire::send(socket.as_fd(), &Answer::Page { size }, Some(bitmap.as_fd()))?;
            }
            Err(why) => wire::send(socket.as_fd(), &Answer::Failed { why }, None)?,
        }
    }
    Ok(())
}

/// Draws a page on white, with its annotations: a signature's picture is one.
fn draw(document: &PdfDocument<'_>, index: u32, bounds: Size) -> Result<(Size, File), String> {
    let number = i32::try_from(index).map_err(|_| "no such page".to_owned())?;
    let page = document.pages().get(number).map_err(|error| error.to_string())?;
    let size = bounds
        .fitted((page.width().value, page.height().value))
        .filter(|size| size.within_limits())
        .ok_or("the page has no size")?;
    let whole = |pixels| i32::try_from(pixels).map_err(|_| "too large".to_owned());
    let config = PdfRenderConfig::new()
        .set_fixed_size(whole(size.width)?, whole(size.height)?)
        .set_format(PdfBitmapFormat::BGRx)
        .set_reverse_byte_order(false)
        .render_annotations(true);
    let bitmap = page.render_with_config(&config).map_err(|error| error.to_string())?;
    let pixels = bitmap.as_raw_bytes();
    if pixels.len() != size.bytes() {
        return Err("the bitmap has gaps".to_owned());
    }
    let file = memfd_create("page", MemfdFlags::CLOEXEC).map_err(|error| error.to_string())?;
    let mut file = File::from(file);
    file.write_all(&pixels).map_err(|error| error.to_string())?;
    Ok((size, file))
}

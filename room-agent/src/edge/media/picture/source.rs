//! What all sources of pictures have in common.

use std::io;

use thiserror::Error;
use uuid::Uuid;

use super::camera::Camera;
use super::test_pattern::TestPattern;
use super::y4m::Y4mFile;
use super::{I420, Size};
use crate::config::{PictureConfig, PictureSource};

/// Why there is no picture. All of it is tried again for ever.
#[derive(Debug, Error)]
pub(in super::super) enum SourceError {
    /// The device or file is not there.
    #[error("{what}: {source}")]
    Missing {
        /// The device or file.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// It is there, but not in a form that is understood.
    #[error("not a usable source of pictures: {what}")]
    Unusable {
        /// What was found instead.
        what: String,
    },
    /// It was lost while reading.
    #[error("lost while reading: {0}")]
    Read(#[source] io::Error),
}

/// Something that delivers pictures.
pub(super) trait FrameSource: Send {
    /// The next picture. A source that paces itself waits a little for it, at most a tenth of a
    /// second once it runs, and returns `None` if there is none yet. Only a source that draws its
    /// pictures heeds the `wanted` size; the others' are scaled.
    fn next(&mut self, wanted: Size) -> Result<Option<I420>, SourceError>;

    /// Whether pictures come when they come (a camera) or when asked for (everything else).
    fn paces_itself(&self) -> bool;
}

/// Which source, and what it should deliver.
#[derive(Clone, Debug)]
pub(in super::super) struct PictureSetup {
    /// What the room is set up with.
    pub config: PictureConfig,
    /// The point whose mark a test picture bears.
    pub point: Uuid,
    /// Its name, for the test picture.
    pub point_name: String,
}

impl PictureSetup {
    /// The largest picture that the room's set-up allows.
    pub(in super::super) fn bounds(&self) -> Size {
        let smallest = Size { width: 2, height: 2 };
        Size::checked(self.config.width, self.config.height).unwrap_or(smallest)
    }

    /// Opens the source. `size` is what will be sent: a test picture is drawn in it, everything
    /// else is asked for the room's own size and scaled.
    pub(super) fn open(&self, size: Size) -> Result<Box<dyn FrameSource>, SourceError> {
        match self.config.source {
            PictureSource::Camera => {
                let bounds = self.bounds();
                Ok(Box::new(Camera::open(
                    &self.config.device,
                    bounds,
                    self.config.frames_per_second,
                )?))
            }
            PictureSource::Test => {
                Ok(Box::new(TestPattern::new(size, self.point, &self.point_name)))
            }
            PictureSource::File => match &self.config.file {
                Some(file) => Ok(Box::new(Y4mFile::open(file)?)),
                None => Err(SourceError::Unusable { what: "no file is configured".to_owned() }),
            },
        }
    }
}

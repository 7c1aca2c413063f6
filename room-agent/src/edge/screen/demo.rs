//! `diemcau-agent screenshot`: a state of the screen, written down in JSON, as PNG files. What is
//! looked at before a change of the screen is called done.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use render::{Program, Renderer};

use super::super::clock;
use super::super::media::{I420, Picture420, Size};
use super::canvas::{Canvas, Page};
use super::geometry::to_f32;
use super::layout::{Looks, layout};
use super::scene::Moving;
use crate::machine::{Content, PageKey, PaperArea, ScreenModel};

/// The sizes that rooms have.
const SIZES: [&str; 3] = ["1920x1080", "1366x768", "3840x2160"];

/// What to draw.
#[derive(Debug, Args)]
pub struct Request {
    /// A state, as in `room-agent/screens`.
    #[arg(long)]
    state: PathBuf,
    /// The PNG to write; with several sizes each gets its size before the ending.
    #[arg(long)]
    out: PathBuf,
    /// Pixels as `WIDTHxHEIGHT`; may be given several times. Without it: the three usual sizes.
    #[arg(long)]
    size: Vec<String>,
    /// The PDF whose page is shown, where the state shows one.
    #[arg(long)]
    pdf: Option<PathBuf>,
    /// The PDF library.
    #[arg(long, default_value = "vendor/pdfium/libpdfium.so")]
    pdfium: PathBuf,
}

/// Draws and writes.
///
/// # Errors
/// When a file cannot be read or written, or the PDF cannot be drawn.
pub fn run(request: &Request) -> anyhow::Result<()> {
    let model = load(&request.state)?;
    let sizes: Vec<&str> = if request.size.is_empty() {
        SIZES.to_vec()
    } else {
        request.size.iter().map(String::as_str).collect()
    };
    for size in &sizes {
        let (width, height) = parse(size)?;
        let png = draw(&model, (width, height), request)?;
        let path = if sizes.len() == 1 {
            request.out.clone()
        } else {
            let stem = request.out.file_stem().unwrap_or_default().to_string_lossy();
            request.out.with_file_name(format!("{stem}-{size}.png"))
        };
        std::fs::write(&path, png).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn load(path: &Path) -> anyhow::Result<ScreenModel> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not a state", path.display()))
}

fn parse(size: &str) -> anyhow::Result<(i32, i32)> {
    let (width, height) = size.split_once('x').context("a size is WIDTHxHEIGHT")?;
    Ok((width.parse()?, height.parse()?))
}

fn draw(
    model: &ScreenModel,
    (width, height): (i32, i32),
    request: &Request,
) -> anyhow::Result<Vec<u8>> {
    let mut canvas = Canvas::new().context("no memory for the screen")?;
    let mut looks = Looks { width, height, page_shape: None };
    let scene = layout(model, looks, &mut canvas.fonts);
    canvas.show(scene);
    if let (Some(key), Some(pdf)) = (page_of(model), &request.pdf) {
        let bytes = std::fs::read(pdf).with_context(|| format!("cannot read {}", pdf.display()))?;
        let program = Program {
            path: std::env::current_exe()?,
            arguments: vec!["render".into()],
            library: request.pdfium.clone(),
        };
        let mut renderer = Renderer::open(&program, &bytes, Duration::from_secs(20))?;
        // Twice: the page's own shape may give it another place.
        for _ in 0..2 {
            let place = canvas.scene().and_then(|scene| scene.page).map(|page| page.place);
            let Some(place) = place else { break };
            let side = |side: i32| u32::try_from(side).unwrap_or(1);
            let bitmap = renderer.page(key.page, side(place.width), side(place.height))?;
            canvas.set_page(Some(Page { key, bitmap: Arc::new(bitmap) }));
            looks.page_shape = canvas.page_shape();
            let scene = layout(model, looks, &mut canvas.fonts);
            canvas.show(scene);
        }
    }
    if let Content::Meeting(meeting) = &model.content
        && meeting.picture.connected
        && meeting.picture.name.is_some()
    {
        for of in Moving::all() {
            canvas.picture(of, sample_picture().as_ref());
        }
    }
    canvas.png().context("no memory for the picture")
}

fn page_of(model: &ScreenModel) -> Option<PageKey> {
    let Content::Meeting(meeting) = &model.content else { return None };
    let PaperArea::Page { key, .. } = &meeting.paper else { return None };
    Some(*key)
}

/// Somebody at a table before a wall, drawn out of ellipses: enough to see where a face would be.
fn sample_picture() -> Option<Picture420> {
    let size = Size { width: 1280, height: 720 };
    let inside = |x: f32, y: f32, (cx, cy): (f32, f32), (rx, ry): (f32, f32)| {
        ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) <= 1.0
    };
    let colour = |x: f32, y: f32| -> [u8; 3] {
        if y > 610.0 {
            return [104, 112, 146];
        }
        if inside(x, y, (640.0, 290.0), (92.0, 118.0)) {
            return if y < 235.0 { [62, 130, 126] } else { [170, 112, 150] };
        }
        if inside(x, y, (640.0, 660.0), (270.0, 260.0)) {
            return if (x - 640.0).abs() < 16.0 { [60, 140, 118] } else { [218, 130, 124] };
        }
        let wall = if x > 110.0 && x < 400.0 && y > 80.0 && y < 300.0 { 158.0 } else { 104.0 };
        let shade = wall + y / 24.0 + 3.0 * (x / 46.0).sin();
        [super::super::screen::geometry::to_i32(shade).try_into().unwrap_or(128), 134, 122]
    };
    let (width, height) = (i32::from(size.width), i32::from(size.height));
    let at = |x: i32, y: i32| colour(to_f32(x), to_f32(y));
    let mut data: Vec<u8> = Vec::with_capacity(size.bytes());
    for y in 0..height {
        data.extend((0..width).map(|x| at(x, y)[0]));
    }
    for plane in [1, 2] {
        for y in 0..height / 2 {
            data.extend((0..width / 2).map(|x| at(x * 2, y * 2)[plane]));
        }
    }
    let planes = I420::from_bytes(size, data)?;
    Some(Picture420 { planes, sequence: 1, received_at: clock::instant() })
}

/// Every state that is committed, by name.
#[cfg(test)]
pub(super) fn examples() -> Vec<(String, ScreenModel)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screens");
    let mut examples: Vec<(String, ScreenModel)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            (path.file_stem().unwrap().to_string_lossy().into_owned(), load(&path).unwrap())
        })
        .collect();
    examples.sort_by(|one, other| one.0.cmp(&other.0));
    examples
}

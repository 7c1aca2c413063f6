//! A real child process with the real library. The child is this test binary itself, started
//! again for the test `child_side`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use render::{Bitmap, Program, RenderError, Renderer};

const PATIENCE: Duration = Duration::from_secs(20);

/// Not a test of its own: what a child does. Without a parent on standard input it returns.
#[test]
fn child_side() {
    if std::env::var_os("RENDER_CHILD").is_some() {
        let _ = render::child::run();
    }
}

fn program() -> Program {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vendor/pdfium/libpdfium.so");
    assert!(library.exists(), "run deploy/fetch-pdfium.sh first");
    Program {
        path: "/usr/bin/env".into(),
        arguments: [
            "RENDER_CHILD=1".into(),
            std::env::current_exe().unwrap().into_os_string(),
            "--exact".into(),
            "child_side".into(),
            "--test-threads=1".into(),
            "--nocapture".into(),
        ]
        .to_vec(),
        library,
    }
}

/// A PDF out of page contents; every page is 300 × 200 points.
fn pdf(pages: &[&str], forms: &[&str]) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        String::new(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let stream = |dictionary: &str, content: &str| {
        format!("<< {dictionary} /Length {} >>\nstream\n{content}\nendstream", content.len())
    };
    // Form XObjects come first, so that their object numbers are 4, 5, …
    for (index, form) in forms.iter().enumerate() {
        let next = 5 + index;
        let resources = if index + 1 < forms.len() {
            format!("/Resources << /XObject << /N {next} 0 R >> >>")
        } else {
            String::new()
        };
        let dictionary = format!("/Type /XObject /Subtype /Form /BBox [0 0 300 200] {resources}");
        objects.push(stream(&dictionary, form));
    }
    let first_page = objects.len() + 1;
    let mut kids = String::new();
    for content in pages {
        let page = objects.len() + 1;
        write!(kids, "{page} 0 R ").unwrap();
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents {} 0 R \
             /Resources << /Font << /F 3 0 R >> /XObject << /N 4 0 R >> >> >>",
            page + 1
        ));
        objects.push(stream("", content));
    }
    assert!(first_page > 3);
    objects[1] = format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", pages.len());
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", index + 1).bytes());
    }
    let xref = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1).bytes());
    for offset in offsets {
        file.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    file.extend(
        format!(
            "trailer << /Size {} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF\n",
            objects.len() + 1
        )
        .bytes(),
    );
    file
}

fn two_pages() -> Vec<u8> {
    pdf(
        &[
            "1 0 0 rg 0 0 150 200 re f BT /F 40 Tf 160 90 Td (Trang 1) Tj ET",
            "0 0 1 rg 0 100 300 100 re f BT /F 40 Tf 20 30 Td (Trang 2) Tj ET",
        ],
        &[],
    )
}

/// Mean absolute difference per colour, 0 to 255.
fn difference(ours: &Bitmap, theirs: &Bitmap) -> f64 {
    assert_eq!((ours.width, ours.height), (theirs.width, theirs.height));
    let sum: u64 = ours
        .pixels
        .chunks_exact(4)
        .zip(theirs.pixels.chunks_exact(4))
        .map(|(a, b)| (0..3).map(|at| u64::from(a[at].abs_diff(b[at]))).sum::<u64>())
        .sum();
    let colours = u64::from(ours.width) * u64::from(ours.height) * 3;
    // In hundredths, so that whole numbers do.
    f64::from(u32::try_from(sum * 100 / colours).unwrap()) / 100.0
}

/// What poppler makes of the same page.
fn pdftoppm(pdf: &Path, page: u32, width: u32, height: u32) -> Bitmap {
    let output = Command::new("pdftoppm")
        .args(["-f", &page.to_string(), "-l", &page.to_string()])
        .args(["-scale-to-x", &width.to_string(), "-scale-to-y", &height.to_string()])
        .arg(pdf)
        .output()
        .expect("pdftoppm (poppler-utils) is installed");
    assert!(output.status.success());
    // P6, width, height, 255: three lines, then RGB.
    let header = output
        .stdout
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .nth(2)
        .map(|(at, _)| at + 1)
        .unwrap();
    let pixels =
        output.stdout[header..].chunks_exact(3).flat_map(|rgb| [rgb[2], rgb[1], rgb[0], 255]);
    Bitmap { width, height, pixels: pixels.collect() }
}

#[test]
fn a_page_looks_as_others_draw_it() {
    let dir = tempfile::tempdir().unwrap();
    let path: PathBuf = dir.path().join("paper.pdf");
    let bytes = two_pages();
    std::fs::write(&path, &bytes).unwrap();
    let mut renderer = Renderer::open(&program(), &bytes, PATIENCE).unwrap();
    assert_eq!(renderer.pages(), 2);
    for page in [1, 2] {
        let ours = renderer.page(page, 900, 612).unwrap();
        assert_eq!((ours.width, ours.height), (900, 600));
        let same = difference(&ours, &pdftoppm(&path, page, 900, 600));
        let other = difference(&ours, &pdftoppm(&path, 3 - page, 900, 600));
        assert!(same < 4.0, "page {page} differs by {same}");
        assert!(other > 40.0, "page {page} looks like the other one: {other}");
    }
}

#[test]
fn what_is_not_there_is_an_error_and_the_child_goes_on() {
    let mut renderer = Renderer::open(&program(), &two_pages(), PATIENCE).unwrap();
    for page in [0, 3] {
        assert!(matches!(renderer.page(page, 90, 60), Err(RenderError::Document(_))));
    }
    for (width, height) in [(0, 10), (10, 0), (100_000, 10)] {
        assert!(matches!(renderer.page(1, width, height), Err(RenderError::Size(..))));
    }
    assert!(renderer.page(2, 90, 60).is_ok());
}

#[test]
fn nonsense_is_not_a_document() {
    for bytes in [&b""[..], b"%PDF-1.7", b"<html>"] {
        assert!(matches!(
            Renderer::open(&program(), bytes, PATIENCE),
            Err(RenderError::Document(_))
        ));
    }
}

#[test]
fn another_library_is_refused() {
    let other = Program { library: "/bin/true".into(), ..program() };
    let Err(RenderError::Document(why)) = Renderer::open(&other, &two_pages(), PATIENCE) else {
        panic!("a strange library was loaded");
    };
    assert!(why.contains("not the pinned PDF library"), "{why}");
}

#[test]
fn a_hostile_document_kills_only_its_child() {
    // Each form draws the next one many times: more strokes than there are grains of sand.
    let many = "/N Do ".repeat(200);
    let forms = [many.as_str(); 6];
    let last = "0 0 10 10 re f";
    let mut all = forms.to_vec();
    all.push(last);
    let hostile = pdf(&["/N Do"], &all);
    let ended = Renderer::open(&program(), &hostile, Duration::from_secs(3))
        .and_then(|mut renderer| renderer.page(1, 90, 60));
    assert!(matches!(ended, Err(RenderError::TimedOut | RenderError::Died)), "{ended:?}");
    let mut other = Renderer::open(&program(), &two_pages(), PATIENCE).unwrap();
    assert!(other.page(1, 90, 60).is_ok());
}

#[test]
fn a_dead_child_is_an_error_and_another_one_can_be_started() {
    let mut renderer = Renderer::open(&program(), &two_pages(), PATIENCE).unwrap();
    let child = rustix::process::Pid::from_raw(i32::try_from(renderer.process()).unwrap()).unwrap();
    rustix::process::kill_process(child, rustix::process::Signal::KILL).unwrap();
    assert!(matches!(renderer.page(1, 90, 60), Err(RenderError::Died)));
    assert!(renderer.is_dead());
    assert!(matches!(renderer.page(1, 90, 60), Err(RenderError::Died)));
    assert!(Renderer::open(&program(), &two_pages(), PATIENCE).unwrap().page(1, 90, 60).is_ok());
}

//! The real window on a virtual display: what is on the page's pixels is what poppler draws.
//!
//! The window runs in this test binary started again (`window_side`), so that the display is in
//! the environment of that process alone.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use render::{Program, Renderer};
use room_agent::config::{ScreenConfig, ScreenKind};
use room_agent::edge::screen::{DrawnReport, Screen, ScreenEvent};
use room_agent::machine::{Content, PageKey, PaperArea, ScreenModel};
use room_agent::worker::Event;
use tokio::sync::mpsc;

const WIDTH: u32 = 1920;
const HEIGHT: u32 = 1080;

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn pdf() -> PathBuf {
    here().join("tests/data/two-pages.pdf")
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_pixels_of_the_page_are_the_page() {
    let (_display, number) = virtual_display();
    for page in [1, 2] {
        let side = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "window_side", "--nocapture"])
            .env("DISPLAY", &number)
            .env_remove("WAYLAND_DISPLAY")
            .env("ROOM_WINDOW_PAGE", page.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut side = Running(side);
        let rect = reported_rect(&mut side.0);
        let [_, _, width, height] = rect;
        let drawn = pixels_of_display(&number, rect);
        let same = likeness(&drawn, &page_by_poppler(page, width, height), width);
        let other = likeness(&drawn, &page_by_poppler(3 - page, width, height), width);
        assert!(same >= 0.95, "page {page} is alike by {same}");
        assert!(other < 0.5, "the other page is alike by {other}");
        assert!(height > HEIGHT / 2, "the page is large enough to read: {height}");
    }
}

/// What the second process does; without its environment it is not a test.
#[test]
fn window_side() {
    let Ok(page) = std::env::var("ROOM_WINDOW_PAGE") else { return };
    let page: u32 = page.parse().unwrap();
    let state = std::fs::read_to_string(here().join("screens/meeting.json")).unwrap();
    let mut model: ScreenModel = serde_json::from_str(&state).unwrap();
    let key = turn_to(&mut model, page);
    let (events, mut inbox) = mpsc::channel(64);
    let config =
        ScreenConfig { kind: ScreenKind::Window, width: WIDTH, height: HEIGHT, fullscreen: true };
    let screen = Screen::start(&config, events).unwrap();
    screen.show(model);
    let report = wait_for(&mut inbox, |report| report.page_box.is_some());
    assert_eq!(report.size, [WIDTH, HEIGHT], "the window covers the display");
    let [width, height] = report.page_box.unwrap();
    let program = Program {
        path: env!("CARGO_BIN_EXE_diemcau-agent").into(),
        arguments: vec!["render".into()],
        library: here().join("../vendor/pdfium/libpdfium.so"),
    };
    let bytes = std::fs::read(pdf()).unwrap();
    let mut renderer = Renderer::open(&program, &bytes, Duration::from_secs(20)).unwrap();
    let bitmap = renderer.page(page, width, height).unwrap();
    screen.show_page(Some((key, Arc::new(bitmap))));
    let report = wait_for(&mut inbox, |report| report.page == Some(key));
    // On a line of its own, whatever the test harness has written before.
    let rect = report.page_rect.unwrap().map(|side| side.to_string()).join(" ");
    let line = format!("\npage_rect {rect}\n");
    std::io::Write::write_all(&mut std::io::stdout(), line.as_bytes()).unwrap();
    // Until the other side has seen it.
    let _ = std::io::stdin().read(&mut [0]);
}

fn turn_to(model: &mut ScreenModel, to: u32) -> PageKey {
    let Content::Meeting(meeting) = &mut model.content else { panic!("not a meeting") };
    let PaperArea::Page { key, .. } = &mut meeting.paper else { panic!("no page") };
    key.page = to;
    *key
}

fn wait_for(
    inbox: &mut mpsc::Receiver<Event>,
    is_it: impl Fn(&DrawnReport) -> bool,
) -> DrawnReport {
    loop {
        match inbox.blocking_recv().expect("the screen lives") {
            Event::Screen(ScreenEvent::Drawn(report)) if is_it(&report) => return *report,
            Event::Screen(ScreenEvent::Lost(why)) => panic!("the window is lost: {why}"),
            _ => {}
        }
    }
}

fn virtual_display() -> (Running, String) {
    let mut display = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", &format!("{WIDTH}x{HEIGHT}x24")])
        .args(["-nolisten", "tcp"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("Xvfb is installed");
    let mut number = String::new();
    BufReader::new(display.stdout.take().unwrap()).read_line(&mut number).unwrap();
    (Running(display), format!(":{}", number.trim()))
}

fn reported_rect(side: &mut Child) -> [u32; 4] {
    let lines = BufReader::new(side.stdout.take().unwrap()).lines();
    for line in lines {
        if let Some(rect) = line.unwrap().strip_prefix("page_rect ") {
            let sides: Vec<u32> = rect.split(' ').map(|side| side.parse().unwrap()).collect();
            return sides.try_into().unwrap();
        }
    }
    panic!("the window's side ended without drawing the page");
}

/// A part of the display, as red, green, blue.
fn pixels_of_display(number: &str, [x, y, width, height]: [u32; 4]) -> Vec<u8> {
    let part = format!("{width}x{height}+{x}+{y}");
    let output = Command::new("import")
        .args(["-display", number, "-window", "root", "-crop", &part, "-depth", "8", "rgb:-"])
        .output()
        .expect("import (imagemagick) is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.stdout.len(), width as usize * height as usize * 3);
    output.stdout
}

fn page_by_poppler(page: u32, width: u32, height: u32) -> Vec<u8> {
    let output = Command::new("pdftoppm")
        .args(["-f", &page.to_string(), "-l", &page.to_string()])
        .args(["-scale-to-x", &width.to_string(), "-scale-to-y", &height.to_string()])
        .arg(pdf())
        .output()
        .expect("pdftoppm (poppler-utils) is installed");
    assert!(output.status.success());
    // P6, width and height, 255: three lines, then the pixels.
    let header = output.stdout.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(2);
    output.stdout[header.unwrap().0 + 1..].to_vec()
}

/// Correlation of the two pictures' brightness, averaged over fine cells so that two renderers'
/// smoothing of the same letter counts as the same: 1 for the same, around 0 for unrelated ones.
/// A plain difference would call any two white pages alike.
fn likeness(one: &[u8], other: &[u8], width: u32) -> f64 {
    let (one, other) = (cells(one, width), cells(other, width));
    let (mean_one, mean_other) = (mean(&one), mean(&other));
    let (mut both, mut only_one, mut only_other) = (0.0, 0.0, 0.0);
    for (a, b) in one.iter().zip(&other) {
        let (a, b) = (a - mean_one, b - mean_other);
        both += a * b;
        only_one += a * a;
        only_other += b * b;
    }
    both / (only_one * only_other).sqrt()
}

/// The brightness of 160 × 160 cells.
fn cells(rgb: &[u8], width: u32) -> Vec<f64> {
    const SIDE: usize = 160;
    let width = width as usize;
    let height = rgb.len() / 3 / width;
    let mut sums = vec![(0_u32, 0_u32); SIDE * SIDE];
    for (at, pixel) in rgb.chunks_exact(3).enumerate() {
        let (x, y) = (at % width, at / width);
        let (sum, count) = &mut sums[y * SIDE / height * SIDE + x * SIDE / width];
        *sum += pixel.iter().map(|colour| u32::from(*colour)).sum::<u32>();
        *count += 3;
    }
    sums.into_iter().map(|(sum, count)| f64::from(sum) / f64::from(count.max(1))).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / f64::from(u32::try_from(values.len()).unwrap())
}

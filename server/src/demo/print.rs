//! The demo's papers as PDF.

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::TextDirection;

use super::fonts::Fonts;
use super::layout::{self, Mark, SHEET};
use super::markup;

/// The two papers that the demo meeting speaks about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Text {
    /// The socio-economic report of the province.
    Report,
    /// The report about site clearance.
    Clearance,
}

/// Prints a paper as if it had been written on `day`: at least six pages, with tables.
pub(super) fn print(text: Text, day: jiff::civil::Date) -> anyhow::Result<Vec<u8>> {
    let source = match text {
        Text::Report => include_str!("../../demo/papers/bao-cao-kinh-te-xa-hoi.txt"),
        Text::Clearance => include_str!("../../demo/papers/giai-phong-mat-bang.txt"),
    };
    let paper = markup::parse(source, day.year())?;
    let fonts = Fonts::shipped()?;
    let date = format!("Hà Nam, ngày {:02} tháng {:02} năm {}", day.day(), day.month(), day.year());
    let sheets = layout::set(&fonts, &paper, &date);

    let mut document = Document::new();
    for marks in &sheets {
        let settings = PageSettings::from_wh(SHEET.0, SHEET.1)
            .ok_or_else(|| anyhow::anyhow!("A4 is not a page"))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in marks {
            draw(&mut surface, &fonts, mark);
        }
        surface.finish();
        page.finish();
    }
    document.set_metadata(metadata(&paper, day));
    document.finish().map_err(|error| anyhow::anyhow!("the paper cannot be printed: {error:?}"))
}

/// A paper that nobody signed.
#[cfg(test)]
pub(crate) fn print_clearance(day: jiff::civil::Date) -> anyhow::Result<Vec<u8>> {
    print(Text::Clearance, day)
}

fn metadata(paper: &markup::Paper, day: jiff::civil::Date) -> Metadata {
    let year = u16::try_from(day.year()).unwrap_or(2000);
    let month = day.month().unsigned_abs();
    Metadata::new()
        .title(format!("{} {}", paper.kind, paper.subject.join(" ")))
        .authors(vec![paper.issuer.join(" ")])
        .language("vi".into())
        .creation_date(DateTime::new(year).month(month).day(day.day().unsigned_abs()))
}

fn draw(surface: &mut Surface<'_>, fonts: &Fonts, mark: &Mark) {
    let black = rgb::Color::new(0, 0, 0);
    match mark {
        Mark::Text { x, y, face, size, text } => {
            surface.set_stroke(None);
            surface.set_fill(Some(Fill {
                paint: black.into(),
                opacity: NormalizedF32::ONE,
                ..Fill::default()
            }));
            let at = Point::from_xy(*x, *y);
            surface.draw_text(
                at,
                fonts.font(*face),
                *size,
                text,
                false,
                TextDirection::LeftToRight,
            );
        }
        Mark::Rule { from, to } => {
            let mut path = PathBuilder::new();
            path.move_to(from.0, from.1);
            path.line_to(to.0, to.1);
            let Some(path) = path.finish() else { return };
            surface.set_fill(None);
            surface.set_stroke(Some(Stroke {
                paint: black.into(),
                width: 0.6,
                ..Stroke::default()
            }));
            surface.draw_path(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fonts::Face;
    use super::*;

    #[test]
    fn every_paper_has_six_pages_or_more_and_stays_on_them() {
        let fonts = Fonts::shipped().expect("fonts");
        for (source, pages) in [
            (include_str!("../../demo/papers/bao-cao-kinh-te-xa-hoi.txt"), 6..=12),
            (include_str!("../../demo/papers/giai-phong-mat-bang.txt"), 6..=12),
        ] {
            assert!(fonts.covers(Face::Regular, &source.replace('\n', " ")), "a letter is missing");
            let paper = markup::parse(source, 2026).expect("it parses");
            let sheets = layout::set(&fonts, &paper, "Hà Nam, ngày 24 tháng 11 năm 2026");
            assert!(pages.contains(&sheets.len()), "{} pages", sheets.len());
            for mark in sheets.iter().flatten() {
                let Mark::Text { x, y, face, size, text } = mark else { continue };
                let right = x + fonts.width(*face, *size, text);
                assert!(*x > 60.0 && right < SHEET.0 - 30.0, "{text:?} from {x} to {right}");
                assert!(*y > 30.0 && *y < SHEET.1 - 40.0, "{text:?} at {y}");
            }
        }
    }

    #[test]
    fn a_printed_paper_is_a_pdf() {
        let day = jiff::civil::date(2026, 11, 24);
        let dump = std::env::var_os("DIEMCAU_PRINT_TO");
        for (name, text) in [("report", Text::Report), ("clearance", Text::Clearance)] {
            let pdf = print(text, day).expect("it prints");
            assert!(pdf.starts_with(b"%PDF-"), "magic");
            assert_eq!(pdf, print(text, day).expect("it prints"), "the same paper twice");
            if let Some(folder) = &dump {
                let path = std::path::Path::new(folder).join(format!("{name}.pdf"));
                std::fs::write(path, pdf).expect("the look at it");
            }
        }
    }
}

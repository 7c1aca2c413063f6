//! Drawing operations onto a pixmap.

use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, PremultipliedColorU8,
    Stroke, Transform,
};

use super::fonts::Fonts;
use super::geometry::{Rect, to_f32, to_index};
use super::scene::{Mark, Tile};
use super::theme::Colour;

/// Draws a tile over whatever was there. Words that do not fit are cut at its edge.
pub(super) fn tile(pixmap: &mut Pixmap, fonts: &mut Fonts, tile: &Tile) {
    let place = tile.place;
    fill(pixmap, place, 0, tile.ground);
    for mark in &tile.marks {
        draw(pixmap, fonts, mark, place);
    }
}

/// Draws one operation, within the clip.
pub(super) fn draw(pixmap: &mut Pixmap, fonts: &mut Fonts, mark: &Mark, clip: Rect) {
    match mark {
        Mark::Fill { place, radius, colour } => {
            fill(pixmap, place.meet(clip), *radius, *colour);
        }
        Mark::Frame { place, radius, width, colour } => {
            frame(pixmap, *place, *radius, *width, *colour);
        }
        Mark::Words(words) => {
            fonts.draw(words, |rect, colour| blend(pixmap, rect.meet(clip), colour));
        }
        Mark::Icon { place, icon, colour } => {
            let Some(path) = icon.strokes() else { return };
            let scale = to_f32(place.width) / 24.0;
            let stroke = Stroke {
                width: 2.0,
                line_cap: LineCap::Round,
                line_join: LineJoin::Round,
                ..Stroke::default()
            };
            let transform = Transform::from_scale(scale, scale)
                .post_translate(to_f32(place.x), to_f32(place.y));
            pixmap.stroke_path(&path, &paint(*colour), &stroke, transform, None);
        }
    }
}

fn paint(colour: Colour) -> Paint<'static> {
    let Colour { red, green, blue, opacity } = colour;
    let mut paint = Paint::default();
    paint.set_color(Color::from_rgba8(red, green, blue, opacity));
    paint.anti_alias = true;
    paint
}

fn fill(pixmap: &mut Pixmap, place: Rect, radius: i32, colour: Colour) {
    if let Some(path) = rounded(place, to_f32(radius)) {
        pixmap.fill_path(&path, &paint(colour), FillRule::Winding, Transform::identity(), None);
    }
}

fn frame(pixmap: &mut Pixmap, place: Rect, radius: i32, width: i32, colour: Colour) {
    // A stroke lies on both sides of its path; half inside keeps all of it in the rectangle.
    let half = width / 2;
    if let Some(path) = rounded(place.inset(half), to_f32((radius - half).max(0))) {
        let stroke = Stroke { width: to_f32(width), ..Stroke::default() };
        pixmap.stroke_path(&path, &paint(colour), &stroke, Transform::identity(), None);
    }
}

/// A rectangle with round corners.
fn rounded(place: Rect, radius: f32) -> Option<Path> {
    if place.is_empty() {
        return None;
    }
    let (left, top) = (to_f32(place.x), to_f32(place.y));
    let (right, bottom) = (to_f32(place.right()), to_f32(place.bottom()));
    if radius <= 0.0 {
        let rect = tiny_skia::Rect::from_ltrb(left, top, right, bottom)?;
        return Some(PathBuilder::from_rect(rect));
    }
    // The handles of a quarter of a circle.
    let near = radius * (1.0 - 0.5523);
    let mut pen = PathBuilder::new();
    pen.move_to(left + radius, top);
    pen.line_to(right - radius, top);
    pen.cubic_to(right - near, top, right, top + near, right, top + radius);
    pen.line_to(right, bottom - radius);
    pen.cubic_to(right, bottom - near, right - near, bottom, right - radius, bottom);
    pen.line_to(left + radius, bottom);
    pen.cubic_to(left + near, bottom, left, bottom - near, left, bottom - radius);
    pen.line_to(left, top + radius);
    pen.cubic_to(left, top + near, left + near, top, left + radius, top);
    pen.close();
    pen.finish()
}

/// Lays a colour over the pixels of a rectangle.
fn blend(pixmap: &mut Pixmap, rect: Rect, colour: Colour) {
    if colour.opacity == 0 {
        return;
    }
    let (screen_width, screen_height) = (pixmap.width(), pixmap.height());
    let whole = Rect::new(
        0,
        0,
        i32::try_from(screen_width).unwrap_or(i32::MAX),
        i32::try_from(screen_height).unwrap_or(i32::MAX),
    );
    let rect = rect.meet(whole);
    let stride = to_index(whole.width);
    let pixels = pixmap.pixels_mut();
    for y in rect.y..rect.bottom() {
        let start = to_index(y) * stride;
        let row = pixels.get_mut(start + to_index(rect.x)..start + to_index(rect.right()));
        for pixel in row.into_iter().flatten() {
            *pixel = over(*pixel, colour);
        }
    }
}

/// Source over destination, both as tiny-skia keeps them: colours already times opacity.
fn over(below: PremultipliedColorU8, above: Colour) -> PremultipliedColorU8 {
    let opacity = u32::from(above.opacity);
    let mix = |above: u8, below: u8| {
        let sum = u32::from(above) * opacity + u32::from(below) * (255 - opacity);
        u8::try_from((sum + 127) / 255).unwrap_or(255)
    };
    PremultipliedColorU8::from_rgba(
        mix(above.red, below.red()),
        mix(above.green, below.green()),
        mix(above.blue, below.blue()),
        mix(255, below.alpha()),
    )
    .unwrap_or(below)
}

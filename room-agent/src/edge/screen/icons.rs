//! Pictures made of strokes, on a field of 24 × 24.

use serde::{Deserialize, Serialize};
use tiny_skia::{Path, PathBuilder};

/// Which picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Icon {
    Bars,
    BarsOff,
    Calendar,
    Camera,
    Check,
    Clock,
    Cross,
    Minus,
    Microphone,
    MicrophoneOff,
    Page,
    Screen,
    ShieldBad,
    ShieldGood,
    Warning,
}

impl Icon {
    /// Its strokes, two units wide.
    pub(super) fn strokes(self) -> Option<Path> {
        let mut pen = PathBuilder::new();
        match self {
            Self::Bars => bars(&mut pen),
            Self::BarsOff => {
                bars(&mut pen);
                line(&mut pen, &[(3.0, 3.0), (21.0, 21.0)]);
            }
            Self::Calendar => {
                line(&mut pen, &[(4.0, 6.0), (20.0, 6.0), (20.0, 20.0), (4.0, 20.0), (4.0, 6.0)]);
                line(&mut pen, &[(4.0, 10.5), (20.0, 10.5)]);
                line(&mut pen, &[(8.5, 3.5), (8.5, 7.0)]);
                line(&mut pen, &[(15.5, 3.5), (15.5, 7.0)]);
            }
            Self::Camera => {
                line(&mut pen, &[(3.0, 7.0), (15.0, 7.0), (15.0, 17.0), (3.0, 17.0), (3.0, 7.0)]);
                line(&mut pen, &[(15.0, 11.0), (21.0, 8.0), (21.0, 16.0), (15.0, 13.0)]);
            }
            Self::Check => line(&mut pen, &[(4.0, 12.5), (9.0, 17.5), (20.0, 6.5)]),
            Self::Clock => {
                pen.push_circle(12.0, 12.0, 9.0);
                line(&mut pen, &[(12.0, 7.0), (12.0, 12.5), (15.5, 14.5)]);
            }
            Self::Cross => {
                line(&mut pen, &[(6.0, 6.0), (18.0, 18.0)]);
                line(&mut pen, &[(18.0, 6.0), (6.0, 18.0)]);
            }
            Self::Minus => line(&mut pen, &[(6.0, 12.0), (18.0, 12.0)]),
            Self::Microphone => microphone(&mut pen),
            Self::MicrophoneOff => {
                microphone(&mut pen);
                line(&mut pen, &[(3.0, 3.0), (21.0, 21.0)]);
            }
            Self::Screen => {
                line(&mut pen, &[(3.0, 5.0), (21.0, 5.0), (21.0, 17.0), (3.0, 17.0), (3.0, 5.0)]);
                line(&mut pen, &[(8.0, 21.0), (16.0, 21.0)]);
                line(&mut pen, &[(12.0, 17.0), (12.0, 21.0)]);
            }
            Self::Page => {
                line(
                    &mut pen,
                    &[(14.0, 3.0), (6.0, 3.0), (6.0, 21.0), (18.0, 21.0), (18.0, 7.0), (14.0, 3.0)],
                );
                line(&mut pen, &[(9.5, 12.0), (14.5, 12.0)]);
                line(&mut pen, &[(9.5, 16.0), (14.5, 16.0)]);
            }
            Self::ShieldBad => {
                shield(&mut pen);
                line(&mut pen, &[(9.5, 9.5), (14.5, 14.5)]);
                line(&mut pen, &[(14.5, 9.5), (9.5, 14.5)]);
            }
            Self::ShieldGood => {
                shield(&mut pen);
                line(&mut pen, &[(8.5, 12.0), (11.0, 14.5), (15.5, 9.5)]);
            }
            Self::Warning => {
                line(&mut pen, &[(12.0, 3.5), (2.5, 20.0), (21.5, 20.0), (12.0, 3.5)]);
                line(&mut pen, &[(12.0, 10.0), (12.0, 14.5)]);
                line(&mut pen, &[(12.0, 17.2), (12.0, 17.4)]);
            }
        }
        pen.finish()
    }
}

fn line(pen: &mut PathBuilder, points: &[(f32, f32)]) {
    let Some(((x, y), rest)) = points.split_first() else { return };
    pen.move_to(*x, *y);
    for (x, y) in rest {
        pen.line_to(*x, *y);
    }
}

fn bars(pen: &mut PathBuilder) {
    for (x, top) in [(4.0, 16.0), (9.3, 12.0), (14.6, 8.0), (20.0, 4.0)] {
        line(pen, &[(x, 20.0), (x, top)]);
    }
}

/// How far a Bézier curve's handle is from the end of a quarter of a circle, by its radius.
const QUARTER: f32 = 0.5523;

fn microphone(pen: &mut PathBuilder) {
    let handle = 3.0 * QUARTER;
    pen.move_to(9.0, 6.0);
    pen.cubic_to(9.0, 6.0 - handle, 12.0 - handle, 3.0, 12.0, 3.0);
    pen.cubic_to(12.0 + handle, 3.0, 15.0, 6.0 - handle, 15.0, 6.0);
    pen.line_to(15.0, 12.0);
    pen.cubic_to(15.0, 12.0 + handle, 12.0 + handle, 15.0, 12.0, 15.0);
    pen.cubic_to(12.0 - handle, 15.0, 9.0, 12.0 + handle, 9.0, 12.0);
    pen.close();
    let handle = 6.5 * QUARTER;
    pen.move_to(5.5, 11.5);
    pen.cubic_to(5.5, 11.5 + handle, 12.0 - handle, 18.0, 12.0, 18.0);
    pen.cubic_to(12.0 + handle, 18.0, 18.5, 11.5 + handle, 18.5, 11.5);
    line(pen, &[(12.0, 18.0), (12.0, 21.0)]);
}

fn shield(pen: &mut PathBuilder) {
    pen.move_to(12.0, 3.0);
    pen.line_to(19.5, 6.0);
    pen.line_to(19.5, 11.5);
    pen.cubic_to(19.5, 16.0, 16.5, 19.5, 12.0, 21.0);
    pen.cubic_to(7.5, 19.5, 4.5, 16.0, 4.5, 11.5);
    pen.line_to(4.5, 6.0);
    pen.close();
}

//! What may be sent over the line of a point, and the picture that leaves room for.

use std::collections::BTreeMap;

use fleet::Picture;
use meeting::{Actor, PointId, looks_after_points};

use super::service::Rooms;
use crate::limits::{CEILING_KBPS_MAX, CEILING_KBPS_MIN, PICTURE_BPS_MIN, VOICE_BPS};
use crate::store::{self, lines, points};

/// A ceiling was not set.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CeilingError {
    /// Only who looks after the points may.
    #[error("only a technician or an admin may set a ceiling")]
    NotAllowed,
    /// There is no such point now.
    #[error("no such point")]
    NoSuchPoint,
    /// It is no line.
    #[error("a ceiling is {CEILING_KBPS_MIN} to {CEILING_KBPS_MAX} kbit/s")]
    OutOfRange,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Rooms {
    /// Sets the ceiling of a point's line, in thousands of bits a second, or lifts it. All
    /// ceilings that stand now.
    pub(crate) async fn set_ceiling(
        &self,
        actor: &Actor,
        point: PointId,
        kbps: Option<u32>,
    ) -> Result<BTreeMap<PointId, u32>, CeilingError> {
        let Actor::Person { person, .. } = actor else { return Err(CeilingError::NotAllowed) };
        if !looks_after_points(actor) {
            return Err(CeilingError::NotAllowed);
        }
        if kbps.is_some_and(|kbps| !(CEILING_KBPS_MIN..=CEILING_KBPS_MAX).contains(&kbps)) {
            return Err(CeilingError::OutOfRange);
        }
        let now = self.edge.now();
        let mut tx = self.db.begin().await?;
        if !points::at(&mut tx, now).await?.iter().any(|known| known.id == point) {
            return Err(CeilingError::NoSuchPoint);
        }
        lines::set_ceiling(&mut tx, (point, kbps), *person, now).await?;
        let ceilings = lines::ceilings(&mut tx).await?;
        tx.commit().await?;
        self.board().set_ceilings(ceilings.clone());
        self.changed();
        self.plan_soon();
        Ok(ceilings)
    }
}

/// Whether a ceiling leaves no room for a picture beside the voice.
pub(super) fn carries_sound_only(kbps: u32) -> bool {
    kbps.saturating_mul(1000).saturating_sub(VOICE_BPS) < PICTURE_BPS_MIN
}

/// The picture that a room sends under a ceiling: what the voice leaves, in a size that so few
/// bits can fill. No bits are no picture.
pub(super) fn picture_under(kbps: u32, full: Picture) -> Picture {
    let bits = kbps.saturating_mul(1000).saturating_sub(VOICE_BPS).min(full.bitrate_bps_max);
    if carries_sound_only(kbps) {
        return Picture { bitrate_bps_max: 0, ..full };
    }
    let (part, rate) = match bits {
        ..150_000 => (4, 10),
        150_000..500_000 => (2, 15),
        _ => (1, u8::MAX),
    };
    // Encoders take even sizes.
    let side = |pixels: u16| (pixels / part).max(2) & !1;
    Picture {
        width: side(full.width),
        height: side(full.height),
        frames_per_second: full.frames_per_second.min(rate),
        bitrate_bps_max: bits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v14_a_picture_fits_under_the_ceiling_beside_the_voice() {
        let full =
            Picture { width: 1280, height: 720, frames_per_second: 25, bitrate_bps_max: 1_500_000 };
        let cases = [
            (64, (1280, 720, 25, 0)),
            (123, (1280, 720, 25, 0)),
            (200, (320, 180, 10, 136_000)),
            (512, (640, 360, 15, 448_000)),
            (1_000, (1280, 720, 25, 936_000)),
            (8_000, (1280, 720, 25, 1_500_000)),
        ];
        for (kbps, expected) in cases {
            let under = picture_under(kbps, full);
            let seen = (under.width, under.height, under.frames_per_second, under.bitrate_bps_max);
            assert_eq!(seen, expected, "{kbps} kbit/s");
            assert_eq!(carries_sound_only(kbps), under.bitrate_bps_max == 0, "{kbps} kbit/s");
        }
    }
}

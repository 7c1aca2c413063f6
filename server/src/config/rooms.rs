//! `[rooms]`: what rooms are told to be.

use serde::Deserialize;

use super::Section;

/// What the plans of rooms say.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rooms {
    /// Pixels from left to right of a room's picture.
    pub picture_width: u16,
    /// Pixels from top to bottom.
    pub picture_height: u16,
    /// Pictures a second.
    pub frames_per_second: u8,
    /// Bits a second of the picture at most.
    pub bitrate_bps_max: u32,
    /// Minutes before its beginning that a room enters a meeting.
    pub join_minutes_before: u16,
}

impl Default for Rooms {
    fn default() -> Self {
        Self {
            picture_width: 1280,
            picture_height: 720,
            frames_per_second: 25,
            bitrate_bps_max: 1_500_000,
            join_minutes_before: 15,
        }
    }
}

impl Section for Rooms {
    const EXAMPLE: &'static str = r"[rooms]
# The picture that a room sends: pixels, pictures a second, bits a second at most.
picture_width = 1280
picture_height = 720
frames_per_second = 25
bitrate_bps_max = 1500000
# Minutes before its beginning that a room enters a meeting.
join_minutes_before = 15
";

    fn check(&self) -> Result<(), String> {
        if self.picture_width == 0 || self.picture_height == 0 || self.frames_per_second == 0 {
            return Err("rooms.picture_width, picture_height, frames_per_second: none is 0".into());
        }
        if self.bitrate_bps_max < 50_000 {
            return Err("rooms.bitrate_bps_max must be 50000 or more".into());
        }
        Ok(())
    }
}

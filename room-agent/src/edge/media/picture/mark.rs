//! The machine-readable mark of a test picture: which point drew it, and which picture it is.
//!
//! A strip along the bottom, a twelfth of the height, of 40 cells, white for 1: eight bits of
//! synchronisation `10110010`, sixteen that name the point, eight that count pictures, and eight
//! that are the exclusive or of the three bytes before. It survives compression, scaling and the
//! way over a screen, and lets a test say whose picture it sees and how old it is.

use ring::digest::{SHA256, digest};
use uuid::Uuid;

use super::{I420, Size};

const SYNC: u8 = 0b1011_0010;
const CELLS: u16 = 40;
const WHITE: u8 = 235;
const BLACK: u8 = 16;
const THRESHOLD: u32 = 126;

/// What a mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The first two bytes of the SHA-256 of the point's 16 bytes.
    pub tag: [u8; 2],
    /// Counts pictures and begins again after 255.
    pub counter: u8,
}

impl Mark {
    /// The mark of a point's picture.
    #[must_use]
    pub fn new(point: Uuid, counter: u8) -> Self {
        let hash = digest(&SHA256, point.as_bytes());
        let tag = hash.as_ref().first_chunk().copied().unwrap_or_default();
        Self { tag, counter }
    }

    /// Draws it at the bottom of a picture, over whatever is there.
    pub fn draw(self, picture: &mut I420) {
        let size = picture.size();
        let width = usize::from(size.width);
        let top = usize::from(size.height - strip_height(size));
        let bytes = self.bytes();
        let planes = picture.planes_mut();
        let row: Vec<u8> = (0..CELLS)
            .flat_map(|cell| {
                let bit = bytes[usize::from(cell / 8)] >> (7 - cell % 8) & 1;
                let pixels = usize::from(edge(size, cell + 1) - edge(size, cell));
                std::iter::repeat_n(if bit == 1 { WHITE } else { BLACK }, pixels)
            })
            .collect();
        for line in planes.y[top * width..].chunks_exact_mut(width) {
            line.copy_from_slice(&row);
        }
        let grey = top / 2 * usize::from(size.chroma().width);
        planes.u[grey..].fill(128);
        planes.v[grey..].fill(128);
    }

    /// Reads it from luma rows of `size.width` bytes; `None` if there is no whole mark.
    #[must_use]
    pub fn read(luma: &[u8], size: Size) -> Option<Self> {
        if size.width < CELLS || strip_height(size) < 2 || luma.len() < size.pixels() {
            return None;
        }
        let mut bytes = [0_u8; 5];
        for cell in 0..CELLS {
            let byte = &mut bytes[usize::from(cell / 8)];
            *byte = *byte << 1 | u8::from(brightness(luma, size, cell) > THRESHOLD);
        }
        let [_, high, low, counter, _] = bytes;
        let mark = Self { tag: [high, low], counter };
        (mark.bytes() == bytes).then_some(mark)
    }

    fn bytes(self) -> [u8; 5] {
        let [high, low] = self.tag;
        [SYNC, high, low, self.counter, high ^ low ^ self.counter]
    }
}

fn strip_height(size: Size) -> u16 {
    size.height / 12
}

/// The left edge of a cell.
fn edge(size: Size, cell: u16) -> u16 {
    // Below 4096 · 40, so it fits into 32 bits, and the quotient into 16.
    u16::try_from(u32::from(size.width) * u32::from(cell) / u32::from(CELLS)).unwrap_or(size.width)
}

/// The mean of the middle half of a cell, where neither neighbours nor the picture above smear.
fn brightness(luma: &[u8], size: Size, cell: u16) -> u32 {
    let middle = |from: u16, to: u16| {
        let quarter = (to - from) / 4;
        usize::from(from + quarter)..usize::from((to - quarter).max(from + quarter + 1))
    };
    let columns = middle(edge(size, cell), edge(size, cell + 1));
    let (mut sum, mut count) = (0_u32, 0_u32);
    for line in middle(size.height - strip_height(size), size.height) {
        let row = &luma[line * usize::from(size.width)..];
        sum += row[columns.clone()].iter().map(|&pixel| u32::from(pixel)).sum::<u32>();
        count += u32::try_from(columns.len()).unwrap_or(1);
    }
    sum / count.max(1)
}

#[cfg(test)]
mod tests {
    use super::super::super::vp8::{Decoder, Encoder, EncoderSettings};
    use super::super::scale::Scaler;
    use super::*;

    const POINT: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0007);

    fn size(width: u16, height: u16) -> Size {
        Size { width, height }
    }

    fn marked(size: Size, counter: u8) -> I420 {
        let mut picture = I420::black(size);
        for (index, pixel) in picture.planes_mut().y.iter_mut().enumerate() {
            *pixel = u8::try_from(40 + index * 7 % 150).unwrap();
        }
        Mark::new(POINT, counter).draw(&mut picture);
        picture
    }

    #[test]
    fn every_counter_is_read_at_every_size() {
        for size in [size(320, 180), size(1280, 720), size(640, 360), size(322, 182)] {
            for counter in 0..=255 {
                let read = Mark::read(marked(size, counter).y(), size);
                assert_eq!(read, Some(Mark::new(POINT, counter)), "{size:?}");
            }
        }
    }

    #[test]
    fn it_survives_compression_and_scaling() {
        for (size, bitrate_bps) in [(size(320, 180), 200_000), (size(1280, 720), 1_500_000)] {
            let settings = EncoderSettings { size, frames_per_second: 15, bitrate_bps };
            let mut encoder = Encoder::new(settings).unwrap();
            let mut decoder = Decoder::new().unwrap();
            for counter in 0..20 {
                let compressed = encoder
                    .encode(&marked(size, counter), i64::from(counter) * 6000, false)
                    .unwrap()
                    .unwrap();
                let picture = decoder.decode(&compressed.data).unwrap().unwrap();
                let expected = Some(Mark::new(POINT, counter));
                assert_eq!(Mark::read(picture.y(), size), expected, "{size:?}");
                for other in [Size { width: 900, height: 506 }, Size { width: 426, height: 240 }] {
                    let scaled = Scaler::new().scale(&picture, other).unwrap();
                    assert_eq!(Mark::read(scaled.y(), other), expected, "{size:?} as {other:?}");
                }
            }
        }
    }

    #[test]
    fn a_picture_without_a_mark_has_none() {
        let plain = size(320, 180);
        let mut broken = marked(plain, 3);
        let width = usize::from(plain.width);
        let bottom = usize::from(plain.height - strip_height(plain)) * width;
        for line in broken.planes_mut().y[bottom..].chunks_exact_mut(width) {
            line[25 * 8..26 * 8].iter_mut().for_each(|pixel| *pixel = 251 - *pixel);
        }
        assert_eq!(Mark::read(I420::black(plain).y(), plain), None);
        assert_eq!(Mark::read(broken.y(), plain), None);
        assert_eq!(Mark::read(&[], plain), None);
        assert_eq!(Mark::read(&[255; 400], size(20, 20)), None);
    }

    #[test]
    fn the_tag_is_the_hash_of_the_points_bytes() {
        // printf '01900000000070008000000000000007' | xxd -r -p | sha256sum
        assert_eq!(Mark::new(POINT, 0).tag, TAG);
    }

    const TAG: [u8; 2] = [0x0a, 0x7a];
}

//! VP8 (RFC 6386) by libvpx: a safe encoder and decoder of whole pictures.
//!
//! One thread each: with more, libvpx spins while the other cores are busy. The configuration
//! structure is only ever touched through a pointer after libvpx has filled it, because it holds
//! enumerations for which zero is not a value.

#![expect(unsafe_code, reason = "bindings of libvpx; every call is in this file")]

use std::mem::MaybeUninit;
use std::os::raw::{c_int, c_ulong};
use std::ptr;

use thiserror::Error;
use vpx_sys as sys;

use super::limits::PICTURE_BYTES_MAX;
use super::picture::{I420, Size};

/// Ticks a second of the encoder's time base: RTP's clock for video.
pub const TICKS_PER_SECOND: i32 = 90_000;

/// What the encoder should aim at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncoderSettings {
    /// Size of every picture; both sides even.
    pub size: Size,
    /// Expected pictures a second.
    pub frames_per_second: u8,
    /// Bits a second.
    pub bitrate_bps: u32,
}

/// A compressed picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Its bytes.
    pub data: Vec<u8>,
    /// Whether a decoder can begin with it.
    pub keyframe: bool,
}

/// What libvpx refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CodecError {
    /// It did not accept the settings.
    #[error("libvpx refused {settings:?}: {code}")]
    Settings {
        /// What was asked for.
        settings: EncoderSettings,
        /// `vpx_codec_err_t`.
        code: u32,
    },
    /// It could not make a decoder.
    #[error("libvpx gave no decoder: {code}")]
    NoDecoder {
        /// `vpx_codec_err_t`.
        code: u32,
    },
    /// The picture's size is not the encoder's.
    #[error("a picture of {got:?} for an encoder of {wanted:?}")]
    Size {
        /// The picture's.
        got: Size,
        /// The encoder's.
        wanted: Size,
    },
    /// It could not encode a picture.
    #[error("libvpx could not encode: {code}")]
    Encode {
        /// `vpx_codec_err_t`.
        code: u32,
    },
    /// The bytes are no picture, or one over our limits.
    #[error("{bytes} bytes that do not decode: {code}")]
    Decode {
        /// How many bytes were given.
        bytes: usize,
        /// `vpx_codec_err_t`; 0 when we refused them before libvpx saw them.
        code: u32,
    },
}

/// Compresses pictures of one size.
pub struct Encoder {
    context: Box<sys::vpx_codec_ctx_t>,
    config: Box<MaybeUninit<sys::vpx_codec_enc_cfg_t>>,
    settings: EncoderSettings,
}

// SAFETY: libvpx keeps no thread-local state; a context may be used from any one thread at a time.
unsafe impl Send for Encoder {}

impl Encoder {
    /// A real-time encoder: constant bitrate, resilient to lost pictures, key frames only when
    /// asked for.
    pub fn new(settings: EncoderSettings) -> Result<Self, CodecError> {
        let refused =
            |code: sys::vpx_codec_err_t| CodecError::Settings { settings, code: code as u32 };
        let mut config = Box::new(MaybeUninit::<sys::vpx_codec_enc_cfg_t>::zeroed());
        // SAFETY: libvpx fills the whole structure behind the pointer.
        let code = unsafe {
            sys::vpx_codec_enc_config_default(sys::vpx_codec_vp8_cx(), config.as_mut_ptr(), 0)
        };
        if code != sys::vpx_codec_err_t::VPX_CODEC_OK {
            return Err(refused(code));
        }
        // SAFETY: libvpx has just made every field a valid value.
        fill(unsafe { &mut *config.as_mut_ptr() }, settings);
        // SAFETY: an all-zero context is what `vpx_codec_enc_init_ver` expects; its only
        // enumeration has the value 0.
        let mut context: Box<sys::vpx_codec_ctx_t> =
            Box::new(unsafe { MaybeUninit::zeroed().assume_init() });
        // SAFETY: context and configuration outlive the call; libvpx copies the configuration.
        let code = unsafe {
            sys::vpx_codec_enc_init_ver(
                &raw mut *context,
                sys::vpx_codec_vp8_cx(),
                config.as_ptr(),
                0,
                sys::VPX_ENCODER_ABI_VERSION.cast_signed(),
            )
        };
        if code != sys::vpx_codec_err_t::VPX_CODEC_OK {
            return Err(refused(code));
        }
        let mut encoder = Self { context, config, settings };
        // The fastest setting that still looks well, little work for still parts, and no denoiser.
        encoder.control(sys::vp8e_enc_control_id::VP8E_SET_CPUUSED, -8);
        encoder.control(sys::vp8e_enc_control_id::VP8E_SET_STATIC_THRESHOLD, 1);
        encoder.control(sys::vp8e_enc_control_id::VP8E_SET_NOISE_SENSITIVITY, 0);
        Ok(encoder)
    }

    /// What it aims at.
    #[must_use]
    pub fn settings(&self) -> EncoderSettings {
        self.settings
    }

    /// Compresses one picture. `at` is its moment in ticks of [`TICKS_PER_SECOND`], later than the
    /// last one's. `None` when the encoder left the picture out to keep the bitrate.
    pub fn encode(
        &mut self,
        picture: &I420,
        at: i64,
        keyframe: bool,
    ) -> Result<Option<Encoded>, CodecError> {
        if picture.size() != self.settings.size {
            return Err(CodecError::Size { got: picture.size(), wanted: self.settings.size });
        }
        let image = image_of(picture);
        let duration =
            TICKS_PER_SECOND.unsigned_abs() / u32::from(self.settings.frames_per_second.max(1));
        let flags = if keyframe { i64::from(sys::VPX_EFLAG_FORCE_KF) } else { 0 };
        // SAFETY: the image points into `picture`, which outlives the call and is only read.
        let code = unsafe {
            sys::vpx_codec_encode(
                &raw mut *self.context,
                image.as_ptr(),
                at,
                c_ulong::from(duration),
                flags,
                c_ulong::from(sys::VPX_DL_REALTIME),
            )
        };
        if code != sys::vpx_codec_err_t::VPX_CODEC_OK {
            return Err(CodecError::Encode { code: code as u32 });
        }
        Ok(self.take_encoded())
    }

    /// Aims at another bitrate from the next picture on.
    pub fn set_bitrate(&mut self, bitrate_bps: u32) -> Result<(), CodecError> {
        let settings = EncoderSettings { bitrate_bps, ..self.settings };
        // SAFETY: libvpx made every field valid in `new`, and the reference ends before the call.
        fill(unsafe { &mut *self.config.as_mut_ptr() }, settings);
        // SAFETY: both pointers are valid; libvpx copies the configuration.
        let code =
            unsafe { sys::vpx_codec_enc_config_set(&raw mut *self.context, self.config.as_ptr()) };
        if code != sys::vpx_codec_err_t::VPX_CODEC_OK {
            return Err(CodecError::Settings { settings, code: code as u32 });
        }
        self.settings = settings;
        Ok(())
    }

    fn control(&mut self, what: sys::vp8e_enc_control_id, value: c_int) {
        // SAFETY: each of the controls used here takes one int; an unknown one is refused by
        // libvpx, which only costs quality.
        unsafe { sys::vpx_codec_control_(&raw mut *self.context, what as c_int, value) };
    }

    fn take_encoded(&mut self) -> Option<Encoded> {
        let mut encoded: Option<Encoded> = None;
        let mut iterator: sys::vpx_codec_iter_t = ptr::null();
        loop {
            // SAFETY: the iterator is libvpx's own; a packet is valid until the next call on the
            // context, and its bytes are copied before.
            let packet = unsafe {
                sys::vpx_codec_get_cx_data(&raw mut *self.context, &raw mut iterator).as_ref()
            };
            let Some(packet) = packet else { return encoded };
            if packet.kind != sys::vpx_codec_cx_pkt_kind::VPX_CODEC_CX_FRAME_PKT {
                continue;
            }
            // SAFETY: `kind` says that the union holds a frame, and libvpx gives its length.
            let (bytes, flags) = unsafe {
                let frame = packet.data.frame;
                let length = usize::try_from(frame.sz).unwrap_or(0);
                (std::slice::from_raw_parts(frame.buf.cast::<u8>(), length), frame.flags)
            };
            let whole = encoded.get_or_insert(Encoded { data: Vec::new(), keyframe: false });
            whole.data.extend_from_slice(bytes);
            whole.keyframe |= flags & sys::VPX_FRAME_IS_KEY != 0;
        }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: the context was initialised in `new` and is destroyed once.
        unsafe { sys::vpx_codec_destroy(&raw mut *self.context) };
    }
}

/// Decompresses pictures.
pub struct Decoder {
    context: Box<sys::vpx_codec_ctx_t>,
}

// SAFETY: as for the encoder.
unsafe impl Send for Decoder {}

impl Decoder {
    /// A decoder that waits for a key frame.
    pub fn new() -> Result<Self, CodecError> {
        // SAFETY: as for the encoder.
        let mut context: Box<sys::vpx_codec_ctx_t> =
            Box::new(unsafe { MaybeUninit::zeroed().assume_init() });
        // SAFETY: no configuration means libvpx's own: one thread.
        let code = unsafe {
            sys::vpx_codec_dec_init_ver(
                &raw mut *context,
                sys::vpx_codec_vp8_dx(),
                ptr::null(),
                0,
                sys::VPX_DECODER_ABI_VERSION.cast_signed(),
            )
        };
        if code != sys::vpx_codec_err_t::VPX_CODEC_OK {
            return Err(CodecError::NoDecoder { code: code as u32 });
        }
        Ok(Self { context })
    }

    /// Decompresses one picture. `None` when the stream says that it is not to be shown.
    pub fn decode(&mut self, data: &[u8]) -> Result<Option<I420>, CodecError> {
        let refused = |code: u32| CodecError::Decode { bytes: data.len(), code };
        // An empty buffer means "lost" to libvpx, and would repeat the last picture.
        if data.is_empty() || data.len() > PICTURE_BYTES_MAX || claims_too_much(data) {
            return Err(refused(0));
        }
        let length = u32::try_from(data.len()).map_err(|_| refused(0))?;
        // SAFETY: pointer and length are those of `data`, which is only read during the call.
        let code = unsafe {
            sys::vpx_codec_decode(&raw mut *self.context, data.as_ptr(), length, ptr::null_mut(), 0)
        };
        if code != sys::vpx_codec_err_t::VPX_CODEC_OK {
            return Err(refused(code as u32));
        }
        let mut iterator: sys::vpx_codec_iter_t = ptr::null();
        // SAFETY: the image is valid until the next call on the context and is copied before.
        let image =
            unsafe { sys::vpx_codec_get_frame(&raw mut *self.context, &raw mut iterator).as_ref() };
        image.map(|image| copy_out(image).ok_or_else(|| refused(0))).transpose()
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the context was initialised in `new` and is destroyed once.
        unsafe { sys::vpx_codec_destroy(&raw mut *self.context) };
    }
}

/// Whether compressed bytes begin a picture that needs no other (RFC 6386 §9.1: the lowest bit of
/// the first byte is 0).
#[must_use]
pub fn is_keyframe(data: &[u8]) -> bool {
    data.first().is_some_and(|byte| byte & 1 == 0)
}

/// Whether a key frame's header names a size over our limits (RFC 6386 §9.1).
fn claims_too_much(data: &[u8]) -> bool {
    if !is_keyframe(data) {
        return false;
    }
    let Some(&[width_low, width_high, height_low, height_high]) = data.get(6..10) else {
        return true;
    };
    let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    Size::checked(side(width_low, width_high), side(height_low, height_high)).is_none()
}

fn fill(config: &mut sys::vpx_codec_enc_cfg_t, settings: EncoderSettings) {
    config.g_w = u32::from(settings.size.width);
    config.g_h = u32::from(settings.size.height);
    config.g_timebase.num = 1;
    config.g_timebase.den = TICKS_PER_SECOND;
    config.g_threads = 1;
    config.g_lag_in_frames = 0;
    config.g_error_resilient = 1;
    config.rc_end_usage = sys::vpx_rc_mode::VPX_CBR;
    config.rc_target_bitrate = (settings.bitrate_bps / 1000).max(1);
    config.rc_min_quantizer = 2;
    config.rc_max_quantizer = 56;
    config.rc_buf_initial_sz = 500;
    config.rc_buf_optimal_sz = 600;
    config.rc_buf_sz = 1000;
    config.rc_undershoot_pct = 100;
    config.rc_overshoot_pct = 15;
    config.kf_mode = sys::vpx_kf_mode::VPX_KF_DISABLED;
}

fn image_of(picture: &I420) -> MaybeUninit<sys::vpx_image_t> {
    let size = picture.size();
    let mut image = MaybeUninit::<sys::vpx_image_t>::zeroed();
    // SAFETY: libvpx fills the structure and keeps the pointers, but writes to none of the
    // planes. Rows and planes are then set to ours, which have no gaps.
    unsafe {
        let wrapped = sys::vpx_img_wrap(
            image.as_mut_ptr(),
            sys::vpx_img_fmt::VPX_IMG_FMT_I420,
            u32::from(size.width),
            u32::from(size.height),
            1,
            picture.y().as_ptr().cast_mut(),
        );
        if let Some(wrapped) = wrapped.as_mut() {
            wrapped.planes[1] = picture.u().as_ptr().cast_mut();
            wrapped.planes[2] = picture.v().as_ptr().cast_mut();
            wrapped.stride[0] = c_int::from(size.width);
            wrapped.stride[1] = c_int::from(size.chroma().width);
            wrapped.stride[2] = c_int::from(size.chroma().width);
        }
    }
    image
}

fn copy_out(image: &sys::vpx_image_t) -> Option<I420> {
    let size = Size::checked(image.d_w, image.d_h)?;
    let mut picture = I420::black(size);
    let planes = picture.planes_mut();
    for (index, (plane, size)) in
        [(planes.y, size), (planes.u, size.chroma()), (planes.v, size.chroma())]
            .into_iter()
            .enumerate()
    {
        let stride = isize::try_from(image.stride[index]).ok()?;
        let width = usize::from(size.width);
        for (row, target) in (0isize..).zip(plane.chunks_exact_mut(width)) {
            // SAFETY: libvpx's planes have at least `d_h` (halved for chroma) rows of `stride`
            // bytes, and `stride` is at least the width.
            let source = unsafe {
                std::slice::from_raw_parts(image.planes[index].offset(row * stride), width)
            };
            target.copy_from_slice(source);
        }
    }
    Some(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 320, height: 180 };
    const SETTINGS: EncoderSettings =
        EncoderSettings { size: SIZE, frames_per_second: 15, bitrate_bps: 300_000 };

    /// A soft gradient with a square that moves.
    fn picture(number: u16) -> I420 {
        let mut picture = I420::black(SIZE);
        let planes = picture.planes_mut();
        let width = usize::from(SIZE.width);
        for (index, pixel) in planes.y.iter_mut().enumerate() {
            let (x, y) = (index % width, index / width);
            let left = usize::from(number) * 4 % 200;
            let inside = (left..left + 60).contains(&x) && (60..120).contains(&y);
            *pixel = if inside { 220 } else { u8::try_from(40 + x / 4 + y / 4).unwrap() };
        }
        picture
    }

    /// The same under a noise that no picture has in common with the last.
    fn noisy(number: u16) -> I420 {
        let mut picture = picture(number);
        let mut state = u32::from(number) + 1;
        for pixel in picture.planes_mut().y {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *pixel = pixel.saturating_add(state.to_be_bytes()[0] / 8);
        }
        picture
    }

    /// Peak signal to noise of the luma, in decibels.
    fn psnr(left: &I420, right: &I420) -> f64 {
        let squares: f64 = left
            .y()
            .iter()
            .zip(right.y())
            .map(|(&left, &right)| (f64::from(left) - f64::from(right)).powi(2))
            .sum();
        let mean = squares / f64::from(u32::try_from(left.y().len()).unwrap());
        10.0 * (255.0 * 255.0 / mean.max(1e-9)).log10()
    }

    fn compress(encoder: &mut Encoder, number: u16, keyframe: bool) -> Encoded {
        encoder.encode(&picture(number), i64::from(number) * 6000, keyframe).unwrap().unwrap()
    }

    #[test]
    fn what_was_encoded_looks_the_same_decoded() {
        let mut encoder = Encoder::new(SETTINGS).unwrap();
        let mut decoder = Decoder::new().unwrap();
        for number in 0..30 {
            let compressed = compress(&mut encoder, number, false);
            let seen = decoder.decode(&compressed.data).unwrap().unwrap();
            assert_eq!(seen.size(), SIZE);
            let quality = psnr(&picture(number), &seen);
            assert!(quality > 30.0, "picture {number}: {quality} dB");
        }
    }

    #[test]
    fn a_keyframe_comes_first_and_on_request_only() {
        let mut encoder = Encoder::new(SETTINGS).unwrap();
        let keyframes: Vec<u16> = (0..40)
            .filter(|&number| {
                let compressed = compress(&mut encoder, number, number == 20);
                assert_eq!(compressed.keyframe, is_keyframe(&compressed.data));
                compressed.keyframe
            })
            .collect();
        assert_eq!(keyframes, [0, 20]);
    }

    #[test]
    fn a_lower_bitrate_makes_less() {
        let mut encoder = Encoder::new(SETTINGS).unwrap();
        let mut bytes = |from: u16, bitrate| {
            encoder.set_bitrate(bitrate).unwrap();
            let pictures = (from..from + 60).map(|number| {
                let compressed = encoder.encode(&noisy(number), i64::from(number) * 6000, false);
                compressed.unwrap().map_or(0, |compressed| compressed.data.len())
            });
            pictures.sum()
        };
        let (much, little): (usize, usize) = (bytes(0, 900_000), bytes(60, 60_000));
        assert!(little * 2 < much, "{little} of {much} bytes");
    }

    #[test]
    fn a_decoder_starts_at_a_keyframe_and_survives_rubbish() {
        let mut encoder = Encoder::new(SETTINGS).unwrap();
        let mut decoder = Decoder::new().unwrap();
        let first = compress(&mut encoder, 0, false);
        let second = compress(&mut encoder, 1, false);
        let mut huge = first.data.clone();
        huge[6..10].copy_from_slice(&[0xff, 0x3f, 0xff, 0x3f]);
        for rubbish in [&second.data[..], &[], &[0], &[0; 40], &huge] {
            assert!(decoder.decode(rubbish).is_err(), "{} bytes decoded", rubbish.len());
        }
        assert!(decoder.decode(&first.data).unwrap().is_some());
        assert!(decoder.decode(&second.data).unwrap().is_some());
    }

    #[test]
    fn a_picture_of_another_size_is_refused() {
        let mut encoder = Encoder::new(SETTINGS).unwrap();
        let other = I420::black(Size { width: 322, height: 180 });
        assert!(matches!(encoder.encode(&other, 0, false), Err(CodecError::Size { .. })));
    }
}

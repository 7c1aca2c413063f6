//! Listening.

/// How much of `hertz` is in mono sound at 48 kHz, as an amplitude (Goertzel).
pub(crate) fn amplitude_at(samples: &[f32], hertz: f64) -> f64 {
    let omega = std::f64::consts::TAU * hertz / 48_000.0;
    let (mut last, mut before) = (0.0, 0.0);
    for &sample in samples {
        (last, before) = (f64::from(sample) + 2.0 * omega.cos() * last - before, last);
    }
    let power = last * last + before * before - 2.0 * omega.cos() * last * before;
    2.0 * power.max(0.0).sqrt() / f64::from(u32::try_from(samples.len().max(1)).unwrap())
}

//! Times as PDF writes them.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// `D:YYYYMMDDHHmmSS+07'00'`, in the time of Việt Nam; `None` beyond the calendar.
pub(crate) fn pdf_date(seconds: u64) -> Option<String> {
    let timestamp = Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
    let local = timestamp.to_zoned(TimeZone::fixed(Offset::constant(7)));
    (0..=9999).contains(&local.year()).then(|| local.strftime("D:%Y%m%d%H%M%S+07'00'").to_string())
}

/// Reads such a date, with any offset or none (then UTC); seconds since 1970.
pub(crate) fn from_pdf_date(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let digits = text.strip_prefix("D:").unwrap_or(text);
    let (date, offset) = digits.split_at_checked(14)?;
    let number = |range: std::ops::Range<usize>| date.get(range)?.parse::<i8>().ok();
    let year = date.get(0..4)?.parse::<i16>().ok()?;
    let civil = jiff::civil::DateTime::new(
        year,
        number(4..6)?,
        number(6..8)?,
        number(8..10)?,
        number(10..12)?,
        number(12..14)?,
        0,
    );
    let zoned = civil.ok()?.to_zoned(TimeZone::fixed(offset_of(offset)?)).ok()?;
    Some(zoned.timestamp().as_second())
}

fn offset_of(text: &str) -> Option<Offset> {
    let sign = match text.as_bytes().first() {
        None | Some(b'Z') => return Some(Offset::UTC),
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return None,
    };
    let mut parts = text.get(1..)?.split('\'');
    let hours: i32 = parts.next()?.parse().ok()?;
    let minutes: i32 =
        parts.next().filter(|part| !part.is_empty()).map_or(Ok(0), str::parse).ok()?;
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

#[cfg(test)]
mod tests {
    use super::{from_pdf_date, pdf_date};

    #[test]
    fn dates_are_written_and_read() {
        assert_eq!(pdf_date(0).as_deref(), Some("D:19700101070000+07'00'"));
        let cases: [(&[u8], Option<i64>); 7] = [
            (b"D:19700101070000+07'00'", Some(0)),
            (b"D:19700101070000+07'00", Some(0)),
            (b"D:19700101000000Z", Some(0)),
            (b"D:19700101000001", Some(1)),
            (b"D:19691231233000-00'30'", Some(0)),
            (b"D:1970", None),
            (b"D:19701301070000+07'00'", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(from_pdf_date(text), seconds, "{}", String::from_utf8_lossy(text));
        }
    }
}

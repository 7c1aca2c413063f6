//! Every word of the room's screen, in Vietnamese, as official papers use them.

use jiff::civil::{DateTime, Weekday};
use jiff::tz::Offset;
use protocol::meeting::{Microphone, PaperOrigin, Timestamp};

use crate::machine::{CheckOf, LineState, SeenAs, Signature};

/// Viet Nam has one time zone, without summer time.
const ZONE: Offset = Offset::constant(7);

pub(super) const PRODUCT: &str = "Điểm Cầu";
pub(super) const ENROLMENT_LEAD: &str = "Phòng họp này chưa được đăng ký";
pub(super) const ENROLMENT_HOW: &str = "Quản trị nhập mã này ở trang “Điểm cầu” để đăng ký";
pub(super) const ENROLMENT_ASKING: &str = "Đang xin mã đăng ký";
pub(super) const ENROLMENT_UNREACHABLE: &str = "Mất kết nối, đang tự thử lại";
pub(super) const NO_MEETING: &str = "Chưa có cuộc họp nào";
pub(super) const NO_MEETING_MORE: &str = "Lịch họp mới sẽ tự hiện ở đây";
pub(super) const STARTS_IN: &str = "Bắt đầu sau";
pub(super) const STARTS_NOW: &str = "Sắp bắt đầu";
pub(super) const RECORDING: &str = "Đang ghi hình";
pub(super) const RECORDING_PAUSED: &str = "Tạm dừng ghi hình";
pub(super) const NO_ITEM: &str = "Chưa mở nội dung nào";
pub(super) const ENDED: &str = "Cuộc họp đã kết thúc";
pub(super) const SPOKEN: &str = "đã phát biểu";
pub(super) const NOBODY_SPEAKS: &str = "Chưa ai được mời phát biểu";
pub(super) const SPEAK_NEXT: &str = "Phát biểu tiếp theo";
pub(super) const NOBODY_WAITS: &str = "Chưa có đăng ký";
pub(super) const CHAIR: &str = "Chủ trì";
pub(super) const HERE_ON_AIR: &str = "Điểm cầu này đang lên hình";
pub(super) const ON_AIR: &str = "Đang lên hình";
pub(super) const COMES_BACK: &str = "Phòng tự nối lại, không cần thao tác.";
pub(super) const NO_PICTURE: &str = "Chưa có hình";
pub(super) const CONNECTING_PICTURE: &str = "Đang kết nối hình";
pub(super) const PICTURE_CUT: &str = "Mất hình do mất kết nối";
pub(super) const SCREEN_COMING: &str = "Đang nhận màn hình chia sẻ";
pub(super) const CHECKING: &str = "Đang kiểm tra chữ ký";
pub(super) const COMING: &str = "Đang tải tài liệu";
pub(super) const REFUSED: &str = "Không hiển thị tài liệu này";
pub(super) const TURNED_HERE: &str = "Đang lật trang tại phòng";
pub(super) const SEARCHING_LINE: &str = "Đang kết nối máy chủ";
pub(super) const READY: &str = "Sẵn sàng";
pub(super) const NOT_READY: &str = "Chưa sẵn sàng";
pub(super) const NEARLY_READY: &str = "Gần sẵn sàng";

/// "Điểm cầu huyện Kim Bảng": a name that begins with its kind of unit goes on in small letters.
pub(super) fn point(name: &str) -> String {
    const KINDS: [&str; 8] =
        ["Tỉnh ", "Huyện ", "Thị xã ", "Thành phố ", "Thị trấn ", "Phường ", "Xã ", "Đặc khu "];
    match KINDS.iter().find(|kind| name.starts_with(**kind)) {
        Some(kind) => {
            let rest = name.get(kind.len()..).unwrap_or_default();
            format!("Điểm cầu {}{rest}", kind.to_lowercase())
        }
        None if name.starts_with("Điểm cầu") => name.to_owned(),
        None => format!("Điểm cầu {name}"),
    }
}

pub(super) fn shares_screen(name: &str) -> String {
    format!("{name} đang chia sẻ màn hình")
}

pub(super) fn item(number: u16, total: u16) -> String {
    format!("Nội dung {number}/{total}")
}

pub(super) fn minutes_left(minutes: i64) -> String {
    match minutes {
        ..0 => format!("quá {} phút", -minutes),
        0 => "hết giờ".to_owned(),
        _ => format!("còn {minutes} phút"),
    }
}

pub(super) fn starts_at(at: Timestamp) -> String {
    format!("Cuộc họp bắt đầu lúc {}", clock(at))
}

pub(super) fn next_meeting(now: Timestamp, at: Timestamp) -> String {
    if local(now).date() == local(at).date() {
        format!("Cuộc họp tiếp theo, lúc {}", clock(at))
    } else {
        format!("Cuộc họp tiếp theo, {} lúc {}", date(at), clock(at))
    }
}

pub(super) fn joins_at(now: Timestamp, at: Timestamp) -> String {
    if at <= now {
        "Phòng đang tự vào họp. Không cần thao tác.".to_owned()
    } else {
        format!("Phòng tự vào họp lúc {}. Không cần thao tác.", clock(at))
    }
}

pub(super) fn page(page: u32, pages: u32) -> String {
    format!("Trang {page}/{pages}")
}

/// "Gọi trực kỹ thuật: máy lẻ 108", out of whom to call as the configuration writes it.
pub(super) fn call_helper(helper: &str) -> String {
    let mut letters = helper.chars();
    match letters.next() {
        Some(first) => format!("Gọi {}{}", first.to_lowercase(), letters.as_str()),
        None => String::new(),
    }
}

/// Who speaks next, where there is one line for it.
pub(super) fn speaks_next(name: &str) -> String {
    format!("Tiếp: {name}")
}

pub(super) fn place_in_queue(place: u16) -> String {
    format!("Điểm cầu này: thứ {place}")
}

/// Keeps a number and the word it counts on one line: "9 tháng", "số 42".
pub(super) fn keep_numbers(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut before = ' ';
    for letter in text.chars() {
        kept.push(if letter == ' ' && before.is_ascii_digit() { '\u{a0}' } else { letter });
        before = letter;
    }
    kept
}

/// Who is seen, after the name.
pub(super) const fn role(seen_as: SeenAs) -> &'static str {
    match seen_as {
        SeenAs::Here | SeenAs::Speaker => "đang phát biểu",
        SeenAs::Chair => CHAIR,
        SeenAs::Other => "",
    }
}

/// The room's sound, short enough for the foot. In a discussion the room turns itself on.
pub(super) const fn sound(
    microphone: Microphone,
    loudspeaker_off: bool,
    discussion: bool,
) -> &'static str {
    match (microphone, loudspeaker_off) {
        (Microphone::On, false) => "Micro đang mở",
        (Microphone::On, true) => "Loa đang tắt, micro mở",
        (Microphone::Muted, false) if discussion => "Thảo luận: phím M mở micro",
        (Microphone::Muted, false) => "Chủ trì đã tắt micro",
        (Microphone::Off, false) => "Micro đang tắt",
        (Microphone::Muted | Microphone::Off, true) => "Micro và loa đang tắt",
    }
}

/// The line in words; what still works comes first when it is cut.
pub(super) fn line(now: Timestamp, line: &LineState) -> String {
    match line {
        LineState::Good => "Đường truyền tốt".to_owned(),
        LineState::Weak => "Đường truyền yếu".to_owned(),
        LineState::Connecting | LineState::Cut { tried_at: None, .. } => SEARCHING_LINE.to_owned(),
        LineState::Cut { papers: 0, .. } => "Mất kết nối máy chủ: đang tự nối lại".to_owned(),
        LineState::Cut { since, .. } if now.millis_since(*since) < 2_000 => {
            "Đang nối lại máy chủ".to_owned()
        }
        LineState::Cut { .. } => "Mất kết nối máy chủ: vẫn đọc được tài liệu".to_owned(),
    }
}

/// The age of the cut, for where there is room for it.
pub(super) fn cut_since(since: Timestamp) -> String {
    format!("từ {}", clock(since))
}

pub(super) fn signature(signature: &Signature) -> String {
    let who = signature.signers.join(", ");
    match signature.origin {
        PaperOrigin::Signed => format!("Ký hợp lệ: {who}"),
        PaperOrigin::Sealed => format!("Xác thực toàn vẹn: {who}"),
    }
}

pub(super) fn signed_by(signers: &[String]) -> Option<String> {
    (!signers.is_empty()).then(|| format!("Người ký: {}", signers.join(", ")))
}

pub(super) fn check(of: CheckOf, count: Option<(u32, u32)>) -> String {
    match (of, count) {
        (CheckOf::Camera, _) => "Camera".to_owned(),
        (CheckOf::Sound, _) => "Micro và loa".to_owned(),
        (CheckOf::Line, _) => "Đường truyền".to_owned(),
        (CheckOf::Signatures, Some((good, all))) if good != all => {
            format!("Chữ ký: {good}/{all}")
        }
        (CheckOf::Signatures, _) => "Chữ ký tài liệu".to_owned(),
        (CheckOf::Papers, Some((0, 0)) | None) => "Tài liệu".to_owned(),
        (CheckOf::Papers, Some((here, all))) => format!("Tài liệu: {here}/{all}"),
    }
}

/// How old a proof is.
pub(super) fn age(now: Timestamp, at: Timestamp) -> String {
    match now.millis_since(at).max(0) / 1000 {
        0..60 => "vừa xong".to_owned(),
        seconds @ 60..3_600 => format!("{} phút trước", seconds / 60),
        seconds @ 3_600..86_400 => format!("{} giờ trước", seconds / 3_600),
        seconds => format!("{} ngày trước", seconds / 86_400),
    }
}

/// `HH:MM` on the wall.
pub(super) fn clock(at: Timestamp) -> String {
    let local = local(at);
    format!("{:02}:{:02}", local.hour(), local.minute())
}

/// `29/09/2022`.
pub(super) fn date(at: Timestamp) -> String {
    let local = local(at);
    format!("{:02}/{:02}/{}", local.day(), local.month(), local.year())
}

/// `Thứ Năm, 29/09/2022`.
pub(super) fn day_and_date(at: Timestamp) -> String {
    let day = match local(at).weekday() {
        Weekday::Monday => "Thứ Hai",
        Weekday::Tuesday => "Thứ Ba",
        Weekday::Wednesday => "Thứ Tư",
        Weekday::Thursday => "Thứ Năm",
        Weekday::Friday => "Thứ Sáu",
        Weekday::Saturday => "Thứ Bảy",
        Weekday::Sunday => "Chủ nhật",
    };
    format!("{day}, {}", date(at))
}

/// `02:46`, or `1:02:46` from an hour on.
pub(super) fn duration(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes:02}:{seconds:02}")
    }
}

/// The time to the beginning: `18:24`, or in days when it is more than one.
pub(super) fn countdown(millis: i64) -> String {
    const DAY: i64 = 24 * 3_600_000;
    if millis >= DAY { format!("{} ngày", millis / DAY) } else { duration(millis) }
}

/// `2,1/3,2 MB`.
pub(super) fn megabytes(have: u64, all: u64) -> String {
    let tenths = |bytes: u64| {
        let tenths = bytes.div_ceil(100_000);
        format!("{},{}", tenths / 10, tenths % 10)
    };
    format!("{}/{} MB", tenths(have), tenths(all))
}

fn local(at: Timestamp) -> DateTime {
    let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    ZONE.to_datetime(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_viet_nam() {
        // 2022-09-29 00:42:05 UTC.
        let at = Timestamp::from_millis(1_664_412_125_000);
        assert_eq!(clock(at), "07:42");
        assert_eq!(day_and_date(at), "Thứ Năm, 29/09/2022");
    }

    #[test]
    fn lengths_are_words_people_use() {
        for (millis, words) in
            [(166_000, "02:46"), (0, "00:00"), (-5, "00:00"), (3_766_000, "1:02:46")]
        {
            assert_eq!(duration(millis), words);
        }
        assert_eq!(countdown(49 * 3_600_000), "2 ngày");
        for (minutes, words) in [(15, "còn 15 phút"), (0, "hết giờ"), (-3, "quá 3 phút")] {
            assert_eq!(minutes_left(minutes), words);
        }
        let at = Timestamp::from_millis;
        for (seconds, words) in
            [(5, "vừa xong"), (300, "5 phút trước"), (7_200, "2 giờ trước"), (-9, "vừa xong")]
        {
            assert_eq!(age(at(seconds * 1000), at(0)), words);
        }
        assert_eq!(megabytes(2_100_000, 3_150_000), "2,1/3,2 MB");
    }

    #[test]
    fn a_point_is_called_by_its_unit() {
        for (name, words) in [
            ("Huyện Kim Bảng", "Điểm cầu huyện Kim Bảng"),
            ("UBND tỉnh Hà Nam", "Điểm cầu UBND tỉnh Hà Nam"),
            ("Điểm cầu số 1", "Điểm cầu số 1"),
            ("Xã Liêm Sơn", "Điểm cầu xã Liêm Sơn"),
        ] {
            assert_eq!(point(name), words);
        }
    }
}

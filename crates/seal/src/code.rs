//! Why a file is refused: one stable code, one sentence for the people who must act.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

macro_rules! codes {
    (
        $(#[$enum_doc:meta])* $name:ident
        $($(#[$doc:meta])* $variant:ident = $text:literal: $sentence:literal;)*
    ) => {
        $(#[$enum_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// Every code, in the order of their declaration.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The code as it is written in reports and on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// What the verdict means, and what to do next where somebody must act, in
            /// Vietnamese, for officials.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)* }
            }
        }
    };
}

codes! {
    /// What an accepted file proves about time. From the least to the most.
    Proof
    /// The signatures are good now; when they were made is the signers' word.
    Now = "VALID_NOW":
        "Chữ ký số hợp lệ tại thời điểm kiểm tra; thời điểm ký là do người ký tự ghi.";
    /// A trusted time stamp proves that every signature was there when its certificate was good.
    Stamped = "VALID_AT_STAMP":
        "Chữ ký số hợp lệ tại thời điểm ký, được chứng minh bằng dấu thời gian tin cậy.";
    /// A trusted time stamp over the document does so, and over the proofs in it.
    Archived = "VALID_ARCHIVED":
        "Chữ ký số hợp lệ tại thời điểm ký; tài liệu có dấu thời gian lưu trữ tin cậy.";
}

codes! {
    /// What is wrong with a file. Codes are stable: operators and the test corpus know them.
    Code
    /// There is no signed signature field.
    NoSignature = "NO_SIGNATURE":
        "Tài liệu chưa được ký số. Đề nghị nơi gửi ký số rồi gửi lại.";
    /// The signed bytes are not those that were signed.
    Digest = "DIGEST":
        "Nội dung tài liệu đã bị thay đổi sau khi ký số. Không dùng bản này; đề nghị nơi gửi gửi lại bản gốc.";
    /// The signature's value is not one of the certificate's key.
    Signature = "SIGNATURE":
        "Chữ ký số không khớp với chứng thư của người ký. Không dùng bản này; đề nghị người ký ký lại.";
    /// Bytes of the file lie outside what was signed.
    ByteRange = "BYTERANGE":
        "Một phần của tệp nằm ngoài phạm vi chữ ký số. Không dùng bản này; đề nghị nơi gửi gửi lại bản gốc.";
    /// Something visible or effective was changed by an update after signing.
    Modified = "MODIFIED":
        "Tài liệu bị sửa hoặc chèn thêm nội dung sau khi ký số. Không dùng bản này; đề nghị nơi gửi ký lại bản đúng.";
    /// No path to a pinned anchor.
    Untrusted = "UNTRUSTED":
        "Người ký dùng chứng thư không do tổ chức được hệ thống tin cậy cấp. Xác minh nơi gửi trước khi nhận lại.";
    /// The path to an anchor breaks a rule.
    Chain = "CHAIN":
        "Chuỗi chứng thư của người ký không hợp lệ. Đề nghị người ký liên hệ nơi cấp chứng thư.";
    /// A certificate of the path is no longer valid.
    Expired = "EXPIRED":
        "Chứng thư của người ký đã hết hạn. Đề nghị người ký gia hạn chứng thư rồi ký lại.";
    /// A certificate of the path is not valid yet.
    NotYetValid = "NOT_YET_VALID":
        "Chứng thư của người ký chưa có hiệu lực. Kiểm tra ngày giờ của máy, hoặc đợi đến ngày chứng thư có hiệu lực.";
    /// A certificate of the path is revoked.
    Revoked = "REVOKED":
        "Chứng thư của người ký đã bị thu hồi. Không dùng bản này; đề nghị ký lại bằng chứng thư còn hiệu lực.";
    /// Whether a certificate is revoked cannot be known.
    RevocationUnknown = "REVOCATION_UNKNOWN":
        "Chưa xác định được chứng thư của người ký có bị thu hồi hay không. Đề nghị quản trị cập nhật danh sách thu hồi rồi thử lại.";
    /// The certificate is not meant for signing documents.
    KeyUsage = "KEY_USAGE":
        "Chứng thư của người ký không được cấp để ký văn bản. Đề nghị ký lại bằng đúng chứng thư ký số.";
    /// The algorithm or the key is too weak to mean anything.
    Weak = "WEAK":
        "Chữ ký số dùng thuật toán đã lỗi thời, không còn an toàn. Đề nghị ký lại bằng phần mềm và chứng thư hiện hành.";
    /// The signature's container is not what `PAdES` says.
    Cms = "CMS":
        "Chữ ký số không đúng quy cách PAdES. Đề nghị ký lại bằng phần mềm ký số đạt chuẩn.";
    /// A time stamp is wrong or its authority is not trusted.
    Timestamp = "TIMESTAMP":
        "Dấu thời gian trong tài liệu không hợp lệ. Đề nghị nơi gửi ký lại và đóng dấu thời gian mới.";
    /// The file cannot be read as it is written.
    Malformed = "MALFORMED":
        "Tệp bị hỏng hoặc không đúng định dạng PDF. Đề nghị nơi gửi xuất lại tệp rồi gửi lại.";
    /// The file is encrypted.
    Encrypted = "ENCRYPTED":
        "Tệp được đặt mật khẩu nên không kiểm tra được. Đề nghị nơi gửi bỏ mật khẩu rồi gửi lại.";
    /// The file carries scripts or actions.
    Active = "ACTIVE":
        "Tệp chứa mã lệnh tự chạy. Đề nghị nơi gửi xuất lại PDF không có mã lệnh rồi ký lại.";
    /// The signature is good, but the signer is not one of those who may sign here.
    Signer = "SIGNER":
        "Chữ ký số hợp lệ nhưng người ký không có trong danh sách được phép. Kiểm tra lại tài liệu và người ký.";
}

/// What is wrong and what to do next, in Vietnamese, for officials.
#[must_use]
pub const fn sentence(code: Code) -> &'static str {
    code.sentence()
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A file that must not be shown.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[error("{code}: {detail}")]
pub struct Refused {
    /// Which kind of fault.
    pub code: Code,
    /// What exactly, in English, for operators.
    pub detail: String,
}

impl Refused {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

/// What every check of the verifier returns.
pub(crate) type Check<T> = Result<T, Refused>;

/// The end of a check that failed.
pub(crate) fn refuse<T>(code: Code, detail: impl Into<String>) -> Check<T> {
    Err(Refused::new(code, detail))
}

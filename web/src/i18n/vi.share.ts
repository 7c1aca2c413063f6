/** The words for sharing a screen. */
export const viShare = {
  "share.start": "Chia sẻ màn hình",
  "share.stop": "Dừng chia sẻ",
  "share.choosing": "Chọn màn hình",
  "share.by": "{name} đang chia sẻ màn hình",
  "share.mine": "Mọi người đang thấy màn hình của bạn",
  "share.mine.connecting": "Đang gửi màn hình của bạn",
  "share.picture": "Màn hình {name} chia sẻ",
  "share.waiting": "Đang nhận màn hình của {name}",
  "share.read": "Xem tài liệu",
  "share.back": "Về màn hình đang chia sẻ",
  "share.denied": "Trình duyệt chưa cho chia sẻ màn hình. Bấm Chia sẻ màn hình lại và chọn cửa sổ.",
  "share.failed": "Máy này không ghi được màn hình. Khởi động lại trình duyệt rồi thử lại.",
  "share.over": "Màn hình của bạn không còn được chia sẻ.",
  "share.broken": "Mất đường truyền màn hình. Bấm Chia sẻ màn hình để gửi lại.",
  "code.SCREEN_SHARED":
    "Người khác đang chia sẻ màn hình. Chờ người đó dừng, hoặc đề nghị chủ trì dừng.",
} as const;

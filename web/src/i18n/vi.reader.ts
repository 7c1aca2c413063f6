/** The words for reading a paper: search, table of contents, how pages are shown. */
export const viReader = {
  "find.open": "Tìm trong tài liệu",
  "find.placeholder": "Tìm trong tài liệu này",
  "find.previous": "Kết quả trước",
  "find.next": "Kết quả sau",
  "find.close": "Đóng tìm kiếm",
  "find.running": "đang tìm",
  "find.none": "không thấy",
  "find.scan": "trang quét, không có chữ",
  "find.all": "Tìm mọi tài liệu",
};

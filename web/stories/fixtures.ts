/** A meeting of a province for looking at: every state a page can be in, on one morning. */
import type {
  Deed,
  ItemLine,
  MeetingCard,
  PaperLine,
  PointLine,
  PointStatus,
  Receipt,
  Section,
} from "../src/api/generated/protocol.ts";
import type { Sections } from "../src/state/sections.ts";

const MINUTE = 60_000;
export const NOW = Date.now();

const COMMUNES: readonly (readonly [string, string])[] = [
  ["Phủ Lý", "Quang Trung|Lương Khánh Thiện|Lê Hồng Phong|Minh Khai|Hai Bà Trưng|Lam Hạ|Phù Vân"],
  ["Duy Tiên", "Đồng Văn|Hòa Mạc|Mộc Bắc|Châu Giang|Bạch Thượng|Duy Minh|Mộc Nam|Trác Văn"],
  ["Kim Bảng", "Quế|Nguyễn Úy|Đại Cương|Lê Hồ|Tượng Lĩnh|Nhật Tựu|Ba Sao|Thụy Lôi"],
  ["Thanh Liêm", "Kiện Khê|Liêm Phong|Thanh Hà|Liêm Cần|Liêm Sơn|Thanh Nghị|Thanh Hải"],
  ["Bình Lục", "Bình Mỹ|Bình Nghĩa|Tràng An|Đồng Du|Ngọc Lũ|Bồ Đề|An Ninh"],
  ["Lý Nhân", "Vĩnh Trụ|Hợp Lý|Nguyên Lý|Chính Lý|Chân Lý|Đạo Lý|Nhân Mỹ|Hòa Hậu"],
];

export const POINTS = COMMUNES.flatMap(([parent, names]) =>
  names
    .split("|")
    .map((name) => ({ id: `${parent}/${name}`, name: `Xã ${name}`, parent_name: parent })),
);

export const PEOPLE = [
  ["chair", "Nguyễn Văn Hùng", "Chủ tịch UBND tỉnh"],
  ["secretary", "Trần Thị Mai", "Chánh Văn phòng UBND tỉnh"],
  ["presenter", "Lê Quang Dũng", "Giám đốc Sở Giao thông vận tải"],
  ["delegate", "Phạm Thu Hà", "Giám đốc Sở Tài nguyên và Môi trường"],
  ["guest", "Đỗ Đức Ân", "Phó Chủ tịch HĐND tỉnh"],
].map(([id = "", name = "", position = ""]) => ({ id, name, position }));

function paper(id: string, title: string, pages: number, version = 1, signed = false): PaperLine {
  const origin = signed ? "signed" : "sealed";
  return { paper: id, title, version, file: { sha256: id, bytes: 3_240_000, pages, origin } };
}

function item(number: number, title: string, minutes: number, papers: PaperLine[]): ItemLine {
  const state =
    number < 3
      ? ({ state: "done" } as const)
      : number === 3
        ? ({ state: "current", since: NOW - 36 * MINUTE } as const)
        : ({ state: "coming" } as const);
  return { item: `i${number}`, number, title, minutes, state, closed: number === 6, papers };
}

function agenda(fresh: boolean, resolution: boolean): ItemLine[] {
  const report = paper("p4", "Báo cáo số 186/BC-UBND tiến độ giải phóng mặt bằng", 3, 2);
  const read = resolution ? paper("p4", "Nghị quyết số 12/NQ-HĐND", 8) : report;
  const coming = fresh ? 0 : 1;
  return [
    item(1, "Khai mạc, thông qua chương trình", 10, [paper("p1", "Chương trình hội nghị", 2)]),
    item(2, "Kinh tế - xã hội 9 tháng, nhiệm vụ quý IV", 50, [
      paper("p2", "Báo cáo số 172/BC-UBND", 24),
    ]),
    item(3, "Giải phóng mặt bằng dự án trọng điểm", 50, [
      paper("p3", "Báo cáo số 128/BC-SGTVT tiến độ các dự án giao thông", 18, 1, true),
      read,
      paper("p5", "Biểu tổng hợp diện tích thu hồi đất", 9, coming),
    ]),
    item(4, "Giải ngân vốn đầu tư công năm 2022", 35, [
      paper("p6", "Tờ trình số 92/TTr-SKHĐT", 12),
    ]),
    item(5, "Phương án ứng phó mưa lớn, ngập úng", 30, []),
    item(6, "Điều chỉnh kế hoạch đầu tư công", 15, []),
    item(7, "Kết luận", 20, []),
  ];
}

interface Wanted {
  phase?: "announced" | "running" | "ended";
  part?: "chair" | "secretary" | "delegate" | "presenter";
  can?: Deed[];
  queued?: boolean;
  floor?: boolean;
  fresh?: boolean;
  late?: boolean;
  /** Whether a paper of several pages is shown, with a table of contents. */
  resolution?: boolean;
  /** The page that is shown. */
  page?: number;
  /** Whose screen is shared: the reader's own, or that of somebody else. */
  sharing?: "own" | "delegate";
}

export function meeting(wanted: Wanted = {}): Sections {
  const { phase = "running", part = "delegate", can = [], floor = true } = wanted;
  const head: Section = {
    kind: "head",
    title: "Hội nghị trực tuyến kinh tế - xã hội 9 tháng năm 2022",
    starts_at: phase === "running" ? NOW - 100 * MINUTE : NOW + 18 * MINUTE,
    minutes: 210,
    phase:
      phase === "running"
        ? { phase, since: NOW - 100 * MINUTE }
        : { phase, at: NOW - 600 * MINUTE },
    chair: "chair",
    chair_name: "Nguyễn Văn Hùng",
  };
  const points = POINTS.map(({ id, name }, at): Section & PointLine => ({
    kind: "point",
    point: id,
    name,
    attending_since: at % 19 === 7 ? null : NOW - 110 * MINUTE,
    microphone: "off",
  }));
  const speaking = points[29];
  const queue = [points[3], points[22], points[40]].flatMap((point, at) =>
    point === undefined
      ? []
      : [
          {
            speaker: { kind: "point" as const, id: point.point },
            name: point.name,
            at: NOW - (6 - at) * MINUTE,
          },
        ],
  );
  const items = agenda(wanted.fresh ?? false, wanted.resolution ?? false);
  const shown = items[2]?.papers[1];
  const sections: Record<string, Section> = {
    head,
    agenda: { kind: "agenda", items },
    floor: {
      kind: "floor",
      holder:
        floor && speaking !== undefined
          ? {
              speaker: { kind: "point", id: speaking.point },
              name: speaking.name,
              since: NOW - 166_000,
              muted: false,
            }
          : null,
      queue: floor ? queue : [],
    },
    shown: {
      kind: "shown",
      page:
        shown === undefined
          ? null
          : {
              paper: shown.paper,
              title: shown.title,
              file: shown.file,
              page: wanted.page ?? 1,
              at: NOW - MINUTE,
            },
    },
    people: {
      kind: "people",
      people: PEOPLE.map(({ id, name }) => ({
        person: id,
        name,
        part: parts[id] ?? "delegate",
        attending_since: NOW - 90 * MINUTE,
      })),
    },
    me: {
      kind: "me",
      name: "Nguyễn Văn Hùng",
      speaker: { kind: "person", id: part },
      part,
      can: wanted.queued ? ["withdraw_request", ...can] : can,
      place_in_queue: wanted.queued ? 3 : null,
      microphone: "off",
      attending_since: phase === "running" ? NOW - 90 * MINUTE : null,
    },
  };
  if (wanted.sharing !== undefined) {
    const id = wanted.sharing === "own" ? part : "reporter";
    sections["sharing"] = {
      kind: "sharing",
      speaker: { kind: "person", id },
      name: "Trần Thị Thu Hà",
      at: NOW - 3 * MINUTE,
    };
  }
  for (const point of points) sections[`point/${point.point}`] = point;
  for (const line of items.flatMap(({ papers }) => papers).filter(({ version }) => version > 0)) {
    sections[`receipts/${line.paper}`] = {
      kind: "receipts",
      paper: line.paper,
      version: line.version,
      points: points.map((point, at) => receipt(point, at, line.paper, wanted.late ?? false)),
    };
  }
  return sections;
}

const parts: Readonly<Record<string, "chair" | "secretary" | "presenter" | "delegate" | "guest">> =
  {
    chair: "chair",
    secretary: "secretary",
    presenter: "presenter",
    delegate: "delegate",
    guest: "guest",
  };

function receipt(point: PointLine, at: number, paper: string, late: boolean): Receipt {
  const { point: id, name } = point;
  const done = { point: id, name, step: { kind: "verified" } as const, at: NOW - 3 * MINUTE };
  if (!late) return done;
  if (at === 14) return { point: id, name, step: null, at: null };
  if (at === 22 && paper === "p2") return { ...done, step: { kind: "received" }, at: NOW - 4_000 };
  if (at === 31 && paper === "p3") {
    return { ...done, step: { kind: "refused", code: "DIGEST" }, at: NOW - 12 * MINUTE };
  }
  return done;
}

export const CHAIR_CAN: Deed[] = [
  "give_floor",
  "withdraw_floor",
  "mute",
  "unmute",
  "mute_all",
  "open_item",
  "show_page",
  "stop_showing",
  "end",
];
export const SECRETARY_CAN: Deed[] = [
  "amend",
  "edit_agenda",
  "invite",
  "announce",
  "add_paper",
  "issue_papers",
  "start",
];

export function home(): Sections {
  const card = (at: number, title: string, starts_at: number, phase: MeetingCard["phase"]) => ({
    kind: "meeting" as const,
    meeting: `m${at}`,
    title,
    starts_at,
    minutes: 120,
    phase,
    chair_name: "Nguyễn Văn Hùng",
    part: "secretary" as const,
    can: phase.phase === "ended" ? [] : SECRETARY_CAN,
  });
  const day = 24 * 60 * MINUTE;
  return {
    a: card(1, "Hội nghị trực tuyến kinh tế - xã hội 9 tháng năm 2022", NOW + 18 * MINUTE, {
      phase: "announced",
      at: NOW - day,
    }),
    b: card(2, "Họp Ban Chỉ huy phòng, chống thiên tai", NOW + day, { phase: "draft" }),
    c: card(3, "Phiên họp UBND tỉnh thường kỳ tháng 10", NOW + 5 * day, {
      phase: "announced",
      at: NOW,
    }),
    d: card(4, "Hội nghị giao ban công tác dân tộc", NOW - 3 * day, {
      phase: "ended",
      at: NOW - 3 * day,
    }),
  };
}

export function boardStatuses(): PointStatus[] {
  return POINTS.map(({ id, name, parent_name }, at): PointStatus => {
    const cause =
      at === 14
        ? "disconnected"
        : at === 28 || at === 35
          ? "loss_down"
          : at === 15
            ? "microphone"
            : at === 4
              ? "camera"
              : at === 22
                ? "papers_late"
                : null;
    const enrolled = at % 11 !== 9;
    const age = at === 17 ? 41 * MINUTE : at === 14 ? 47 * MINUTE : (at % 7) * 8_000;
    const troubles =
      enrolled && cause !== null ? [{ cause, since: NOW - 14 * MINUTE } as const] : [];
    return {
      point: id,
      name,
      unit: id,
      parent_name,
      enrolled,
      online_since: cause === "disconnected" || !enrolled ? null : NOW - 300 * MINUTE,
      heard_at: enrolled ? NOW - age : null,
      meeting: "m1",
      report: enrolled ? report(cause) : null,
      reported_at: enrolled ? NOW - age : null,
      plan_wanted: enrolled ? 12 : null,
      troubles,
    };
  });
}

function report(cause: string | null): NonNullable<PointStatus["report"]> {
  return {
    plan: 12,
    version: "0.1.0",
    started_at: NOW - 300 * MINUTE,
    now: NOW,
    camera: cause === "camera" ? "missing" : "works",
    microphone: cause === "microphone" ? "silent" : "works",
    loudspeaker: "works",
    screen: "works",
    call: {
      meeting: "m1",
      connected: true,
      frames_per_second: 24.8,
      loss_percent: cause === "loss_down" ? 7.2 : 0.1,
      voice_frames: 15_000,
      voice_frames_concealed: 0,
      freezes: 0,
    },
    papers: [
      {
        paper: "p1",
        sha256: "p1",
        have_bytes: cause === "papers_late" ? 40 : 100,
        bytes: 100,
      },
    ],
    disk_free_bytes: 12_400_000_000,
    round_trip_ms: 31,
  };
}

// Generated from the Rust types by `UPDATE=1 cargo test -p protocol`. Do not edit.

/** The version of these frames; a server refuses a client of another one. */
export const VERSION = 1;

/** How many voices can be heard at once. */
export const VOICES = 3;

/** How many pictures there can be beside the main one. */
export const TILES = 4;

/** The agenda, as far as the reader may know it. */
export type Agenda = {
  /** In order; numbered by the reader's own count, so that nothing is missing to him. */
  items: Array<ItemLine>;
};

/** A section of the topic `board`. */
export type BoardSection = { kind: "status" } & PointStatus;

/** The mids of an offer's transceivers by purpose. */
export type CallMids = {
  /** `sendonly` video: camera. Absent from somebody who only watches. */
  camera: string | null;
  /** `sendonly` audio: microphone. */
  microphone: string | null;
  /** `recvonly` video: the main picture. */
  main: string | null;
  /** `recvonly` audio, up to [`VOICES`]. */
  voices: Array<string>;
  /** `recvonly` video beside the main picture, up to [`TILES`]; from a client that shows any. */
  tiles?: Array<string>;
  /**
   * `recvonly` video: a point that this client alone looks at, chosen by
   * [`crate::live::ClientFrame::Preview`].
   */
  preview?: string;
  /** `recvonly` video: the screen that somebody shares. */
  content?: string;
  /**
   * `sendonly` video: this client's own screen. It has a connection of its own beside that of
   * camera and microphone, and the offer nothing else; it is answered only while the meeting
   * shows this client's screen, and ends with that.
   */
  screen?: string;
};

/** The client's half. */
export type CallOffer = {
  /** Which meeting. */
  meeting: MeetingId;
  /** Counts up with every offer of this client. */
  generation: number;
  /** The SDP offer. */
  sdp: string;
  /** What each transceiver of the offer is for. */
  mids: CallMids;
};

/** The call as the agent sees it. */
export type CallReport = {
  /** Which meeting. */
  meeting: MeetingId;
  /** Whether media can flow. */
  connected: boolean;
  /** Pictures of the main slot drawn in the last second. */
  frames_per_second: number;
  /** Share of packets lost on the way to the room, in percent. */
  loss_percent: number;
  /** Frames of voices, 20 ms each as a rule, that the room has played since its agent started. */
  voice_frames: number;
  /** Of these, those that did not come in time and were made up. */
  voice_frames_concealed: number;
  /** How often the main picture stood still since the room entered the call. */
  freezes: number;
};

/** Who is in which slot. */
export type CallSlots = {
  /** The main picture. */
  main: Speaker | null;
  /** The voices, in the order of [`CallMids::voices`]. */
  voices: Array<Speaker | null>;
  /** The pictures beside the main one, in the order of [`CallMids::tiles`]. */
  tiles?: Array<Speaker | null>;
  /** The point that this client alone looks at. */
  preview?: PointId;
  /** Whose screen is the content. */
  content?: Speaker;
};

/** Why a point does not work as it should; worst first. */
export type Cause =
  | "disconnected"
  | "paper_refused"
  | "no_media"
  | "camera"
  | "microphone"
  | "loudspeaker"
  | "disk"
  | "loss_up"
  | "loss_down"
  | "audio_only"
  | "delay"
  | "papers_late"
  | "clock"
  | "not_enrolled";

/** Sections that changed since a cursor. */
export type Changes = {
  /** Of what. */
  topic: Topic;
  /** To be kept, and sent after a cut. */
  cursor: Cursor;
  /** New or changed sections by key. */
  changed: { [key in string]: TopicSection };
  /** Keys that are not there any more. */
  removed: Array<string>;
};

/** From browser or agent to server. */
export type ClientFrame =
  | {
      type: "hello";
      /** [`crate::VERSION`] of the client. */
      protocol: number;
      /** Only from an agent. */
      device?: DeviceProof;
    }
  | {
      type: "follow";
      /** What. */
      topic: Topic;
      /** What the client has; absent when it has nothing. */
      cursor?: Cursor;
    }
  | {
      type: "unfollow";
      /** What. */
      topic: Topic;
    }
  | {
      type: "command";
      /** Chosen by the sender; the same id is the same command. */
      id: CommandId;
      /** Where. */
      meeting: MeetingId;
      /** What. */
      command: Command;
    }
  | { type: "call" } & CallOffer
  | {
      type: "hang_up";
      /** Which. */
      meeting: MeetingId;
    }
  | {
      type: "view";
      /** In the call of which meeting. */
      meeting: MeetingId;
      /** At whom; absent for what everybody sees. */
      speaker: Speaker | null;
    }
  | {
      type: "preview";
      /** Which call. */
      meeting: MeetingId;
      /** Which point; absent to look at none. */
      point?: PointId;
    }
  | { type: "report" } & RoomReport
  | {
      type: "ping";
      /** Chosen by the sender. */
      number: number;
    }
  | {
      type: "restart";
      /** In the call of which meeting. */
      meeting: MeetingId;
      /** Counts on from the call's. */
      generation: number;
      /** The offer, with other ICE credentials and otherwise as it was. */
      sdp: string;
    };

/** A wish, to be decided by [`crate::decide`]. */
export type Command =
  | {
      do: "create";
      /** What it is called (trích yếu). */
      title: string;
      /** When it should begin. */
      starts_at: Timestamp;
      /** How long it should last. */
      minutes: number;
      /** Who will chair it. */
      chair: PersonId;
    }
  | {
      do: "amend";
      /** The new title. */
      title: string;
      /** The new time of beginning. */
      starts_at: Timestamp;
      /** The new length. */
      minutes: number;
    }
  | {
      do: "add_item";
      /** Its id, chosen by the sender. */
      item: ItemId;
      /** What it is about. */
      title: string;
      /** How long it should take. */
      minutes: number;
      /** Who may know that it exists. */
      audience: ItemAudience;
    }
  | {
      do: "change_item";
      /** Which. */
      item: ItemId;
      /** Its new title. */
      title: string;
      /** Its new length. */
      minutes: number;
      /** Who may know that it exists from now on. */
      audience: ItemAudience;
    }
  | {
      do: "move_item";
      /** Which. */
      item: ItemId;
      /** Where to; beyond the end means the end. */
      place: number;
    }
  | {
      do: "remove_item";
      /** Which. */
      item: ItemId;
    }
  | {
      do: "invite_people";
      /** Who. */
      people: Array<PersonId>;
      /** As what. */
      part: Part;
    }
  | {
      do: "uninvite_people";
      /** Who. */
      people: Array<PersonId>;
    }
  | {
      do: "invite_points";
      /** Which. */
      points: Array<PointId>;
    }
  | {
      do: "uninvite_points";
      /** Which. */
      points: Array<PointId>;
    }
  | { do: "announce" }
  | {
      do: "add_paper";
      /** Its id, chosen by the sender. */
      paper: PaperId;
      /** The item it belongs to. */
      item: ItemId;
      /** What it is called. */
      title: string;
      /** What the store knows about the bytes. */
      file: PaperFile;
    }
  | {
      do: "remove_paper";
      /** Which. */
      paper: PaperId;
    }
  | { do: "issue_papers" }
  | {
      do: "report_paper";
      /** Which. */
      paper: PaperId;
      /** Which bytes: a report about other bytes is refused. */
      sha256: Digest;
      /** How far it got. */
      step: PaperStep;
    }
  | { do: "start" }
  | { do: "end" }
  | {
      do: "open_item";
      /** Which. */
      item: ItemId;
    }
  | {
      do: "show_page";
      /** Of which paper. */
      paper: PaperId;
      /** Which page, counted from 1. */
      page: number;
    }
  | { do: "stop_showing" }
  | { do: "attend" }
  | { do: "leave" }
  | { do: "request_to_speak" }
  | { do: "withdraw_request" }
  | {
      do: "give_floor";
      /** To whom. */
      speaker: Speaker;
    }
  | { do: "withdraw_floor" }
  | {
      do: "mute";
      /** Whose. */
      speaker: Speaker;
    }
  | {
      do: "unmute";
      /** Whose. */
      speaker: Speaker;
    }
  | { do: "mute_all" }
  | {
      do: "silence";
      /** Whose. */
      scope: Scope;
    }
  | {
      do: "unsilence";
      /** Whose. */
      scope: Scope;
    }
  | { do: "begin_discussion" }
  | { do: "end_discussion" }
  | { do: "call_roll" }
  | {
      do: "record_roll";
      /** Of which roll call, counted from 1. */
      number: number;
      /** The fresh reports by point. */
      reports: { [key in PointId]: Evidence } ;
    }
  | {
      do: "mark_point";
      /** Which. */
      point: PointId;
      /** Whether it is present. */
      present: boolean;
    }
  | {
      do: "set_layout";
      /** On whose; for all it replaces what single points had. */
      scope: Scope;
      /** What. */
      layout: Layout;
    }
  | { do: "lock" }
  | { do: "unlock" }
  | {
      do: "admit";
      /** Whom. */
      speaker: Speaker;
    }
  | {
      do: "call_point";
      /** Which. */
      point: PointId;
    }
  | {
      do: "extend";
      /** How much more. */
      minutes: number;
    }
  | { do: "start_recording" }
  | { do: "stop_recording" }
  | {
      do: "interrupt_recording";
      /** Why, as a stable code. */
      code: string;
    }
  | {
      do: "follow_voices";
      /** For how many seconds a picture holds at least. */
      hold_seconds: number;
    }
  | { do: "stop_following_voices" }
  | { do: "start_sharing" }
  | { do: "stop_sharing" };

/** A command, chosen by its sender so that a repetition is answered and not repeated. */
export type CommandId = string;

/** How the points are controlled. */
export type Controls = {
  /** What is where on the screens of those that have no layout of their own. */
  layout: Layout;
  /** Whether the points discuss. */
  discussion: boolean;
  /** Whether nobody may come late. */
  locked: boolean;
  /**
   * For how many seconds a picture holds at least, when in a discussion without a floor the main
   * one follows who speaks.
   */
  follows?: number;
};

/** What a reader has of a topic: opaque to him, made by the server from his own sections alone. */
export type Cursor = string;

/**
 * A thing one may do, named as the command that does it. The list is the domain's answer to
 * "which buttons does this reader get".
 */
export type Deed =
  | "amend"
  | "edit_agenda"
  | "invite"
  | "announce"
  | "add_paper"
  | "issue_papers"
  | "start"
  | "end"
  | "open_item"
  | "show_page"
  | "stop_showing"
  | "attend"
  | "leave"
  | "request_to_speak"
  | "withdraw_request"
  | "give_floor"
  | "withdraw_floor"
  | "mute"
  | "unmute"
  | "mute_all"
  | "admit"
  | "begin_discussion"
  | "call_point"
  | "call_roll"
  | "end_discussion"
  | "extend"
  | "lock"
  | "mark_point"
  | "set_layout"
  | "silence"
  | "start_recording"
  | "stop_recording"
  | "unlock"
  | "unsilence"
  | "view"
  | "follow_voices"
  | "stop_following_voices"
  | "start_sharing"
  | "stop_sharing";

/** A machine with a key of its own that stands at a point. */
export type DeviceId = string;

/** How an agent says which device it is: an Ed25519 signature over [`DeviceProof::message`]. */
export type DeviceProof = {
  /** Which device. */
  device: DeviceId;
  /** Until when the proof is good. */
  expires_at: Timestamp;
  /** The signature, base64. */
  signature: string;
};

/** A SHA-256, written as 64 hexadecimal digits. */
export type Digest = string;

/** What a point's own report proved when the roll was called. */
export type Evidence = {
  /** When the server got the report. */
  reported_at: Timestamp;
  /** Whether pictures came from the camera. */
  camera: boolean;
  /** Whether samples came from the microphone. */
  microphone: boolean;
  /** Whether the loudspeaker took samples. */
  loudspeaker: boolean;
  /** Whether the screen was drawn. */
  screen: boolean;
  /** How far the point's clock is ahead of the server's. */
  clock_ahead_ms: number;
  /** Whether the point was in the call of this meeting, with media flowing. */
  media: boolean;
  /** The bytes of the paper on its screen. */
  shown: Digest | null;
};

/** Who speaks and who wants to. */
export type Floor = {
  /** Who has the floor. */
  holder: Holder | null;
  /** Who wants it, first come first. */
  queue: Array<Request>;
};

/** What the meeting is. */
export type Head = {
  /** Its title; absent when it was erased. */
  title: string | null;
  /** When it should begin. */
  starts_at: Timestamp;
  /** How long it should last. */
  minutes: number;
  /** Where it stands. */
  phase: Phase;
  /** Who chairs it. */
  chair: PersonId;
  /** The chair's name. */
  chair_name: string | null;
};

/** Who has the floor. */
export type Holder = {
  /** Who. */
  speaker: Speaker;
  /** The name to show. */
  name: string | null;
  /** Since when. */
  since: Timestamp;
  /** Whether the microphone was turned off meanwhile. */
  muted: boolean;
};

/** A section of the topic `home`. */
export type HomeSection = { kind: "meeting" } & MeetingCard;

/** Who may know that an item exists. */
export type ItemAudience =
  | { kind: "everyone" }
  | {
      kind: "only";
      /** The people. */
      people: Array<PersonId>;
      /** The points. */
      points: Array<PointId>;
    };

/** An agenda item (nội dung). */
export type ItemId = string;

/** One item. */
export type ItemLine = {
  /** Which. */
  item: ItemId;
  /** Its number among those the reader may see, from 1. */
  number: number;
  /** Its title. */
  title: string | null;
  /** How long it should take. */
  minutes: number;
  /** Where it stands. */
  state: ItemState;
  /**
   * Whether it is kept from some of those invited. Always false for readers other than the
   * chair and the secretaries.
   */
  closed: boolean;
  /** Its papers. */
  papers: Array<PaperLine>;
};

/** Where an item stands. */
export type ItemState =
  | { state: "coming" }
  | {
      state: "current";
      /** Since when. */
      since: Timestamp;
    }
  | { state: "done" };

/** What is where on a screen (bố cục). */
export type Layout =
  | "one"
  | "main_and_strip"
  | "grid"
  | "content_and_speaker";

/** One direction of a line over the last seconds. */
export type LineFigures = {
  /** Share of packets lost on the way, in percent; absent where too few were sent to tell. */
  loss_percent: number | null;
  /** How unevenly packets arrive, in milliseconds. */
  jitter_ms: number;
  /** Bits that came through, in thousands a second. */
  kilobits_per_second: number;
  /** How often the picture stood still since the room entered the call. */
  freezes: number;
  /** The layer of the picture that goes this way, from 0, where there are several. */
  layer: number | null;
};

/** The line of a point, both ways. */
export type LineReport = {
  /** When it was measured. */
  at: Timestamp;
  /** From the room to the server. */
  up: LineFigures;
  /** From the server to the room. */
  down: LineFigures;
  /** There and back, in milliseconds. */
  round_trip_ms: number | null;
  /** Frames of voices that the room has played since its agent started, as it said last. */
  voice_frames: number;
  /** Of these, those that did not come in time and were made up. */
  voice_frames_concealed: number;
};

/** Whether a point is present, and how that is known. */
export type Mark = {
  /** Whether it is present (có mặt). */
  present: boolean;
  /** How that is known. */
  by: MarkedBy;
};

/** How it is known whether a point is present. */
export type MarkedBy =
  | {
      kind: "report";
      evidence: Evidence;
    }
  | { kind: "silence" }
  | { kind: "hand" };

/** The reader himself. */
export type Me = {
  /** The name of the person or point. */
  name: string | null;
  /** Who may speak for this reader. */
  speaker: Speaker | null;
  /** His part in the meeting; a point and a technician have none. */
  part: Part | null;
  /** What he may do now: the only thing a button asks. */
  can: Array<Deed>;
  /** His place among those who want to speak, from 1. */
  place_in_queue: number | null;
  /** Whether his microphone may be heard. */
  microphone: Microphone;
  /** Since when he has been there. */
  attending_since: Timestamp | null;
  /** Its loudspeaker is off. */
  silenced_loudspeaker?: boolean;
  /** Its own layout. */
  layout?: Layout;
  /** When it was called because it is not there. */
  called_at?: Timestamp;
  /** It may not come, because the meeting is locked. */
  locked_out?: boolean;
};

/** One meeting in a list. */
export type MeetingCard = {
  /** Which. */
  meeting: MeetingId;
  /** Its title; absent when it was erased. */
  title: string | null;
  /** When it should begin. */
  starts_at: Timestamp;
  /** How long it should last. */
  minutes: number;
  /** Where it stands. */
  phase: Phase;
  /** The chair's name. */
  chair_name: string | null;
  /** What the reader is in it. */
  part: Part | null;
  /** What he may do with it. */
  can: Array<Deed>;
};

/** A meeting (cuộc họp). */
export type MeetingId = string;

/** Whether somebody may be heard. */
export type Microphone =
  | "on"
  | "muted"
  | "off";

/** What the paper store knows about a file, found out from its bytes. */
export type PaperFile = {
  /** Its name in the store. */
  sha256: Digest;
  /** Its size in bytes. */
  bytes: number;
  /** How many pages it has. */
  pages: number;
  /** Who vouches for it. */
  origin: PaperOrigin;
};

/** A paper of an item (tài liệu họp); its versions share the id. */
export type PaperId = string;

/** One paper. */
export type PaperLine = {
  /** Which. */
  paper: PaperId;
  /** Its title. */
  title: string | null;
  /** Its current version, from 1; 0 until it is issued. */
  version: number;
  /** The bytes of that version. */
  file: PaperFile;
};

/** Who vouches for a paper's bytes. */
export type PaperOrigin =
  | "signed"
  | "sealed";

/** One file of the plan. */
export type PaperReport = {
  /** Which paper. */
  paper: PaperId;
  /** Which bytes. */
  sha256: Digest;
  /** How many of them are there. */
  have_bytes: number;
  /** How many there should be. */
  bytes: number;
};

/** How far a point got with a paper. */
export type PaperStep =
  | { kind: "received" }
  | { kind: "verified" }
  | {
      kind: "refused";
      /** The code of `seal`'s verdict, or `LEDGER` or `HASH`. */
      code: string;
    };

/** What somebody is in one meeting. */
export type Part =
  | "chair"
  | "secretary"
  | "presenter"
  | "delegate"
  | "guest";

/** State of one part of a room. */
export type PartState =
  | "works"
  | "silent"
  | "missing"
  | "unused";

/** The people invited. */
export type People = {
  /** In the order of their part, then of their id. */
  people: Array<PersonLine>;
};

/** A human being with an account. */
export type PersonId = string;

/** One person invited. */
export type PersonLine = {
  /** Who. */
  person: PersonId;
  /** The name. */
  name: string | null;
  /** As what. */
  part: Part;
  /** Since when he has been there. */
  attending_since: Timestamp | null;
};

/** Where a meeting stands. */
export type Phase =
  | { phase: "draft" }
  | {
      phase: "announced";
      /** Since when. */
      at: Timestamp;
    }
  | {
      phase: "running";
      /** Since when. */
      since: Timestamp;
    }
  | {
      phase: "ended";
      /** Since when. */
      at: Timestamp;
    };

/** Counts up with every plan of a device; a room refuses an older one. */
export type PlanNumber = number;

/** A room's place in the network (điểm cầu). */
export type PointId = string;

/** One point invited. */
export type PointLine = {
  /** Which. */
  point: PointId;
  /** Its name. */
  name: string | null;
  /** Since when it has been there. */
  attending_since: Timestamp | null;
  /** Whether it may be heard. */
  microphone: Microphone;
  /** Its loudspeaker is off. */
  silenced_loudspeaker?: boolean;
  /** Its own layout. */
  layout?: Layout;
  /** When it was called because it is not there. */
  called_at?: Timestamp;
  /** It may not come, because the meeting is locked. */
  locked_out?: boolean;
};

/** One point as the server knows it. */
export type PointStatus = {
  /** Which. */
  point: PointId;
  /** Its name. */
  name: string;
  /** The unit it serves. */
  unit: UnitId;
  /** The name of the unit above, to group by. */
  parent_name: string | null;
  /** Whether a device stands there. */
  enrolled: boolean;
  /** Since when its live channel is open; absent when it is not. */
  online_since: Timestamp | null;
  /** When anything was heard of it last. */
  heard_at: Timestamp | null;
  /** The meeting it is in. */
  meeting: MeetingId | null;
  /** What it reported last. */
  report: RoomReport | null;
  /** When it did, by the server's clock. */
  reported_at: Timestamp | null;
  /** The plan it should carry out. */
  plan_wanted: number | null;
  /** What its line does, while it is in a call. */
  line?: LineReport;
  /**
   * The most that may be sent over its line either way, in thousands of bits a second, where
   * somebody set that.
   */
  ceiling_kbps?: number;
  /** What is wrong, worst first. */
  troubles: Array<Trouble>;
};

/** One point's state of one paper. */
export type Receipt = {
  /** Which point. */
  point: PointId;
  /** Its name. */
  name: string | null;
  /** The last step it reported; absent until it reported any. */
  step: PaperStep | null;
  /** When it did. */
  at: Timestamp | null;
};

/** Who has received and verified one paper. */
export type Receipts = {
  /** Which paper. */
  paper: PaperId;
  /** Which version. */
  version: number;
  /** Every point invited that may see it, with the last step it reported. */
  points: Array<Receipt>;
};

/** The notice that the meeting is recorded: shown in every room and browser as long as it lasts. */
export type RecordingNotice = {
  /** Whether it is recorded at this moment. */
  state: RecordingState;
};

/** Whether a meeting is recorded at this moment. */
export type RecordingState =
  | {
      state: "on";
      /** Since when. */
      since: Timestamp;
    }
  | {
      state: "paused";
      /** Since when it was being recorded. */
      since: Timestamp;
    }
  | {
      state: "interrupted";
      /** When. */
      at: Timestamp;
      /** Why, as a stable code. */
      code: string;
    };

/**
 * A stable code per reason; the words for people are in the web application's messages, under
 * `refusal.{code}`.
 */
export type Refusal =
  | "NO_SUCH_MEETING"
  | "MEETING_EXISTS"
  | "NOT_ALLOWED"
  | "NO_SUCH_ITEM"
  | "NO_SUCH_PAPER"
  | "NO_SUCH_PAGE"
  | "ID_TAKEN"
  | "WRONG_PHASE"
  | "NOT_INVITED"
  | "NOT_ATTENDING"
  | "NO_FLOOR"
  | "MAY_NOT_SPEAK"
  | "NOTHING_TO_CHANGE"
  | "PAPER_ISSUED"
  | "NOT_ISSUED"
  | "NOTHING_TO_ISSUE"
  | "OTHER_BYTES"
  | "BAD_CODE"
  | "BAD_TITLE"
  | "BAD_LENGTH"
  | "BAD_TIME"
  | "LOCKED"
  | "ATTENDING"
  | "NO_ROLL"
  | "TOO_MANY"
  | "ITEM_CLOSED"
  | "SCREEN_SHARED";

/**
 * A way through TURN servers (RFC 8656) for who reaches the server itself neither by UDP nor by
 * TCP.
 */
export type Relay = {
  /** Of the servers, as RFC 7065 writes them. */
  urls: Array<string>;
  /** The user name for all of them. */
  username: string;
  /** The password for all of them. */
  credential: string;
  /** From this moment on nothing can be allocated with them; what was allocated goes on. */
  expires_at: Timestamp;
};

/** A wish to speak. */
export type Request = {
  /** Whose. */
  speaker: Speaker;
  /** The name to show. */
  name: string | null;
  /** Since when. */
  at: Timestamp;
};

/** What somebody is in the whole system. */
export type Role =
  | "admin"
  | "secretary"
  | "technician";

/** One roll call of the points. */
export type RollCall = {
  /** Counted from 1. */
  number: number;
  /** When the roll was called. */
  called_at: Timestamp;
  /** When the reports were recorded; absent while they are awaited. */
  recorded_at: Timestamp | null;
  /** How many points are present. */
  present: number;
  /** How many are invited. */
  total: number;
  /** Every point invited. */
  points: Array<RollLine>;
};

/** One point in a roll call. */
export type RollLine = {
  /** Which. */
  point: PointId;
  /** Its name. */
  name: string | null;
  /** Whether it is present; absent while its report is awaited. */
  mark: Mark | null;
};

/** What the room is, sent when something changed and at least every 15 seconds. */
export type RoomReport = {
  /** The plan that is carried out. */
  plan: PlanNumber | null;
  /** The agent's version. */
  version: string;
  /** Since when the worker has been running, by the room's clock. */
  started_at: Timestamp;
  /** The room's clock when it wrote this. */
  now: Timestamp;
  /** The camera. */
  camera: PartState;
  /** The microphone. */
  microphone: PartState;
  /** The loudspeaker. */
  loudspeaker: PartState;
  /** The screen. */
  screen: PartState;
  /** The call, when in one. */
  call: CallReport | null;
  /** Papers of the plan, by file. */
  papers: Array<PaperReport>;
  /** The bytes of the paper whose page is on the screen. */
  shown?: Digest;
  /** Free bytes on the disk of the paper store. */
  disk_free_bytes: number;
  /** Round trip on the live channel in milliseconds, measured by the agent. */
  round_trip_ms: number | null;
};

/** What a control is about: every point invited, or one. */
export type Scope =
  | { kind: "all" }
  | {
      kind: "point";
      id: PointId;
    };

/** One part of a view that changes as a whole. */
export type Section =
  | { kind: "head" } & Head
  | { kind: "agenda" } & Agenda
  | { kind: "floor" } & Floor
  | { kind: "shown" } & Shown
  | { kind: "people" } & People
  | { kind: "me" } & Me
  | { kind: "point" } & PointLine
  | { kind: "receipts" } & Receipts
  | { kind: "recording" } & RecordingNotice
  | { kind: "controls" } & Controls
  | { kind: "roll" } & RollCall
  | { kind: "sharing" } & SharedScreen;

/** From server to browser or agent. */
export type ServerFrame =
  | {
      type: "greeting";
      /** [`crate::VERSION`] of the server. */
      protocol: number;
      /** To be signed by an agent, base64. */
      nonce: string;
      /** The server's clock. */
      now: Timestamp;
    }
  | {
      type: "welcome";
      /** The server's clock. */
      now: Timestamp;
      /** Changes when the server was started anew: calls must be entered again. */
      instance: string;
    }
  | { type: "changes" } & Changes
  | {
      type: "absent";
      /** Which. */
      topic: Topic;
    }
  | {
      type: "done";
      /** Which. */
      id: CommandId;
      /**
       * The sequence number of the last event it made; 0 for somebody from whom something of
       * the meeting may be kept, because a number that jumps would betray it.
       */
      seq: number;
    }
  | {
      type: "refused";
      /** Which. */
      id: CommandId;
      /** The stable code of `meeting::Refusal`. */
      code: string;
    }
  | {
      type: "answer";
      /** Which. */
      meeting: MeetingId;
      /** The generation of the offer. */
      generation: number;
      /** The SDP answer. */
      sdp: string;
    }
  | {
      type: "call_ended";
      /** Which. */
      meeting: MeetingId;
      /** The generation that ended. */
      generation: number;
      /** `REFUSED`, `GONE` or `REPLACED`. */
      code: string;
    }
  | {
      type: "layers";
      /** In the call of which meeting. */
      meeting: MeetingId;
      /** How many. */
      layers: number;
    }
  | {
      type: "slots";
      /** Which call. */
      meeting: MeetingId;
      /** The slots. */
      slots: CallSlots;
    }
  | {
      type: "viewing";
      /** In the call of which meeting. */
      meeting: MeetingId;
      /** At whom; absent for what everybody sees. */
      speaker: Speaker | null;
      /** Why it is not who was asked for: `NOT_ALLOWED` or `NOT_IN_CALL`. */
      code?: string;
    }
  | { type: "report_now" }
  | {
      type: "plan";
      /** The plan's bytes with the signature of the server's head key. */
      plan: Signed;
    }
  | {
      type: "stills";
      /** The meetings in which the room is looked at. */
      meetings: Array<MeetingId>;
      /** Milliseconds from one to the next: more on a thin line. */
      every_ms: number;
    }
  | {
      type: "ticket";
      /** To be sent as bearer token. */
      token: string;
      /** Renewed before this moment. */
      expires_at: Timestamp;
    }
  | {
      type: "pong";
      /** The number of the ping. */
      number: number;
      /** The server's clock. */
      now: Timestamp;
    }
  | {
      type: "bye";
      /** `VERSION`, `SIGN_IN`, `SLOW`, `MALFORMED`, `RESTART`. */
      code: string;
    }
  | { type: "relay" } & Relay;

/** A screen that is shared with everybody. */
export type SharedScreen = {
  /** Whose. */
  speaker: Speaker;
  /** The name to show. */
  name: string | null;
  /** Since when. */
  at: Timestamp;
};

/** The page that is shown. */
export type Shown = {
  /** Of which paper. Nothing is shown, or nothing this reader may see, when absent. */
  page: ShownPage | null;
};

/** A page of a paper. */
export type ShownPage = {
  /** Which paper. */
  paper: PaperId;
  /** Its title. */
  title: string | null;
  /** Its bytes. */
  file: PaperFile;
  /** Which page, from 1. */
  page: number;
  /** Since when. */
  at: Timestamp;
};

/**
 * Bytes with a signature of the server's head key (ECDSA P-256, SHA-256). The signature is over
 * a context string and exactly these bytes, so nothing has to be made canonical again.
 */
export type Signed = {
  /** The signed JSON, base64. */
  body: string;
  /** The signature in ASN.1 DER, base64. */
  signature: string;
};

/** Who can have the floor: a point with everybody in its room, or one person at a browser. */
export type Speaker =
  | {
      kind: "point";
      id: PointId;
    }
  | {
      kind: "person";
      id: PersonId;
    };

/** UTC milliseconds since 1970-01-01. Given by the edge, never read here (rule 9). */
export type Timestamp = number;

/** What can be followed. */
export type Topic =
  | {
      kind: "meeting";
      id: MeetingId;
    }
  | { kind: "home" }
  | { kind: "board" };

/** A section of any topic. */
export type TopicSection =
  | Section
  | HomeSection
  | BoardSection;

/** One thing that is wrong. */
export type Trouble = {
  /** What. */
  cause: Cause;
  /** Since when. */
  since: Timestamp;
};

/** An organisation, in a tree of dated edges (đơn vị). */
export type UnitId = string;

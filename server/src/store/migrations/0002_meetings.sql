-- Meetings: the log, the words beside it, and the lists read from it.

-- What happened. Never changed, never deleted; carries ids, numbers and salted hashes, no words.
CREATE TABLE meeting_event (
    meeting TEXT NOT NULL,
    -- From 1, without a gap: an append names the number it expects.
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    -- person:ID or point:ID.
    actor TEXT NOT NULL,
    -- Chosen by the sender; with part it is unique, so a repeated command is answered.
    command_id TEXT NOT NULL,
    -- Which event of that command, from 0.
    part BIGINT NOT NULL,
    -- The event as JSON.
    body TEXT NOT NULL,
    PRIMARY KEY (meeting, seq),
    UNIQUE (meeting, command_id, part)
);

-- Words, apart from the log so that they can be erased by retention or by law. The log keeps
-- digest = SHA-256(salt, words) and still verifies; without the salt the digest betrays nothing.
CREATE TABLE text (
    id TEXT PRIMARY KEY,
    meeting TEXT NOT NULL,
    -- Base64; NULL with the words once they are erased.
    salt TEXT,
    words TEXT,
    digest TEXT NOT NULL
);
CREATE INDEX text_by_meeting ON text (meeting);

-- Read from the log, to find meetings by time without reading it. Can be made anew at any time.
CREATE TABLE meeting_card (
    meeting TEXT PRIMARY KEY,
    starts_at BIGINT NOT NULL,
    minutes BIGINT NOT NULL,
    -- draft, announced, running or ended.
    phase TEXT NOT NULL,
    seq BIGINT NOT NULL
);
CREATE INDEX meeting_card_by_start ON meeting_card (starts_at);

-- Whom a meeting may concern. A list of candidates only: what somebody may see is decided by
-- the domain each time.
CREATE TABLE meeting_member (
    meeting TEXT NOT NULL REFERENCES meeting_card (meeting),
    -- person:ID or point:ID.
    member TEXT NOT NULL,
    PRIMARY KEY (meeting, member)
);
CREATE INDEX meeting_member_by_member ON meeting_member (member);

-- Secrets that the server makes for itself at its first start (name: cursor).
CREATE TABLE server_secret (
    name TEXT PRIMARY KEY,
    -- Base64.
    value TEXT NOT NULL
);

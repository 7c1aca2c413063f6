-- Recordings: which there are, and their files. The bytes are in the folder of the recordings.

CREATE TABLE recording (
    meeting TEXT NOT NULL,
    -- The place in the meeting's log of the event that began it.
    seq BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    -- When somebody ended it, or the server had to. Written with that event.
    stopped_at BIGINT,
    -- Why the server had to.
    trouble TEXT,
    -- When all of it was on the disk and its chain was in the ledger. Without it the files are
    -- made whole when the server starts.
    closed_at BIGINT,
    -- The number of links of its chain, and the last of them, hexadecimal.
    links BIGINT,
    head TEXT,
    PRIMARY KEY (meeting, seq)
);
CREATE INDEX recording_by_closing ON recording (closed_at);

-- One file: one speaker, for a while.
CREATE TABLE recording_part (
    id TEXT PRIMARY KEY,
    meeting TEXT NOT NULL,
    seq BIGINT NOT NULL,
    -- As a member of a meeting is written.
    speaker TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    -- Of the picture; 0 without one.
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    -- When it is complete.
    ended_at BIGINT,
    bytes BIGINT
);
CREATE INDEX recording_part_by_recording ON recording_part (meeting, seq, started_at);

-- What the lines of the points did during a meeting, beside its log: measured, not decided, so it
-- is no event. About a row a minute, point and direction while the point is in the call.
CREATE TABLE meeting_line (
    meeting TEXT NOT NULL REFERENCES meeting_card (meeting),
    point TEXT NOT NULL REFERENCES point (id),
    at BIGINT NOT NULL,
    -- 'up': from the room to the server; 'down': the other way.
    direction TEXT NOT NULL,
    -- Lost packets of a thousand; NULL where too few were sent to tell.
    loss_permille BIGINT,
    jitter_ms BIGINT NOT NULL,
    round_trip_ms BIGINT,
    kbps BIGINT NOT NULL,
    -- Since the room entered the call.
    freezes BIGINT NOT NULL,
    layer BIGINT,
    PRIMARY KEY (meeting, at, point, direction)
);

-- The most that may be sent over the line of a point either way, where somebody set that.
CREATE TABLE point_ceiling (
    point TEXT PRIMARY KEY REFERENCES point (id),
    kbps BIGINT NOT NULL,
    set_at BIGINT NOT NULL,
    set_by TEXT NOT NULL REFERENCES person (id)
);

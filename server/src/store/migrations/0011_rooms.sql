-- Rooms: devices at points, their enrolment, their plans and what they reported last.

-- A machine with a key of its own. The private half never leaves it.
CREATE TABLE device (
    id TEXT PRIMARY KEY,
    point TEXT NOT NULL REFERENCES point (id),
    -- Ed25519, base64.
    public_key TEXT NOT NULL,
    enrolled_at BIGINT NOT NULL,
    enrolled_by TEXT NOT NULL REFERENCES person (id),
    -- Set instead of deleting when another device takes the point.
    replaced_at BIGINT,
    replaced_by TEXT
);
-- One device at a time stands at a point, and a key is one device.
CREATE UNIQUE INDEX device_at_point ON device (point) WHERE replaced_at IS NULL;
CREATE UNIQUE INDEX device_by_key ON device (public_key) WHERE replaced_at IS NULL;

-- A device that shows a code and waits for an admin to type it. The secret it asks with is
-- nowhere: whoever reads this table cannot become the device.
CREATE TABLE enrolment (
    secret_sha256 TEXT PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    public_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- Set once the code was typed.
    device TEXT REFERENCES device (id)
);
CREATE INDEX enrolment_by_expiry ON enrolment (expires_at);

-- The last plan of a device as it was signed. The number only rises.
CREATE TABLE device_plan (
    device TEXT PRIMARY KEY REFERENCES device (id),
    number BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- The signed JSON and the signature, base64.
    body TEXT NOT NULL,
    signature TEXT NOT NULL
);

-- What a point reported last and when it was heard of. Kept in memory and written now and then:
-- after a start it tells how things were, with their age.
CREATE TABLE point_report (
    point TEXT PRIMARY KEY REFERENCES point (id),
    report TEXT,
    reported_at BIGINT,
    heard_at BIGINT NOT NULL
);

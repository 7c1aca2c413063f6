-- Units, points, people and their sessions.
-- Types are those that SQLite and PostgreSQL both read: ids TEXT (UUIDv7), times BIGINT (UTC ms).

-- An organisation. What level it has is its kind, never a table of its own.
CREATE TABLE unit (
    id TEXT PRIMARY KEY,
    -- Mã định danh, or the statistics office's number; imports find a unit by it.
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL
);

-- The tree, dated: a merge or a move closes an edge and opens another.
CREATE TABLE unit_edge (
    unit TEXT NOT NULL REFERENCES unit (id),
    parent TEXT REFERENCES unit (id),
    valid_from BIGINT NOT NULL,
    valid_to BIGINT,
    PRIMARY KEY (unit, valid_from)
);

-- A room's place in the network (điểm cầu).
CREATE TABLE point (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    unit TEXT NOT NULL REFERENCES unit (id),
    valid_from BIGINT NOT NULL,
    valid_to BIGINT
);

CREATE TABLE person (
    id TEXT PRIMARY KEY,
    user_name TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- Chức vụ, shown beside the name.
    position TEXT NOT NULL,
    unit TEXT REFERENCES unit (id),
    -- Argon2id in PHC form; never leaves the server.
    password TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Set instead of deleting: the log still names the person by id.
    disabled_at BIGINT
);

CREATE TABLE person_role (
    person TEXT NOT NULL REFERENCES person (id),
    role TEXT NOT NULL,
    PRIMARY KEY (person, role)
);

-- Who is signed in. The cookie itself is nowhere: whoever reads this table cannot become anybody.
CREATE TABLE session (
    token_sha256 TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_by_expiry ON session (expires_at);

-- Every answered try to sign in: for the audit, and to slow down whoever guesses. A try that was
-- refused for being one too many is not written, so guessing cannot fill the disk.
CREATE TABLE sign_in (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    user_name TEXT NOT NULL,
    address TEXT NOT NULL,
    -- Empty when nobody has that name.
    person TEXT,
    succeeded BIGINT NOT NULL
);
CREATE INDEX sign_in_by_user ON sign_in (user_name, at);
CREATE INDEX sign_in_by_address ON sign_in (address, at);

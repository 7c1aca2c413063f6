-- Papers: uploads on their way in, what is known about kept files, and the ledger.

-- A file that is being received (tus). The bytes are in the folder of the papers.
CREATE TABLE upload (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id),
    -- Bytes announced.
    length BIGINT NOT NULL,
    -- Bytes that are on the disk for certain: written after the file was synced, so that neither
    -- a killed process nor a power cut makes the server promise bytes it does not have.
    durable BIGINT NOT NULL,
    -- Of the whole file, once it is complete.
    sha256 TEXT,
    -- The file it became; the row stays a while so that a repeated request is answered alike.
    kept_sha256 TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX upload_by_person ON upload (person);
CREATE INDEX upload_by_expiry ON upload (expires_at);

-- A kept file: facts found out from its bytes.
CREATE TABLE paper_file (
    sha256 TEXT PRIMARY KEY,
    bytes BIGINT NOT NULL,
    pages BIGINT NOT NULL,
    -- signed or sealed.
    origin TEXT NOT NULL,
    -- The verification report as JSON, made when the file was kept.
    report TEXT NOT NULL,
    kept_at BIGINT NOT NULL
);

-- Which meeting uses a file, to find from a file who may read it. Written with the event that
-- adds the paper; what somebody may read is decided by the domain each time.
CREATE TABLE paper_use (
    sha256 TEXT NOT NULL,
    meeting TEXT NOT NULL,
    paper TEXT NOT NULL,
    PRIMARY KEY (sha256, meeting, paper)
);
CREATE INDEX paper_use_by_meeting ON paper_use (meeting);

-- The ledger, one per server. Only ever appended to, in the transaction of the event it records.
CREATE TABLE ledger_entry (
    -- From 0, without a gap.
    position BIGINT PRIMARY KEY,
    -- Hexadecimal.
    leaf_hash TEXT NOT NULL,
    -- The canonical bytes, hexadecimal.
    body TEXT NOT NULL,
    -- Out of the body, to find the entry of a paper.
    meeting TEXT NOT NULL,
    paper TEXT NOT NULL,
    version BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    UNIQUE (meeting, paper, version)
);
CREATE INDEX ledger_entry_by_sha256 ON ledger_entry (sha256);

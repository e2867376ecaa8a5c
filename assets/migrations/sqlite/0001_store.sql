-- The store of one campaign. The rules that matter stand here as constraints and
-- triggers, so that no program, ours or another, can break them by mistake.
-- Money: whole yen. Times: microseconds since 1970-01-01 UTC. Days: YYYY-MM-DD, Asia/Tokyo.

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- The audit trail. `wrote` names every row the event wrote, with its hash; `hash` covers
-- all fields of the event and the hash before it.
CREATE TABLE audit_event (
    seq            INTEGER NOT NULL PRIMARY KEY,
    at             INTEGER NOT NULL,
    staff_id       TEXT    NOT NULL,
    action         TEXT    NOT NULL,
    subject        TEXT,
    case_id        TEXT,
    inquiry_number TEXT,
    detail         TEXT    NOT NULL,
    wrote          TEXT    NOT NULL,
    previous_hash  TEXT    NOT NULL,
    hash           TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_event_case ON audit_event (case_id, seq) WHERE case_id IS NOT NULL;
CREATE INDEX audit_event_coupon ON audit_event (inquiry_number, seq)
    WHERE inquiry_number IS NOT NULL;
CREATE INDEX audit_event_watch ON audit_event (subject, seq)
    WHERE subject IS NOT NULL;
CREATE INDEX audit_event_recheck ON audit_event (seq) WHERE action = 'recheck.done';

-- The last link of the chain, so that cutting its end off is seen.
CREATE TABLE audit_head (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    seq      INTEGER NOT NULL,
    hash     TEXT    NOT NULL
) STRICT;
INSERT INTO audit_head VALUES (1, 0, '');

CREATE TABLE staff (
    staff_id      TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    role          TEXT    NOT NULL CHECK (role IN ('operator', 'supervisor', 'admin', 'auditor')),
    password_hash TEXT    NOT NULL,
    disabled      INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    audit_seq     INTEGER NOT NULL
) STRICT;

CREATE TABLE import (
    import_id   INTEGER NOT NULL PRIMARY KEY,
    kind        TEXT    NOT NULL,
    file_name   TEXT    NOT NULL,
    file_sha256 TEXT    NOT NULL,
    row_count   INTEGER NOT NULL,
    digest      TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    audit_seq   INTEGER NOT NULL
) STRICT;

-- The records. `seal` is the beginning of a SHA-256 over what the file said of the row.
CREATE TABLE merchant (
    merchant_id TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    kana        TEXT    NOT NULL,
    prefecture  INTEGER NOT NULL CHECK (prefecture BETWEEN 1 AND 47),
    address     TEXT    NOT NULL,
    phone       TEXT    NOT NULL,
    name_key    TEXT    NOT NULL,
    kana_key    TEXT    NOT NULL,
    import_id   INTEGER NOT NULL,
    seal        INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX merchant_id ON merchant (merchant_id);
CREATE INDEX merchant_name_key ON merchant (name_key);
CREATE INDEX merchant_kana_key ON merchant (kana_key);

CREATE TABLE coupon (
    inquiry_number     TEXT    NOT NULL,
    prefecture         INTEGER NOT NULL CHECK (prefecture BETWEEN 1 AND 47),
    face_value         INTEGER NOT NULL CHECK (face_value >= 0),
    opening_balance    INTEGER NOT NULL CHECK (opening_balance BETWEEN 0 AND face_value),
    balance            INTEGER NOT NULL CHECK (balance BETWEEN 0 AND face_value),
    printed_expires_on TEXT    NOT NULL,
    expires_on         TEXT    NOT NULL CHECK (expires_on >= printed_expires_on),
    holder             TEXT    NOT NULL CHECK (holder IN ('app', 'paper', 'withdrawn')),
    phone              TEXT    NOT NULL,
    email              TEXT    NOT NULL,
    issuer             TEXT    NOT NULL,
    import_id          INTEGER NOT NULL,
    seal               INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX coupon_number ON coupon (inquiry_number);

CREATE TABLE settlement (
    settlement_id  TEXT    NOT NULL,
    inquiry_number TEXT    NOT NULL REFERENCES coupon (inquiry_number),
    merchant_id    TEXT    NOT NULL REFERENCES merchant (merchant_id),
    amount         INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 10000000),
    settled_at     INTEGER NOT NULL,
    restored       INTEGER NOT NULL CHECK (restored BETWEEN 0 AND amount),
    import_id      INTEGER NOT NULL,
    seal           INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX settlement_id ON settlement (settlement_id);
CREATE INDEX settlement_coupon ON settlement (inquiry_number);
CREATE INDEX settlement_import ON settlement (import_id);

CREATE TABLE sale (
    sale_id        TEXT    NOT NULL,
    merchant_id    TEXT    NOT NULL REFERENCES merchant (merchant_id),
    sold_at        INTEGER NOT NULL,
    total          INTEGER NOT NULL CHECK (total BETWEEN 1 AND 10000000),
    cash           INTEGER NOT NULL CHECK (cash BETWEEN 0 AND 10000000),
    inquiry_number TEXT REFERENCES coupon (inquiry_number),
    receipt        TEXT    NOT NULL,
    import_id      INTEGER NOT NULL,
    seal           INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX sale_id ON sale (sale_id);
CREATE INDEX sale_coupon ON sale (inquiry_number) WHERE inquiry_number IS NOT NULL;
CREATE INDEX sale_unnamed ON sale (merchant_id, sold_at) WHERE inquiry_number IS NULL;
CREATE INDEX sale_import ON sale (import_id);

-- A merchant of NULL: declared for every merchant.
CREATE TABLE coverage (
    merchant_id  TEXT REFERENCES merchant (merchant_id),
    source       TEXT    NOT NULL CHECK (source IN ('settlements', 'sales')),
    covers_from  INTEGER NOT NULL,
    covers_until INTEGER NOT NULL CHECK (covers_until > covers_from),
    import_id    INTEGER NOT NULL,
    seal         INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX coverage_row
    ON coverage (coalesce(merchant_id, ''), source, covers_from, covers_until);
CREATE INDEX coverage_of ON coverage (merchant_id, source);

-- The arrows of the specification's section 5, held against the code by a test.
CREATE TABLE transition (
    from_state TEXT NOT NULL,
    to_state   TEXT NOT NULL,
    who        TEXT NOT NULL,
    PRIMARY KEY (from_state, to_state, who)
) STRICT;
INSERT INTO transition (from_state, to_state, who) VALUES
    ('', 'waiting', 'operator'), ('', 'review', 'operator'),
    ('', 'matched', 'operator'), ('', 'declined', 'operator'),
    ('waiting', 'review', 'system'), ('waiting', 'matched', 'system'),
    ('waiting', 'declined', 'system'),
    ('matched', 'waiting', 'system'), ('matched', 'review', 'system'),
    ('matched', 'declined', 'system'),
    ('matched', 'restored', 'operator'), ('matched', 'restored', 'supervisor'),
    ('review', 'restored', 'supervisor'), ('review', 'declined', 'supervisor'),
    ('review', 'waiting', 'supervisor'), ('declined', 'review', 'supervisor'),
    ('waiting', 'withdrawn', 'operator'), ('review', 'withdrawn', 'operator'),
    ('matched', 'withdrawn', 'operator'),
    ('waiting', 'lapsed', 'system'), ('review', 'lapsed', 'system'),
    ('restored', 'contradicted', 'system'),
    ('contradicted', 'restored', 'supervisor'), ('contradicted', 'reversed', 'supervisor');

CREATE TABLE cases (
    case_id         TEXT    NOT NULL PRIMARY KEY,
    opened_day      TEXT    NOT NULL,
    running         INTEGER NOT NULL CHECK (running >= 1),
    number_said     TEXT    NOT NULL,
    expiry_said     TEXT    NOT NULL,
    prefecture_said INTEGER NOT NULL CHECK (prefecture_said BETWEEN 1 AND 47),
    shop_said       TEXT    NOT NULL,
    other_text      TEXT,
    inquiry_number  TEXT REFERENCES coupon (inquiry_number),
    merchant_id     TEXT REFERENCES merchant (merchant_id),
    opened_by       TEXT    NOT NULL,
    opened_at       INTEGER NOT NULL,
    held_by         TEXT    NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('waiting', 'review', 'matched', 'contradicted',
                        'restored', 'declined', 'withdrawn', 'lapsed', 'reversed')),
    reasons         TEXT    NOT NULL,
    over            INTEGER,
    restorable      INTEGER NOT NULL CHECK (restorable >= 0),
    evidence        TEXT    NOT NULL,
    seen_evidence   TEXT    NOT NULL,
    version         INTEGER NOT NULL CHECK (version >= 1),
    restored        INTEGER NOT NULL CHECK (restored >= 0),
    restored_by     TEXT,
    approved_by     TEXT,
    decided_by      TEXT,
    supplement      INTEGER NOT NULL CHECK (supplement >= 0),
    question        TEXT,
    audit_seq       INTEGER NOT NULL,
    UNIQUE (opened_day, running),
    -- Nobody approves or decides their own case, and nobody judges their own approval.
    CHECK (approved_by IS NULL OR approved_by <> opened_by),
    CHECK (decided_by IS NULL OR decided_by <> opened_by),
    CHECK (state NOT IN ('restored', 'reversed') OR decided_by IS NULL
           OR approved_by IS NULL OR decided_by <> approved_by),
    CHECK (state <> 'restored' OR restored_by IS NOT NULL)
) STRICT;
-- One live case per coupon and merchant.
CREATE UNIQUE INDEX cases_live ON cases (inquiry_number, merchant_id)
    WHERE state IN ('waiting', 'review', 'matched', 'contradicted');
CREATE INDEX cases_coupon ON cases (inquiry_number);
CREATE INDEX cases_state ON cases (state, case_id);

-- Sales that a supervisor has linked to a case. A sale belongs to one case at a time.
CREATE TABLE case_sale (
    case_id     TEXT    NOT NULL REFERENCES cases (case_id),
    sale_id     TEXT    NOT NULL REFERENCES sale (sale_id),
    linked_by   TEXT    NOT NULL,
    linked_at   INTEGER NOT NULL,
    unlinked_by TEXT,
    unlinked_at INTEGER,
    linked_seq  INTEGER NOT NULL,
    audit_seq   INTEGER NOT NULL,
    PRIMARY KEY (case_id, sale_id, linked_seq)
) STRICT;
CREATE UNIQUE INDEX case_sale_now ON case_sale (sale_id) WHERE unlinked_at IS NULL;

-- The ledger's later entries; a coupon's opening entry is its opening_balance.
CREATE TABLE entry (
    audit_seq      INTEGER NOT NULL,
    line           INTEGER NOT NULL,
    inquiry_number TEXT    NOT NULL REFERENCES coupon (inquiry_number),
    case_id        TEXT    NOT NULL REFERENCES cases (case_id),
    settlement_id  TEXT    NOT NULL REFERENCES settlement (settlement_id),
    kind           TEXT    NOT NULL CHECK (kind IN ('restoration', 'reversal')),
    amount         INTEGER NOT NULL,
    at             INTEGER NOT NULL,
    PRIMARY KEY (audit_seq, line),
    CHECK ((kind = 'restoration' AND amount > 0) OR (kind = 'reversal' AND amount < 0))
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_coupon ON entry (inquiry_number);
CREATE INDEX entry_settlement ON entry (settlement_id);
CREATE INDEX entry_case ON entry (case_id);

-- Every expiry a coupon was given after the printed one.
CREATE TABLE extension (
    inquiry_number TEXT    NOT NULL REFERENCES coupon (inquiry_number),
    audit_seq      INTEGER NOT NULL,
    from_on        TEXT    NOT NULL,
    to_on          TEXT    NOT NULL,
    case_id        TEXT REFERENCES cases (case_id),
    at             INTEGER NOT NULL,
    PRIMARY KEY (inquiry_number, audit_seq),
    CHECK (to_on > from_on)
) STRICT, WITHOUT ROWID;
CREATE INDEX extension_seq ON extension (audit_seq);

-- Instructions to the coupon system; sending them is a later step.
CREATE TABLE outbox (
    audit_seq      INTEGER NOT NULL,
    line           INTEGER NOT NULL,
    case_id        TEXT    NOT NULL REFERENCES cases (case_id),
    inquiry_number TEXT    NOT NULL REFERENCES coupon (inquiry_number),
    instruction    TEXT    NOT NULL,
    payload        TEXT    NOT NULL,
    at             INTEGER NOT NULL,
    PRIMARY KEY (audit_seq, line)
) STRICT, WITHOUT ROWID;

-- What was asked under which command id, and the first answer to it.
CREATE TABLE command (
    command_id  TEXT    NOT NULL PRIMARY KEY,
    staff_id    TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    answer      TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    audit_seq   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX command_seq ON command (audit_seq);

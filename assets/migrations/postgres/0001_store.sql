-- The store of one campaign on PostgreSQL 15 or later, in a schema of its own. The rules that
-- matter stand here as constraints and triggers, as they do on SQLite (same folder's sister).
-- Money: whole yen. Times: microseconds since 1970-01-01 UTC. Days: YYYY-MM-DD, Asia/Tokyo.
-- Texts are compared by their bytes, so that no server's locale changes an order.

CREATE TABLE meta (
    name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

-- The audit trail: one chain for each case and each person, so that desks do not wait for each
-- other. `wrote` names every row the event wrote, with its hash; `hash` covers all fields of
-- the event and the hash before it in its chain. Numbers grow, and may have gaps.
CREATE SEQUENCE audit_seq AS BIGINT;
CREATE TABLE audit_event (
    seq            BIGINT NOT NULL PRIMARY KEY,
    at             BIGINT NOT NULL,
    staff_id       TEXT COLLATE "C" NOT NULL,
    action         TEXT COLLATE "C" NOT NULL,
    subject        TEXT COLLATE "C",
    case_id        TEXT COLLATE "C",
    inquiry_number TEXT COLLATE "C",
    detail         TEXT COLLATE "C" NOT NULL,
    wrote          TEXT COLLATE "C" NOT NULL,
    previous_hash  TEXT COLLATE "C" NOT NULL,
    hash           TEXT COLLATE "C" NOT NULL,
    chain          TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_event_case ON audit_event (case_id, seq) WHERE case_id IS NOT NULL;
CREATE INDEX audit_event_coupon ON audit_event (inquiry_number, seq)
    WHERE inquiry_number IS NOT NULL;
CREATE INDEX audit_event_watch ON audit_event (subject, seq) WHERE subject IS NOT NULL;
CREATE INDEX audit_event_recheck ON audit_event (seq) WHERE action = 'recheck.done';

-- The last link of each chain.
CREATE TABLE audit_chain (
    chain TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    links BIGINT NOT NULL CHECK (links >= 1),
    hash  TEXT COLLATE "C" NOT NULL
) WITH (fillfactor = 70);

-- Chains that have grown since they were last sealed. A row is taken away by the seal that
-- covers it.
CREATE TABLE audit_unsealed (
    chain TEXT COLLATE "C" NOT NULL
);

-- Seals, each over the last links of all chains that grew since the one before (`heads`:
-- JSON, [[chain, links, hash], …]), and over that one's hash. They tie the chains together.
CREATE TABLE audit_seal (
    seal_no       BIGINT NOT NULL PRIMARY KEY,
    at            BIGINT NOT NULL,
    heads         TEXT COLLATE "C" NOT NULL,
    previous_hash TEXT COLLATE "C" NOT NULL,
    hash          TEXT COLLATE "C" NOT NULL
);

-- The last seal, so that cutting the end off is seen.
CREATE TABLE audit_head (
    only_row BIGINT NOT NULL PRIMARY KEY CHECK (only_row = 1),
    seq      BIGINT NOT NULL,
    hash     TEXT COLLATE "C" NOT NULL
);
INSERT INTO audit_head VALUES (1, 0, '');

CREATE TABLE staff (
    staff_id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name          TEXT COLLATE "C" NOT NULL,
    role          TEXT COLLATE "C" NOT NULL
                  CHECK (role IN ('operator', 'supervisor', 'admin', 'auditor')),
    password_hash TEXT COLLATE "C" NOT NULL,
    disabled      BIGINT NOT NULL CHECK (disabled IN (0, 1)),
    audit_seq     BIGINT NOT NULL
);

CREATE TABLE import (
    import_id   BIGINT NOT NULL PRIMARY KEY,
    kind        TEXT COLLATE "C" NOT NULL,
    file_name   TEXT COLLATE "C" NOT NULL,
    file_sha256 TEXT COLLATE "C" NOT NULL,
    row_count   BIGINT NOT NULL,
    digest      TEXT COLLATE "C" NOT NULL,
    at          BIGINT NOT NULL,
    audit_seq   BIGINT NOT NULL
);

-- The records. `seal` is the beginning of a SHA-256 over what the file said of the row.
CREATE TABLE merchant (
    merchant_id TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    kana        TEXT COLLATE "C" NOT NULL,
    prefecture  BIGINT NOT NULL CHECK (prefecture BETWEEN 1 AND 47),
    address     TEXT COLLATE "C" NOT NULL,
    phone       TEXT COLLATE "C" NOT NULL,
    name_key    TEXT COLLATE "C" NOT NULL,
    kana_key    TEXT COLLATE "C" NOT NULL,
    import_id   BIGINT NOT NULL,
    seal        BIGINT NOT NULL
);
CREATE UNIQUE INDEX merchant_id ON merchant (merchant_id);
CREATE INDEX merchant_name_key ON merchant (name_key);
CREATE INDEX merchant_kana_key ON merchant (kana_key);

CREATE TABLE coupon (
    inquiry_number     TEXT COLLATE "C" NOT NULL,
    prefecture         BIGINT NOT NULL CHECK (prefecture BETWEEN 1 AND 47),
    face_value         BIGINT NOT NULL CHECK (face_value >= 0),
    opening_balance    BIGINT NOT NULL CHECK (opening_balance BETWEEN 0 AND face_value),
    balance            BIGINT NOT NULL CHECK (balance BETWEEN 0 AND face_value),
    printed_expires_on TEXT COLLATE "C" NOT NULL,
    expires_on         TEXT COLLATE "C" NOT NULL CHECK (expires_on >= printed_expires_on),
    holder             TEXT COLLATE "C" NOT NULL CHECK (holder IN ('app', 'paper', 'withdrawn')),
    phone              TEXT COLLATE "C" NOT NULL,
    email              TEXT COLLATE "C" NOT NULL,
    issuer             TEXT COLLATE "C" NOT NULL,
    import_id          BIGINT NOT NULL,
    seal               BIGINT NOT NULL
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX coupon_number ON coupon (inquiry_number);

CREATE TABLE settlement (
    settlement_id  TEXT COLLATE "C" NOT NULL,
    inquiry_number TEXT COLLATE "C" NOT NULL REFERENCES coupon (inquiry_number),
    merchant_id    TEXT COLLATE "C" NOT NULL REFERENCES merchant (merchant_id),
    amount         BIGINT NOT NULL CHECK (amount BETWEEN 1 AND 10000000),
    settled_at     BIGINT NOT NULL,
    -- No settlement is ever put back for more than its amount, whoever asks.
    restored       BIGINT NOT NULL CHECK (restored BETWEEN 0 AND amount),
    import_id      BIGINT NOT NULL,
    seal           BIGINT NOT NULL
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX settlement_id ON settlement (settlement_id);
CREATE INDEX settlement_coupon ON settlement (inquiry_number);
CREATE INDEX settlement_import ON settlement (import_id);

CREATE TABLE sale (
    sale_id        TEXT COLLATE "C" NOT NULL,
    merchant_id    TEXT COLLATE "C" NOT NULL REFERENCES merchant (merchant_id),
    sold_at        BIGINT NOT NULL,
    total          BIGINT NOT NULL CHECK (total BETWEEN 1 AND 10000000),
    cash           BIGINT NOT NULL CHECK (cash BETWEEN 0 AND 10000000),
    inquiry_number TEXT COLLATE "C" REFERENCES coupon (inquiry_number),
    receipt        TEXT COLLATE "C" NOT NULL,
    import_id      BIGINT NOT NULL,
    seal           BIGINT NOT NULL
);
CREATE UNIQUE INDEX sale_id ON sale (sale_id);
CREATE INDEX sale_coupon ON sale (inquiry_number) WHERE inquiry_number IS NOT NULL;
CREATE INDEX sale_unnamed ON sale (merchant_id, sold_at) WHERE inquiry_number IS NULL;
CREATE INDEX sale_import ON sale (import_id);

-- A merchant of NULL: declared for every merchant.
CREATE TABLE coverage (
    merchant_id  TEXT COLLATE "C" REFERENCES merchant (merchant_id),
    source       TEXT COLLATE "C" NOT NULL CHECK (source IN ('settlements', 'sales')),
    covers_from  BIGINT NOT NULL,
    covers_until BIGINT NOT NULL CHECK (covers_until > covers_from),
    import_id    BIGINT NOT NULL,
    seal         BIGINT NOT NULL
);
CREATE UNIQUE INDEX coverage_row
    ON coverage (coalesce(merchant_id, ''), source, covers_from, covers_until);
CREATE INDEX coverage_of ON coverage (merchant_id, source);

-- The arrows of the specification's section 5, held against the code by a test.
CREATE TABLE transition (
    from_state TEXT COLLATE "C" NOT NULL,
    to_state   TEXT COLLATE "C" NOT NULL,
    who        TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (from_state, to_state, who)
);
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
    case_id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    opened_day      TEXT COLLATE "C" NOT NULL,
    running         BIGINT NOT NULL CHECK (running >= 1),
    number_said     TEXT COLLATE "C" NOT NULL,
    expiry_said     TEXT COLLATE "C" NOT NULL,
    prefecture_said BIGINT NOT NULL CHECK (prefecture_said BETWEEN 1 AND 47),
    shop_said       TEXT COLLATE "C" NOT NULL,
    other_text      TEXT COLLATE "C",
    inquiry_number  TEXT COLLATE "C" REFERENCES coupon (inquiry_number),
    merchant_id     TEXT COLLATE "C" REFERENCES merchant (merchant_id),
    opened_by       TEXT COLLATE "C" NOT NULL,
    opened_at       BIGINT NOT NULL,
    held_by         TEXT COLLATE "C" NOT NULL,
    state           TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'review', 'matched',
                        'contradicted', 'restored', 'declined', 'withdrawn', 'lapsed', 'reversed')),
    reasons         TEXT COLLATE "C" NOT NULL,
    over            BIGINT,
    restorable      BIGINT NOT NULL CHECK (restorable >= 0),
    evidence        TEXT COLLATE "C" NOT NULL,
    seen_evidence   TEXT COLLATE "C" NOT NULL,
    version         BIGINT NOT NULL CHECK (version >= 1),
    restored        BIGINT NOT NULL CHECK (restored >= 0),
    restored_by     TEXT COLLATE "C",
    approved_by     TEXT COLLATE "C",
    decided_by      TEXT COLLATE "C",
    supplement      BIGINT NOT NULL CHECK (supplement >= 0),
    question        TEXT COLLATE "C",
    audit_seq       BIGINT NOT NULL,
    CONSTRAINT cases_running UNIQUE (opened_day, running),
    -- Nobody approves or decides their own case, and nobody judges their own approval.
    CHECK (approved_by IS NULL OR approved_by <> opened_by),
    CHECK (decided_by IS NULL OR decided_by <> opened_by),
    CHECK (state NOT IN ('restored', 'reversed') OR decided_by IS NULL
           OR approved_by IS NULL OR decided_by <> approved_by),
    CHECK (state <> 'restored' OR restored_by IS NOT NULL)
) WITH (fillfactor = 80);
-- One live case per coupon and merchant.
CREATE UNIQUE INDEX cases_live ON cases (inquiry_number, merchant_id)
    WHERE state IN ('waiting', 'review', 'matched', 'contradicted');
CREATE INDEX cases_coupon ON cases (inquiry_number);
CREATE INDEX cases_state ON cases (state, case_id);

-- Sales that a supervisor has linked to a case. A sale belongs to one case at a time.
CREATE TABLE case_sale (
    case_id     TEXT COLLATE "C" NOT NULL REFERENCES cases (case_id),
    sale_id     TEXT COLLATE "C" NOT NULL REFERENCES sale (sale_id),
    linked_by   TEXT COLLATE "C" NOT NULL,
    linked_at   BIGINT NOT NULL,
    unlinked_by TEXT COLLATE "C",
    unlinked_at BIGINT,
    linked_seq  BIGINT NOT NULL,
    audit_seq   BIGINT NOT NULL,
    PRIMARY KEY (case_id, sale_id, linked_seq)
);
CREATE UNIQUE INDEX case_sale_now ON case_sale (sale_id) WHERE unlinked_at IS NULL;

-- The ledger's later entries; a coupon's opening entry is its opening_balance.
CREATE TABLE entry (
    audit_seq      BIGINT NOT NULL,
    line           BIGINT NOT NULL,
    inquiry_number TEXT COLLATE "C" NOT NULL REFERENCES coupon (inquiry_number),
    case_id        TEXT COLLATE "C" NOT NULL REFERENCES cases (case_id),
    settlement_id  TEXT COLLATE "C" NOT NULL REFERENCES settlement (settlement_id),
    kind           TEXT COLLATE "C" NOT NULL CHECK (kind IN ('restoration', 'reversal')),
    amount         BIGINT NOT NULL,
    at             BIGINT NOT NULL,
    PRIMARY KEY (audit_seq, line),
    CHECK ((kind = 'restoration' AND amount > 0) OR (kind = 'reversal' AND amount < 0))
);
CREATE INDEX entry_coupon ON entry (inquiry_number);
CREATE INDEX entry_settlement ON entry (settlement_id);
CREATE INDEX entry_case ON entry (case_id);
CREATE INDEX entry_at ON entry (at);

-- Every expiry a coupon was given after the printed one.
CREATE TABLE extension (
    inquiry_number TEXT COLLATE "C" NOT NULL REFERENCES coupon (inquiry_number),
    audit_seq      BIGINT NOT NULL,
    from_on        TEXT COLLATE "C" NOT NULL,
    to_on          TEXT COLLATE "C" NOT NULL,
    case_id        TEXT COLLATE "C" REFERENCES cases (case_id),
    at             BIGINT NOT NULL,
    PRIMARY KEY (inquiry_number, audit_seq),
    CHECK (to_on > from_on)
);
CREATE INDEX extension_seq ON extension (audit_seq);

-- Instructions to the coupon system; sending them is a later step.
CREATE TABLE outbox (
    audit_seq      BIGINT NOT NULL,
    line           BIGINT NOT NULL,
    case_id        TEXT COLLATE "C" NOT NULL REFERENCES cases (case_id),
    inquiry_number TEXT COLLATE "C" NOT NULL REFERENCES coupon (inquiry_number),
    instruction    TEXT COLLATE "C" NOT NULL,
    payload        TEXT COLLATE "C" NOT NULL,
    at             BIGINT NOT NULL,
    PRIMARY KEY (audit_seq, line)
);

-- What was asked under which command id, and the first answer to it.
CREATE TABLE command (
    command_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    staff_id    TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    answer      TEXT COLLATE "C" NOT NULL,
    at          BIGINT NOT NULL,
    audit_seq   BIGINT NOT NULL
);
CREATE INDEX command_seq ON command (audit_seq);

-- What the desks keep beside the cases. Drafts, seats and leases are replaced and deleted
-- freely and are no part of the audit trail; a call-back is written once and stays.

-- What a person has typed and not sent.
CREATE TABLE draft (
    staff_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES staff (staff_id),
    body     TEXT COLLATE "C" NOT NULL,
    at       BIGINT NOT NULL
) WITH (fillfactor = 70);

-- At which desk somebody is signed in.
CREATE TABLE desk_seat (
    staff_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES staff (staff_id),
    desk_id  TEXT COLLATE "C" NOT NULL,
    since    BIGINT NOT NULL,
    seen_at  BIGINT NOT NULL
) WITH (fillfactor = 70);

-- Who looks at a case now, by the server's clock.
CREATE TABLE lease (
    case_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES cases (case_id),
    staff_id TEXT COLLATE "C" NOT NULL REFERENCES staff (staff_id),
    until    TIMESTAMPTZ NOT NULL
) WITH (fillfactor = 70);

-- When a caller is to be called back, and under which number. The latest of a case counts.
CREATE TABLE callback (
    audit_seq BIGINT NOT NULL PRIMARY KEY,
    case_id   TEXT COLLATE "C" NOT NULL REFERENCES cases (case_id),
    due_at    BIGINT NOT NULL,
    phone     TEXT COLLATE "C" NOT NULL CHECK (length(phone) BETWEEN 6 AND 20),
    staff_id  TEXT COLLATE "C" NOT NULL,
    at        BIGINT NOT NULL
);
CREATE INDEX callback_case ON callback (case_id, audit_seq);

-- How a shop is read where its record does not say, or says it wrongly. The latest row of a
-- shop counts; several readings are separated by a bar. Money never depends on it.
CREATE TABLE reading (
    audit_seq   BIGINT NOT NULL,
    merchant_id TEXT COLLATE "C" NOT NULL REFERENCES merchant (merchant_id),
    source      TEXT COLLATE "C" NOT NULL CHECK (source IN ('dictionary', 'corrected')),
    kana        TEXT COLLATE "C" NOT NULL CHECK (length(kana) BETWEEN 1 AND 1000)
);
CREATE UNIQUE INDEX reading_of ON reading (merchant_id, audit_seq);
CREATE INDEX reading_seq ON reading (audit_seq);

-- What the desks keep beside the cases. Drafts, seats and leases are replaced and deleted
-- freely and are no part of the audit trail; a call-back is written once and stays.

-- What a person has typed and not sent.
CREATE TABLE draft (
    staff_id TEXT    NOT NULL PRIMARY KEY REFERENCES staff (staff_id),
    body     TEXT    NOT NULL,
    at       INTEGER NOT NULL
) STRICT;

-- At which desk somebody is signed in.
CREATE TABLE desk_seat (
    staff_id TEXT    NOT NULL PRIMARY KEY REFERENCES staff (staff_id),
    desk_id  TEXT    NOT NULL,
    since    INTEGER NOT NULL,
    seen_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who looks at a case now.
CREATE TABLE lease (
    case_id  TEXT    NOT NULL PRIMARY KEY REFERENCES cases (case_id),
    staff_id TEXT    NOT NULL REFERENCES staff (staff_id),
    until    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- When a caller is to be called back, and under which number. The latest of a case counts.
CREATE TABLE callback (
    audit_seq INTEGER NOT NULL PRIMARY KEY,
    case_id   TEXT    NOT NULL REFERENCES cases (case_id),
    due_at    INTEGER NOT NULL,
    phone     TEXT    NOT NULL CHECK (length(phone) BETWEEN 6 AND 20),
    staff_id  TEXT    NOT NULL,
    at        INTEGER NOT NULL
) STRICT;
CREATE INDEX callback_case ON callback (case_id, audit_seq);

CREATE TRIGGER callback_no_update BEFORE UPDATE ON callback
BEGIN SELECT RAISE(ABORT, 'append-only: callback'); END;
CREATE TRIGGER callback_no_delete BEFORE DELETE ON callback
BEGIN SELECT RAISE(ABORT, 'append-only: callback'); END;
CREATE TRIGGER callback_no_replace BEFORE INSERT ON callback
WHEN EXISTS (SELECT 1 FROM callback WHERE audit_seq = NEW.audit_seq)
BEGIN SELECT RAISE(ABORT, 'append-only: callback'); END;

-- What was put back in the last days is asked for all day long.
CREATE INDEX entry_at ON entry (at);

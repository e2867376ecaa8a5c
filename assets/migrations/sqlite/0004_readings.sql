-- How a shop is read where its record does not say, or says it wrongly. The latest row of a
-- shop counts; several readings are separated by a bar. Money never depends on it.
CREATE TABLE reading (
    audit_seq   INTEGER NOT NULL,
    merchant_id TEXT    NOT NULL REFERENCES merchant (merchant_id),
    source      TEXT    NOT NULL CHECK (source IN ('dictionary', 'corrected')),
    kana        TEXT    NOT NULL CHECK (length(kana) BETWEEN 1 AND 1000)
) STRICT;
CREATE UNIQUE INDEX reading_of ON reading (merchant_id, audit_seq);
CREATE INDEX reading_seq ON reading (audit_seq);

CREATE TRIGGER reading_no_update BEFORE UPDATE ON reading
BEGIN SELECT RAISE(ABORT, 'append-only: reading'); END;
CREATE TRIGGER reading_no_delete BEFORE DELETE ON reading
BEGIN SELECT RAISE(ABORT, 'append-only: reading'); END;
CREATE TRIGGER reading_no_replace BEFORE INSERT ON reading
WHEN EXISTS (SELECT 1 FROM reading WHERE merchant_id = NEW.merchant_id
             AND audit_seq = NEW.audit_seq)
BEGIN SELECT RAISE(ABORT, 'append-only: reading'); END;

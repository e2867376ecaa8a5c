-- Public keys that staff sign in with over SSH. A key is live until it is revoked, for one
-- person at a time, and a revoked row stays revoked: whoever is given the key again gets a new
-- row. `blob` is base64 of the key in SSH's wire format, `fingerprint` its SHA-256 as OpenSSH
-- prints it.
CREATE TABLE staff_key (
    fingerprint TEXT    NOT NULL CHECK (fingerprint LIKE 'SHA256:%' AND length(fingerprint) = 50),
    staff_id    TEXT    NOT NULL REFERENCES staff (staff_id),
    algorithm   TEXT    NOT NULL CHECK (algorithm IN ('ssh-ed25519', 'ecdsa-sha2-nistp256',
                    'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa',
                    'sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com')),
    blob        TEXT    NOT NULL CHECK (length(blob) BETWEEN 1 AND 16384),
    comment     TEXT    NOT NULL CHECK (length(comment) <= 100),
    added_by    TEXT    NOT NULL,
    added_at    INTEGER NOT NULL,
    revoked_by  TEXT,
    revoked_at  INTEGER,
    added_seq   INTEGER NOT NULL,
    audit_seq   INTEGER NOT NULL,
    PRIMARY KEY (fingerprint, added_seq),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
) STRICT;
CREATE UNIQUE INDEX staff_key_live ON staff_key (fingerprint) WHERE revoked_at IS NULL;
CREATE INDEX staff_key_of ON staff_key (staff_id);

CREATE TRIGGER staff_key_no_delete BEFORE DELETE ON staff_key
BEGIN SELECT RAISE(ABORT, 'append-only: staff_key'); END;
CREATE TRIGGER staff_key_revoke_only BEFORE UPDATE ON staff_key
WHEN OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL OR NEW.revoked_by IS NULL
    OR NEW.fingerprint <> OLD.fingerprint OR NEW.staff_id <> OLD.staff_id
    OR NEW.algorithm <> OLD.algorithm OR NEW.blob <> OLD.blob OR NEW.comment <> OLD.comment
    OR NEW.added_by <> OLD.added_by OR NEW.added_at <> OLD.added_at
    OR NEW.added_seq <> OLD.added_seq
BEGIN SELECT RAISE(ABORT, 'append-only: staff_key'); END;
CREATE TRIGGER staff_key_no_replace BEFORE INSERT ON staff_key
WHEN EXISTS (SELECT 1 FROM staff_key WHERE fingerprint = NEW.fingerprint
             AND (added_seq = NEW.added_seq
                  OR revoked_at IS NULL AND NEW.revoked_at IS NULL))
BEGIN SELECT RAISE(ABORT, 'append-only: staff_key (UNIQUE constraint failed)'); END;

-- Public keys that staff sign in with over SSH. A key is live until it is revoked, for one
-- person at a time, and a revoked row stays revoked: whoever is given the key again gets a new
-- row. `blob` is base64 of the key in SSH's wire format, `fingerprint` its SHA-256 as OpenSSH
-- prints it. The guards stand in a migration of their own: a move fills the table before them.
CREATE TABLE staff_key (
    fingerprint TEXT COLLATE "C" NOT NULL
                CHECK (fingerprint LIKE 'SHA256:%' AND length(fingerprint) = 50),
    staff_id    TEXT COLLATE "C" NOT NULL REFERENCES staff (staff_id),
    algorithm   TEXT COLLATE "C" NOT NULL CHECK (algorithm IN ('ssh-ed25519',
                    'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa',
                    'sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com')),
    blob        TEXT COLLATE "C" NOT NULL CHECK (length(blob) BETWEEN 1 AND 16384),
    comment     TEXT COLLATE "C" NOT NULL CHECK (length(comment) <= 100),
    added_by    TEXT COLLATE "C" NOT NULL,
    added_at    BIGINT NOT NULL,
    revoked_by  TEXT COLLATE "C",
    revoked_at  BIGINT,
    added_seq   BIGINT NOT NULL,
    audit_seq   BIGINT NOT NULL,
    PRIMARY KEY (fingerprint, added_seq),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE UNIQUE INDEX staff_key_live ON staff_key (fingerprint) WHERE revoked_at IS NULL;
CREATE INDEX staff_key_of ON staff_key (staff_id);

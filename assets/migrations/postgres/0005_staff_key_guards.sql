-- What guards the keys of the staff, and what writes them.

CREATE TRIGGER staff_key_no_delete BEFORE DELETE OR TRUNCATE ON staff_key
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER staff_key_revoke_only BEFORE UPDATE ON staff_key FOR EACH ROW
    WHEN (OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL OR NEW.revoked_by IS NULL
        OR NEW.fingerprint <> OLD.fingerprint OR NEW.staff_id <> OLD.staff_id
        OR NEW.algorithm <> OLD.algorithm OR NEW.blob <> OLD.blob OR NEW.comment <> OLD.comment
        OR NEW.added_by <> OLD.added_by OR NEW.added_at <> OLD.added_at
        OR NEW.added_seq <> OLD.added_seq)
    EXECUTE FUNCTION append_only();

-- Writes keys that were given or revoked, after `apply` in the same statement: that holds the
-- chain of the staff by then, so two who give the same key out wait for each other there.
CREATE FUNCTION keep_keys(new_keys JSONB, changed_keys JSONB) RETURNS VOID LANGUAGE plpgsql
    SET search_path = madoguchi, pg_temp AS $$
BEGIN
    IF new_keys <> '[]' THEN
        INSERT INTO staff_key SELECT * FROM jsonb_populate_recordset(NULL::staff_key, new_keys);
    END IF;
    IF changed_keys <> '[]' THEN
        UPDATE staff_key AS t SET revoked_by = r.revoked_by, revoked_at = r.revoked_at,
                audit_seq = r.audit_seq
            FROM jsonb_populate_recordset(NULL::staff_key, changed_keys) AS r
            WHERE t.fingerprint = r.fingerprint AND t.added_seq = r.added_seq;
    END IF;
END $$;

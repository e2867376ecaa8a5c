-- Writing what a batch of decisions came to, in one call and so in one round trip. It runs with
-- the rights of whoever calls it. Locks are taken in one order by everybody: the records
-- (shared), the chains by name, the coupons by number.

-- The advisory locks of this program. 1: held shared while a decision about the records is
-- written, and exclusive by whoever waits for all that are under way. 2: whoever imports or
-- extends. 3: whoever seals.
CREATE FUNCTION lock_key(what BIGINT) RETURNS BIGINT LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT 5921000000 + what $$;

-- Locks the coupons, in order of their numbers, and tells whether each still has the balance
-- and the expiry it was seen with: `[[number, balance, expires_on], …]`. Their keys stay free: an
-- import of settlements holds those until it commits, and no desk waits for it.
CREATE FUNCTION coupons_stand(seen JSONB) RETURNS BOOLEAN LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = madoguchi, pg_temp AS $$
DECLARE
    standing BIGINT;
BEGIN
    SELECT count(*) INTO standing FROM (
        SELECT 1 FROM coupon AS c
        JOIN (SELECT s ->> 0 AS number, (s ->> 1)::BIGINT AS balance, s ->> 2 AS expires_on
              FROM jsonb_array_elements(seen) AS s) AS s
            ON c.inquiry_number = s.number COLLATE "C"
        WHERE c.balance = s.balance AND c.expires_on = s.expires_on
        ORDER BY c.inquiry_number FOR NO KEY UPDATE OF c
    ) AS locked;
    RETURN standing = jsonb_array_length(seen);
END $$;

-- `guards`: {"imports": the last import as it was seen, or null where no record was looked at,
-- "coupons": as `coupons_stand` takes them}. `chains`: [[chain, links it had when it was seen,
-- links now, hash now], …] in order of their names. The rest: rows as JSON objects. What was
-- seen and is no more so is answered with SQLSTATE 40001: read, decide and write again.
CREATE FUNCTION apply(guards JSONB, chains JSONB, events JSONB, new_cases JSONB, changed_cases JSONB,
    entries JSONB, extensions JSONB, new_links JSONB, changed_links JSONB, instructions JSONB,
    callbacks JSONB, readings JSONB, commands JSONB, new_staff JSONB, changed_staff JSONB)
RETURNS VOID LANGUAGE plpgsql SET search_path = madoguchi, pg_temp AS $$
DECLARE
    rows BIGINT;
    grown BIGINT;
BEGIN
    IF guards ->> 'imports' IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock_shared(lock_key(1));
        IF (SELECT coalesce(max(import_id), 0) FROM import) <> (guards ->> 'imports')::BIGINT THEN
            RAISE EXCEPTION 'stale: the records' USING ERRCODE = 'serialization_failure';
        END IF;
    END IF;
    -- One chain needs no order; a list is locked in the order it comes in.
    IF jsonb_array_length(chains) > 1 THEN
        PERFORM 1 FROM audit_chain AS c
            JOIN (SELECT j ->> 0 AS chain FROM jsonb_array_elements(chains) AS j) AS j
                ON c.chain = j.chain COLLATE "C"
            ORDER BY c.chain FOR UPDATE OF c;
    END IF;
    SELECT count(*) INTO grown FROM jsonb_array_elements(chains) AS j WHERE (j ->> 1)::BIGINT > 0;
    IF grown > 0 THEN
        UPDATE audit_chain AS c SET links = j.links, hash = j.hash
            FROM (SELECT j ->> 0 AS chain, (j ->> 1)::BIGINT AS seen, (j ->> 2)::BIGINT AS links,
                      j ->> 3 AS hash FROM jsonb_array_elements(chains) AS j) AS j
            WHERE c.chain = j.chain COLLATE "C" AND c.links = j.seen;
        GET DIAGNOSTICS rows = ROW_COUNT;
        IF rows <> grown THEN
            RAISE EXCEPTION 'stale: a chain' USING ERRCODE = 'serialization_failure';
        END IF;
    END IF;
    IF grown < jsonb_array_length(chains) THEN
        INSERT INTO audit_chain (chain, links, hash)
            SELECT j ->> 0, (j ->> 2)::BIGINT, j ->> 3 FROM jsonb_array_elements(chains) AS j
            WHERE (j ->> 1)::BIGINT = 0 ORDER BY 1;
    END IF;
    INSERT INTO audit_unsealed SELECT j ->> 0 FROM jsonb_array_elements(chains) AS j;
    IF jsonb_array_length(guards -> 'coupons') > 0 AND NOT coupons_stand(guards -> 'coupons') THEN
        RAISE EXCEPTION 'stale: a coupon' USING ERRCODE = 'serialization_failure';
    END IF;

    INSERT INTO audit_event SELECT * FROM jsonb_populate_recordset(NULL::audit_event, events);
    IF new_cases <> '[]' THEN
        INSERT INTO cases SELECT * FROM jsonb_populate_recordset(NULL::cases, new_cases);
    END IF;
    IF entries <> '[]' THEN
        INSERT INTO entry SELECT * FROM jsonb_populate_recordset(NULL::entry, entries);
    END IF;
    IF extensions <> '[]' THEN
        INSERT INTO extension SELECT * FROM jsonb_populate_recordset(NULL::extension, extensions);
    END IF;
    IF new_links <> '[]' THEN
        INSERT INTO case_sale SELECT * FROM jsonb_populate_recordset(NULL::case_sale, new_links);
    END IF;
    IF changed_links <> '[]' THEN
        UPDATE case_sale AS t SET unlinked_by = r.unlinked_by, unlinked_at = r.unlinked_at,
                audit_seq = r.audit_seq
            FROM jsonb_populate_recordset(NULL::case_sale, changed_links) AS r
            WHERE t.case_id = r.case_id AND t.sale_id = r.sale_id AND t.linked_seq = r.linked_seq;
    END IF;
    IF changed_cases <> '[]' THEN
        UPDATE cases AS t SET held_by = r.held_by, state = r.state, reasons = r.reasons,
                over = r.over, restorable = r.restorable, evidence = r.evidence,
                seen_evidence = r.seen_evidence, version = r.version, restored = r.restored,
                restored_by = r.restored_by, approved_by = r.approved_by,
                decided_by = r.decided_by, supplement = r.supplement, question = r.question,
                audit_seq = r.audit_seq
            FROM jsonb_populate_recordset(NULL::cases, changed_cases) AS r
            WHERE t.case_id = r.case_id;
    END IF;
    IF instructions <> '[]' THEN
        INSERT INTO outbox SELECT * FROM jsonb_populate_recordset(NULL::outbox, instructions);
    END IF;
    IF callbacks <> '[]' THEN
        INSERT INTO callback SELECT * FROM jsonb_populate_recordset(NULL::callback, callbacks);
    END IF;
    IF readings <> '[]' THEN
        INSERT INTO reading SELECT * FROM jsonb_populate_recordset(NULL::reading, readings);
    END IF;
    IF commands <> '[]' THEN
        INSERT INTO command SELECT * FROM jsonb_populate_recordset(NULL::command, commands);
    END IF;
    IF new_staff <> '[]' THEN
        INSERT INTO staff SELECT * FROM jsonb_populate_recordset(NULL::staff, new_staff);
    END IF;
    IF changed_staff <> '[]' THEN
        -- Everybody changes their own password; a desk has the right to no other column.
        IF EXISTS (SELECT 1 FROM staff AS t
                   JOIN jsonb_populate_recordset(NULL::staff, changed_staff) AS r USING (staff_id)
                   WHERE (t.name, t.role, t.disabled) IS DISTINCT FROM (r.name, r.role, r.disabled))
        THEN
            UPDATE staff AS t SET name = r.name, role = r.role, disabled = r.disabled
                FROM jsonb_populate_recordset(NULL::staff, changed_staff) AS r
                WHERE t.staff_id = r.staff_id;
        END IF;
        UPDATE staff AS t SET password_hash = r.password_hash, audit_seq = r.audit_seq
            FROM jsonb_populate_recordset(NULL::staff, changed_staff) AS r
            WHERE t.staff_id = r.staff_id;
    END IF;
END $$;

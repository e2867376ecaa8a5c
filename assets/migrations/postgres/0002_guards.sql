-- What is written stays written, and what is derived follows from what is written. The
-- functions that derive run as the owner of the tables: a desk itself has no right to change a
-- balance, an expiry or what was restored.

CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append-only: %', coalesce(TG_ARGV[0], TG_TABLE_NAME)
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- Says the trigger's own sentence.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$;

DO $$
DECLARE t TEXT;
BEGIN
    FOREACH t IN ARRAY ARRAY['meta', 'audit_event', 'audit_seal', 'import', 'merchant', 'sale',
        'coverage', 'transition', 'entry', 'extension', 'outbox', 'command', 'callback', 'reading']
    LOOP
        EXECUTE format('CREATE TRIGGER %1$s_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
            ON %1$s FOR EACH STATEMENT EXECUTE FUNCTION append_only()', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['audit_chain', 'audit_head', 'staff', 'coupon', 'settlement', 'cases',
        'case_sale']
    LOOP
        EXECUTE format('CREATE TRIGGER %1$s_no_delete BEFORE DELETE OR TRUNCATE
            ON %1$s FOR EACH STATEMENT EXECUTE FUNCTION append_only()', t);
    END LOOP;
END $$;

CREATE TRIGGER audit_head_no_insert BEFORE INSERT ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER transition_no_insert BEFORE INSERT ON transition
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head FOR EACH ROW
    WHEN (NEW.seq <= OLD.seq) EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_chain_forward BEFORE UPDATE ON audit_chain FOR EACH ROW
    WHEN (NEW.links <= OLD.links OR NEW.chain <> OLD.chain) EXECUTE FUNCTION append_only();
CREATE TRIGGER staff_identity BEFORE UPDATE OF staff_id ON staff
    FOR EACH STATEMENT EXECUTE FUNCTION append_only('staff.staff_id');

-- An entry raises or lowers its coupon and its settlement, and nothing else does.
CREATE FUNCTION entry_counts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = madoguchi, pg_temp AS $$
DECLARE
    written BIGINT;
    counted BIGINT;
BEGIN
    SELECT count(DISTINCT (settlement_id, inquiry_number)) INTO written FROM fresh;
    UPDATE settlement AS s SET restored = s.restored + f.amount
        FROM (SELECT settlement_id, inquiry_number, sum(amount)::BIGINT AS amount FROM fresh
              GROUP BY settlement_id, inquiry_number) AS f
        WHERE s.settlement_id = f.settlement_id AND s.inquiry_number = f.inquiry_number;
    GET DIAGNOSTICS counted = ROW_COUNT;
    IF counted <> written THEN
        RAISE EXCEPTION 'entry: the settlement is another coupon''s'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    UPDATE coupon AS c SET balance = c.balance + f.amount
        FROM (SELECT inquiry_number, sum(amount)::BIGINT AS amount FROM fresh
              GROUP BY inquiry_number) AS f
        WHERE c.inquiry_number = f.inquiry_number;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_counts AFTER INSERT ON entry REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION entry_counts();

CREATE FUNCTION coupon_balance() RETURNS trigger LANGUAGE plpgsql
    SET search_path = madoguchi, pg_temp AS $$
BEGIN
    IF NEW.balance <> OLD.opening_balance
        + (SELECT coalesce(sum(amount), 0) FROM entry WHERE inquiry_number = OLD.inquiry_number)
    THEN
        RAISE EXCEPTION 'coupon: the balance is the sum of its entries'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER coupon_balance BEFORE UPDATE OF balance ON coupon
    FOR EACH ROW EXECUTE FUNCTION coupon_balance();

CREATE FUNCTION settlement_restored() RETURNS trigger LANGUAGE plpgsql
    SET search_path = madoguchi, pg_temp AS $$
BEGIN
    IF NEW.restored <> (SELECT coalesce(sum(amount), 0) FROM entry
                        WHERE settlement_id = OLD.settlement_id)
    THEN
        RAISE EXCEPTION 'settlement: restored is the sum of its entries'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER settlement_restored BEFORE UPDATE OF restored ON settlement
    FOR EACH ROW EXECUTE FUNCTION settlement_restored();

-- After the insertion, not before: before it, COPY would have to write row by row.
CREATE TRIGGER coupon_opens_untouched AFTER INSERT ON coupon FOR EACH ROW
    WHEN (NEW.balance <> NEW.opening_balance OR NEW.expires_on <> NEW.printed_expires_on)
    EXECUTE FUNCTION refuse('coupon: opens with its opening balance and printed expiry');
CREATE TRIGGER settlement_opens_untouched AFTER INSERT ON settlement FOR EACH ROW
    WHEN (NEW.restored <> 0) EXECUTE FUNCTION refuse('settlement: opens unrestored');

-- An extension moves its coupon's expiry forward, and nothing else moves it.
CREATE FUNCTION extension_counts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = madoguchi, pg_temp AS $$
DECLARE
    written BIGINT;
    counted BIGINT;
BEGIN
    SELECT count(*) INTO written FROM fresh;
    UPDATE coupon AS c SET expires_on = f.to_on FROM fresh AS f
        WHERE c.inquiry_number = f.inquiry_number AND c.expires_on = f.from_on;
    GET DIAGNOSTICS counted = ROW_COUNT;
    IF counted <> written THEN
        RAISE EXCEPTION 'extension: does not follow the expiry in force'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER extension_counts AFTER INSERT ON extension REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION extension_counts();

CREATE FUNCTION coupon_expiry() RETURNS trigger LANGUAGE plpgsql
    SET search_path = madoguchi, pg_temp AS $$
BEGIN
    IF NEW.expires_on <= OLD.expires_on OR NOT EXISTS
        (SELECT 1 FROM extension WHERE inquiry_number = OLD.inquiry_number
         AND to_on = NEW.expires_on)
    THEN
        RAISE EXCEPTION 'coupon: the expiry moves forward by an extension'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER coupon_expiry BEFORE UPDATE OF expires_on ON coupon
    FOR EACH ROW EXECUTE FUNCTION coupon_expiry();

CREATE TRIGGER coupon_identity BEFORE UPDATE OF inquiry_number, prefecture, face_value,
    opening_balance, printed_expires_on, holder, phone, email, issuer, import_id, seal ON coupon
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER settlement_identity BEFORE UPDATE OF settlement_id, inquiry_number, merchant_id,
    amount, settled_at, import_id, seal ON settlement
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- Cases move along the arrows only, one version at a time.
CREATE TRIGGER cases_identity BEFORE UPDATE ON cases FOR EACH ROW
    WHEN ((NEW.case_id, NEW.opened_day, NEW.running, NEW.number_said, NEW.expiry_said,
           NEW.prefecture_said, NEW.shop_said, NEW.other_text, NEW.inquiry_number,
           NEW.merchant_id, NEW.opened_by, NEW.opened_at)
        IS DISTINCT FROM
          (OLD.case_id, OLD.opened_day, OLD.running, OLD.number_said, OLD.expiry_said,
           OLD.prefecture_said, OLD.shop_said, OLD.other_text, OLD.inquiry_number,
           OLD.merchant_id, OLD.opened_by, OLD.opened_at))
    EXECUTE FUNCTION append_only('what was said in a case');
CREATE TRIGGER cases_version BEFORE UPDATE ON cases FOR EACH ROW
    WHEN (NEW.version <> OLD.version + 1)
    EXECUTE FUNCTION refuse('cases: one version at a time');

CREATE FUNCTION cases_open() RETURNS trigger LANGUAGE plpgsql
    SET search_path = madoguchi, pg_temp AS $$
BEGIN
    IF NEW.version <> 1 OR NOT EXISTS
        (SELECT 1 FROM transition WHERE from_state = '' AND to_state = NEW.state)
    THEN
        RAISE EXCEPTION 'cases: a case does not open so'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cases_open BEFORE INSERT ON cases FOR EACH ROW EXECUTE FUNCTION cases_open();

CREATE FUNCTION cases_move() RETURNS trigger LANGUAGE plpgsql
    SET search_path = madoguchi, pg_temp AS $$
BEGIN
    IF NOT EXISTS
        (SELECT 1 FROM transition WHERE from_state = OLD.state AND to_state = NEW.state)
    THEN
        RAISE EXCEPTION 'cases: no such transition'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cases_move BEFORE UPDATE ON cases FOR EACH ROW
    WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION cases_move();

-- A decision on a review, and on a contradicted case, has a supervisor's name on it.
CREATE TRIGGER cases_review_approved BEFORE UPDATE ON cases FOR EACH ROW
    WHEN (OLD.state = 'review' AND NEW.state = 'restored' AND NEW.approved_by IS NULL)
    EXECUTE FUNCTION refuse('cases: a review is restored by a supervisor');
CREATE TRIGGER cases_decided BEFORE UPDATE ON cases FOR EACH ROW
    WHEN ((OLD.state = 'review' AND NEW.state = 'declined'
           OR OLD.state = 'contradicted' AND NEW.state IN ('restored', 'reversed'))
        AND NEW.decided_by IS NULL)
    EXECUTE FUNCTION refuse('cases: the decision has nobody''s name');

-- What a case has restored is what its entries say.
CREATE FUNCTION cases_restored() RETURNS trigger LANGUAGE plpgsql
    SET search_path = madoguchi, pg_temp AS $$
BEGIN
    IF NEW.restored <>
        (SELECT coalesce(sum(amount), 0) FROM entry WHERE case_id = OLD.case_id)
    THEN
        RAISE EXCEPTION 'cases: restored is the sum of its entries'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cases_restored BEFORE UPDATE ON cases FOR EACH ROW
    WHEN (NEW.restored <> OLD.restored) EXECUTE FUNCTION cases_restored();

CREATE TRIGGER case_sale_unlink_only BEFORE UPDATE ON case_sale FOR EACH ROW
    WHEN (OLD.unlinked_at IS NOT NULL OR NEW.unlinked_at IS NULL OR NEW.unlinked_by IS NULL
        OR NEW.case_id <> OLD.case_id OR NEW.sale_id <> OLD.sale_id
        OR NEW.linked_by <> OLD.linked_by OR NEW.linked_at <> OLD.linked_at
        OR NEW.linked_seq <> OLD.linked_seq)
    EXECUTE FUNCTION append_only();

-- What is written stays written, and what is derived follows from what is written.

CREATE TRIGGER meta_no_update BEFORE UPDATE ON meta
BEGIN SELECT RAISE(ABORT, 'append-only: meta'); END;
CREATE TRIGGER meta_no_delete BEFORE DELETE ON meta
BEGIN SELECT RAISE(ABORT, 'append-only: meta'); END;
CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
BEGIN SELECT RAISE(ABORT, 'append-only: audit_event'); END;
CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
BEGIN SELECT RAISE(ABORT, 'append-only: audit_event'); END;
CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head WHEN NEW.seq <= OLD.seq
BEGIN SELECT RAISE(ABORT, 'append-only: audit_head'); END;
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head
BEGIN SELECT RAISE(ABORT, 'append-only: audit_head'); END;
CREATE TRIGGER staff_no_delete BEFORE DELETE ON staff
BEGIN SELECT RAISE(ABORT, 'append-only: staff'); END;
CREATE TRIGGER staff_identity BEFORE UPDATE OF staff_id ON staff
BEGIN SELECT RAISE(ABORT, 'append-only: staff.staff_id'); END;
CREATE TRIGGER import_no_update BEFORE UPDATE ON import
BEGIN SELECT RAISE(ABORT, 'append-only: import'); END;
CREATE TRIGGER import_no_delete BEFORE DELETE ON import
BEGIN SELECT RAISE(ABORT, 'append-only: import'); END;
CREATE TRIGGER merchant_no_update BEFORE UPDATE ON merchant
BEGIN SELECT RAISE(ABORT, 'append-only: merchant'); END;
CREATE TRIGGER merchant_no_delete BEFORE DELETE ON merchant
BEGIN SELECT RAISE(ABORT, 'append-only: merchant'); END;
CREATE TRIGGER sale_no_update BEFORE UPDATE ON sale
BEGIN SELECT RAISE(ABORT, 'append-only: sale'); END;
CREATE TRIGGER sale_no_delete BEFORE DELETE ON sale
BEGIN SELECT RAISE(ABORT, 'append-only: sale'); END;
CREATE TRIGGER coverage_no_update BEFORE UPDATE ON coverage
BEGIN SELECT RAISE(ABORT, 'append-only: coverage'); END;
CREATE TRIGGER coverage_no_delete BEFORE DELETE ON coverage
BEGIN SELECT RAISE(ABORT, 'append-only: coverage'); END;
CREATE TRIGGER transition_no_update BEFORE UPDATE ON transition
BEGIN SELECT RAISE(ABORT, 'append-only: transition'); END;
CREATE TRIGGER transition_no_delete BEFORE DELETE ON transition
BEGIN SELECT RAISE(ABORT, 'append-only: transition'); END;
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'append-only: entry'); END;
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'append-only: entry'); END;
CREATE TRIGGER extension_no_update BEFORE UPDATE ON extension
BEGIN SELECT RAISE(ABORT, 'append-only: extension'); END;
CREATE TRIGGER extension_no_delete BEFORE DELETE ON extension
BEGIN SELECT RAISE(ABORT, 'append-only: extension'); END;
CREATE TRIGGER outbox_no_update BEFORE UPDATE ON outbox
BEGIN SELECT RAISE(ABORT, 'append-only: outbox'); END;
CREATE TRIGGER outbox_no_delete BEFORE DELETE ON outbox
BEGIN SELECT RAISE(ABORT, 'append-only: outbox'); END;
CREATE TRIGGER command_no_update BEFORE UPDATE ON command
BEGIN SELECT RAISE(ABORT, 'append-only: command'); END;
CREATE TRIGGER command_no_delete BEFORE DELETE ON command
BEGIN SELECT RAISE(ABORT, 'append-only: command'); END;

-- An entry raises or lowers its coupon and its settlement, and nothing else does.
CREATE TRIGGER entry_belongs BEFORE INSERT ON entry
WHEN NOT EXISTS (SELECT 1 FROM settlement WHERE settlement_id = NEW.settlement_id
                 AND inquiry_number = NEW.inquiry_number)
BEGIN SELECT RAISE(ABORT, 'entry: the settlement is another coupon''s'); END;
CREATE TRIGGER entry_counts AFTER INSERT ON entry
BEGIN
    UPDATE settlement SET restored = restored + NEW.amount
        WHERE settlement_id = NEW.settlement_id;
    UPDATE coupon SET balance = balance + NEW.amount
        WHERE inquiry_number = NEW.inquiry_number;
END;
CREATE TRIGGER coupon_balance BEFORE UPDATE OF balance ON coupon
WHEN NEW.balance <> OLD.opening_balance
    + (SELECT coalesce(sum(amount), 0) FROM entry WHERE inquiry_number = OLD.inquiry_number)
BEGIN SELECT RAISE(ABORT, 'coupon: the balance is the sum of its entries'); END;
CREATE TRIGGER settlement_restored BEFORE UPDATE OF restored ON settlement
WHEN NEW.restored <> (SELECT coalesce(sum(amount), 0) FROM entry
                      WHERE settlement_id = OLD.settlement_id)
BEGIN SELECT RAISE(ABORT, 'settlement: restored is the sum of its entries'); END;
CREATE TRIGGER coupon_opens_untouched BEFORE INSERT ON coupon
WHEN NEW.balance <> NEW.opening_balance OR NEW.expires_on <> NEW.printed_expires_on
BEGIN SELECT RAISE(ABORT, 'coupon: opens with its opening balance and printed expiry'); END;
CREATE TRIGGER settlement_opens_untouched BEFORE INSERT ON settlement WHEN NEW.restored <> 0
BEGIN SELECT RAISE(ABORT, 'settlement: opens unrestored'); END;

-- An extension moves its coupon's expiry forward, and nothing else moves it.
CREATE TRIGGER extension_counts AFTER INSERT ON extension
BEGIN
    UPDATE coupon SET expires_on = NEW.to_on
        WHERE inquiry_number = NEW.inquiry_number AND expires_on = NEW.from_on;
    SELECT RAISE(ABORT, 'extension: does not follow the expiry in force')
        WHERE changes() <> 1;
END;
CREATE TRIGGER coupon_expiry BEFORE UPDATE OF expires_on ON coupon
WHEN NEW.expires_on <= OLD.expires_on OR NOT EXISTS
    (SELECT 1 FROM extension WHERE inquiry_number = OLD.inquiry_number
     AND to_on = NEW.expires_on)
BEGIN SELECT RAISE(ABORT, 'coupon: the expiry moves forward by an extension'); END;

CREATE TRIGGER coupon_identity BEFORE UPDATE OF inquiry_number, prefecture, face_value,
    opening_balance, printed_expires_on, holder, phone, email, issuer, import_id, seal ON coupon
BEGIN SELECT RAISE(ABORT, 'append-only: coupon'); END;
CREATE TRIGGER coupon_no_delete BEFORE DELETE ON coupon
BEGIN SELECT RAISE(ABORT, 'append-only: coupon'); END;
CREATE TRIGGER settlement_identity BEFORE UPDATE OF settlement_id, inquiry_number, merchant_id,
    amount, settled_at, import_id, seal ON settlement
BEGIN SELECT RAISE(ABORT, 'append-only: settlement'); END;
CREATE TRIGGER settlement_no_delete BEFORE DELETE ON settlement
BEGIN SELECT RAISE(ABORT, 'append-only: settlement'); END;

-- Cases move along the arrows only, one version at a time.
CREATE TRIGGER cases_no_delete BEFORE DELETE ON cases
BEGIN SELECT RAISE(ABORT, 'append-only: cases'); END;
CREATE TRIGGER cases_identity BEFORE UPDATE OF case_id, opened_day, running, number_said,
    expiry_said, prefecture_said, shop_said, other_text, inquiry_number, merchant_id, opened_by,
    opened_at ON cases
WHEN NEW.case_id IS NOT OLD.case_id OR NEW.opened_day IS NOT OLD.opened_day
    OR NEW.running IS NOT OLD.running OR NEW.number_said IS NOT OLD.number_said
    OR NEW.expiry_said IS NOT OLD.expiry_said OR NEW.prefecture_said IS NOT OLD.prefecture_said
    OR NEW.shop_said IS NOT OLD.shop_said OR NEW.other_text IS NOT OLD.other_text
    OR NEW.inquiry_number IS NOT OLD.inquiry_number OR NEW.merchant_id IS NOT OLD.merchant_id
    OR NEW.opened_by IS NOT OLD.opened_by OR NEW.opened_at IS NOT OLD.opened_at
BEGIN SELECT RAISE(ABORT, 'append-only: what was said in a case'); END;
CREATE TRIGGER cases_version BEFORE UPDATE ON cases WHEN NEW.version <> OLD.version + 1
BEGIN SELECT RAISE(ABORT, 'cases: one version at a time'); END;
CREATE TRIGGER cases_open BEFORE INSERT ON cases
WHEN NEW.version <> 1 OR NOT EXISTS
    (SELECT 1 FROM transition WHERE from_state = '' AND to_state = NEW.state)
BEGIN SELECT RAISE(ABORT, 'cases: a case does not open so'); END;
CREATE TRIGGER cases_move BEFORE UPDATE OF state ON cases
WHEN NEW.state <> OLD.state AND NOT EXISTS
    (SELECT 1 FROM transition WHERE from_state = OLD.state AND to_state = NEW.state)
BEGIN SELECT RAISE(ABORT, 'cases: no such transition'); END;
-- A decision on a review, and on a contradicted case, has a supervisor's name on it.
CREATE TRIGGER cases_review_approved BEFORE UPDATE OF state ON cases
WHEN OLD.state = 'review' AND NEW.state = 'restored' AND NEW.approved_by IS NULL
BEGIN SELECT RAISE(ABORT, 'cases: a review is restored by a supervisor'); END;
CREATE TRIGGER cases_decided BEFORE UPDATE OF state ON cases
WHEN (OLD.state = 'review' AND NEW.state = 'declined'
      OR OLD.state = 'contradicted' AND NEW.state IN ('restored', 'reversed'))
    AND NEW.decided_by IS NULL
BEGIN SELECT RAISE(ABORT, 'cases: the decision has nobody''s name'); END;
-- What a case has restored is what its entries say.
CREATE TRIGGER cases_restored BEFORE UPDATE OF restored ON cases
WHEN NEW.restored <> OLD.restored AND NEW.restored <>
    (SELECT coalesce(sum(amount), 0) FROM entry WHERE case_id = OLD.case_id)
BEGIN SELECT RAISE(ABORT, 'cases: restored is the sum of its entries'); END;

CREATE TRIGGER case_sale_no_delete BEFORE DELETE ON case_sale
BEGIN SELECT RAISE(ABORT, 'append-only: case_sale'); END;
CREATE TRIGGER case_sale_unlink_only BEFORE UPDATE ON case_sale
WHEN OLD.unlinked_at IS NOT NULL OR NEW.unlinked_at IS NULL OR NEW.unlinked_by IS NULL
    OR NEW.case_id <> OLD.case_id OR NEW.sale_id <> OLD.sale_id
    OR NEW.linked_by <> OLD.linked_by OR NEW.linked_at <> OLD.linked_at
    OR NEW.linked_seq <> OLD.linked_seq
BEGIN SELECT RAISE(ABORT, 'append-only: case_sale'); END;

-- REPLACE deletes the row in the way without asking the triggers above: it is an update.
-- (The record tables are left out: their bulk load is checked by seal and digest.)
CREATE TRIGGER audit_head_no_insert BEFORE INSERT ON audit_head
BEGIN SELECT RAISE(ABORT, 'append-only: audit_head'); END;
CREATE TRIGGER transition_no_insert BEFORE INSERT ON transition
BEGIN SELECT RAISE(ABORT, 'append-only: transition'); END;
CREATE TRIGGER meta_no_replace BEFORE INSERT ON meta
WHEN EXISTS (SELECT 1 FROM meta WHERE name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'append-only: meta'); END;
CREATE TRIGGER audit_event_no_replace BEFORE INSERT ON audit_event
WHEN EXISTS (SELECT 1 FROM audit_event WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'append-only: audit_event'); END;
CREATE TRIGGER staff_no_replace BEFORE INSERT ON staff
WHEN EXISTS (SELECT 1 FROM staff WHERE staff_id = NEW.staff_id)
BEGIN SELECT RAISE(ABORT, 'append-only: staff'); END;
CREATE TRIGGER import_no_replace BEFORE INSERT ON import
WHEN EXISTS (SELECT 1 FROM import WHERE import_id = NEW.import_id)
BEGIN SELECT RAISE(ABORT, 'append-only: import'); END;
CREATE TRIGGER cases_no_replace BEFORE INSERT ON cases
WHEN EXISTS (SELECT 1 FROM cases WHERE case_id = NEW.case_id)
    OR EXISTS (SELECT 1 FROM cases WHERE opened_day = NEW.opened_day AND running = NEW.running)
    OR (NEW.state IN ('waiting', 'review', 'matched', 'contradicted') AND EXISTS
        (SELECT 1 FROM cases WHERE inquiry_number = NEW.inquiry_number
         AND merchant_id = NEW.merchant_id
         AND state IN ('waiting', 'review', 'matched', 'contradicted')))
BEGIN SELECT RAISE(ABORT, 'append-only: cases (UNIQUE constraint failed)'); END;
CREATE TRIGGER case_sale_no_replace BEFORE INSERT ON case_sale
WHEN EXISTS (SELECT 1 FROM case_sale WHERE case_id = NEW.case_id AND sale_id = NEW.sale_id
             AND linked_seq = NEW.linked_seq)
    OR EXISTS (SELECT 1 FROM case_sale WHERE sale_id = NEW.sale_id AND unlinked_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'append-only: case_sale'); END;
CREATE TRIGGER entry_no_replace BEFORE INSERT ON entry
WHEN EXISTS (SELECT 1 FROM entry WHERE audit_seq = NEW.audit_seq AND line = NEW.line)
BEGIN SELECT RAISE(ABORT, 'append-only: entry'); END;
CREATE TRIGGER extension_no_replace BEFORE INSERT ON extension
WHEN EXISTS (SELECT 1 FROM extension WHERE inquiry_number = NEW.inquiry_number
             AND audit_seq = NEW.audit_seq)
BEGIN SELECT RAISE(ABORT, 'append-only: extension'); END;
CREATE TRIGGER outbox_no_replace BEFORE INSERT ON outbox
WHEN EXISTS (SELECT 1 FROM outbox WHERE audit_seq = NEW.audit_seq AND line = NEW.line)
BEGIN SELECT RAISE(ABORT, 'append-only: outbox'); END;
CREATE TRIGGER command_no_replace BEFORE INSERT ON command
WHEN EXISTS (SELECT 1 FROM command WHERE command_id = NEW.command_id)
BEGIN SELECT RAISE(ABORT, 'append-only: command'); END;

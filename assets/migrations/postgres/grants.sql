-- What the two roles may do. `madoguchi_desk` takes calls and decides; `madoguchi_admin` keeps
-- the staff and imports records as well. Neither owns a table, and neither may change or delete
-- anything that was written, but for the columns named here, which triggers watch over.

GRANT USAGE ON SCHEMA madoguchi TO madoguchi_desk, madoguchi_admin;
GRANT SELECT ON ALL TABLES IN SCHEMA madoguchi TO madoguchi_desk, madoguchi_admin;
GRANT USAGE ON SEQUENCE audit_seq TO madoguchi_desk, madoguchi_admin;
GRANT SELECT ON SEQUENCE audit_seq TO madoguchi_desk, madoguchi_admin;

GRANT INSERT ON audit_event, audit_chain, audit_unsealed, audit_seal, cases, case_sale, entry,
    extension, outbox, command, callback, reading TO madoguchi_desk, madoguchi_admin;
GRANT UPDATE (links, hash) ON audit_chain TO madoguchi_desk, madoguchi_admin;
GRANT UPDATE (seq, hash) ON audit_head TO madoguchi_desk, madoguchi_admin;
GRANT DELETE ON audit_unsealed TO madoguchi_desk, madoguchi_admin;
GRANT UPDATE (held_by, state, reasons, over, restorable, evidence, seen_evidence, version, restored,
    restored_by, approved_by, decided_by, supplement, question, audit_seq)
    ON cases TO madoguchi_desk, madoguchi_admin;
GRANT UPDATE (unlinked_by, unlinked_at, audit_seq) ON case_sale TO madoguchi_desk, madoguchi_admin;
GRANT INSERT, UPDATE, DELETE ON draft, desk_seat, lease TO madoguchi_desk, madoguchi_admin;

GRANT INSERT ON staff, staff_key, import, merchant, coupon, settlement, sale, coverage TO madoguchi_admin;
-- Everybody changes their own password.
GRANT UPDATE (password_hash, audit_seq) ON staff TO madoguchi_desk, madoguchi_admin;
GRANT UPDATE (name, role, disabled) ON staff TO madoguchi_admin;
GRANT UPDATE (revoked_by, revoked_at, audit_seq) ON staff_key TO madoguchi_admin;
GRANT TEMPORARY ON DATABASE :database TO madoguchi_admin;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA madoguchi FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA madoguchi TO madoguchi_desk, madoguchi_admin;

//! What somebody changes behind the program's back is found: by the database itself, whose
//! triggers refuse it, and, where the triggers were taken away, by `audit verify`, which
//! names the table and the row.

#![allow(clippy::expect_used, reason = "a story that cannot go on ends there")]

mod common;
mod tampering;

use common::Office;
use common::books::{number, opened, table, verify};
use common::database::{Engine, engine};
use madoguchi::domain::case::{State, TRANSITIONS};
use madoguchi::store::rows::AuditRow;
use tampering::{
    COMMAND, all_are_found, all_are_refused, change, columns, copy, refused, says, somewhere,
    tables, tampered, told,
};

#[test]
fn an_untouched_copy_is_as_it_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = copy(folder.path());
    let report = verify(&path).done();
    assert_eq!(report["ok"], true);
    assert_eq!(report["coupons"], 5);
    // Taking the guards away and putting them back is not what the other tests see.
    tampered(&path, "");
    assert_eq!(verify(&path).done(), report);
}

#[test]
fn a_changed_chain_is_found() {
    sqlite_only!("its one chain; tests/tamper_chains.rs has those of PostgreSQL");
    let last: i64 = told("SELECT CAST(seq AS TEXT) FROM audit_head").parse().expect("a number");
    let row = "action = 'case.restore'";
    let key = told(&format!("SELECT CAST(seq AS TEXT) FROM audit_event WHERE {row}"));
    let mut changes = columns(
        "audit_event",
        row,
        Some(&key),
        &[
            ("at", "at + 1"),
            ("staff_id", "'op2'"),
            ("action", "'case.note'"),
            ("subject", "'op2'"),
            ("case_id", "'R-20230313-0009'"),
            ("case_id", "NULL"),
            ("inquiry_number", "'COUPON2'"),
            ("detail", "replace(detail, '1500', '1400')"),
            ("wrote", "'[]'"),
            ("wrote", "wrote || ' '"),
            ("previous_hash", "upper(previous_hash)"),
            ("hash", "'00' || substr(hash, 3)"),
            ("hash", "previous_hash"),
        ],
    );
    changes.push(change("audit_event", "1", "UPDATE audit_event SET at = at + 1 WHERE seq = 1"));
    changes.push(change("audit_event", "1", "DELETE FROM audit_event WHERE seq = 1"));
    changes.push(change("audit_event", &key, format!("DELETE FROM audit_event WHERE {row}")));
    let gap = "UPDATE audit_event SET seq = seq + 1000 WHERE action = 'case.restore'";
    changes.push(change("audit_event", &key, gap));
    let again = format!(
        "INSERT INTO audit_event SELECT {}, at, staff_id, action, subject, case_id,
            inquiry_number, detail, wrote, previous_hash, hash FROM audit_event WHERE seq = {last}",
        last + 1
    );
    changes.push(change("audit_event", &(last + 1).to_string(), again));
    // Two events that changed places.
    let (a, b) = (last - 1, last);
    changes.push(change(
        "audit_event",
        &a.to_string(),
        format!(
            "UPDATE audit_event SET seq = -1 WHERE seq = {a};
             UPDATE audit_event SET seq = {a} WHERE seq = {b};
             UPDATE audit_event SET seq = {b} WHERE seq = -1"
        ),
    ));
    all_are_found(&changes);
}

#[test]
fn a_cut_or_lengthened_chain_is_found() {
    sqlite_only!("its one chain; tests/tamper_chains.rs has those of PostgreSQL");
    let last: i64 = told("SELECT CAST(seq AS TEXT) FROM audit_head").parse().expect("a number");
    let head = |sql: &str| change("audit_head", "1", sql);
    let mut changes = vec![
        head("UPDATE audit_head SET seq = seq + 1"),
        head("UPDATE audit_head SET seq = seq - 1"),
        head("UPDATE audit_head SET hash = upper(hash)"),
        head("UPDATE audit_head SET hash = ''"),
        head("DELETE FROM audit_head"),
        head(&format!("DELETE FROM audit_event WHERE seq = {last}")),
        somewhere("audit_head", "UPDATE audit_head SET only_row = 2"),
        // The row that the next event would be linked to, for whoever reads the later one.
        somewhere("audit_head", "INSERT INTO audit_head SELECT 2, seq - 1, hash FROM audit_head"),
        // The end is cut off and the head moved back: what the event wrote tells.
        somewhere(
            "extension",
            format!(
                "DELETE FROM audit_event WHERE seq = {last};
                 UPDATE audit_head SET seq = {last} - 1,
                     hash = (SELECT hash FROM audit_event WHERE seq = {last} - 1)"
            ),
        ),
    ];
    // An event that is linked rightly, but that the head knows nothing of.
    let mut event = AuditRow {
        seq: last + 1,
        at: 0,
        staff_id: "op".to_owned(),
        action: "look_up".to_owned(),
        subject: None,
        case_id: None,
        inquiry_number: None,
        detail: "{}".to_owned(),
        wrote: "[]".to_owned(),
        previous_hash: told("SELECT hash FROM audit_head"),
        hash: String::new(),
    };
    event.hash = event.chain_hash();
    changes.push(head(&format!(
        "INSERT INTO audit_event VALUES ({}, 0, 'op', 'look_up', NULL, NULL, NULL, '{{}}', '[]',
            '{}', '{}')",
        event.seq, event.previous_hash, event.hash
    )));
    all_are_found(&changes);
}

#[test]
fn changed_meta_staff_and_imports_are_found() {
    let mut changes = vec![
        change("meta", "training", "UPDATE meta SET value = '0' WHERE name = 'training'"),
        change("meta", "created_at", "UPDATE meta SET value = '' WHERE name = 'created_at'"),
        change("meta", "clock_at", "UPDATE meta SET value = value || '1' WHERE name = 'clock_at'"),
        change("meta", "clock_set_at", "UPDATE meta SET value = '0' WHERE name = 'clock_set_at'"),
        somewhere("meta", "UPDATE meta SET name = 'clock' WHERE name = 'clock_at'"),
        change("meta", "clock_at", "DELETE FROM meta WHERE name = 'clock_at'"),
        change("meta", "training", "DELETE FROM meta WHERE name = 'training'"),
        change("meta", "note", "INSERT INTO meta VALUES ('note', 'x')"),
    ];
    changes.extend(columns(
        "staff",
        "staff_id = 'op'",
        Some("op"),
        &[
            ("name", "'somebody'"),
            ("role", "'supervisor'"),
            ("password_hash", "(SELECT password_hash FROM staff WHERE staff_id = 'sv')"),
            ("disabled", "1"),
            ("audit_seq", "audit_seq + 1"),
            ("audit_seq", "999999"),
        ],
    ));
    changes.extend([
        somewhere("staff", "UPDATE staff SET staff_id = 'opp' WHERE staff_id = 'op'"),
        change("staff", "gone", "UPDATE staff SET disabled = 0 WHERE staff_id = 'gone'"),
        change("staff", "op", "DELETE FROM staff WHERE staff_id = 'op'"),
        change(
            "staff",
            "op9",
            "INSERT INTO staff SELECT 'op9', name, 'supervisor', password_hash, 0, audit_seq
             FROM staff WHERE staff_id = 'op'",
        ),
    ]);
    changes.extend(columns(
        "import",
        "import_id = 3",
        Some("3"),
        &[
            ("kind", "'sales'"),
            ("file_name", "'other.csv'"),
            ("file_sha256", "upper(file_sha256)"),
            ("row_count", "row_count + 1"),
            ("digest", "(SELECT digest FROM import WHERE import_id = 1)"),
            ("at", "at + 1"),
            ("audit_seq", "audit_seq + 1"),
        ],
    ));
    changes.extend([
        somewhere("import", "UPDATE import SET import_id = 99 WHERE import_id = 3"),
        change("import", "3", "DELETE FROM import WHERE import_id = 3"),
        change(
            "import",
            "99",
            "INSERT INTO import SELECT 99, kind, file_name, file_sha256, 0, digest, at, audit_seq
             FROM import WHERE import_id = 3",
        ),
    ]);
    all_are_found(&changes);
}

#[test]
fn changed_merchants_and_coupons_are_found() {
    let mut changes = columns(
        "merchant",
        "merchant_id = 'M1'",
        Some("M1"),
        &[
            ("name", "'鹿の茶店'"),
            ("kana", "'シカノチャミセ'"),
            ("prefecture", "27"),
            ("address", "''"),
            ("phone", "'0'"),
            ("seal", "seal + 1"),
        ],
    );
    changes.extend([
        somewhere("merchant", "UPDATE merchant SET merchant_id = 'M9' WHERE merchant_id = 'M1'"),
        somewhere("merchant", "UPDATE merchant SET import_id = 2 WHERE merchant_id = 'M1'"),
        somewhere("merchant", "UPDATE merchant SET import_id = 99 WHERE merchant_id = 'M1'"),
        somewhere("merchant", "DELETE FROM merchant WHERE merchant_id = 'M2'"),
        change(
            "merchant",
            "M9",
            "INSERT INTO merchant SELECT 'M9', name, kana, prefecture, address, phone, name_key,
                kana_key, import_id, seal FROM merchant WHERE merchant_id = 'M1'",
        ),
    ]);
    changes.extend(columns(
        "coupon",
        "inquiry_number = 'COUPON1'",
        Some("COUPON1"),
        &[
            ("prefecture", "27"),
            ("face_value", "face_value + 1"),
            ("opening_balance", "opening_balance + 1"),
            ("balance", "balance + 1"),
            ("balance", "face_value"),
            ("balance", "-1"),
            ("printed_expires_on", "'2023-02-25'"),
            ("expires_on", "'2023-04-30'"),
            ("expires_on", "printed_expires_on"),
            ("holder", "'paper'"),
            ("phone", "'090-9999-9999'"),
            ("email", "''"),
            ("issuer", "'宿B'"),
            ("seal", "0"),
        ],
    ));
    changes.extend([
        // Both columns together: the sum of the entries still is the balance.
        change(
            "coupon",
            "COUPON5",
            "UPDATE coupon SET opening_balance = opening_balance + 100, balance = balance + 100
             WHERE inquiry_number = 'COUPON5'",
        ),
        somewhere(
            "coupon",
            "UPDATE coupon SET inquiry_number = 'C9' WHERE inquiry_number = 'COUPON5'",
        ),
        somewhere("coupon", "UPDATE coupon SET import_id = 1 WHERE inquiry_number = 'COUPON5'"),
        somewhere("coupon", "DELETE FROM coupon WHERE inquiry_number = 'COUPON5'"),
        change(
            "coupon",
            "COUPON9",
            "INSERT INTO coupon SELECT 'COUPON9', prefecture, face_value, opening_balance, balance,
                printed_expires_on, expires_on, holder, phone, email, issuer, import_id, seal
             FROM coupon WHERE inquiry_number = 'COUPON5'",
        ),
    ]);
    all_are_found(&changes);
}

#[test]
fn changed_settlements_sales_and_coverage_are_found() {
    let mut changes = columns(
        "settlement",
        "settlement_id = 'D5'",
        Some("D5"),
        &[
            ("inquiry_number", "'COUPON4'"),
            ("merchant_id", "'M2'"),
            ("amount", "amount + 500"),
            ("settled_at", "settled_at + 60000000"),
            ("restored", "500"),
            ("seal", "seal - 1"),
        ],
    );
    changes.extend([
        change("settlement", "D3", "UPDATE settlement SET restored = 0 WHERE settlement_id = 'D3'"),
        somewhere("settlement", "UPDATE settlement SET settlement_id = 'D9' WHERE settlement_id = 'D5'"),
        somewhere("settlement", "UPDATE settlement SET import_id = 4 WHERE settlement_id = 'D5'"),
        somewhere("settlement", "DELETE FROM settlement WHERE settlement_id = 'D5'"),
        change(
            "settlement",
            "D9",
            "INSERT INTO settlement SELECT 'D9', inquiry_number, merchant_id, amount, settled_at, 0,
                import_id, seal FROM settlement WHERE settlement_id = 'D5'",
        ),
    ]);
    changes.extend(columns(
        "sale",
        "sale_id = 'S4'",
        Some("S4"),
        &[
            ("merchant_id", "'M2'"),
            ("sold_at", "sold_at - 1"),
            ("total", "500"),
            ("cash", "cash + 500"),
            ("inquiry_number", "NULL"),
            ("inquiry_number", "'COUPON2'"),
            ("receipt", "''"),
            ("seal", "0"),
        ],
    ));
    changes.extend([
        change("sale", "S2", "UPDATE sale SET inquiry_number = 'COUPON2' WHERE sale_id = 'S2'"),
        somewhere("sale", "UPDATE sale SET sale_id = 'S9' WHERE sale_id = 'S4'"),
        somewhere("sale", "UPDATE sale SET import_id = 3 WHERE sale_id = 'S4'"),
        somewhere("sale", "DELETE FROM sale WHERE sale_id = 'S4'"),
        change(
            "sale",
            "S9",
            "INSERT INTO sale SELECT 'S9', merchant_id, sold_at, total, cash, inquiry_number,
                receipt, import_id, seal FROM sale WHERE sale_id = 'S4'",
        ),
    ]);
    let from_file = "merchant_id = 'M2' AND source = 'sales'";
    let coverage =
        |set: &str| somewhere("coverage", format!("UPDATE coverage SET {set} WHERE {from_file}"));
    changes.extend([
        coverage("merchant_id = 'M1'"),
        coverage("merchant_id = NULL"),
        coverage("source = 'settlements'"),
        coverage("covers_from = covers_from - 3600000000"),
        coverage("covers_until = covers_until + 36000000000"),
        coverage("seal = 0"),
        coverage("import_id = 1"),
        somewhere("coverage", format!("DELETE FROM coverage WHERE {from_file}")),
        somewhere(
            "coverage",
            format!(
                "INSERT INTO coverage SELECT merchant_id, source, covers_from, covers_until + 1,
                    import_id, seal FROM coverage WHERE {from_file}"
            ),
        ),
    ]);
    all_are_found(&changes);
}

/// What `--covers` declared stands under the import of another kind of file.
#[test]
fn a_declaration_that_has_gone_is_told_as_coverage() {
    all_are_found(&[
        somewhere("coverage", "DELETE FROM coverage WHERE merchant_id IS NULL"),
        somewhere("coverage", "DELETE FROM coverage WHERE source = 'sales' AND merchant_id = 'M1'"),
        somewhere("coverage", "UPDATE coverage SET seal = 0 WHERE merchant_id IS NULL"),
    ]);
}

/// A row with a seal that is right for it, but that the file never held.
#[test]
fn a_forged_row_with_its_own_right_seal_is_found() {
    let other = Office::open();
    let merchants = table(
        "merchants",
        &["M1,鹿の茶屋,シカノチャヤ,奈良県,奈良市2,0742-00-0001", "M2,大仏商店,,奈良県,,"],
    );
    other.import("merchants", &merchants, &[]).done();
    let coupons = table(
        "coupons",
        &[
            "COUPON3,奈良県,10000,1700,2023-02-24,paper,,,",
            "COUPON5,奈良県,10000,9900,2023-03-05,paper,,,",
        ],
    );
    other.import("coupons", &coupons, &[]).done();
    let settlements = table("settlements", &["D5,COUPON3,M1,2000,2023-02-24 19:10"]);
    other.import("settlements", &settlements, &[]).done();
    let sales = table("sales", &["S4,M1,2023-02-24 19:11,1000,1000,COUPON3,R-4"]);
    other.import("sales", &sales, &[]).done();
    let coverage = table("coverage", &["M2,sales,2023-02-24 16:00,2023-02-25 04:00"]);
    other.import("coverage", &coverage, &[]).done();
    let conn = opened(other.database());
    let seal =
        |table: &str, row: &str| number(&conn, &format!("SELECT seal FROM {table} WHERE {row}"));
    let forged = |table: &'static str, set: &str, row: &str, seal: i64| {
        somewhere(table, format!("UPDATE {table} SET {set}, seal = {seal} WHERE {row}"))
    };
    let until = number(&conn, "SELECT covers_until FROM coverage");
    all_are_found(&[
        forged(
            "merchant",
            "address = '奈良市2'",
            "merchant_id = 'M1'",
            seal("merchant", "merchant_id = 'M1'"),
        ),
        forged(
            "coupon",
            "opening_balance = 9900, balance = 9900",
            "inquiry_number = 'COUPON5'",
            seal("coupon", "inquiry_number = 'COUPON5'"),
        ),
        forged(
            "settlement",
            "amount = 2000",
            "settlement_id = 'D5'",
            seal("settlement", "settlement_id = 'D5'"),
        ),
        forged("sale", "cash = 1000", "sale_id = 'S4'", seal("sale", "sale_id = 'S4'")),
        forged(
            "coverage",
            &format!("covers_until = {until}"),
            "merchant_id = 'M2' AND source = 'sales'",
            seal("coverage", "merchant_id = 'M2'"),
        ),
    ]);
}

/// By these keys a shop is found: another key sends callers to another shop.
#[test]
fn a_changed_search_key_is_found() {
    all_are_found(&columns(
        "merchant",
        "merchant_id = 'M1'",
        Some("M1"),
        &[
            ("name_key", "(SELECT name_key FROM merchant WHERE merchant_id = 'M2')"),
            ("kana_key", "''"),
        ],
    ));
}

/// The same value in another spelling: the program reads it as before, and the database,
/// which compares the bytes, does not find the row any more.
#[test]
fn a_value_in_another_spelling_is_found() {
    all_are_found(&[
        somewhere("merchant", "UPDATE merchant SET merchant_id = 'M2 ' WHERE merchant_id = 'M2'"),
        somewhere(
            "coupon",
            "UPDATE coupon SET inquiry_number = 'coupon5' WHERE inquiry_number = 'COUPON5'",
        ),
        somewhere(
            "coupon",
            "UPDATE coupon SET inquiry_number = 'COUPON-5' WHERE inquiry_number = 'COUPON5'",
        ),
        somewhere(
            "coupon",
            "UPDATE coupon SET printed_expires_on = '2023-3-5', expires_on = '2023-3-5'
             WHERE inquiry_number = 'COUPON5'",
        ),
        somewhere(
            "settlement",
            "UPDATE settlement SET settlement_id = ' D5' WHERE settlement_id = 'D5'",
        ),
        somewhere(
            "settlement",
            "UPDATE settlement SET inquiry_number = 'coupon3' WHERE settlement_id = 'D5'",
        ),
        somewhere(
            "settlement",
            "UPDATE settlement SET merchant_id = 'M1 ' WHERE settlement_id = 'D5'",
        ),
        somewhere("sale", "UPDATE sale SET inquiry_number = 'Coupon3' WHERE sale_id = 'S4'"),
        somewhere("sale", "UPDATE sale SET merchant_id = 'M1　' WHERE sale_id = 'S4'"),
        somewhere("coverage", "UPDATE coverage SET merchant_id = 'M1 ' WHERE merchant_id = 'M1'"),
    ]);
}

#[test]
fn changed_arrows_are_found() {
    all_are_found(&[
        change(
            "transition",
            "matched/restored/auditor",
            "UPDATE transition SET who = 'auditor'
             WHERE from_state = 'matched' AND to_state = 'restored' AND who = 'operator'",
        ),
        change(
            "transition",
            "review/restored/operator",
            "INSERT INTO transition VALUES ('review', 'restored', 'operator')",
        ),
        change(
            "transition",
            "declined/review/supervisor",
            "DELETE FROM transition WHERE from_state = 'declined'",
        ),
        somewhere("transition", "DELETE FROM transition"),
    ]);
}

#[test]
fn changed_cases_are_found() {
    let id = told("SELECT case_id FROM cases WHERE state = 'restored'");
    let mut changes = columns(
        "cases",
        &format!("case_id = '{id}'"),
        Some(&id),
        &[
            ("opened_day", "'2023-03-12'"),
            ("running", "running + 100"),
            ("number_said", "'COUPON1'"),
            ("expiry_said", "'2023-02-25'"),
            ("prefecture_said", "27"),
            ("shop_said", "'x'"),
            ("other_text", "'x'"),
            ("inquiry_number", "'COUPON1'"),
            ("merchant_id", "'M2'"),
            ("opened_by", "'op2'"),
            ("opened_at", "opened_at - 1"),
            ("held_by", "'op2'"),
            ("state", "'declined'"),
            ("state", "'reversed'"),
            ("reasons", "'V32_UNNAMED_SALE'"),
            ("over", "over - 1"),
            ("over", "NULL"),
            ("restorable", "500"),
            ("evidence", "upper(evidence)"),
            ("seen_evidence", "'x'"),
            ("version", "version + 1"),
            ("restored", "restored + 1"),
            ("restored", "0"),
            ("restored_by", "'op'"),
            ("approved_by", "'sv2'"),
            ("approved_by", "opened_by"),
            ("decided_by", "'sv2'"),
            ("supplement", "500"),
            ("question", "'x'"),
            ("audit_seq", "audit_seq + 1"),
        ],
    );
    changes.extend([
        somewhere(
            "cases",
            format!("UPDATE cases SET case_id = 'R-20230313-0099' WHERE case_id = '{id}'"),
        ),
        change("cases", &id, format!("DELETE FROM cases WHERE case_id = '{id}'")),
        change(
            "cases",
            "R-20230313-0099",
            format!(
                "CREATE TEMP TABLE another AS SELECT * FROM cases WHERE case_id = '{id}';
                 UPDATE another SET case_id = 'R-20230313-0099', running = 99;
                 INSERT INTO cases SELECT * FROM another"
            ),
        ),
    ]);
    all_are_found(&changes);
}

#[test]
fn changed_links_and_entries_are_found() {
    let link = told(
        "SELECT case_id || '/' || sale_id || '/' || linked_seq FROM case_sale WHERE sale_id = 'S3'",
    );
    let mut changes = columns(
        "case_sale",
        "sale_id = 'S3'",
        Some(&link),
        &[
            ("linked_by", "'sv2'"),
            ("linked_at", "linked_at + 1"),
            ("unlinked_by", "'sv2'"),
            ("unlinked_at", "unlinked_at + 1"),
            ("unlinked_at", "NULL"),
            ("audit_seq", "1"),
        ],
    );
    changes.extend([
        somewhere("case_sale", "UPDATE case_sale SET linked_seq = linked_seq + 1 WHERE sale_id = 'S3'"),
        somewhere("case_sale", "UPDATE case_sale SET sale_id = 'S4' WHERE sale_id = 'S3'"),
        somewhere("case_sale", "UPDATE case_sale SET case_id = 'R-20230313-0003' WHERE sale_id = 'S3'"),
        change("case_sale", &link, "DELETE FROM case_sale WHERE sale_id = 'S3'"),
        somewhere(
            "case_sale",
            "INSERT INTO case_sale SELECT case_id, 'S4', linked_by, linked_at, NULL, NULL, linked_seq,
                audit_seq FROM case_sale WHERE sale_id = 'S2'",
        ),
    ]);
    let entry = told("SELECT audit_seq || '/' || line FROM entry WHERE settlement_id = 'D3'");
    changes.extend(columns(
        "entry",
        "settlement_id = 'D3'",
        Some(&entry),
        &[
            ("inquiry_number", "'COUPON1'"),
            ("case_id", "'R-20230313-0001'"),
            ("settlement_id", "'D1'"),
            ("kind", "'reversal'"),
            ("amount", "amount + 1"),
            ("amount", "-amount"),
            ("at", "at + 1"),
        ],
    ));
    changes.extend([
        somewhere("entry", "UPDATE entry SET line = 7 WHERE settlement_id = 'D3'"),
        somewhere("entry", "UPDATE entry SET audit_seq = 1 WHERE settlement_id = 'D3'"),
        change("entry", &entry, "DELETE FROM entry WHERE settlement_id = 'D3'"),
        // All of it: entry, balance, settlement and case agree, the chain does not.
        change(
            "entry",
            &format!("{}/1", entry.split('/').next().expect("a number")),
            "INSERT INTO entry SELECT audit_seq, 1, inquiry_number, case_id, settlement_id, kind, 1, at
                FROM entry WHERE settlement_id = 'D3';
             UPDATE settlement SET restored = restored + 1 WHERE settlement_id = 'D3';
             UPDATE coupon SET balance = balance + 1 WHERE inquiry_number = 'COUPON2'",
        ),
    ]);
    all_are_found(&changes);
}

#[test]
fn changed_extensions_are_found() {
    let by_case = told(
        "SELECT inquiry_number || '/' || audit_seq FROM extension WHERE inquiry_number = 'COUPON2'",
    );
    let mut changes = columns(
        "extension",
        "inquiry_number = 'COUPON2'",
        Some(&by_case),
        &[
            ("from_on", "'2023-02-23'"),
            ("to_on", "'2023-04-30'"),
            ("case_id", "NULL"),
            ("at", "at + 1"),
        ],
    );
    let step = told("SELECT 'event ' || audit_seq FROM extension WHERE inquiry_number = 'COUPON4'");
    changes.extend(columns(
        "extension",
        "inquiry_number = 'COUPON4'",
        Some(&step),
        &[
            ("from_on", "'2023-02-23'"),
            ("to_on", "'2023-04-30'"),
            ("case_id", "'R-20230313-0001'"),
            ("at", "at + 1"),
            ("inquiry_number", "'COUPON5'"),
        ],
    ));
    changes.extend([
        somewhere(
            "extension",
            "UPDATE extension SET audit_seq = 1 WHERE inquiry_number = 'COUPON4'",
        ),
        somewhere(
            "extension",
            "UPDATE extension SET audit_seq = 1 WHERE inquiry_number = 'COUPON2'",
        ),
        change("extension", &by_case, "DELETE FROM extension WHERE inquiry_number = 'COUPON2'"),
        change("extension", &step, "DELETE FROM extension WHERE inquiry_number = 'COUPON4'"),
        somewhere(
            "extension",
            "INSERT INTO extension SELECT 'COUPON5', audit_seq, '2023-03-05', to_on, NULL, at
                FROM extension WHERE inquiry_number = 'COUPON4';
             UPDATE coupon SET expires_on = '2023-03-31' WHERE inquiry_number = 'COUPON5'",
        ),
    ]);
    all_are_found(&changes);
}

#[test]
fn changed_instructions_and_commands_are_found() {
    let sent = told("SELECT audit_seq || '/' || line FROM outbox WHERE inquiry_number = 'COUPON2'");
    let mut changes = columns(
        "outbox",
        "inquiry_number = 'COUPON2'",
        Some(&sent),
        &[
            ("case_id", "'R-20230313-0001'"),
            ("inquiry_number", "'COUPON1'"),
            ("instruction", "'reverse'"),
            ("payload", "replace(payload, '2000', '9000')"),
            ("at", "at + 1"),
        ],
    );
    changes.extend([
        somewhere("outbox", "UPDATE outbox SET line = 9 WHERE inquiry_number = 'COUPON2'"),
        somewhere("outbox", "UPDATE outbox SET audit_seq = 1 WHERE inquiry_number = 'COUPON2'"),
        change("outbox", &sent, "DELETE FROM outbox WHERE inquiry_number = 'COUPON2'"),
        somewhere(
            "outbox",
            "INSERT INTO outbox SELECT audit_seq, 1, case_id, inquiry_number, instruction, payload, at
             FROM outbox WHERE inquiry_number = 'COUPON2'",
        ),
    ]);
    changes.extend(columns(
        "command",
        &format!("command_id = '{COMMAND}'"),
        Some(COMMAND),
        &[
            ("staff_id", "'op2'"),
            ("fingerprint", "upper(fingerprint)"),
            ("answer", "replace(answer, 'restored', 'matched')"),
            ("at", "at + 1"),
            ("audit_seq", "audit_seq - 1"),
        ],
    ));
    changes.extend([
        somewhere(
            "command",
            format!("UPDATE command SET command_id = 'x' WHERE command_id = '{COMMAND}'"),
        ),
        change("command", COMMAND, format!("DELETE FROM command WHERE command_id = '{COMMAND}'")),
        change(
            "command",
            "x",
            format!(
                "INSERT INTO command SELECT 'x', staff_id, fingerprint, answer, at, audit_seq
                 FROM command WHERE command_id = '{COMMAND}'"
            ),
        ),
    ]);
    all_are_found(&changes);
}

#[test]
fn changed_call_backs_are_found() {
    let seq = told("SELECT CAST(audit_seq AS TEXT) FROM callback");
    let mut changes = columns(
        "callback",
        "TRUE",
        Some(&seq),
        &[
            ("case_id", "'R-20230313-0001'"),
            ("due_at", "due_at - 86400000000"),
            ("phone", "'09000000002'"),
            ("staff_id", "'op2'"),
            ("at", "at + 1"),
        ],
    );
    changes.extend([
        somewhere("callback", "UPDATE callback SET audit_seq = audit_seq - 1"),
        change("callback", &seq, "DELETE FROM callback"),
        change(
            "callback",
            "1",
            "INSERT INTO callback SELECT 1, case_id, due_at, phone, staff_id, at FROM callback",
        ),
    ]);
    all_are_found(&changes);
}

#[test]
fn changed_readings_are_found() {
    let seq = |source: &str| {
        told(&format!("SELECT CAST(max(audit_seq) AS TEXT) FROM reading WHERE source = '{source}'"))
    };
    let (by_hand, step) = (seq("corrected"), seq("dictionary"));
    let (corrected, made) = (format!("M1/{by_hand}"), format!("event {step}"));
    let mut changes = columns(
        "reading",
        "source = 'corrected'",
        Some(&corrected),
        &[("kana", "'シカノチャミセ'"), ("kana", "kana || ' '"), ("source", "'dictionary'")],
    );
    changes.extend(columns(
        "reading",
        "merchant_id = 'M2'",
        Some(&made),
        &[
            ("kana", "'オオボトケ'"),
            ("kana", "kana || '|オオボトケ'"),
            ("source", "'corrected'"),
            ("merchant_id", "'M1'"),
        ],
    ));
    let add = |seq: &str, id: &str, source: &str, key: &str| {
        let sql = format!("INSERT INTO reading VALUES ({seq}, '{id}', '{source}', 'オオボトケ')");
        change("reading", key, sql)
    };
    let extending = told("SELECT CAST(max(audit_seq) AS TEXT) FROM extension");
    changes.extend([
        somewhere("reading", "UPDATE reading SET merchant_id = 'M2' WHERE merchant_id = 'M1'"),
        somewhere("reading", "UPDATE reading SET audit_seq = 1 WHERE merchant_id = 'M1'"),
        somewhere("reading", "UPDATE reading SET audit_seq = 1 WHERE merchant_id = 'M2'"),
        change("reading", &corrected, "DELETE FROM reading WHERE merchant_id = 'M1'"),
        change("reading", &made, "DELETE FROM reading WHERE merchant_id = 'M2'"),
        change("reading", &made, "DELETE FROM reading WHERE source = 'dictionary'"),
        somewhere("reading", "DELETE FROM reading"),
        // Two shops of one step change their readings.
        change(
            "reading",
            &made,
            "UPDATE reading SET kana = CASE merchant_id
                WHEN 'M2' THEN (SELECT kana FROM reading WHERE merchant_id = 'M3')
                ELSE (SELECT kana FROM reading WHERE merchant_id = 'M2') END
             WHERE source = 'dictionary'",
        ),
        // A row more: of the step, of the correction, of an event that wrote something else,
        // of a step that extended coupons, and of no event.
        add(&step, "M1", "dictionary", &made),
        add(&by_hand, "M2", "corrected", &format!("M2/{by_hand}")),
        add("1", "M2", "corrected", "M2/1"),
        add(&extending, "M2", "dictionary", &format!("M2/{extending}")),
        add("999999", "M2", "corrected", "M2/999999"),
    ]);
    all_are_found(&changes);
}

#[test]
fn changed_keys_are_found() {
    let key = |row: &str| {
        told(&format!("SELECT fingerprint || '/' || added_seq FROM staff_key WHERE {row}"))
    };
    let (live, revoked) = ("staff_id = 'sv'", "staff_id = 'op2'");
    let taken = "staff_id = 'op' AND revoked_at IS NOT NULL";
    let (live_key, revoked_key, taken_key) = (key(live), key(revoked), key(taken));
    let changed = [
        ("staff_id", "'op2'"),
        ("algorithm", "'ssh-rsa'"),
        ("blob", "blob || 'A'"),
        ("comment", "'mine'"),
        ("added_by", "'sv2'"),
        ("added_at", "added_at + 1"),
        ("audit_seq", "1"),
    ];
    let mut changes = columns("staff_key", live, Some(&live_key), &changed);
    changes.extend(columns(
        "staff_key",
        revoked,
        Some(&revoked_key),
        &[
            ("revoked_by", "'sv2'"),
            ("revoked_at", "revoked_at + 1"),
            ("added_at", "added_at + 1"),
            ("staff_id", "'op'"),
        ],
    ));
    let another = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    changes.extend([
        somewhere("staff_key", format!("UPDATE staff_key SET added_seq = 1 WHERE {live}")),
        somewhere("staff_key", format!("UPDATE staff_key SET fingerprint = '{another}' WHERE {live}")),
        change("staff_key", &live_key, format!("DELETE FROM staff_key WHERE {live}")),
        change("staff_key", &revoked_key, format!("DELETE FROM staff_key WHERE {revoked}")),
        // Somebody lets themselves in, with a row that leans on another's event.
        change(
            "staff_key",
            &format!("{another}/1"),
            format!(
                "INSERT INTO staff_key SELECT '{another}', 'op2', algorithm, blob, comment, added_by,
                    added_at, NULL, NULL, 1, audit_seq FROM staff_key WHERE {live}"
            ),
        ),
        // The key that was taken from a person is theirs again, as it was before.
        change(
            "staff_key",
            &taken_key,
            format!(
                "UPDATE staff_key SET revoked_by = NULL, revoked_at = NULL, audit_seq = added_seq
                 WHERE {taken}"
            ),
        ),
    ]);
    all_are_found(&changes);
}

/// A row that was once written so is not right for ever: the last event on it counts.
#[test]
fn a_row_put_back_to_what_it_was_before_is_found() {
    let added = told(
        "SELECT CAST(seq AS TEXT) FROM audit_event WHERE action = 'staff.add' AND subject = 'gone'",
    );
    let declined = told("SELECT case_id FROM cases WHERE state = 'declined'");
    let opened = told(&format!(
        "SELECT CAST(seq AS TEXT) FROM audit_event WHERE action = 'case.open' AND case_id = '{declined}'"
    ));
    let link = told(
        "SELECT case_id || '/' || sale_id || '/' || linked_seq FROM case_sale WHERE sale_id = 'S3'",
    );
    all_are_found(&[
        // Somebody who has left is let in again.
        change(
            "staff",
            "gone",
            format!("UPDATE staff SET disabled = 0, audit_seq = {added} WHERE staff_id = 'gone'"),
        ),
        // A decision is undone.
        change(
            "cases",
            &declined,
            format!(
                "UPDATE cases SET state = 'review', decided_by = NULL, version = 1, audit_seq = {opened}
                 WHERE case_id = '{declined}'"
            ),
        ),
        // A sale that a supervisor took off the case is on it again.
        change(
            "case_sale",
            &link,
            "UPDATE case_sale SET unlinked_by = NULL, unlinked_at = NULL, audit_seq = linked_seq
             WHERE sale_id = 'S3'",
        ),
    ]);
}

const APPEND_ONLY: [&str; 13] = [
    "meta",
    "audit_event",
    "import",
    "merchant",
    "sale",
    "coverage",
    "transition",
    "entry",
    "extension",
    "outbox",
    "callback",
    "command",
    "reading",
];

#[test]
fn the_database_refuses_to_edit_or_delete() {
    let mut statements = Vec::new();
    let folder = tempfile::tempdir().expect("a folder");
    let conn = opened(&copy(folder.path()));
    for table in APPEND_ONLY {
        for column in conn.columns(table) {
            statements.push((format!("UPDATE {table} SET {column} = {column}"), "append-only"));
        }
    }
    for table in tables() {
        statements.push((format!("DELETE FROM {table}"), "append-only"));
    }
    let coupon =
        "inquiry_number, prefecture, face_value, opening_balance, printed_expires_on, holder,
        phone, email, issuer, import_id, seal";
    let settlement =
        "settlement_id, inquiry_number, merchant_id, amount, settled_at, import_id, seal";
    let said =
        "case_id, opened_day, number_said, expiry_said, shop_said, other_text, inquiry_number,
        merchant_id, opened_by";
    for column in coupon.split(',').map(str::trim) {
        statements.push((format!("UPDATE coupon SET {column} = {column}"), "append-only: coupon"));
    }
    for column in settlement.split(',').map(str::trim) {
        statements.push((
            format!("UPDATE settlement SET {column} = {column}"),
            "append-only: settlement",
        ));
    }
    for column in said.split(',').map(str::trim) {
        statements.push((
            format!(
                "UPDATE cases SET {column} = coalesce({column}, '') || 'x', version = version + 1"
            ),
            "append-only: what was said",
        ));
    }
    for column in ["running", "prefecture_said", "opened_at"] {
        statements.push((
            format!("UPDATE cases SET {column} = {column} + 1, version = version + 1"),
            "append-only: what was said",
        ));
    }
    statements
        .push(("UPDATE staff SET staff_id = staff_id || 'x'".to_owned(), "append-only: staff"));
    statements.push(("UPDATE audit_head SET seq = seq - 1".to_owned(), "append-only: audit_head"));
    statements.push(("UPDATE audit_head SET hash = ''".to_owned(), "append-only: audit_head"));
    let link = |set: &str, sale: &str| {
        (format!("UPDATE case_sale SET {set} WHERE sale_id = '{sale}'"), "append-only: case_sale")
    };
    statements.extend([
        link("linked_by = 'sv2'", "S2"),
        link("linked_at = linked_at + 1", "S2"),
        link("sale_id = 'S4', unlinked_by = 'sv', unlinked_at = 1", "S2"),
        link("unlinked_at = 1", "S2"),
        link("unlinked_by = NULL, unlinked_at = NULL", "S3"),
        link("unlinked_by = 'sv2'", "S3"),
    ]);
    let key = |set: &str, staff: &str| {
        let sql = format!("UPDATE staff_key SET {set} WHERE staff_id = '{staff}'");
        (sql, "append-only: staff_key")
    };
    let revoke = "revoked_by = 'sv', revoked_at = 1";
    for set in [
        "fingerprint = 'SHA256:' || substr(fingerprint, 9) || 'A'",
        "staff_id = 'op2'",
        "algorithm = 'ssh-rsa'",
        "blob = blob || 'A'",
        "comment = comment || 'x'",
        "added_by = 'sv2'",
        "added_at = added_at + 1",
        "added_seq = added_seq + 1",
    ] {
        statements.push(key(set, "sv"));
        statements.push(key(&format!("{set}, {revoke}"), "sv"));
    }
    statements.extend([
        key("audit_seq = audit_seq + 1", "sv"),
        key("revoked_at = 1", "sv"),
        key("revoked_by = 'sv'", "sv"),
        // What is revoked stays so, as it was.
        key("revoked_by = NULL, revoked_at = NULL", "op2"),
        key(revoke, "op2"),
        key("audit_seq = audit_seq + 1", "op2"),
    ]);
    all_are_refused(&statements);
}

/// `REPLACE` deletes the row in the way without asking the delete triggers.
#[test]
fn the_database_refuses_to_replace() {
    sqlite_only!("PostgreSQL has no REPLACE");
    let replace = |table: &str| {
        (format!("REPLACE INTO {table} SELECT * FROM {table} LIMIT 1"), "append-only")
    };
    let kept = [
        "meta",
        "audit_event",
        "audit_head",
        "staff",
        "staff_key",
        "import",
        "transition",
        "cases",
        "case_sale",
        "entry",
        "extension",
        "outbox",
        "callback",
        "command",
        "reading",
    ];
    let statements: Vec<_> = kept.map(replace).into();
    all_are_refused(&statements);
}

#[test]
fn the_database_keeps_the_ledger_right() {
    let entry = |seq: &str, coupon: &str, settlement: &str, kind: &str, amount: &str| {
        format!(
            "INSERT INTO entry VALUES ({seq}, 50, '{coupon}', 'R-20230313-0002', '{settlement}',
                '{kind}', {amount}, 0)"
        )
    };
    let sum = "the balance is the sum of its entries";
    let statements = [
        (
            "UPDATE coupon SET balance = balance + 1 WHERE inquiry_number = 'COUPON5'".to_owned(),
            sum,
        ),
        ("UPDATE coupon SET balance = 0 WHERE inquiry_number = 'COUPON2'".to_owned(), sum),
        (
            "UPDATE settlement SET restored = 1 WHERE settlement_id = 'D5'".to_owned(),
            "restored is the sum of its entries",
        ),
        (
            "UPDATE settlement SET restored = 0 WHERE settlement_id = 'D3'".to_owned(),
            "restored is the sum of its entries",
        ),
        // D3 is restored whole, D5 not at all.
        (entry("1", "COUPON2", "D3", "restoration", "1"), "CHECK constraint failed"),
        (entry("1", "COUPON3", "D5", "restoration", "1001"), "CHECK constraint failed"),
        (entry("1", "COUPON3", "D5", "reversal", "-1"), "CHECK constraint failed"),
        (entry("1", "COUPON3", "D5", "restoration", "-1"), "CHECK constraint failed"),
        (entry("1", "COUPON3", "D5", "restoration", "0"), "CHECK constraint failed"),
        (entry("1", "COUPON4", "D5", "restoration", "1000"), "another coupon"),
        (
            "UPDATE coupon SET expires_on = '2023-12-31' WHERE inquiry_number = 'COUPON5'"
                .to_owned(),
            "forward by an extension",
        ),
        (
            "UPDATE coupon SET expires_on = printed_expires_on WHERE inquiry_number = 'COUPON2'"
                .to_owned(),
            "forward by an extension",
        ),
        (
            "INSERT INTO extension VALUES ('COUPON5', 1, '2023-02-24', '2023-03-31', NULL, 0)"
                .to_owned(),
            "does not follow the expiry in force",
        ),
        (
            "INSERT INTO extension VALUES ('COUPON5', 1, '2023-03-05', '2023-03-01', NULL, 0)"
                .to_owned(),
            "CHECK constraint failed",
        ),
        (
            "INSERT INTO coupon SELECT 'NEW1', prefecture, face_value, 0, 1, printed_expires_on,
                expires_on, holder, phone, email, issuer, import_id, seal
             FROM coupon WHERE inquiry_number = 'COUPON5'"
                .to_owned(),
            "opens with its opening balance",
        ),
        (
            "INSERT INTO coupon SELECT 'NEW1', prefecture, 100, 101, 101, printed_expires_on,
                expires_on, holder, phone, email, issuer, import_id, seal
             FROM coupon WHERE inquiry_number = 'COUPON5'"
                .to_owned(),
            "CHECK constraint failed",
        ),
        (
            "INSERT INTO settlement SELECT 'NEW1', inquiry_number, merchant_id, amount, settled_at,
                amount, import_id, seal FROM settlement WHERE settlement_id = 'D5'"
                .to_owned(),
            "opens unrestored",
        ),
    ];
    all_are_refused(&statements);
    // A balance above the face value, by an entry that the settlement would allow.
    let folder = tempfile::tempdir().expect("a folder");
    let path = copy(folder.path());
    tampered(&path, "UPDATE coupon SET face_value = 700 WHERE inquiry_number = 'COUPON3'");
    let conn = opened(&path);
    let above = refused(&conn, &entry("1", "COUPON3", "D5", "restoration", "1000"));
    assert!(above.as_ref().is_ok_and(|said| says(said, "CHECK constraint failed")), "{above:?}");
}

#[test]
fn the_database_keeps_the_readings_right() {
    let add = |id: &str, source: &str, kana: &str| {
        format!("INSERT INTO reading VALUES (1, '{id}', '{source}', {kana})")
    };
    let long = |letters: usize| format!("'{}'", "ア".repeat(letters));
    let another = "SELECT audit_seq, merchant_id, source, 'オオボトケ' FROM reading";
    let over = match engine() {
        Engine::Sqlite => vec![
            (format!("INSERT OR REPLACE INTO reading {another}"), "append-only: reading"),
            (format!("INSERT OR IGNORE INTO reading {another}"), "append-only: reading"),
        ],
        Engine::Postgres => vec![(
            format!(
                "INSERT INTO reading {another} ON CONFLICT (merchant_id, audit_seq)
                 DO UPDATE SET kana = excluded.kana"
            ),
            "append-only: reading",
        )],
    };
    all_are_refused(&over);
    all_are_refused(&[
        (add("M2", "guessed", "'オオボトケ'"), "CHECK constraint failed"),
        (add("M2", "record", "'オオボトケ'"), "CHECK constraint failed"),
        (add("M2", "corrected", "''"), "CHECK constraint failed"),
        (add("M2", "corrected", &long(1001)), "CHECK constraint failed"),
        (add("M2", "corrected", "NULL"), "NOT NULL constraint failed"),
        (add("M99", "corrected", "'オオボトケ'"), "FOREIGN KEY constraint failed"),
        ("DELETE FROM reading WHERE source = 'dictionary'".to_owned(), "append-only: reading"),
    ]);
    // And what is right goes in, so that these refusals say something.
    let folder = tempfile::tempdir().expect("a folder");
    let conn = opened(&copy(folder.path()));
    conn.change(&add("M2", "corrected", &long(1000)));
}

#[test]
fn the_database_keeps_the_cases_right() {
    let set = |set: &str, state: &str| {
        format!("UPDATE cases SET {set}, version = version + 1 WHERE state = '{state}'")
    };
    let version = |version: &str| format!("UPDATE cases SET held_by = 'op', version = {version}");
    let again = |id: &str, state: &str, version: i64, of: &str| {
        format!(
            "CREATE TEMP TABLE another AS SELECT * FROM cases WHERE state = '{of}' LIMIT 1;
             UPDATE another SET case_id = '{id}', running = 77, state = '{state}',
                version = {version}, restored = 0;
             INSERT INTO cases SELECT * FROM another"
        )
    };
    let statements = [
        (set("approved_by = opened_by", "restored"), "CHECK constraint failed"),
        (set("decided_by = opened_by", "restored"), "CHECK constraint failed"),
        (set("decided_by = approved_by", "restored"), "CHECK constraint failed"),
        (set("restored_by = NULL", "restored"), "CHECK constraint failed"),
        (set("restored = restored + 1", "restored"), "the sum of its entries"),
        (set("state = 'restored', restored_by = 'sv'", "review"), "restored by a supervisor"),
        (set("state = 'declined'", "review"), "nobody's name"),
        // A second live case on the same coupon and merchant.
        (again("R-20230313-0077", "waiting", 1, "waiting"), "UNIQUE constraint failed"),
        (again("R-20230313-0077", "review", 1, "waiting"), "UNIQUE constraint failed"),
        (again("R-20230313-0077", "restored", 1, "restored"), "does not open so"),
        (again("R-20230313-0077", "withdrawn", 1, "withdrawn"), "does not open so"),
        (again("R-20230313-0077", "waiting", 2, "restored"), "does not open so"),
        (version("version"), "one version at a time"),
        (version("version + 2"), "one version at a time"),
        (version("version - 1"), "one version at a time"),
    ];
    all_are_refused(&statements);
}

#[test]
fn the_database_knows_no_arrow_that_is_not_in_the_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let conn = opened(&copy(folder.path()));
    let mut tried = 0;
    for from in State::ALL {
        let there = format!("SELECT count(*) FROM cases WHERE state = '{}'", from.as_str());
        if number(&conn, &there) == 0 {
            continue;
        }
        for to in State::ALL {
            if from == to || TRANSITIONS.iter().any(|(a, b, _)| (*a, *b) == (Some(from), to)) {
                continue;
            }
            let (from, to) = (from.as_str(), to.as_str());
            // With every name that the other guards ask for.
            let sql = format!(
                "UPDATE cases SET state = '{to}', version = version + 1, restored_by = 'sv',
                    approved_by = 'sv', decided_by = 'sv2' WHERE state = '{from}'"
            );
            match refused(&conn, &sql) {
                Ok(said) => assert!(said.contains("no such transition"), "{from} → {to}: {said}"),
                Err(wrong) => panic!("{wrong}"),
            }
            tried += 1;
        }
    }
    assert!(tried >= 30, "only {tried} were tried");
}

#[test]
fn the_arrows_of_the_database_are_those_of_the_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let conn = opened(&copy(folder.path()));
    let rows = conn.told("SELECT from_state, to_state, who FROM transition");
    let mut rows: Vec<&str> = rows.lines().collect();
    let mut arrows: Vec<String> = TRANSITIONS
        .iter()
        .map(|(from, to, who)| {
            [from.map_or("", State::as_str), to.as_str(), who.as_str()].join("|")
        })
        .collect();
    rows.sort_unstable();
    arrows.sort_unstable();
    assert_eq!(rows, arrows);
}

//! The rows of the store, as data: each a plain struct whose fields are the columns, in
//! their order. The same JSON form of a row goes into the database, comes out of it and
//! is hashed for the audit trail, so the three cannot disagree.

use serde::ser::{SerializeSeq, Serializer};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::domain::evidence::{FieldHasher, hex};
use crate::domain::private::Private;

/// A table's row.
pub trait Row: Serialize + DeserializeOwned + Send {
    /// The table's name.
    const TABLE: &'static str;
    /// The columns, in the struct's order.
    const COLUMNS: &'static [&'static str];

    /// The row's key, as the audit trail names it.
    fn key(&self) -> String;

    /// Writes the values in the columns' order.
    ///
    /// # Errors
    /// What the serialiser answers.
    fn write_values<S: SerializeSeq>(&self, values: &mut S) -> Result<(), S::Error>;

    /// SHA-256 over the table's name and the row.
    fn row_hash(&self) -> [u8; 32] {
        let mut hasher = FieldHasher::new();
        // Rows hold only strings and integers: they always serialise.
        let json = serde_json::to_vec(self).unwrap_or_default();
        hasher.text(Self::TABLE).field(&json);
        hasher.finish()
    }

    /// What an audit event notes of the row it wrote: table, key, hash.
    fn note(&self) -> [String; 3] {
        [Self::TABLE.to_owned(), self.key(), hex(&self.row_hash()[..16])]
    }
}

/// A row as a JSON array: its values without the columns' names.
pub struct Values<'a, R>(pub &'a R);

impl<R: Row> Serialize for Values<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut values = serializer.serialize_seq(Some(R::COLUMNS.len()))?;
        self.0.write_values(&mut values)?;
        values.end()
    }
}

macro_rules! row {
    (
        $(#[$doc:meta])* $name:ident in $table:literal, key($($key:ident),+) {
            $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl Row for $name {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field),)*];

            fn key(&self) -> String {
                [$(self.$key.to_string(),)+].join("/")
            }

            fn write_values<S: SerializeSeq>(&self, values: &mut S) -> Result<(), S::Error> {
                $(values.serialize_element(&self.$field)?;)*
                Ok(())
            }
        }
    };
}

row! {
    /// What the database says of itself.
    MetaRow in "meta", key(name) {
        /// Of what.
        name: String,
        /// What.
        value: String,
    }
}

row! {
    /// A person and their role.
    StaffRow in "staff", key(staff_id) {
        /// Signs in with it.
        staff_id: String,
        /// The person's name.
        name: Private,
        /// One of the roles.
        role: String,
        /// Argon2id, PHC string.
        password_hash: Private,
        /// 1 where the person may not sign in any more.
        disabled: i64,
        /// The event that last changed the row.
        audit_seq: i64,
    }
}

row! {
    /// A public key that somebody may sign in with, until it is revoked.
    StaffKeyRow in "staff_key", key(fingerprint, added_seq) {
        /// SHA256:… of the key.
        fingerprint: String,
        /// Whose.
        staff_id: String,
        /// `ssh-ed25519` and the like.
        algorithm: String,
        /// The key, base64 of SSH's wire format.
        blob: String,
        /// What its owner calls it.
        comment: Private,
        /// Who gave it out.
        added_by: String,
        /// When, microseconds.
        added_at: i64,
        /// Who revoked it.
        revoked_by: Option<String>,
        /// When, microseconds.
        revoked_at: Option<i64>,
        /// The event that gave it out.
        added_seq: i64,
        /// The event that last changed the row.
        audit_seq: i64,
    }
}

row! {
    /// A case as it stands.
    CaseRow in "cases", key(case_id) {
        /// R-20230313-0001.
        case_id: String,
        /// The day in Japan it was opened.
        opened_day: String,
        /// Its number within the day.
        running: i64,
        /// The inquiry number as said, folded.
        number_said: String,
        /// The expiry as said.
        expiry_said: String,
        /// The prefecture as said, JIS code.
        prefecture_said: i64,
        /// The shop as typed.
        shop_said: String,
        /// Another trouble's text.
        other_text: Option<String>,
        /// The coupon, where the number is known.
        inquiry_number: Option<String>,
        /// The merchant, where exactly one fits.
        merchant_id: Option<String>,
        /// Who opened it.
        opened_by: String,
        /// When, microseconds.
        opened_at: i64,
        /// Who has it open.
        held_by: String,
        /// State.
        state: String,
        /// Reason codes, separated by spaces.
        reasons: String,
        /// Paid too much, where computed.
        over: Option<i64>,
        /// What a restoration would put back.
        restorable: i64,
        /// The evidence as last shown or decided upon.
        evidence: String,
        /// The evidence as the last re-verification saw it.
        seen_evidence: String,
        /// Counts every change.
        version: i64,
        /// What the case has put back, less reversals.
        restored: i64,
        /// Who put it back.
        restored_by: Option<String>,
        /// The supervisor who approved.
        approved_by: Option<String>,
        /// The supervisor who declined, kept or reversed.
        decided_by: Option<String>,
        /// What a supplementary case would add.
        supplement: i64,
        /// A supervisor's open question to the operator.
        question: Option<String>,
        /// The event that last changed the row.
        audit_seq: i64,
    }
}

row! {
    /// A later entry of a coupon's ledger.
    EntryRow in "entry", key(audit_seq, line) {
        /// The event that wrote it.
        audit_seq: i64,
        /// Its place among the event's entries.
        line: i64,
        /// The coupon.
        inquiry_number: String,
        /// The case.
        case_id: String,
        /// The settlement that is put back.
        settlement_id: String,
        /// restoration or reversal.
        kind: String,
        /// Yen, negative for a reversal.
        amount: i64,
        /// When, microseconds.
        at: i64,
    }
}

row! {
    /// One extension of a coupon's expiry.
    ExtensionRow in "extension", key(inquiry_number, audit_seq) {
        /// The coupon.
        inquiry_number: String,
        /// The event that wrote it.
        audit_seq: i64,
        /// The last day before.
        from_on: String,
        /// The last day from now on.
        to_on: String,
        /// The case, where a restoration extended it.
        case_id: Option<String>,
        /// When, microseconds.
        at: i64,
    }
}

row! {
    /// A sale that a supervisor linked to a case.
    CaseSaleRow in "case_sale", key(case_id, sale_id, linked_seq) {
        /// The case.
        case_id: String,
        /// The sale.
        sale_id: String,
        /// The supervisor.
        linked_by: String,
        /// When, microseconds.
        linked_at: i64,
        /// Who took the link back.
        unlinked_by: Option<String>,
        /// When, microseconds.
        unlinked_at: Option<i64>,
        /// The event that linked it.
        linked_seq: i64,
        /// The event that last changed the row.
        audit_seq: i64,
    }
}

row! {
    /// An instruction to the coupon system.
    OutboxRow in "outbox", key(audit_seq, line) {
        /// The event that wrote it.
        audit_seq: i64,
        /// Its place among the event's instructions.
        line: i64,
        /// The case.
        case_id: String,
        /// The coupon.
        inquiry_number: String,
        /// restore, or reverse.
        instruction: String,
        /// JSON: amount, balance and expiry afterwards, settlements.
        payload: String,
        /// When, microseconds.
        at: i64,
    }
}

row! {
    /// A command that has been carried out, and the first answer to it.
    CommandRow in "command", key(command_id) {
        /// Made by the desk before sending.
        command_id: String,
        /// Who sent it.
        staff_id: String,
        /// SHA-256 over what was asked.
        fingerprint: String,
        /// The first answer, JSON.
        answer: String,
        /// When, microseconds.
        at: i64,
        /// The event that wrote it.
        audit_seq: i64,
    }
}

row! {
    /// A call-back that was promised.
    CallbackRow in "callback", key(audit_seq) {
        /// The event that wrote it.
        audit_seq: i64,
        /// The case.
        case_id: String,
        /// When to call, microseconds.
        due_at: i64,
        /// The caller's number, digits only.
        phone: Private,
        /// Who noted it.
        staff_id: String,
        /// When, microseconds.
        at: i64,
    }
}

row! {
    /// How a shop is read where its record does not say, or says it wrongly.
    ReadingRow in "reading", key(merchant_id, audit_seq) {
        /// The event that wrote it.
        audit_seq: i64,
        /// The shop.
        merchant_id: String,
        /// [`Self::DICTIONARY`] or [`Self::CORRECTED`].
        source: String,
        /// Kana; several readings are separated by `|`.
        kana: String,
    }
}

impl ReadingRow {
    /// Made by a dictionary at an import.
    pub const DICTIONARY: &'static str = "dictionary";
    /// Given by a supervisor.
    pub const CORRECTED: &'static str = "corrected";
}

row! {
    /// One import of a record file.
    ImportRow in "import", key(import_id) {
        /// Running number.
        import_id: i64,
        /// merchants, coupons, settlements, sales or coverage.
        kind: String,
        /// The file's name without its folder.
        file_name: String,
        /// SHA-256 of the file's bytes.
        file_sha256: String,
        /// How many rows it added.
        row_count: i64,
        /// The sum of the added rows' hashes.
        digest: String,
        /// When, microseconds.
        at: i64,
        /// The event that wrote it.
        audit_seq: i64,
    }
}

row! {
    /// A merchant as read back.
    MerchantRow in "merchant", key(merchant_id) {
        /// 加盟店ID.
        merchant_id: String,
        /// 店舗名.
        name: String,
        /// フリガナ.
        kana: String,
        /// JIS code.
        prefecture: i64,
        /// 住所.
        address: String,
        /// 電話番号.
        phone: Private,
    }
}

row! {
    /// A coupon as it stands.
    CouponRow in "coupon", key(inquiry_number) {
        /// お問い合わせ番号.
        inquiry_number: String,
        /// JIS code.
        prefecture: i64,
        /// 額面.
        face_value: i64,
        /// 残額 at import.
        opening_balance: i64,
        /// 残額 now.
        balance: i64,
        /// 有効期限 as printed.
        printed_expires_on: String,
        /// 有効期限 in force.
        expires_on: String,
        /// 利用形態.
        holder: String,
        /// Registered in the app.
        phone: Private,
        /// Registered in the app.
        email: Private,
        /// 発行店.
        issuer: String,
    }
}

row! {
    /// A settlement as it stands.
    SettlementRow in "settlement", key(settlement_id) {
        /// 決済ID.
        settlement_id: String,
        /// The coupon.
        inquiry_number: String,
        /// The merchant.
        merchant_id: String,
        /// Yen.
        amount: i64,
        /// Microseconds.
        settled_at: i64,
        /// Yen put back so far.
        restored: i64,
    }
}

row! {
    /// A sale as the shop recorded it.
    SaleRow in "sale", key(sale_id) {
        /// 売上ID.
        sale_id: String,
        /// The merchant.
        merchant_id: String,
        /// Microseconds.
        sold_at: i64,
        /// Yen.
        total: i64,
        /// Yen.
        cash: i64,
        /// The coupon, where the shop noted it.
        inquiry_number: Option<String>,
        /// レシート番号.
        receipt: String,
    }
}

row! {
    /// An event of the audit trail. Links into the chain by `previous_hash` and `hash`.
    AuditRow in "audit_event", key(seq) {
        /// Running number without gaps.
        seq: i64,
        /// When, microseconds.
        at: i64,
        /// Who.
        staff_id: String,
        /// What.
        action: String,
        /// The staff member, import or sale it was about.
        subject: Option<String>,
        /// On which case.
        case_id: Option<String>,
        /// On which coupon.
        inquiry_number: Option<String>,
        /// JSON: the particulars.
        detail: String,
        /// JSON: `[[table, key, hash], …]` of every row it wrote.
        wrote: String,
        /// The hash of the event before.
        previous_hash: String,
        /// The hash of this one.
        hash: String,
    }
}

impl AuditRow {
    /// SHA-256 over the length-prefixed fields and the previous hash (specification,
    /// section 6).
    #[must_use]
    pub fn chain_hash(&self) -> String {
        let mut hasher = FieldHasher::new();
        hasher.number(self.seq).number(self.at).text(&self.staff_id).text(&self.action);
        for optional in [&self.subject, &self.case_id, &self.inquiry_number] {
            // None and an empty text are different fields.
            match optional {
                None => hasher.number(0),
                Some(text) => hasher.number(1).text(text),
            };
        }
        hasher.text(&self.detail).text(&self.wrote).text(&self.previous_hash);
        hasher.finish_hex()
    }
}

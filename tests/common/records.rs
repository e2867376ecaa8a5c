//! Rows of record files, as short as a story can say them.

/// A shop whose records are complete.
pub const SHOP: &str = "M-1";
/// A shop of which nothing is complete.
pub const DARK_SHOP: &str = "M-2";
/// A shop that has not sent its sales; its settlements are complete.
pub const SLOW_SHOP: &str = "M-3";
/// Another shop whose records are complete.
pub const OTHER_SHOP: &str = "M-4";

/// The outage of the example settings, as a coverage says it.
pub const OUTAGE: [&str; 2] = ["2023-02-24 17:00", "2023-02-25 00:00"];

/// The four shops, all in Nara; the fourth has a namesake in Kyoto.
pub const SHOPS: &str = "\
merchant_id,name,kana,prefecture,address,phone
M-1,若草堂,ワカクサドウ,奈良県,奈良市三条町1,0742-00-0001
M-2,月ヶ瀬茶房,ツキガセサボウ,奈良県,奈良市月ヶ瀬2,0742-00-0002
M-3,飛鳥庵,アスカアン,奈良県,明日香村3,0744-00-0003
M-4,鹿の子屋,カノコヤ,奈良県,奈良市春日野町4,0742-00-0004
M-5,鹿の子屋,カノコヤ,京都府,京都市5,075-000-0005
";

/// A record file of these rows.
pub fn file(kind: &str, rows: &[String]) -> String {
    let header = match kind {
        "coupons" => {
            "inquiry_number,prefecture,face_value,balance,expires_on,holder,phone,email,issuer"
        }
        "settlements" => "settlement_id,inquiry_number,merchant_id,amount,settled_at",
        "sales" => "sale_id,merchant_id,sold_at,total,cash,inquiry_number,receipt",
        "coverage" => "merchant_id,source,covers_from,covers_until",
        other => panic!("no rows of {other} are made here"),
    };
    format!("{header}\n{}\n", rows.join("\n"))
}

/// A coupon of Nara, on paper.
pub fn coupon(number: &str, face_value: i64, balance: i64, expires_on: &str) -> String {
    format!("{number},奈良県,{face_value},{balance},{expires_on},paper,,,ホテル平城")
}

/// A deduction in the evening of the outage: `at` is `19:05`.
pub fn settlement(id: &str, number: &str, shop: &str, amount: i64, at: &str) -> String {
    format!("{id},{number},{shop},{amount},2023-02-24 {at}")
}

/// A sale in the evening of the outage, to the coupon's holder; an empty number: to whom,
/// the shop has not written down.
pub fn sale(id: &str, shop: &str, at: &str, total: i64, cash: i64, number: &str) -> String {
    format!("{id},{shop},2023-02-24 {at},{total},{cash},{number},")
}

/// The records of one source are complete for the outage.
pub fn covers(shop: &str, source: &str) -> String {
    format!("{shop},{source},{},{}", OUTAGE[0], OUTAGE[1])
}

/// Which records are complete: see the shops.
pub fn covered() -> Vec<String> {
    [(SHOP, "settlements"), (SHOP, "sales"), (SLOW_SHOP, "settlements")]
        .into_iter()
        .chain([(OTHER_SHOP, "settlements"), (OTHER_SHOP, "sales")])
        .map(|(shop, source)| covers(shop, source))
        .collect()
}

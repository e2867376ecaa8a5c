//! Coupons, class A, re-verification and the audit trail.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use serde_json::json;

use super::password::signed_in;
use super::{Context, Done, Failure};
use crate::domain::refusal::{Code, Refusal};
use crate::domain::text;
use crate::domain::time::Instant;
use crate::domain::yen::Yen;
use crate::office::coupon::{ClassA, coupon_json};
use crate::sample::{self, Plan};
use crate::store::CouponFile;

/// `coupon NUMBER`.
pub async fn coupon(context: &Context, number: &str) -> Done {
    let number = context.number(number)?;
    let (file, class_a) = signed_in(context, async |office, actor| {
        let file = office.coupon(actor, &number).await?;
        let class_a = office.class_a(&file.coupon);
        Ok((file, class_a))
    })
    .await?;
    let mut json = coupon_json(&file);
    json["class_a"] = json!(match class_a {
        ClassA::No => "no",
        ClassA::Due => "due",
        ClassA::Extended => "extended",
    });
    context.out.result(&json, || coupon_lines(context, &file, class_a));
    Ok(())
}

fn coupon_lines(context: &Context, file: &CouponFile, class_a: ClassA) -> Vec<String> {
    let out = &context.out;
    let coupon = &file.coupon;
    let (balance, face) = (Yen::new(coupon.balance), Yen::new(coupon.face_value));
    let ja = format!("残額 {balance}円 / 額面 {face}円  期限 {}", coupon.expires_on);
    let en = format!("balance {balance} of {face} yen, expires {}", coupon.expires_on);
    let mut lines = vec![format!("{}  {}", coupon.inquiry_number, out.pick(&ja, &en))];
    match class_a {
        ClassA::No => {}
        ClassA::Due => lines.push(
            out.pick("  (A) 期限延長の対象です", "  class A: qualifies for extension").to_owned(),
        ),
        ClassA::Extended => lines
            .push(out.pick("  (A) 期限を延長しました", "  class A: has been extended").to_owned()),
    }
    for (settlement, merchant) in &file.settlements {
        let (amount, at) =
            (Yen::new(settlement.amount), Instant::from_micros(settlement.settled_at));
        let (what, id) = (out.pick("決済", "settled"), &settlement.settlement_id);
        lines.push(format!("  {what}  {at}  {amount}  {merchant}  {id}"));
    }
    for extension in &file.extensions {
        let (what, at) = (out.pick("延長", "extended"), Instant::from_micros(extension.at));
        lines.push(format!("  {what}  {at}  {} → {}", extension.from_on, extension.to_on));
    }
    for entry in &file.entries {
        let (amount, at) = (Yen::new(entry.amount), Instant::from_micros(entry.at));
        lines.push(format!("  {}  {at}  {amount}  {}", out.pick("戻入", "entry"), entry.case_id));
    }
    for case in &file.cases {
        let what = out.pick("受付", "case");
        lines.push(format!("  {what}  {}  {}  {}", case.case_id, case.state, case.reasons));
    }
    lines
}

/// `recheck`.
pub async fn recheck(context: &Context) -> Done {
    let done = signed_in(context, async |office, actor| Ok(office.recheck(actor).await?)).await?;
    let json = json!({"rechecked": done.verified, "changed": done.changed});
    context.out.result(&json, || {
        let ja = format!("{}件を再照合し、{}件が変わりました。", done.verified, done.changed);
        let en = format!("{} cases verified again, {} changed.", done.verified, done.changed);
        vec![context.out.pick(&ja, &en).to_owned()]
    });
    Ok(())
}

/// `extend`.
pub async fn extend(context: &Context, dry_run: bool) -> Done {
    let done =
        signed_in(context, async |office, actor| Ok(office.extend(actor, dry_run, |_| {}).await?))
            .await?;
    let json = json!({
        "eligible": done.eligible, "extended": done.extended, "already": done.already,
    });
    context.out.result(&json, || {
        let (eligible, extended, already) = (done.eligible, done.extended, done.already);
        let (ja, en) =
            if dry_run { ("延長予定", "would be extended") } else { ("延長", "extended") };
        let ja = format!("対象 {eligible}件  {ja} {extended}件  延長済み {already}件");
        let en = format!("{eligible} qualify: {extended} {en}, {already} before");
        vec![context.out.pick(&ja, &en).to_owned()]
    });
    Ok(())
}

/// `audit verify`.
pub async fn audit(context: &Context) -> Done {
    let report =
        signed_in(context, async |office, actor| Ok(office.verify_audit(actor).await?)).await?;
    let wrong = report.wrong.as_ref();
    let mut json = json!({
        "ok": wrong.is_none(), "events": report.events, "coupons": report.coupons,
        "entries": report.entries, "rows": report.rows, "head": report.head,
        "wrong": wrong.map(|row| json!({"table": row.table, "key": row.key, "what": row.what})),
    });
    if let Some((events, head)) = &report.moved {
        json["moved"] = json!({"events": events, "head": head});
    }
    if let Some(row) = wrong {
        let what =
            format!("{} {}: {}", row.table, text::for_terminal_bounded(&row.key, 80), row.what);
        context.out.refusal_with(&Refusal::new(Code::AuditBroken).with("what", what), &json);
        return Err(Failure::Said(1));
    }
    context.out.result(&json, || {
        let (events, coupons, rows) = (report.events, report.coupons, report.rows);
        let ja = format!("監査証跡 {events}件、クーポン {coupons}件、記録 {rows}行を照合しました。すべて一致しています。");
        let en = format!("{events} events, {coupons} coupons and {rows} rows recomputed: all as written.");
        let mut lines = vec![
            context.out.pick(&ja, &en).to_owned(),
            format!("{}  {}", context.out.pick("末尾", "head"), report.head),
        ];
        if let Some((_, head)) = &report.moved {
            lines.push(format!("{}  {head}", context.out.pick("移行前の末尾", "head before the move")));
        }
        lines
    });
    Ok(())
}

type Writer = fn(&Plan, &mut BufWriter<File>) -> std::io::Result<u64>;

/// The record files of a plan.
const SAMPLE: [(&str, Writer); 5] = [
    ("merchants", |plan, out| sample::write_merchants(plan, out)),
    ("coupons", |plan, out| sample::write_coupons(plan, out)),
    ("settlements", |plan, out| sample::write_settlements(plan, out)),
    ("sales", |plan, out| sample::write_sales(plan, out)),
    ("coverage", |plan, out| sample::write_coverage(plan, out)),
];

/// `sample FOLDER`.
pub fn sample(context: &Context, folder: &Path, plan: &Plan) -> Done {
    let failed = |path: &Path, error| unreadable(&path.display().to_string(), &error);
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let files = SAMPLE.map(|(name, write)| (name, folder.join(format!("{name}.csv")), write));
    // Files of these names may be somebody's real records: nothing is written where one is.
    if let Some((_, path, _)) = files.iter().find(|(_, path, _)| path.symlink_metadata().is_ok()) {
        let refusal = Refusal::new(Code::ExistsAlready).with("file", path.display());
        return Err(Failure::Office(refusal.into()));
    }
    let mut rows = serde_json::Map::new();
    for (name, path, write) in files {
        let count = written(&path, plan, write).map_err(|error| failed(&path, error))?;
        rows.insert(name.to_owned(), json!(count));
    }
    let rows = serde_json::Value::Object(rows);
    context.out.result(&rows, || {
        let counts = rows.as_object().into_iter().flatten();
        counts.map(|(file, count)| format!("{file}.csv  {count}")).collect()
    });
    Ok(())
}

/// Writes one of them; how many rows it has.
fn written(path: &Path, plan: &Plan, write: Writer) -> std::io::Result<u64> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create_new(path)?);
    let count = write(plan, &mut out)?;
    out.flush()?;
    Ok(count)
}

pub(super) fn unreadable(file: &str, error: &std::io::Error) -> Failure {
    let refusal = Refusal::new(Code::FileUnreadable);
    Failure::Office(refusal.with("file", file).with("what", error).into())
}

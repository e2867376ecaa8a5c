//! `case`: opening, deciding, restoring.

use serde_json::{Value, json};

use super::args::{CaseCommand, Linked, OnCase, OpenArgs, Reasoned, Texted};
use super::out::bad_input;
use super::password::signed_in;
use super::{Context, Done, Failure};
use crate::desk::saying::spoken;
use crate::domain::case::State;
use crate::domain::evidence::EvidenceHash;
use crate::domain::reason::Reason;
use crate::domain::refusal::{Code, Refusal};
use crate::domain::time::Instant;
use crate::domain::yen::Yen;
use crate::office::cases::{OpenRequest, Shown, checked_text};
use crate::office::command::Act;
use crate::office::shop::{Heard, RankedShop};
use crate::office::view::CaseView;
use crate::office::{Actor, Office, OfficeError};
use crate::store::StoreError;
use crate::store::rows::CaseRow;
use crate::texts;

/// Carries a command on cases out.
pub async fn run(context: &Context, command: CaseCommand) -> Done {
    match command {
        CaseCommand::Open(open) => self::open(context, open).await,
        CaseCommand::Show { id } => {
            let id = context.case_id(&id)?;
            let (view, now) = signed_in(context, async |office, actor| {
                Ok((office.show_case(actor, &id).await?, office.now()))
            })
            .await?;
            show(context, &view, &[], now);
            Ok(())
        }
        CaseCommand::List { state } => list(context, state).await,
        CaseCommand::History { id } => history(context, &id).await,
        CaseCommand::Restore(on) => act(context, &on, Act::Restore).await,
        CaseCommand::Approve { on, reason } => {
            let reason = checked_text("--reason", &reason.unwrap_or_default())?;
            act(context, &on, Act::Approve(reason)).await
        }
        CaseCommand::Decline(with) => reasoned(context, with, Act::Decline).await,
        CaseCommand::Withdraw(on) => act(context, &on, Act::Withdraw).await,
        CaseCommand::Link(with) => linked(context, with, Act::Link).await,
        CaseCommand::Unlink(with) => linked(context, with, Act::Unlink).await,
        CaseCommand::Note { on, text, call_to_shop } => {
            let text = checked_text("--text", &text)?;
            let note = match call_to_shop {
                Some(who) => Act::ShopCall(checked_text("--call-to-shop", &who)?, text),
                None => Act::Note(text),
            };
            act(context, &on, note).await
        }
        CaseCommand::Ask(with) => texted(context, with, Act::Ask).await,
        CaseCommand::Answer(with) => texted(context, with, Act::Answer).await,
        CaseCommand::Wait(with) => reasoned(context, with, Act::Wait).await,
        CaseCommand::Reopen(with) => reasoned(context, with, Act::Reopen).await,
        CaseCommand::Keep(with) => reasoned(context, with, Act::Keep).await,
        CaseCommand::Reverse(with) => reasoned(context, with, Act::Reverse).await,
        CaseCommand::Take { on, number } => {
            let number = context.number(&number)?;
            act(context, &on, Act::Take(number)).await
        }
        CaseCommand::Callback { on, at } => {
            let due_at = context.time("--at", &at)?;
            let phone = context.phone()?;
            act(context, &on, Act::CallBack { due_at, phone }).await
        }
        CaseCommand::Lapse { dry_run } => lapse(context, dry_run).await,
    }
}

async fn reasoned(context: &Context, with: Reasoned, make: fn(String) -> Act) -> Done {
    let reason = checked_text("--reason", &with.reason)?;
    act(context, &with.on, make(reason)).await
}

async fn texted(context: &Context, with: Texted, make: fn(String) -> Act) -> Done {
    let text = checked_text("--text", &with.text)?;
    act(context, &with.on, make(text)).await
}

async fn linked(
    context: &Context,
    with: Linked,
    make: fn(crate::domain::ids::SaleId) -> Act,
) -> Done {
    let sale =
        with.sale.parse().map_err(|error| bad_input("--sale", error, "売上IDは64文字までです"))?;
    act(context, &with.on, make(sale)).await
}

/// A command id, made here where none was given: it is told when the outcome is unknown,
/// so that the same command can be asked again.
fn command_id(given: Option<&str>) -> Result<String, Failure> {
    match given {
        None => Ok(uuid::Uuid::now_v7().to_string()),
        Some(text) => uuid::Uuid::parse_str(text.trim())
            .map(|id| id.to_string())
            .map_err(|error| bad_input("--command-id", error, "UUIDを指定してください")),
    }
}

/// Tells the command's id where nobody knows whether it was carried out.
fn with_command(error: OfficeError, command_id: &str) -> Failure {
    match error {
        OfficeError::Store(StoreError::OutcomeUnknown(_)) => {
            let refusal = Refusal::new(Code::OutcomeUnknown).with("command", command_id);
            Failure::Unknown(refusal)
        }
        other => other.into(),
    }
}

async fn act(context: &Context, on: &OnCase, act: Act) -> Done {
    let id = context.case_id(&on.id)?;
    let command_id = command_id(on.shown.command_id.as_deref())?;
    let shown = Shown {
        command_id: Some(command_id.clone()),
        version: on.shown.version,
        evidence: on.shown.evidence.as_deref().map(EvidenceHash::from_hex),
    };
    let (view, now) = signed_in(context, async |office, actor| {
        let done = office.on_case(actor, &id, act, shown).await;
        let view = done.map_err(|error| with_command(error, &command_id))?;
        Ok((view, office.now()))
    })
    .await?;
    show(context, &view, &[], now);
    Ok(())
}

async fn open(context: &Context, open: OpenArgs) -> Done {
    let number = context.number(&open.number)?;
    let expiry = context.day(&open.expiry)?;
    let prefecture = context.prefecture(&open.prefecture)?;
    let other = open.other.map(|text| checked_text("--other", &text)).transpose()?;
    let command_id = command_id(open.command_id.as_deref())?;
    let (view, candidates, now) = signed_in(context, async |office, actor| {
        let heard = hear(office, actor, open.shop.as_deref(), open.merchant.as_deref(), prefecture);
        let (merchant_id, candidates) = heard.await?;
        let request = OpenRequest {
            number,
            expiry,
            prefecture,
            shop_said: open.shop.or(open.merchant).unwrap_or_default(),
            merchant_id,
            other,
            command_id: (!open.dry_run).then(|| command_id.clone()),
        };
        let view = if open.dry_run {
            office.try_case(actor, request).await
        } else {
            office.open_case(actor, request).await
        };
        let view = view.map_err(|error| with_command(error, &command_id))?;
        Ok((view, candidates, office.now()))
    })
    .await?;
    show(context, &view, &candidates, now);
    Ok(())
}

async fn hear(
    office: &Office,
    actor: &Actor,
    shop: Option<&str>,
    merchant: Option<&str>,
    prefecture: crate::domain::prefecture::Prefecture,
) -> Result<(Option<crate::domain::ids::MerchantId>, Vec<RankedShop>), Failure> {
    match (shop, merchant) {
        (_, Some(id)) => Ok((id.parse().ok(), Vec::new())),
        (Some(text), None) => match office.hear_shop(actor, text, prefecture).await? {
            Heard::One(id) => Ok((Some(id), Vec::new())),
            Heard::Unclear(candidates) => Ok((None, candidates)),
        },
        (None, None) => Ok((None, Vec::new())),
    }
}

/// Prints a case: as JSON, or as an operator reads it, with the sentence for the caller.
pub fn show(context: &Context, view: &CaseView, candidates: &[RankedShop], now: Instant) {
    let mut json = json!(view);
    if let (Value::Object(fields), false) = (&mut json, candidates.is_empty()) {
        fields.insert("candidates".to_owned(), json!(candidates));
    }
    context.out.result(&json, || lines(context, view, candidates, now));
}

/// The case in lines.
pub fn lines(
    context: &Context,
    view: &CaseView,
    candidates: &[RankedShop],
    now: Instant,
) -> Vec<String> {
    let out = &context.out;
    let state: Option<State> = view.state.parse().ok();
    let label = state.map_or("", |state| texts::state(state, out.lang()));
    let id = view.case.as_deref().unwrap_or(out.pick("（受付前）", "(not opened)"));
    let mut lines = vec![format!("{id}  {label} ({})", view.state)];
    for code in &view.reasons {
        if let Ok(reason) = code.parse::<Reason>() {
            let text = texts::reason(reason, out.lang());
            // That the records agree does not mean that it can be restored here and now.
            let open = matches!(state, Some(State::Matched | State::Restored));
            let told = if reason == Reason::Matched && !open { &text.label } else { &text.meaning };
            lines.push(format!("  {code}  {told}"));
        }
    }
    if let Some(coupon) = &view.coupon {
        let (balance, face) = (Yen::new(coupon.balance), Yen::new(coupon.face_value));
        let ja = format!("残額 {balance}円 / 額面 {face}円  期限 {}", coupon.expires_on);
        let en = format!("balance {balance} of {face} yen, expires {}", coupon.expires_on);
        lines.push(format!("  {}  {}", coupon.inquiry_number, out.pick(&ja, &en)));
    }
    if let Some(merchant) = &view.merchant {
        lines.push(format!("  {}  {}", merchant.merchant_id, merchant.name));
    }
    evidence(context, view, &mut lines);
    for near in view.near.iter().flatten() {
        let (number, why) = (&near.inquiry_number, &near.why);
        let ja = format!("  近い番号（お客様に読み直していただく）  {number}  {why}");
        let en = format!("  near number (have the caller read it again)  {number}  {why}");
        lines.push(out.pick(&ja, &en).to_owned());
    }
    for shop in candidates {
        let ja = format!("  候補  {}  {}  {}", shop.merchant_id, shop.name, shop.prefecture);
        let en = format!("  near  {}  {}  {}", shop.merchant_id, shop.name, shop.prefecture);
        lines.push(out.pick(&ja, &en).to_owned());
    }
    if let Some(question) = &view.question {
        lines.push(format!("  {}  {question}", out.pick("SVからの質問", "question")));
    }
    if let Some(callback) = &view.callback {
        let (at, phone, by) = (callback.due_at, &callback.phone_masked, &callback.by);
        lines.push(format!("  {}  {at}  {phone}  {by}", out.pick("折り返し", "call back")));
    }
    if let Some(say) = sentence(context, view, now) {
        lines.push(format!("{}  {say}", out.pick("ご案内", "Say")));
    }
    lines
}

fn evidence(context: &Context, view: &CaseView, lines: &mut Vec<String>) {
    let out = &context.out;
    for settlement in &view.settlements {
        let mark = if settlement.restore { out.pick(" ← 戻入", " <- restore") } else { "" };
        let back = match settlement.restored {
            0 => String::new(),
            yen => format!(" ({} {})", out.pick("戻入済み", "restored"), Yen::new(yen)),
        };
        let (amount, at) = (Yen::new(settlement.amount), settlement.settled_at);
        let what = out.pick("決済", "settled");
        lines.push(format!("  {what}  {at}  {amount}{back}{mark}  {}", settlement.settlement_id));
    }
    for sale in &view.sales {
        let mark = if sale.linked { "" } else { out.pick("  (無記名)", "  (unnamed)") };
        let (total, cash, at) = (Yen::new(sale.total), Yen::new(sale.cash), sale.sold_at);
        let ja = format!("  売上  {at}  合計 {total}  現金等 {cash}{mark}  {}", sale.sale_id);
        let en = format!("  sold  {at}  total {total}  cash {cash}{mark}  {}", sale.sale_id);
        lines.push(out.pick(&ja, &en).to_owned());
    }
    if let Some(over) = view.over {
        let over = Yen::new(over);
        lines.push(format!("  {} {over}", out.pick("払い過ぎ", "paid too much")));
    }
}

/// Reasons that by themselves tell the caller why nothing is owed.
const DECLINING: [Reason; 3] = [Reason::NoSettlement, Reason::AlreadyRestored, Reason::NotOverpaid];

/// What to say to the caller.
fn sentence(context: &Context, view: &CaseView, now: Instant) -> Option<String> {
    let reason: Reason = view.reasons.first()?.parse().ok()?;
    let spoken = spoken(view, &context.settings, now);
    let outcome = match view.state.parse().ok()? {
        // The records agree by now, but it is for a supervisor to say so.
        State::Review if reason == Reason::Matched => texts::Outcome::Supervisor,
        State::Restored => texts::Outcome::Restored,
        State::Matched => texts::Outcome::Matched,
        State::Withdrawn => texts::Outcome::Withdrawn,
        // A supervisor's decision, whatever the records had said.
        State::Declined if !DECLINING.contains(&reason) => texts::Outcome::Declined,
        State::Waiting | State::Review | State::Declined => {
            return Some(texts::reason_say(reason, &spoken, context.out.lang()));
        }
        // For the office alone: nothing is promised to the caller.
        State::Contradicted | State::Reversed | State::Lapsed => return None,
    };
    Some(texts::outcome_say(outcome, &spoken, context.out.lang()))
}

fn row_json(row: &CaseRow) -> Value {
    json!({
        "case": row.case_id, "state": row.state,
        "reasons": row.reasons.split_whitespace().collect::<Vec<_>>(),
        "over": row.over, "restorable": row.restorable, "restored": row.restored,
        "supplement": row.supplement, "inquiry_number": row.number_said,
        "merchant_id": row.merchant_id, "shop_said": row.shop_said, "question": row.question,
        "opened_by": row.opened_by, "held_by": row.held_by, "version": row.version,
        "opened_at": crate::domain::time::Instant::from_micros(row.opened_at),
    })
}

fn row_line(context: &Context, row: &CaseRow) -> String {
    let out = &context.out;
    let label = row.state.parse().map_or("", |state| texts::state(state, out.lang()));
    let mut line = format!("{}  {label}  {}  {}", row.case_id, row.reasons, row.shop_said);
    if row.question.is_some() {
        line.push_str(out.pick("  質問あり", "  question"));
    }
    if row.supplement > 0 {
        let yen = Yen::new(row.supplement);
        let (ja, en) = (format!("  追加 {yen}円あり"), format!("  {yen} yen more due"));
        line.push_str(out.pick(&ja, &en));
    }
    line
}

async fn list(context: &Context, state: Option<String>) -> Done {
    let state = state
        .map(|text| text.parse::<State>())
        .transpose()
        .map_err(|error| bad_input("--state", &error, &error))?;
    let (rows, near) = signed_in(context, async |office, actor| {
        Ok((office.list_cases(actor, state).await?, office.lapse_is_near()))
    })
    .await?;
    if near && rows.iter().any(|row| matches!(row.state.as_str(), "waiting" | "review")) {
        let day = context.settings.campaign.last_day;
        context.out.note(
            &format!("注意: 未処理の受付は {day} を過ぎると期限切れになります（case lapse）。"),
            &format!("Note: cases still open lapse after {day} (case lapse)."),
        );
    }
    let json = json!({"cases": rows.iter().map(row_json).collect::<Vec<_>>()});
    context.out.result(&json, || rows.iter().map(|row| row_line(context, row)).collect());
    Ok(())
}

async fn history(context: &Context, id: &str) -> Done {
    let id = context.case_id(id)?;
    let events =
        signed_in(context, async |office, actor| Ok(office.case_history(actor, &id).await?))
            .await?;
    let at = |micros| crate::domain::time::Instant::from_micros(micros);
    let json = json!({"case": id, "history": events.iter().map(|event| json!({
        "at": at(event.at), "staff": event.staff_id, "action": event.action,
        "detail": serde_json::from_str::<Value>(&event.detail).unwrap_or_default(),
    })).collect::<Vec<_>>()});
    context.out.result(&json, || {
        let line = |event: &crate::store::rows::AuditRow| {
            format!("{}  {}  {}  {}", at(event.at), event.staff_id, event.action, event.detail)
        };
        events.iter().map(line).collect()
    });
    Ok(())
}

async fn lapse(context: &Context, dry_run: bool) -> Done {
    let ids: Vec<String> = signed_in(context, async |office, actor| {
        if dry_run {
            let rows = office.lapsing(actor).await?;
            return Ok(rows.into_iter().map(|row| row.case_id).collect());
        }
        Ok(office.lapse(actor).await?)
    })
    .await?;
    let key = if dry_run { "would_lapse" } else { "lapsed" };
    context.out.result(&json!({key: ids.len(), "cases": ids}), || {
        let mut lines = ids.clone();
        let (ja, en) = (format!("{}件", ids.len()), format!("{} cases", ids.len()));
        lines.push(context.out.pick(&ja, &en).to_owned());
        lines
    });
    Ok(())
}

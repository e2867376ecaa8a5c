//! Durable restorations, 8 tasks at once, beside a rusqlite writer with group commit that
//! does the same statements.

use std::sync::Arc;
use std::time::Instant;

use madoguchi::domain::case::State;
use madoguchi::office::cases::Shown;
use madoguchi::office::command::Act;

use crate::campaign::Campaign;
use crate::raw;
use crate::timing::{Times, rate, seconds};

/// Tasks at once.
pub const TASKS: usize = 8;

pub async fn run(campaign: &mut Campaign) {
    let rows = campaign.office.list_cases(&campaign.operator, Some(State::Matched)).await;
    let ids: Vec<String> = rows.expect("listed").into_iter().map(|row| row.case_id).collect();
    let wanted = usize::try_from(campaign.plan.restore).expect("few");
    let every = ids.len().min(campaign.plan.cases.try_into().expect("few")) / wanted.min(ids.len());
    let ids: Vec<String> = ids.into_iter().step_by(every.max(1)).take(wanted).collect();
    campaign.store.flush().await.expect("flushed");
    let copy = campaign.path("copy.db");
    let from = rusqlite::Connection::open(campaign.path("ours.db")).expect("opened");
    let into = format!("VACUUM INTO '{}'", copy.display());
    from.execute_batch(&into).expect("copied");
    drop(from);
    // In turn, so that both have the machine's good and bad moments.
    let parts = 4;
    let (mut ours_time, mut raw_time) = (0.0, 0.0);
    let (mut ours_times, mut raw_times) = (Times::default(), Times::default());
    for part in ids.chunks(ids.len().div_ceil(parts)) {
        let (taken, times) = ours(campaign, part).await;
        ours_time += taken;
        ours_times.join(times);
        let (copy, part) = (copy.clone(), part.to_vec());
        let (taken, times) =
            tokio::task::spawn_blocking(move || raw::run(&copy, &part)).await.expect("raw");
        raw_time += taken;
        raw_times.join(times);
    }
    let count = u64::try_from(ids.len()).expect("few");
    let (ours, raw) = (rate(count, ours_time), rate(count, raw_time));
    println!("restore   {count} by {TASKS} tasks: ours {ours:.0}/s  {}", ours_times.line());
    println!("          rusqlite {raw:.0}/s  {}: ours {:.2} of it", raw_times.line(), ours / raw);
}

async fn ours(campaign: &Campaign, ids: &[String]) -> (f64, Times) {
    let begun = Instant::now();
    let mut tasks = Vec::new();
    for task in 0..TASKS {
        let mine: Vec<String> = ids.iter().skip(task).step_by(TASKS).cloned().collect();
        let (office, operator) = (Arc::clone(&campaign.office), campaign.operator.clone());
        tasks.push(tokio::spawn(async move {
            let mut times = Times::default();
            for id in mine {
                let shown = Shown {
                    command_id: Some(uuid::Uuid::now_v7().to_string()),
                    ..Shown::default()
                };
                let id = id.parse().expect("a number");
                let one = Instant::now();
                let view = office.on_case(&operator, &id, Act::Restore, shown).await;
                times.add(one.elapsed());
                assert_eq!(view.expect("restored").state, "restored");
            }
            times
        }));
    }
    let mut times = Times::default();
    for task in tasks {
        times.join(task.await.expect("a task"));
    }
    (seconds(begun), times)
}

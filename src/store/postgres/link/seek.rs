//! Looking for the primary: at the start once, and after it was lost until one is found.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::greet::{self, Met, Work};
use super::home::Home;
use crate::domain::refusal::Code;
use crate::store::postgres::errors::Trouble;
use crate::store::postgres::hosts::Hosts;

/// How often each server is asked while none is found.
const AGAIN: Duration = Duration::from_millis(200);
/// How long a first answer waits for the others: an old primary that came back by itself must
/// not win over the one that replaced it.
const GRACE: Duration = Duration::from_millis(300);

/// Asks every server once, all at the same time; of several primaries takes the one that was
/// promoted last.
pub async fn once(hosts: &Arc<Hosts>) -> Result<Met, Trouble> {
    let mut asked = JoinSet::new();
    for host in 0..hosts.each().len() {
        let hosts = Arc::clone(hosts);
        asked.spawn(async move { greet::connect(&hosts, host, Work::Short, 0).await });
    }
    let mut best: Option<Met> = None;
    let mut troubles = Vec::new();
    let mut until = Instant::now() + 2 * greet::CONNECT;
    while let Ok(Some(answer)) = timeout_at(until, asked.join_next()).await {
        match answer {
            Ok(Ok(met)) => {
                until = until.min(Instant::now() + GRACE);
                if best.as_ref().is_none_or(|best| best.timeline < met.timeline) {
                    best = Some(met);
                }
            }
            Ok(Err(trouble)) => troubles.push(trouble),
            Err(_) => {}
        }
    }
    best.ok_or_else(|| summary(troubles.iter()))
}

/// What to tell of several servers' troubles: the most telling code, and every server's own.
pub fn summary<'a>(troubles: impl Iterator<Item = &'a Trouble> + Clone) -> Trouble {
    let rank = |code: Code| match code {
        Code::DatabaseUnreachable => 0,
        Code::DatabaseHost => 1,
        Code::DatabaseReadOnly => 2,
        _ => 3,
    };
    let code = troubles.clone().map(|trouble| trouble.code).max_by_key(|code| rank(*code));
    let whats: Vec<&str> = troubles.map(|trouble| trouble.what.as_str()).collect();
    let what = if whats.is_empty() { "no answer".to_owned() } else { whats.join("; ") };
    Trouble::new(code.unwrap_or(Code::DatabaseUnreachable), &what)
}

/// Asks every server again and again until one is the primary, each at its own pace: one that
/// hangs must not hold up the others.
pub async fn until_found(home: Weak<Home>) {
    let Some(count) = home.upgrade().map(|home| home.hosts.each().len()) else { return };
    let mut asked = JoinSet::new();
    for host in 0..count {
        asked.spawn(ask(Weak::clone(&home), host));
    }
    while let Some(answer) = asked.join_next().await {
        if let (Ok(Some(met)), Some(home)) = (answer, home.upgrade()) {
            home.found(met);
            return;
        }
    }
}

/// None once nobody needs the link any more.
async fn ask(home: Weak<Home>, host: usize) -> Option<Met> {
    loop {
        let begun = Instant::now();
        let (hosts, seen) =
            home.upgrade().map(|home| (Arc::clone(&home.hosts), home.timeline()))?;
        match greet::connect(&hosts, host, Work::Short, seen).await {
            Ok(met) => return Some(met),
            Err(trouble) => home.upgrade()?.told(host, trouble),
        }
        sleep_until(begun + AGAIN).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_troubles_the_most_telling_is_the_code_and_all_are_told() {
        let troubles = [
            Trouble::new(Code::DatabaseUnreachable, "db1: refused"),
            Trouble::new(Code::DatabaseReadOnly, "db2: a standby"),
        ];
        let told = summary(troubles.iter());
        assert_eq!(told.code, Code::DatabaseReadOnly);
        assert_eq!(told.what, "db1: refused; db2: a standby");
        assert_eq!(summary([].iter()).code, Code::DatabaseUnreachable);
    }
}

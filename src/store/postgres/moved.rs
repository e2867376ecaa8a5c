//! What the audit trail says of a move from a file, for `audit verify`. The events of the file
//! stand in a chain of their own as they were, hashes and all, so that a head that was written
//! down before is found in it. The event of the move names its end, and begins the chain of the
//! records. Where nothing was moved, neither is there.

use serde_json::Value;

use super::chain;
use crate::store::rows::AuditRow;
use crate::store::verify::{Stop, parse, wrong};

/// What was found of a move.
#[derive(Default)]
pub struct Move {
    /// The last event of the file's own chain: number and hash.
    last: Option<(i64, String)>,
    /// … and as the event of the move names it.
    named: Option<(i64, String)>,
    /// The first event of all others.
    least: Option<i64>,
}

impl Move {
    /// Takes an event whose place is proven, the `link`th of its chain, counted from 0.
    ///
    /// # Errors
    /// The event cannot stand there.
    pub fn take(&mut self, chain: &str, link: i64, event: &AuditRow) -> Result<(), Stop> {
        let odd = |what: &str| Err(wrong("audit_event", event.seq.to_string(), what));
        let begins = event.action == chain::INIT;
        if chain == chain::MOVED {
            // As in the file: numbers without a gap, from the very first event on.
            if event.seq != link + 1 {
                return odd("an event of the file before it is missing");
            }
            if begins != (link == 0) {
                return odd("the file's chain does not begin as a file's does");
            }
            self.last = Some((event.seq, event.hash.clone()));
            return Ok(());
        }
        self.least = Some(self.least.map_or(event.seq, |least| least.min(event.seq)));
        if chain == chain::RECORDS && link == 0 {
            if event.action == chain::MOVE {
                let detail: Value = parse("audit_event", &event.detail)?;
                let head = &detail["head"];
                let hash = head["hash"].as_str().unwrap_or_default();
                self.named = Some((head["seq"].as_i64().unwrap_or(0), hash.to_owned()));
                return Ok(());
            }
            return if begins { Ok(()) } else { odd("the records do not begin with this") };
        }
        if begins || event.action == chain::MOVE {
            return odd("this stands at the beginning of the records only");
        }
        Ok(())
    }

    /// The file's chain ends where the event of the move says, and everything else came after
    /// it. How many events it has, and its last hash, come back where something was moved.
    ///
    /// # Errors
    /// It does not.
    pub fn check(self) -> Result<Option<(i64, String)>, Stop> {
        if self.last != self.named {
            let what = "the file's chain does not end where the event of the move says";
            return Err(wrong("audit_chain", chain::MOVED, what));
        }
        if let (Some((last, _)), Some(least)) = (&self.last, self.least)
            && least <= *last
        {
            return Err(wrong("audit_event", least.to_string(), "the number is the file's"));
        }
        Ok(self.last)
    }
}

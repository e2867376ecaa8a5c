//! The chains that a batch writes to, as they were read and as they will be.

use std::collections::HashMap;

use serde::Serialize;

use super::chain::genesis;
use crate::store::rows::AuditRow;
use crate::store::snapshot::ChainHead;

/// An event with its chain, as it goes into the table.
#[derive(Serialize)]
pub struct Noted {
    #[serde(flatten)]
    row: AuditRow,
    chain: String,
}

/// The chains that a batch writes to.
#[derive(Default)]
pub struct Chains(HashMap<String, Chain>);

struct Chain {
    /// How many links it had when it was read.
    seen: i64,
    links: i64,
    hash: String,
}

impl Chains {
    /// Takes the last links that were read. Where one was read twice, the older one counts:
    /// if it has grown meanwhile, what was decided on it is decided again.
    pub fn know(&mut self, heads: Vec<ChainHead>) {
        for (name, links, hash) in heads {
            match self.0.get_mut(&name) {
                Some(known) if known.seen <= links => {}
                Some(known) => *known = Chain { seen: links, links, hash },
                None => {
                    self.0.insert(name, Chain { seen: links, links, hash });
                }
            }
        }
    }

    /// Whether the chain was read and is there.
    pub fn knows(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Adds a link that `seal` makes of the hash before it.
    pub fn add(
        &mut self,
        events: &mut Vec<Noted>,
        name: String,
        seal: impl FnOnce(&str) -> AuditRow,
    ) {
        let chain = self.0.entry(name.clone()).or_insert_with(|| Chain {
            seen: 0,
            links: 0,
            hash: genesis(&name),
        });
        let row = seal(&chain.hash);
        chain.links += 1;
        chain.hash.clone_from(&row.hash);
        events.push(Noted { row, chain: name });
    }

    /// The chains that have grown: name, links as seen, links and hash now; in order of their
    /// names, which is the order they are locked in.
    pub fn changed(&self) -> Vec<(&str, i64, i64, &str)> {
        let grown = self.0.iter().filter(|(_, chain)| chain.links > chain.seen);
        let mut grown: Vec<_> = grown
            .map(|(name, chain)| (name.as_str(), chain.seen, chain.links, chain.hash.as_str()))
            .collect();
        grown.sort_unstable();
        grown
    }
}

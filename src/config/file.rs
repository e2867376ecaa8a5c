//! The shape of the file. Tables and their keys only: what a value must be is asked in
//! `build` and `campaign`, where it can be said in both languages and with its line.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use toml::{Spanned, Value};

/// A value and where it stands.
pub(super) type Leaf = Spanned<Value>;

/// A list, and where each of its values stands.
pub(super) type Leaves = Spanned<Vec<Leaf>>;

/// A table with named settings. A struct by itself would be read from a list as well, by
/// position: `outage = ["…", "…"]`.
pub(super) struct Table<T>(pub T);

impl<T> Deref for Table<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Table<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of settings")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Table<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Table)
            }
        }

        deserializer.deserialize_map(Reader(PhantomData))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    pub database: Option<Leaf>,
    pub language: Option<Leaf>,
    pub operator_limit_yen: Leaf,
    pub four_eyes: Leaf,
    pub number_pattern: Leaf,
    pub look_up_throttle: Table<Throttle>,
    pub campaign: Table<Campaign>,
    pub search: Option<Table<Search>>,
    pub desk: Option<Table<Desk>>,
    pub serve: Option<Table<Serve>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    pub dictionary: Option<Leaf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Desk {
    pub theme: Option<Leaf>,
    pub ambiguous_width: Option<Leaf>,
    pub mouse: Option<Leaf>,
    pub lock_minutes: Option<Leaf>,
    pub keys: Option<BTreeMap<String, Spanned<OneOrMany>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Serve {
    pub listen: Option<Leaf>,
    pub host_key: Option<Leaf>,
    pub sign_in: Option<Leaves>,
    pub max_desks: Option<Leaf>,
    pub max_desks_per_address: Option<Leaf>,
    pub max_waiting: Option<Leaf>,
    pub sign_in_seconds: Option<Leaf>,
    pub idle_minutes: Option<Leaf>,
    pub metrics: Option<Leaf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Throttle {
    pub misses: Leaf,
    pub within_minutes: Leaf,
    pub lock_minutes: Leaf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Campaign {
    pub name: Leaf,
    pub prefectures: Spanned<OneOrMany>,
    pub class_a_expiries: Leaves,
    pub first_extension: Leaf,
    pub extended_expiry: Leaf,
    pub points_brands: Leaves,
    pub last_day: Leaf,
    pub lapse_warning_days: Leaf,
    pub outage: Table<Outage>,
    pub deadlines: Table<Deadlines>,
    pub hours: Table<Hours>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Outage {
    pub from: Leaf,
    pub until: Leaf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Deadlines {
    pub site_opens_on: Leaf,
    pub points_sent_from: Leaf,
    pub apply_by: Leaf,
    pub receive_by: Leaf,
    pub transfers_from: Leaf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hours {
    pub opens: Leaf,
    pub closes: Leaf,
    pub every_day_until: Option<Leaf>,
    pub holidays: Leaves,
}

/// A word, or a list of values each with its place. An untagged enum would lose the places.
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<Leaf>),
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = OneOrMany;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E>(self, word: &str) -> Result<OneOrMany, E> {
                Ok(OneOrMany::One(word.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<OneOrMany, A::Error> {
                let mut many = Vec::new();
                while let Some(leaf) = seq.next_element()? {
                    many.push(leaf);
                }
                Ok(OneOrMany::Many(many))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

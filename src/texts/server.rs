//! What a database server says, for somebody who reads Japanese. Servers speak English, or what
//! their own settings say: the meaning is told first, by SQLSTATE where there is one, and the
//! server's words stay at the end for whoever looks into it.

use std::sync::LazyLock;

use serde::Deserialize;

use super::lang::Lang;

/// The file.
pub(super) const FILE: &str = include_str!("../../assets/texts/server.toml");

/// The whole of it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Server {
    pub says: Vec<Says>,
}

/// One thing that is said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Says {
    pub said: String,
    pub ja: String,
}

static SERVER: LazyLock<Server> = LazyLock::new(|| toml::from_str(FILE).unwrap_or_default());

/// `said`, in Japanese with its meaning before it, where that is known.
pub(super) fn worded(said: &str, lang: Lang) -> Option<String> {
    let meaning = SERVER.says.iter().find(|known| said.contains(&known.said))?;
    match lang {
        Lang::Ja => Some(format!("{}。詳細：{said}", meaning.ja)),
        Lang::En => None,
    }
}

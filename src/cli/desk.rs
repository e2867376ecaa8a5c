//! `desk`: the terminal desk on a database.

use std::future::Future;
use std::io::IsTerminal as _;
use std::sync::Arc;

use super::{Context, Done, Failure};
use crate::desk::keymap::Keymap;
use crate::desk::session::Begin;
use crate::desk::state::Look;
use crate::desk::theme::Theme;
use crate::desk::{plain as lines, terminal};
use crate::domain::refusal::Code;
use crate::office::{Office, OfficeError};
use crate::store::StoreError;

/// Whether both ends of the program are a terminal.
pub fn on_a_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Opens the desk.
pub async fn run(context: &Context, plain: bool) -> Done {
    if !plain && !on_a_terminal() {
        return Err(Failure::Office(Code::NoTerminal.into()));
    }
    Box::pin(open(context, Vec::new(), plain, context.quiet_office())).await
}

/// Opens the desk on what `opening` comes to.
pub async fn open(
    context: &Context,
    demo: Vec<(String, String)>,
    plain: bool,
    opening: impl Future<Output = Result<Office, Failure>>,
) -> Done {
    let begin = Begin {
        settings: Arc::clone(&context.settings),
        keymap: Arc::new(keymap(context)?),
        look: look(context),
        demo,
    };
    if plain {
        let office = Arc::new(opening.await?);
        Box::pin(lines::run(&begin, &office)).await.map_err(broken)?;
        return Ok(office.close().await?);
    }
    let mut opened = None;
    let opening = async {
        let office = Arc::new(opening.await?);
        opened = Some(Arc::clone(&office));
        Ok::<_, Failure>(office)
    };
    let ended = terminal::run(begin, opening).await;
    if let Some(office) = opened {
        office.close().await?;
    }
    ended
}

impl From<std::io::Error> for OfficeError {
    fn from(error: std::io::Error) -> Self {
        Self::Store(StoreError::Unreachable(error.to_string()))
    }
}

fn broken(error: std::io::Error) -> Failure {
    Failure::Office(error.into())
}

/// The keys of the settings, or what is wrong with them and where.
pub fn keymap(context: &Context) -> Result<Keymap, Failure> {
    let changes = &context.settings.desk.keys;
    let all = changes.iter().map(|change| (change.action.as_str(), change.keys.as_slice()));
    Keymap::new(all).map_err(|error| {
        // The change that makes the difference is the one to blame.
        let blamed = (1..=changes.len()).find(|count| {
            let some = changes.iter().take(*count);
            Keymap::new(some.map(|change| (change.action.as_str(), change.keys.as_slice())))
                .is_err()
        });
        match blamed.and_then(|count| changes.get(count - 1)) {
            Some(change) => {
                let refusal = change.wrong(&error.message_ja(), &error.to_string()).to_refusal();
                Failure::Office(refusal.into())
            }
            None => Failure::Office(Code::ConfigBad.into()),
        }
    })
}

fn look(context: &Context) -> Look {
    let desk = &context.settings.desk;
    // NO_COLOR asks for no colour whatever it is set to, unless to nothing.
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let theme = if no_color { Theme::Mono } else { Theme::of(desk.theme).unwrap_or(Theme::Dark) };
    Look { lang: context.out.lang(), theme, wide: desk.wide, mouse: desk.mouse }
}

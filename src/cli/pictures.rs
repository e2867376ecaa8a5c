//! `pictures`: the screens of the README and the guides, made by playing the desk on the
//! demo's database.

use std::path::Path;
use std::sync::Arc;

use crossterm::event::KeyCode;

use super::{Context, Done, Failure, demo};
use crate::desk::action::Action;
use crate::desk::keymap::Keymap;
use crate::desk::picture::svg;
use crate::desk::player::Player;
use crate::desk::session::Begin;
use crate::desk::state::Look;
use crate::desk::theme::Theme;
use crate::domain::time::parse_record_time;
use crate::sample;
use crate::texts::{self, Lang};

/// The pictures' size, in columns and rows.
const SIZE: (u16, u16) = (100, 28);
/// What the clock shows on them.
const TIME: &str = "2023-03-13 10:42";
/// How many calls are left to a supervisor.
const CALLS: usize = 4;

/// Writes the pictures into `folder`.
pub async fn run(context: &Context, folder: &Path) -> Done {
    for lang in [Lang::Ja, Lang::En] {
        let name = texts::pick(lang, "ja", "en");
        for (screen, picture) in Box::pin(play(context, lang)).await? {
            let path = folder.join(format!("{screen}.{name}.svg"));
            std::fs::write(&path, picture)?;
        }
    }
    Ok(())
}

async fn play(context: &Context, lang: Lang) -> Result<Vec<(&'static str, String)>, Failure> {
    let folder = tempfile::tempdir()?;
    let (office, _) = demo::open(context, folder.path()).await?;
    let office = Arc::new(office);
    let keymap = Keymap::new([]).map_err(|_| demo::unknown_example())?;
    let begin = Begin {
        settings: Arc::clone(&context.settings),
        keymap: Arc::new(keymap),
        look: Look { lang, theme: Theme::Dark, wide: false, mouse: false },
        demo: demo::people(lang),
    };
    let still = parse_record_time(TIME).ok();
    let mut pictures = Vec::new();

    // The operator: some calls that need a supervisor, then one that matches.
    let mut desk = Player::new(&begin, &office, still);
    sign_in(&mut desk, 0).await;
    let reviews = sample::examples().into_iter().filter(|e| e.expected_state == "review");
    for example in reviews.take(CALLS) {
        call(&mut desk, &example).await;
        desk.act(Action::HandOver);
        desk.press(KeyCode::Enter);
        desk.settle().await;
        desk.act(Action::NewCall);
    }
    call(&mut desk, &demo::example(|example| example.expected_state == "matched")?).await;
    pictures.push(("call", picture(&desk)));
    desk.act(Action::Restore);
    pictures.push(("confirm", picture(&desk)));
    desk.finish().await;

    let mut desk = Player::new(&begin, &office, still);
    sign_in(&mut desk, 1).await;
    desk.act(Action::ReviewScreen);
    desk.settle().await;
    pictures.push(("reviews", picture(&desk)));
    desk.press(KeyCode::Enter);
    desk.settle().await;
    pictures.push(("review", picture(&desk)));
    desk.press(KeyCode::Esc);
    desk.act(Action::BoardScreen);
    desk.settle().await;
    pictures.push(("board", picture(&desk)));
    desk.finish().await;
    office.close().await?;
    Ok(pictures)
}

fn picture(desk: &Player) -> String {
    svg(desk.state(), SIZE.0, SIZE.1).unwrap_or_default()
}

async fn sign_in(desk: &mut Player, place: usize) {
    for _ in 0..place {
        desk.press(KeyCode::Down);
    }
    desk.press(KeyCode::Enter);
    desk.settle().await;
}

/// A call with its four facts, as they are typed.
async fn call(desk: &mut Player, example: &crate::sample::Example) {
    let shop = demo::shop_name(&example.merchant_id).unwrap_or_default();
    for text in [&example.inquiry_number, &example.expires_on, example.prefecture, shop] {
        desk.type_in(text);
        desk.settle().await;
        desk.press(KeyCode::Enter);
        desk.settle().await;
    }
}

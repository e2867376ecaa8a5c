//! One desk on one channel: what the client sends becomes keys, what the desk draws goes out,
//! and whatever ends it, the terminal is given back and what was begun is written.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use russh::server::Msg as ToClient;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::sync::mpsc;

use super::Shared;
use super::input::{ESC_WAIT, Input};
use super::line::{Line, Size};
use super::metrics::Ended;
use super::presence::Who;
use super::screen::RemoteScreen;
use crate::desk::meter::Meter;
use crate::desk::msg::Msg;
use crate::desk::session::{Begin, Desk, End, MESSAGES, PATIENCE, Screen as _};
use crate::desk::state::Look;
use crate::domain::refusal::Code;
use crate::texts::{self, Lang};

/// How long a client may take for the last of what it is shown.
const FAREWELL: Duration = Duration::from_secs(2);

/// What a desk is opened with.
pub(super) struct Opened {
    /// Who sits down.
    pub who: Who,
    /// How it looks.
    pub look: Look,
    /// How large the terminal is.
    pub size: Size,
    /// What comes from the client.
    pub reading: ChannelReadHalf,
    /// What goes to it.
    pub writing: ChannelWriteHalf<ToClient>,
}

/// Serves the desk until it is over.
pub(super) async fn run(shared: &Arc<Shared>, opened: Opened) {
    let Opened { who, look, size, reading, writing } = opened;
    let (_chair, get_up) = shared.presence.sit_down(&who);
    let opening = &shared.opening;
    let begin = Begin {
        settings: Arc::clone(&opening.settings),
        keymap: Arc::clone(&opening.keymap),
        look,
        demo: Vec::new(),
    };
    let meter = Arc::clone(&shared.metrics) as Arc<dyn Meter>;
    let mut desk = Desk::new(&begin, &shared.office, &shared.watch, meter);
    desk.enter(who.actor.clone());
    shared.metrics.session_began();
    tracing::info!(by_key = who.key.is_some(), "a desk was opened");

    let line = Line::new(size);
    let (events, heard) = mpsc::channel(MESSAGES);
    // Without a hold on it: a client that is gone is known by that nobody has it any more.
    let news = events.downgrade();
    let ends = async {
        tokio::select! {
            () = stopped(shared, &line, &news) => End::Stopped,
            Ok(why) = get_up => End::PutOut(why),
            () = idle(&line, opening.settings.serve.idle_time) => End::PutOut(Code::IdleTooLong),
        }
    };
    // All three in one task: a key and its frame wake it once each.
    let ended = tokio::select! {
        ended = serve(desk, &line, heard, ends) => ended,
        never = for_ever(listen(reading, &line, events)) => never,
        // A client that is gone is heard to be gone.
        never = for_ever(line.carry(writing.make_writer())) => never,
    };
    shared.metrics.session_ended(ended);
    tracing::info!(how = ?ended, "a desk was closed");
    let parting = async {
        let _ = writing.exit_status(u32::from(ended != Ended::Closed)).await;
        let _ = writing.eof().await;
        let _ = writing.close().await;
    };
    let _ = tokio::time::timeout(FAREWELL, parting).await;
}

/// Does something beside the desk, which alone says when all is over.
async fn for_ever<T>(beside: impl Future<Output = T>) -> Ended {
    beside.await;
    std::future::pending().await
}

/// Waits until the server was told to end, and what is commanded here has come to its end:
/// a restoration that was begun is seen through. The person is told meanwhile.
async fn stopped(shared: &Shared, line: &Line, news: &mpsc::WeakSender<Msg>) {
    shared.stopped().await;
    line.end();
    if let Some(news) = news.upgrade() {
        // A desk with so much to do that this finds no place draws anyhow.
        let _ = news.try_send(Msg::Resize);
    }
    let _ = tokio::time::timeout(PATIENCE, line.settled()).await;
}

/// Waits until nothing was typed for so long.
async fn idle(line: &Line, longest: Duration) {
    loop {
        let due = line.typed_at() + longest;
        tokio::time::sleep_until(due).await;
        if line.typed_at() + longest <= due {
            return;
        }
    }
}

/// Shows the desk until it is over, and says how that came.
async fn serve(
    mut desk: Desk,
    line: &Line,
    mut heard: mpsc::Receiver<Msg>,
    ends: impl Future<Output = End>,
) -> Ended {
    let Ok(mut screen) = RemoteScreen::take(line, desk.state.look.mouse) else {
        return Ended::Failed;
    };
    let ended = desk.converse(&mut screen, &mut heard, ends).await;
    let (how, why) = match ended {
        Ok(None) => (Ended::Closed, None),
        Ok(Some(End::HangUp)) | Err(_) => (Ended::HungUp, None),
        Ok(Some(End::Stopped)) => (Ended::ServerStopped, Some(Code::ServerStops)),
        Ok(Some(End::PutOut(Code::IdleTooLong))) => (Ended::Idle, Some(Code::IdleTooLong)),
        Ok(Some(End::PutOut(why))) => (Ended::PutOut, Some(why)),
    };
    let words = why.map(|why| words(why, desk.state.look.lang));
    let words = words.unwrap_or_default();
    if how == Ended::ServerStopped {
        // What is left to be written is waited for with the words on the screen.
        if screen.is_free() {
            let _ = screen.draw(&desk.state);
        }
        desk.finish(PATIENCE).await;
        let _ = screen.give_back(&words);
    } else {
        let _ = screen.give_back(&words);
        desk.finish(PATIENCE).await;
    }
    if how != Ended::HungUp {
        let _ = tokio::time::timeout(FAREWELL, line.freed()).await;
    }
    how
}

/// What a person is told, and what to do next, a line each.
pub(super) fn words(code: Code, lang: Lang) -> Vec<String> {
    let sentence = texts::refusal(&code.into(), lang);
    vec![sentence.message, sentence.next]
}

/// Takes what the client sends until it sends nothing more. A desk that is busy lets its
/// client wait.
async fn listen(mut reading: ChannelReadHalf, line: &Line, events: mpsc::Sender<Msg>) {
    let mut input = Input::new();
    let mut keys = Vec::new();
    loop {
        let next = if input.is_pending() {
            tokio::time::timeout(ESC_WAIT, reading.wait()).await
        } else {
            Ok(reading.wait().await)
        };
        match next {
            Ok(Some(ChannelMsg::Data { data })) => {
                line.typed();
                input.feed(&data, &mut keys);
            }
            Ok(Some(ChannelMsg::WindowChange { col_width, row_height, .. })) => {
                if line.resize(Size::told(col_width, row_height)) {
                    keys.push(Msg::Resize);
                }
            }
            Ok(None | Some(ChannelMsg::Eof | ChannelMsg::Close)) => return,
            Ok(Some(_)) => {}
            Err(_) => input.settle(&mut keys),
        }
        if line.is_ending() {
            keys.clear();
        }
        for key in keys.drain(..) {
            if events.send(key).await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_is_idle_before_the_time_since_the_last_key() {
        let longest = Duration::from_millis(20);
        let line = Line::new(Size::told(0, 0));
        let typing = async {
            for _ in 0..5 {
                tokio::time::sleep(longest / 2).await;
                line.typed();
            }
        };
        tokio::join!(typing, idle(&line, longest));
        assert!(line.typed_at().elapsed() >= longest);
    }
}

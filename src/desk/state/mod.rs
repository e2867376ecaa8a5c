//! What the desk shows and knows. Only [`super::update`] changes it; drawing reads it.

use std::sync::Arc;

use crate::config::Settings;
use crate::domain::staff::{Permission, may};
use crate::domain::time::Instant;
use crate::office::Actor;
use crate::store::desks::Board;
use crate::texts::Lang;

use super::action::Place;
use super::keymap::Keymap;
use super::theme::Theme;

pub mod call;
pub mod over;
pub mod review;
pub mod sign_in;

use call::Call;
use over::Over;
use review::Review;
use sign_in::SignIn;

/// Which of the screens is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// One call.
    Call,
    /// What waits for a supervisor.
    Review,
    /// How the day goes.
    Board,
}

/// How the screen looks and speaks; each session has its own.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// The language.
    pub lang: Lang,
    /// The colours.
    pub theme: Theme,
    /// Whether the terminal draws ambiguous characters two columns wide.
    pub wide: bool,
    /// Whether the terminal reports the mouse.
    pub mouse: bool,
}

/// Whether the database answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It does.
    Up,
    /// It has not since then.
    Down(Instant),
}

/// A line that tells what has just happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What.
    pub text: String,
    /// Whether something went wrong.
    pub grave: bool,
}

/// Makes command ids: 36 characters, never the same twice.
pub type MakeId = Box<dyn FnMut() -> String + Send>;

/// Everything about one desk.
pub struct State {
    /// The campaign's particulars.
    pub settings: Arc<Settings>,
    /// Which key does what.
    pub keymap: Arc<Keymap>,
    /// Whether the database is open: before, neither its clock nor its people are known.
    pub ready: bool,
    /// Whether the database is for training.
    pub training: bool,
    /// Whom the demo offers to sign in as: staff id and what to show.
    pub demo: Vec<(String, String)>,
    /// How it looks.
    pub look: Look,
    /// What time it is.
    pub now: Instant,
    /// When a key was last pressed.
    pub last_key_at: Instant,
    /// Who has signed in.
    pub person: Option<Actor>,
    /// Whose desk it is alone: who has proved who they are before it was opened.
    pub owner: Option<Actor>,
    /// Whether personal data is blanked until the password is given again.
    pub locked: bool,
    /// Signing in, or back in.
    pub sign_in: SignIn,
    /// Which screen is up.
    pub screen: Screen,
    /// The call.
    pub call: Call,
    /// The reviews.
    pub review: Review,
    /// The wallboard, once it was read.
    pub board: Option<Board>,
    /// Whose look-ups are locked, as the wallboard read it.
    pub locked_staff: Vec<String>,
    /// What lies over the screen.
    pub over: Option<Over>,
    /// Whether the database answers.
    pub link: Link,
    /// While it does not: whether only a standby answers, which cannot be written to.
    pub read_only: bool,
    /// By how many seconds this machine's clock is ahead of the database's, where that is
    /// more than it may be.
    pub clock_off: Option<i64>,
    /// What has just happened.
    pub notice: Option<Notice>,
    /// Whether the desk is closing.
    pub closing: bool,
    /// When the operator's own list was last read behind a call.
    pub list_read_at: Instant,
    /// When the desk last said that its person is here.
    pub beat_at: Instant,
    /// The request that asked whether the seat is still theirs.
    pub(super) beat: Option<u64>,
    /// The request whose page (a history, a telephone number) is waited for.
    pub(super) page: Option<u64>,
    /// A text that is being written, while something else lies over it or the desk is locked.
    pub(super) aside: Option<over::Write>,
    /// The number of the last request.
    pub(super) request: u64,
    pub(super) make_id: MakeId,
}

impl State {
    /// A desk at which nobody has signed in.
    #[must_use]
    pub fn new(
        settings: Arc<Settings>,
        keymap: Arc<Keymap>,
        look: Look,
        now: Instant,
        make_id: MakeId,
    ) -> Self {
        Self {
            settings,
            keymap,
            ready: true,
            training: false,
            demo: Vec::new(),
            look,
            now,
            last_key_at: now,
            person: None,
            owner: None,
            locked: false,
            sign_in: SignIn::default(),
            screen: Screen::Call,
            call: Call::default(),
            review: Review::default(),
            board: None,
            locked_staff: Vec::new(),
            over: None,
            link: Link::Up,
            read_only: false,
            clock_off: None,
            notice: None,
            closing: false,
            list_read_at: now,
            beat_at: now,
            beat: None,
            page: None,
            aside: None,
            request: 0,
            make_id,
        }
    }

    /// Where somebody is, for the keys.
    #[must_use]
    pub fn place(&self) -> Place {
        if self.over.is_some() {
            return Place::Over;
        }
        if self.person.is_none() || self.locked {
            return Place::SignIn;
        }
        match self.screen {
            Screen::Call => Place::Call,
            Screen::Review if self.review.open.is_some() => Place::Case,
            Screen::Review => Place::Queue,
            Screen::Board => Place::Board,
        }
    }

    /// Whether whoever has signed in may do it.
    #[must_use]
    pub fn may(&self, what: Permission) -> bool {
        self.person.as_ref().is_some_and(|person| may(person.role, what))
    }

    /// A number for a request, so that a stale answer is told from the one waited for.
    pub(super) fn next_request(&mut self) -> u64 {
        self.request += 1;
        self.request
    }

    /// Lays something over the screen; a text that is being written waits below it.
    pub(super) fn lay(&mut self, over: Over) {
        if let Some(Over::Write(write)) = self.over.replace(over) {
            self.aside = Some(write);
        }
    }

    /// Takes away what lies over the screen; a text that waited below it comes back.
    pub(super) fn lift(&mut self) {
        self.over = self.aside.take().map(Over::Write);
    }

    /// Tells what has happened.
    pub(super) fn tell(&mut self, text: impl Into<String>, grave: bool) {
        self.notice = Some(Notice { text: text.into(), grave });
    }
}

//! What reaches the desk, and what the desk asks for. Both are data: the desk's own logic
//! does nothing by itself, and a test can play the office.

use crossterm::event::KeyEvent;

use crate::domain::ids::{CaseId, MerchantId};
use crate::domain::number::InquiryNumber;
use crate::domain::prefecture::Prefecture;
use crate::domain::private::Private;
use crate::domain::refusal::Refusal;
use crate::domain::staff::StaffId;
use crate::domain::time::Instant;
use crate::office::Actor;
use crate::office::cases::OpenRequest;
use crate::office::command::Act;
use crate::office::coupon::NumberHeard;
use crate::office::shop::RankedShop;
use crate::office::view::{CaseView, NearNumber};
use crate::store::desks::Board;
use crate::store::desks::QueueRow;

/// Something that has happened.
#[derive(Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// A text was pasted.
    Paste(String),
    /// The wheel was turned, up or down.
    Wheel(bool),
    /// The clock: once a second while a clock is shown.
    Tick,
    /// The terminal has another size.
    Resize,
    /// Somebody else has written to the database.
    Changed,
    /// The shops were read anew.
    ShopsChanged,
    /// The database answers again, or does not.
    Link(bool),
    /// Only a database answers that cannot be written to.
    LinkReadOnly,
    /// By how many seconds this machine's clock is off; none where it is right.
    ClockOff(Option<i64>),
    /// The terminal has hung up, or the program is told to end.
    HangUp,
    /// An answer to request `.0`.
    Answer(u64, Answer),
}

/// What a request came to.
pub type Answered<T> = Result<T, Failed>;

/// Why there is no answer.
#[derive(Clone, Debug)]
pub enum Failed {
    /// A rule says no.
    Refused(Refusal),
    /// The database cannot be reached.
    Unreachable(Refusal),
    /// Nobody knows whether it was done.
    Unknown,
}

/// An answer.
#[derive(Debug)]
pub enum Answer {
    /// Somebody has signed in, unless another desk has their seat.
    SignedIn(Answered<SignedIn>),
    /// The number.
    Number(InquiryNumber, Answered<Option<NumberHeard>>),
    /// Where the coupon was settled.
    Likely(Vec<MerchantId>),
    /// The shops that fit.
    Shops(Answered<Vec<RankedShop>>),
    /// Numbers one slip away from the one that does not exist.
    Near(Answered<Vec<NearNumber>>),
    /// How a shop is read is kept, or not.
    Reading(Answered<()>),
    /// What the four facts come to.
    Tried(Answered<Box<CaseView>>),
    /// The case after it was opened or commanded.
    Case(Answered<Box<CaseView>>),
    /// A case as it stands.
    Shown(Answered<Box<CaseView>>),
    /// What has happened to a case.
    History(Answered<Vec<String>>),
    /// The number to call back.
    Phone(Answered<Option<Private>>),
    /// What waits for a supervisor.
    Queue(Answered<Vec<QueueRow>>),
    /// How the day goes, and whose look-ups are locked.
    Board(Answered<(Box<Board>, Vec<String>)>),
    /// Who else looks at the case.
    Lease(CaseId, Option<String>),
    /// How many of so many commands were carried out, and the first refusal.
    Many(usize, usize, Option<Refusal>),
    /// Whether the seat is still this desk's.
    Seated(bool),
    /// It was done, or not.
    Done(Answered<()>),
}

impl Answer {
    /// Whether what was asked for was done, and not refused or failed.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        match self {
            Self::SignedIn(answer) => answer.is_ok(),
            Self::Number(_, answer) => answer.is_ok(),
            Self::Shops(answer) => answer.is_ok(),
            Self::Near(answer) => answer.is_ok(),
            Self::Reading(answer) | Self::Done(answer) => answer.is_ok(),
            Self::Tried(answer) | Self::Case(answer) | Self::Shown(answer) => answer.is_ok(),
            Self::History(answer) => answer.is_ok(),
            Self::Phone(answer) => answer.is_ok(),
            Self::Queue(answer) => answer.is_ok(),
            Self::Board(answer) => answer.is_ok(),
            Self::Many(_, _, refused) => refused.is_none(),
            Self::Likely(_) | Self::Lease(..) | Self::Seated(_) => true,
        }
    }
}

/// Somebody who has signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// Who.
    pub actor: Actor,
    /// Where and since when they are signed in elsewhere; then they are not signed in here.
    pub elsewhere: Option<Instant>,
    /// What they had typed and not sent.
    pub draft: Option<String>,
}

/// Something the desk wants done. Reads of the same kind replace each other; writes never.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Sign in, taking the seat over or not.
    SignIn(u64, StaffId, Private, bool),
    /// Sit somebody down who has proved elsewhere who they are, taking the seat over or not.
    Enter(u64, Actor, bool),
    /// Look the number up.
    HearNumber(u64, InquiryNumber),
    /// Ask where the coupon was settled, once three facts agree.
    Likely(u64, InquiryNumber, chrono::NaiveDate, Prefecture),
    /// Find the shops that fit.
    FindShops(u64, String, Option<Prefecture>, Vec<MerchantId>),
    /// Find the numbers near one that does not exist, with which the other facts agree.
    Near(u64, OpenRequest),
    /// Say how a shop is read.
    CorrectReading(u64, MerchantId, String),
    /// What the four facts come to.
    Try(u64, OpenRequest),
    /// The same again, for what is on the screen already.
    Retry(u64, OpenRequest),
    /// Open the case.
    Open(u64, OpenRequest),
    /// Command on a case. With its id, version and evidence.
    Act(u64, CaseId, Act, Sent),
    /// The same command on several cases, each with an id of its own.
    ActOnAll(u64, Vec<(CaseId, String)>, Act),
    /// Read a case.
    Show(u64, CaseId),
    /// Read a case again that is on the screen already.
    Reread(u64, CaseId),
    /// Read what has happened to a case.
    History(u64, CaseId),
    /// Show the number to call back.
    Reveal(u64, CaseId),
    /// Read what waits for a supervisor.
    Queue(u64),
    /// Read how the day goes.
    Board(u64),
    /// Say that this person looks at the case now.
    Lease(u64, CaseId),
    /// Say that they do not any more.
    Unlease(CaseId),
    /// Release somebody's look-ups.
    Release(u64, StaffId),
    /// Keep what was typed, or forget it.
    KeepDraft(Option<String>),
    /// Say that this person is still here.
    StillSeated(u64),
    /// Ask whether another desk has the seat now.
    SeatLost(u64),
    /// Give up the seat.
    StandUp,
    /// Put a text on the clipboard of the terminal.
    Copy(String),
    /// Let the terminal report the mouse, or not.
    Mouse(bool),
    /// Close the desk.
    Close,
}

/// What goes along with a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// The command's id.
    pub command_id: String,
    /// The evidence that was shown.
    pub evidence: Option<String>,
    /// The version that was shown.
    pub version: Option<i64>,
}

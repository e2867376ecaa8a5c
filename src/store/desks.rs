//! What the desks need beside the ledger: drafts, seats and leases, which come and go
//! without a line in the audit trail, and the lists that screens are drawn from.

use std::time::Duration;

use async_trait::async_trait;

use super::StoreError;
use crate::domain::ids::{CaseId, MerchantId};
use crate::domain::number::InquiryNumber;
use crate::domain::private::Private;
use crate::domain::staff::StaffId;
use crate::domain::time::Instant;

/// How long a seat is kept for a desk that is not heard of, minutes.
pub const SEAT_KEPT_MINUTES: i64 = 2;
/// The days that [`Board::restored_per_day`] looks back upon, today among them.
pub const BOARD_DAYS: usize = 14;
/// The most merchants that [`Board::waited_for`] names.
pub const BOARD_MERCHANTS: usize = 20;

/// What asking for a seat came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seat {
    /// The person sits at the desk that asked.
    Yours,
    /// The person sits at another desk.
    Taken {
        /// Which.
        desk_id: String,
        /// Since when.
        since: Instant,
        /// When that desk was last heard of.
        seen_at: Instant,
    },
}

/// Who looks at a case, and until when that is taken for true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Who.
    pub staff_id: StaffId,
    /// Until when, unless it is renewed.
    pub until: Instant,
}

/// A live case, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueRow {
    /// R-20230313-0001.
    pub case_id: String,
    /// `review`, `waiting`, `contradicted` or `matched`.
    pub state: String,
    /// Reason codes, the first one first.
    pub reasons: Vec<String>,
    /// Yen: what a restoration would put back, else what was paid too much; none where
    /// neither is known.
    pub amount: Option<i64>,
    /// Who opened it.
    pub opened_by: String,
    /// Who has it open.
    pub held_by: String,
    /// The name of whoever opened it.
    pub opened_by_name: Private,
    /// When.
    pub opened_at: Instant,
    /// The prefecture as said, JIS code.
    pub prefecture: u8,
    /// The coupon, where the number is known.
    pub inquiry_number: Option<String>,
    /// The inquiry number as said, folded.
    pub number_said: String,
    /// The merchant, where exactly one fits.
    pub merchant_id: Option<String>,
    /// The merchant's name, else the shop as typed.
    pub shop: String,
    /// Whether a supervisor's question is open.
    pub question: bool,
    /// Who looks at it, or last did: see [`Lease::until`].
    pub lease: Option<Lease>,
    /// When the caller is to be called back, by the latest promise.
    pub callback_due: Option<Instant>,
    /// Counts every change.
    pub version: i64,
}

/// The live cases in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCases {
    /// Which state.
    pub state: String,
    /// How many.
    pub cases: i64,
    /// When the oldest of them was opened.
    pub oldest: Instant,
}

/// A merchant whose records cases wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitedFor {
    /// 加盟店ID.
    pub merchant_id: String,
    /// 店舗名.
    pub name: String,
    /// How many cases wait.
    pub cases: i64,
}

/// How a day stands. Hours and days are Asia/Tokyo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Board {
    /// Cases opened in each hour of the day.
    pub opened_by_hour: [i64; 24],
    /// Restorations in each hour of the day.
    pub restored_by_hour: [i64; 24],
    /// Live cases by state, in order of the states' names; a state without any is left out.
    pub open: Vec<OpenCases>,
    /// Live cases by their first reason's code, most first.
    pub open_by_reason: Vec<(String, i64)>,
    /// Yen put back per day, oldest first, the day itself last; reversals are not taken off.
    pub restored_per_day: [i64; BOARD_DAYS],
    /// Merchants whose records cases wait for, most first.
    pub waited_for: Vec<WaitedFor>,
}

/// What the desks need of a store. Its writes take turns with the commands and are durable
/// when they answer; none of them has a line in the audit trail.
#[async_trait]
pub trait Desks: Send + Sync {
    /// The number of the audit trail's last event, so that a screen knows when to read
    /// anew: drafts, seats and leases, which come and go with every key, do not move it.
    /// It costs next to nothing while nobody commits.
    async fn head_seq(&self) -> Result<i64, StoreError>;

    /// Waits until that number is another one than `seen`, for `at_most`, and tells it. A
    /// store that is told of changes answers at once; one that has to look, at the end.
    async fn changed_from(&self, seen: i64, at_most: Duration) -> Result<i64, StoreError>;

    /// How far this machine's clock is ahead of the store's own, microseconds; none where
    /// the store has no clock but this machine's.
    async fn clock_ahead(&self) -> Result<Option<i64>, StoreError>;

    /// Replaces what a person has typed and not sent; none deletes it.
    async fn keep_draft(
        &self,
        staff: &StaffId,
        body: Option<&str>,
        at: Instant,
    ) -> Result<(), StoreError>;

    /// What a person has typed and not sent.
    async fn draft(&self, staff: &StaffId) -> Result<Option<String>, StoreError>;

    /// Sits a person down at a desk. A seat that was not heard of for
    /// [`SEAT_KEPT_MINUTES`] is free; `take_over` takes any.
    async fn take_seat(
        &self,
        staff: &StaffId,
        desk_id: &str,
        now: Instant,
        take_over: bool,
    ) -> Result<Seat, StoreError>;

    /// Whether the person still sits at this desk, which is then heard of at `now`; false
    /// once another desk has taken over, or the seat was left.
    async fn still_seated(
        &self,
        staff: &StaffId,
        desk_id: &str,
        now: Instant,
    ) -> Result<bool, StoreError>;

    /// At which desk a person sits, if at any.
    async fn seat_of(&self, staff: &StaffId) -> Result<Option<String>, StoreError>;

    /// Leaves the seat, where it is still this desk's.
    async fn leave_seat(&self, staff: &StaffId, desk_id: &str) -> Result<(), StoreError>;

    /// Takes a case to look at, or renews that, until `until`. None: it is theirs; else
    /// who has it at `now`. The case must be there.
    async fn take_lease(
        &self,
        case_id: &CaseId,
        staff: &StaffId,
        now: Instant,
        until: Instant,
    ) -> Result<Option<Lease>, StoreError>;

    /// Lets go of a case, where it is still theirs.
    async fn leave_lease(&self, case_id: &CaseId, staff: &StaffId) -> Result<(), StoreError>;

    /// Every live case, oldest first; only those that `own` opened or holds, where named.
    /// Leases are told by the clock that says `now`, also where the store has its own.
    async fn queue(&self, own: Option<&StaffId>, now: Instant)
    -> Result<Vec<QueueRow>, StoreError>;

    /// How the day from `from` until `until` stands: the two midnights in Japan.
    async fn board(&self, from: Instant, until: Instant) -> Result<Board, StoreError>;

    /// The merchants where a coupon was settled from `from` on and before `until`, each
    /// once, in order.
    async fn settled_at(
        &self,
        number: &InquiryNumber,
        from: Instant,
        until: Instant,
    ) -> Result<Vec<MerchantId>, StoreError>;
}

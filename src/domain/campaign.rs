//! A campaign's particulars: what another incident would change.

use chrono::{Datelike, NaiveDate, Weekday};

use super::prefecture::Prefecture;
use super::time::{Instant, Window};
use super::yen::Yen;

/// Everything about the incident that is a setting and not a rule.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// Its name, as the screens show it.
    pub name: String,
    /// The prefectures whose coupons class A extends; none means every one on the system.
    pub prefectures: Option<Vec<Prefecture>>,
    /// When settlements failed. Not in the announcement: an assumption to be confirmed.
    pub outage: Window,
    /// The printed expiries that make a coupon class A.
    pub class_a_expiries: Vec<NaiveDate>,
    /// The last day after the first extension (2023-02-26).
    pub first_extension: NaiveDate,
    /// The last day after the second extension (2023-03-31): what `extend` and a
    /// restoration set.
    pub extended_expiry: NaiveDate,
    /// The points a holder may choose from.
    pub points_brands: Vec<String>,
    /// The days people must keep.
    pub deadlines: Deadlines,
    /// The last day on which a case may still wait.
    pub last_day: NaiveDate,
    /// How many days before [`Campaign::last_day`] supervisors are warned.
    pub lapse_warning_days: u32,
    /// When the hotline answers.
    pub hours: HotlineHours,
}

/// The days of the announcement that a caller asks for.
#[derive(Clone, Debug)]
pub struct Deadlines {
    /// The special site opens.
    pub site_opens_on: NaiveDate,
    /// From when the link to the points is sent to app holders.
    pub points_sent_from: NaiveDate,
    /// Paper and withdrawn holders apply by the end of this day.
    pub apply_by: NaiveDate,
    /// Points are received by the end of this day.
    pub receive_by: NaiveDate,
    /// Transfers are paid from this day.
    pub transfers_from: NaiveDate,
}

/// Opening hours, Asia/Tokyo.
#[derive(Clone, Debug)]
pub struct HotlineHours {
    /// Minutes after midnight at which the hotline opens.
    pub opens_minute: u32,
    /// Minutes after midnight at which it closes.
    pub closes_minute: u32,
    /// Through the last of these days weekends and holidays are open too.
    pub every_day_until: Option<NaiveDate>,
    /// Holidays, closed unless [`HotlineHours::every_day_until`] says otherwise.
    pub holidays: Vec<NaiveDate>,
}

impl HotlineHours {
    /// Whether somebody answers at `now`.
    #[must_use]
    pub fn open_at(&self, now: Instant) -> bool {
        let day = now.jst_day();
        let (hour, minute, _) = now.jst_hour_minute_second();
        let of_day = hour * 60 + minute;
        self.open_on(day) && (self.opens_minute..self.closes_minute).contains(&of_day)
    }

    /// Whether the hotline opens at all on `day`.
    #[must_use]
    pub fn open_on(&self, day: NaiveDate) -> bool {
        let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        let every_day = self.every_day_until.is_some_and(|last| day <= last);
        every_day || (!weekend && !self.holidays.contains(&day))
    }
}

impl Campaign {
    /// Class A without the balance: the printed expiry, and the prefecture where the
    /// settings name some.
    #[must_use]
    pub fn is_class_a(&self, printed: NaiveDate, prefecture: Prefecture) -> bool {
        let here = self.prefectures.as_ref().is_none_or(|named| named.contains(&prefecture));
        here && self.class_a_expiries.contains(&printed)
    }

    /// Whether the last day is over at `now`.
    #[must_use]
    pub fn over_at(&self, now: Instant) -> bool {
        now.jst_day() > self.last_day
    }

    /// The year that a date said without one belongs to.
    #[must_use]
    pub fn year(&self) -> i32 {
        self.outage.from().jst_day().year()
    }
}

/// How the desk's money is guarded (settings, not rules).
#[derive(Clone, Copy, Debug)]
pub struct Guards {
    /// What an operator may put back without a supervisor.
    pub operator_limit: Yen,
    /// Whether every restoration needs a supervisor other than the opener.
    pub four_eyes_always: bool,
    /// How many numbers that do not exist lock a person's look-ups.
    pub throttle_misses: u32,
    /// Within how many minutes.
    pub throttle_window_minutes: i64,
    /// For how many minutes.
    pub throttle_lock_minutes: i64,
}

impl Guards {
    /// Whether `amount` needs a supervisor other than the opener.
    #[must_use]
    pub fn needs_supervisor(&self, amount: Yen) -> bool {
        self.four_eyes_always || amount > self.operator_limit
    }
}

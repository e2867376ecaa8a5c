//! The hand-made coupons, at the start of every sample: at least two for every line of the rule's
//! table, all of its examples, and some that need no case.

use std::iter::once;

use super::{
    scene::{Scene, paid, paid_earlier, scene},
    scenes_open::{OPEN, SALES_MISSING},
    scenes_settled::SETTLED,
    shop::{
        OSAKA,
        hand::{COFFEE, DINER, SAKE, STAR_OSAKA, TEA_MAIN, TEA_WEST},
    },
    story::Holder::{App, Paper, Withdrawn},
};

/// Coupons nobody needs to call about.
static QUIET: &[Scene] = &[
    // Class A: untouched in the app, begun on paper, and one yen left.
    scene(TEA_MAIN, 5_000, 0, App),
    Scene { settlements: &[paid_earlier(TEA_MAIN, 1, 1_260)], ..scene(TEA_MAIN, 3_000, 0, Paper) },
    Scene { settlements: &[paid_earlier(DINER, 2, 999)], ..scene(DINER, 1_000, 0, Withdrawn) },
    // Would be class A, but nothing is left.
    Scene {
        settlements: &[paid_earlier(COFFEE, 1, 1_500), paid_earlier(TEA_WEST, 1, 500)],
        ..scene(COFFEE, 2_000, 0, App)
    },
    // Money left, but another expiry: a day, two and four after the outage, and four before.
    scene(TEA_MAIN, 2_000, 1, Paper),
    Scene { settlements: &[paid_earlier(TEA_WEST, 1, 640)], ..scene(TEA_WEST, 1_000, 2, App) },
    scene(DINER, 3_000, 4, Withdrawn),
    scene(DINER, 1_000, -4, Paper),
    // Of another prefecture.
    Scene { prefecture: OSAKA, ..scene(STAR_OSAKA, 3_000, 0, App) },
];

/// The waiting case that later records clear: pressed twice, sold once. It is the only scene at its
/// shop, so that it alone is cleared.
pub(super) static LATE: Scene = Scene {
    settlements: &[paid(SAKE, (18, 39, 50), 1_200), paid(SAKE, (18, 40, 12), 1_200)],
    outcomes: &[SALES_MISSING],
    ..scene(SAKE, 3_000, 0, App)
};

/// The index of its coupon.
pub(super) const LATE_INDEX: u64 = (SETTLED.len() + OPEN.len()) as u64;

/// How many coupons are hand-made.
pub(super) const COUNT: u64 = LATE_INDEX + 1 + QUIET.len() as u64;

/// All of them; the place of a scene is its coupon's index, and so decides its number.
pub(super) fn all() -> impl Iterator<Item = &'static Scene> {
    SETTLED.iter().chain(OPEN).chain(once(&LATE)).chain(QUIET)
}

/// The scene of the coupon with this index, if it is hand-made.
pub(super) fn get(index: u64) -> Option<&'static Scene> {
    let index = usize::try_from(index).ok().filter(|_| index < COUNT)?;
    all().nth(index)
}

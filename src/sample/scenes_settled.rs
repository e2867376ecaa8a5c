//! Hand-made coupons whose records are all there: lines 5 and 9 to 13 of the rule.

use super::{
    scene::{Outcome, Scene, paid, scene, sold},
    shop::{
        KYOTO,
        hand::{
            BAKERY, DINER, DINER_ALIKE, STAR_KYOTO, STAR_NARA, TEA_MAIN, TEA_STATION, TEA_WEST,
        },
    },
    story::Holder::{App, Paper, Withdrawn},
};

const ALL_RESTORED: Outcome = Outcome::declined(5, "R42_ALREADY_RESTORED");
const NOTHING_LEFT_OVER: Outcome = Outcome::declined(9, "R42_ALREADY_RESTORED");
const NOT_OVERPAID: Outcome = Outcome::declined(9, "R43_NOT_OVERPAID");
const CASH_EXCEEDS: &str = "V34_CASH_EXCEEDS";
const PARTIAL: &str = "V33_PARTIAL";
const OVER_FACE: &str = "V35_OVER_FACE";

/// The first nine are the examples under the rule's table, in its order. Where there are two
/// outcomes, the second is what the same case comes to after the restoration.
pub(super) static SETTLED: &[Scene] = &[
    // Sale 2,000, settlement 2,000, cash 2,000. Once restored, nothing of it is left.
    Scene {
        settlements: &[paid(DINER, (18, 12, 5), 2_000)],
        sales: &[sold(DINER, (18, 14, 40), 2_000, 2_000)],
        outcomes: &[Outcome::matched(2_000), ALL_RESTORED],
        ..scene(DINER, 2_000, 0, App)
    },
    // A correct split of 3,400.
    Scene {
        settlements: &[paid(TEA_MAIN, (17, 52, 11), 2_000)],
        sales: &[sold(TEA_MAIN, (17, 52, 58), 3_400, 1_400)],
        outcomes: &[NOT_OVERPAID],
        ..scene(TEA_MAIN, 2_000, 0, Paper)
    },
    // 1,000 too much in cash on a sale of 3,400.
    Scene {
        settlements: &[paid(TEA_MAIN, (18, 33, 20), 2_000)],
        sales: &[sold(TEA_MAIN, (18, 35, 2), 3_400, 2_400)],
        outcomes: &[Outcome::review(11, PARTIAL, Some(1_000))],
        ..scene(TEA_MAIN, 3_000, 1, App)
    },
    // 1,500 twice for one sale. Once restored, the sale is paid and nothing is over.
    Scene {
        settlements: &[
            paid(TEA_STATION, (18, 5, 10), 1_500),
            paid(TEA_STATION, (18, 5, 22), 1_500),
        ],
        sales: &[sold(TEA_STATION, (18, 6, 1), 1_500, 0)],
        outcomes: &[Outcome::matched(1_500), NOTHING_LEFT_OVER],
        ..scene(TEA_STATION, 3_000, 0, Paper)
    },
    // 1,000 three times for one sale; likewise.
    Scene {
        settlements: &[
            paid(DINER, (19, 1, 3), 1_000),
            paid(DINER, (19, 1, 15), 1_000),
            paid(DINER, (19, 1, 31), 1_000),
        ],
        sales: &[sold(DINER, (19, 2, 20), 1_000, 0)],
        outcomes: &[Outcome::matched(2_000), NOTHING_LEFT_OVER],
        ..scene(DINER, 5_000, 2, App)
    },
    // Two purchases of 500.
    Scene {
        settlements: &[paid(TEA_WEST, (18, 20, 0), 500), paid(TEA_WEST, (19, 45, 30), 500)],
        sales: &[sold(TEA_WEST, (18, 20, 45), 500, 0), sold(TEA_WEST, (19, 46, 12), 500, 0)],
        outcomes: &[NOT_OVERPAID],
        ..scene(TEA_WEST, 1_000, 0, App)
    },
    // 1,500 twice, and in the end all of it in cash.
    Scene {
        settlements: &[
            paid(DINER_ALIKE, (20, 10, 2), 1_500),
            paid(DINER_ALIKE, (20, 11, 17), 1_500),
        ],
        sales: &[sold(DINER_ALIKE, (20, 14, 0), 1_500, 1_500)],
        outcomes: &[Outcome::matched(3_000), ALL_RESTORED],
        ..scene(DINER_ALIKE, 5_000, 0, Paper)
    },
    // 1,500, then 1,050 by mistake.
    Scene {
        settlements: &[
            paid(TEA_STATION, (19, 22, 9), 1_500),
            paid(TEA_STATION, (19, 23, 50), 1_050),
        ],
        sales: &[sold(TEA_STATION, (19, 25, 5), 1_500, 0)],
        outcomes: &[Outcome::matched(1_050)],
        ..scene(TEA_STATION, 3_000, 0, Withdrawn)
    },
    // Cash 5,000 on a sale of 2,000.
    Scene {
        settlements: &[paid(TEA_WEST, (20, 30, 44), 2_000)],
        sales: &[sold(TEA_WEST, (20, 31, 59), 2_000, 5_000)],
        outcomes: &[Outcome::review(10, CASH_EXCEEDS, Some(5_000))],
        ..scene(TEA_WEST, 2_000, 0, Paper)
    },
    // Cash 1,500 on a sale of 1,000: the shop must say why.
    Scene {
        settlements: &[paid(DINER, (17, 58, 40), 1_000)],
        sales: &[sold(DINER, (18, 0, 15), 1_000, 1_500)],
        outcomes: &[Outcome::review(10, CASH_EXCEEDS, Some(1_500))],
        ..scene(DINER, 1_000, 0, App)
    },
    // 1,200 and 800 for a sale of 2,000, and 500 in cash besides.
    Scene {
        settlements: &[paid(DINER_ALIKE, (18, 44, 0), 1_200), paid(DINER_ALIKE, (18, 44, 50), 800)],
        sales: &[sold(DINER_ALIKE, (18, 46, 3), 2_000, 500)],
        outcomes: &[Outcome::review(11, PARTIAL, Some(500))],
        ..scene(DINER_ALIKE, 3_000, 3, Paper)
    },
    // The coupon system put 2,000 back by itself, and the customer calls all the same.
    Scene {
        put_back: 2_000,
        settlements: &[paid(TEA_MAIN, (19, 30, 18), 2_000)],
        sales: &[sold(TEA_MAIN, (19, 33, 27), 2_000, 2_000)],
        outcomes: &[Outcome::review(12, OVER_FACE, Some(2_000))],
        ..scene(TEA_MAIN, 2_000, 0, App)
    },
    // It put both of two settlements back, though one of them was for a sale.
    Scene {
        put_back: 2_000,
        settlements: &[paid(BAKERY, (17, 40, 6), 1_000), paid(BAKERY, (17, 40, 19), 1_000)],
        sales: &[sold(BAKERY, (17, 41, 0), 1_000, 0)],
        outcomes: &[Outcome::review(12, OVER_FACE, Some(1_000))],
        ..scene(BAKERY, 2_000, 1, Paper)
    },
    // A coupon of another prefecture, at the shop there that has a namesake in Nara.
    Scene {
        prefecture: KYOTO,
        settlements: &[
            paid(STAR_KYOTO, (18, 27, 31), 1_000),
            paid(STAR_KYOTO, (18, 27, 52), 1_000),
        ],
        sales: &[sold(STAR_KYOTO, (18, 29, 10), 1_000, 0)],
        outcomes: &[Outcome::matched(1_000)],
        ..scene(STAR_KYOTO, 3_000, 1, App)
    },
    // Two sets sum to 1,000: the one of fewer settlements goes back, though the others are later.
    Scene {
        settlements: &[
            paid(STAR_NARA, (19, 10, 0), 1_000),
            paid(STAR_NARA, (19, 12, 30), 500),
            paid(STAR_NARA, (19, 13, 5), 500),
        ],
        sales: &[sold(STAR_NARA, (19, 15, 0), 1_000, 0)],
        outcomes: &[Outcome::matched(1_000)],
        ..scene(STAR_NARA, 2_000, 4, App)
    },
    // A whole coupon of 5,000, the largest amount of the sample, paid in cash as well.
    Scene {
        settlements: &[paid(TEA_WEST, (21, 2, 12), 5_000)],
        sales: &[sold(TEA_WEST, (21, 6, 0), 6_820, 6_820)],
        outcomes: &[Outcome::matched(5_000)],
        ..scene(TEA_WEST, 5_000, 0, Withdrawn)
    },
];

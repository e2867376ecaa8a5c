//! Hand-made coupons where a settlement or a sale is missing: lines 1 to 4 and 6 to 8 of the rule.

use super::{
    scene::{Outcome, Scene, paid, scene, sold, sold_unnamed},
    shop::hand::{
        BAKERY, BATH, COFFEE, DINER, GIFTS, PAPER, SOBA, STAR_KYOTO, STAR_NARA, SWEETS, TEA_MAIN,
        TEA_STATION, TEA_WEST,
    },
    story::Holder::{App, Paper, Withdrawn},
};

const NOTHING_YET: Outcome = Outcome::waiting(1, "P11_SETTLEMENTS_MISSING");
const MORE_TO_COME: Outcome = Outcome::waiting(4, "P11_SETTLEMENTS_MISSING");
pub(super) const SALES_MISSING: Outcome = Outcome::waiting(6, "P12_SALES_MISSING");
const ELSEWHERE: Outcome = Outcome::review(2, "F4_NOT_SETTLED_HERE", None);
const NO_SETTLEMENT: Outcome = Outcome::declined(3, "R41_NO_SETTLEMENT");
const UNNAMED: Outcome = Outcome::review(7, "V32_UNNAMED_SALE", None);
const SILENT: Outcome = Outcome::review(8, "V31_SHOP_SILENT", None);

pub(super) static OPEN: &[Scene] = &[
    // No settlement, and none of the shop's have come.
    Scene { outcomes: &[NOTHING_YET], ..scene(GIFTS, 3_000, 0, App) },
    // No settlement here, and the shop's break off; that there is one elsewhere does not count yet.
    Scene {
        settlements: &[paid(DINER, (19, 40, 2), 700)],
        sales: &[sold(DINER, (19, 40, 50), 700, 0)],
        outcomes: &[NOTHING_YET],
        ..scene(BATH, 2_000, 1, Paper)
    },
    // The caller names the main shop, and was at the branch by the station.
    Scene {
        settlements: &[paid(TEA_STATION, (20, 2, 13), 800), paid(TEA_STATION, (20, 2, 29), 800)],
        sales: &[sold(TEA_STATION, (20, 3, 30), 800, 0)],
        outcomes: &[ELSEWHERE],
        ..scene(TEA_MAIN, 2_000, 0, App)
    },
    // The shop of that name in Kyoto was taken for the one in Nara.
    Scene {
        settlements: &[paid(STAR_NARA, (18, 50, 7), 1_300)],
        sales: &[sold(STAR_NARA, (18, 52, 44), 1_300, 1_300)],
        outcomes: &[ELSEWHERE],
        ..scene(STAR_KYOTO, 3_000, 2, Paper)
    },
    // Paid in cash, and nothing was deducted.
    Scene { outcomes: &[NO_SETTLEMENT], ..scene(TEA_WEST, 2_000, 0, App) },
    // Deducted that day, but hours before the outage.
    Scene {
        settlements: &[paid(DINER, (14, 20, 35), 900)],
        sales: &[sold(DINER, (14, 21, 10), 900, 0)],
        outcomes: &[NO_SETTLEMENT],
        ..scene(DINER, 1_000, 0, Paper)
    },
    // Pressed twice where none of the shop's settlements are declared complete.
    Scene {
        settlements: &[paid(GIFTS, (18, 8, 55), 1_000), paid(GIFTS, (18, 9, 3), 1_000)],
        sales: &[sold(GIFTS, (18, 9, 40), 1_000, 0)],
        outcomes: &[MORE_TO_COME],
        ..scene(GIFTS, 3_000, 0, Paper)
    },
    // Half an hour of the shop's settlements is missing.
    Scene {
        settlements: &[paid(PAPER, (18, 55, 17), 2_000)],
        sales: &[sold(PAPER, (18, 58, 0), 2_000, 2_000)],
        outcomes: &[MORE_TO_COME],
        ..scene(PAPER, 2_000, 0, App)
    },
    // The shop's sales break off before the outage ended.
    Scene {
        settlements: &[paid(SOBA, (18, 3, 33), 1_480)],
        sales: &[sold(SOBA, (18, 5, 0), 1_480, 1_480)],
        outcomes: &[SALES_MISSING],
        ..scene(SOBA, 2_000, 2, Withdrawn)
    },
    // One sale that fits, without a number.
    Scene {
        settlements: &[paid(SWEETS, (19, 17, 20), 600), paid(SWEETS, (19, 17, 41), 600)],
        sales: &[sold_unnamed(SWEETS, (19, 19, 5), 600)],
        outcomes: &[UNNAMED],
        ..scene(SWEETS, 2_000, 0, App)
    },
    // A sale without a number, rung up 55 minutes later, is still near enough.
    Scene {
        settlements: &[paid(BAKERY, (18, 30, 0), 1_000)],
        sales: &[sold_unnamed(BAKERY, (19, 25, 0), 1_000)],
        outcomes: &[UNNAMED],
        ..scene(BAKERY, 1_000, 0, Paper)
    },
    // No sale at all.
    Scene {
        settlements: &[paid(COFFEE, (18, 16, 48), 850), paid(COFFEE, (18, 17, 2), 850)],
        outcomes: &[SILENT],
        ..scene(COFFEE, 2_000, 0, Paper)
    },
    // The only sale without a number was hours before.
    Scene {
        settlements: &[paid(BAKERY, (21, 10, 26), 780)],
        outcomes: &[SILENT],
        ..scene(BAKERY, 3_000, 5, App)
    },
];

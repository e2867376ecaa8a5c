//! Which whole settlements to put back: the fewest that sum to what is owed, and
//! among those the latest (specification, section 4, lines 11 and 13).

use std::collections::HashMap;

/// How many partial sums are looked at before giving up. A coupon has a handful of
/// settlements at one shop; only made-up data comes near, and then the case goes to
/// a supervisor instead of the desk waiting.
const MAX_SUMS: usize = 1 << 18;

/// Chooses among `amounts` (all positive), given **latest first**, the fewest that sum
/// to `target` exactly; among several such choices the one with the latest ones. The
/// positions chosen, in order, or none where no choice exists (or where finding out
/// would take more than a bounded amount of work).
#[must_use]
pub fn fewest_latest(amounts: &[i64], target: i64) -> Option<Vec<usize>> {
    if target <= 0 {
        return None;
    }
    // fewest[i][sum] = how few of amounts[i..] make `sum`, for the sums that can be made.
    let mut fewest: Vec<HashMap<i64, usize>> = vec![HashMap::from([(0, 0)])];
    for &amount in amounts.iter().rev() {
        let later = fewest.last()?;
        let mut with = later.clone();
        for (&sum, &count) in later {
            let Some(sum) = sum.checked_add(amount).filter(|&sum| amount > 0 && sum <= target)
            else {
                continue;
            };
            with.entry(sum).and_modify(|best| *best = (*best).min(count + 1)).or_insert(count + 1);
        }
        if fewest.iter().map(HashMap::len).sum::<usize>() + with.len() > MAX_SUMS {
            return None;
        }
        fewest.push(with);
    }
    fewest.reverse();
    let mut left = target;
    let mut count = *fewest.first()?.get(&target)?;
    let mut chosen = Vec::with_capacity(count);
    // Taking an earlier position whenever the minimum still holds gives the latest set.
    for (position, &amount) in amounts.iter().enumerate() {
        if count == 0 {
            break;
        }
        if amount > 0 && fewest[position + 1].get(&(left - amount)) == Some(&(count - 1)) {
            chosen.push(position);
            left -= amount;
            count -= 1;
        }
    }
    Some(chosen)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_later_of_two_equal_settlements_is_put_back() {
        assert_eq!(fewest_latest(&[1500, 1500], 1500), Some(vec![0]));
        assert_eq!(fewest_latest(&[1000, 1000, 1000], 2000), Some(vec![0, 1]));
        assert_eq!(fewest_latest(&[500, 500, 1000], 1000), Some(vec![2]));
        assert_eq!(fewest_latest(&[2000], 1000), None);
        assert_eq!(fewest_latest(&[2000], 0), None);
    }

    #[test]
    fn made_up_data_ends_in_bounded_time() {
        let amounts: Vec<i64> = (0..60).map(|i| 100_003 + i * 7_919).collect();
        assert_eq!(fewest_latest(&amounts, 5_000_001), None);
    }

    fn by_trying_all(amounts: &[i64], target: i64) -> Option<Vec<usize>> {
        (1_u32..1 << amounts.len())
            .map(|set| (0..amounts.len()).filter(|i| set & (1 << i) != 0).collect::<Vec<_>>())
            .filter(|set| set.iter().map(|&i| amounts[i]).sum::<i64>() == target)
            .min_by_key(|set| (set.len(), set.clone()))
    }

    proptest! {
        #[test]
        fn the_choice_is_the_one_found_by_trying_all(
            amounts in prop::collection::vec(1_i64..8, 0..9),
            target in 1_i64..30,
        ) {
            prop_assert_eq!(fewest_latest(&amounts, target), by_trying_all(&amounts, target));
        }
    }
}

//! What legacy makes of an asset's balances: zeros where there was nothing, several balances of a moment as one.

use std::collections::HashSet;

use serde_json::Value;

use crate::{
    handlers::{
        Unanswered,
        rows::{Row, odd},
    },
    wire::Decimal,
};

/// How many zeros may be filled in. Beyond that they are legacy's to write.
const MOST: usize = 100_000;

/// What there was of an asset.
#[derive(Debug, Clone)]
pub(super) struct Balance {
    pub(super) time: i64,
    /// As it is shown: the word, or the letter that legacy forgets to translate.
    pub(super) category: &'static str,
    pub(super) amount: Decimal,
    pub(super) value: Decimal,
}

impl Balance {
    /// Of a timestamp, an amount and a value.
    ///
    /// # Errors
    /// They are in a form that legacy judges.
    pub(super) fn of(row: &Row) -> Result<Self, Unanswered> {
        Ok(Self { time: row.int(0)?, category: "asset", amount: row.amount(1)?, value: row.amount(2)? })
    }

    fn zero(time: i64, category: &'static str) -> Self {
        Self { time, category, amount: Decimal::zero(), value: Decimal::zero() }
    }

    fn add(&mut self, other: &Self) -> Result<(), Unanswered> {
        self.amount = self.amount.add(&other.amount).map_err(|_| odd())?;
        self.value = self.value.add(&other.value).map_err(|_| odd())?;
        Ok(())
    }
}

/// A category as it is shown.
pub(super) fn word(letter: &str) -> Option<&'static str> {
    match letter {
        "A" => Some("asset"),
        "B" => Some("liability"),
        _ => None,
    }
}

/// How long nothing may be known of an asset until it is taken for gone (`ssf_graph_multiplier`).
#[derive(Debug)]
pub(super) struct Gaps {
    /// Seconds between two snapshots, as the user has set them.
    every: i64,
    /// Seconds without a balance beyond which zeros stand in the gap; `None` if there are never any.
    longest: Option<i64>,
}

impl Gaps {
    /// Of the hours between two snapshots, and how many of them may pass.
    ///
    /// # Errors
    /// With numbers that no user can set legacy comes to no end, or to another one.
    pub(super) fn of(hours: &Value, times: &Value) -> Result<Self, Unanswered> {
        let (hours, times) = (hours.as_i64().ok_or_else(odd)?, times.as_i64().ok_or_else(odd)?);
        if times == 0 {
            return Ok(Self { every: 0, longest: None });
        }
        let every = hours.checked_mul(3600).filter(|every| *every > 0).ok_or_else(odd)?;
        let longest = every.checked_mul(times).filter(|longest| *longest > 0).ok_or_else(odd)?;
        Ok(Self { every, longest: Some(longest) })
    }

    /// Balances with zeros in the gaps between them: one for each snapshot that there should have been, until the next
    /// balance is no further away than a gap may be.
    ///
    /// # Errors
    /// There would be too many.
    pub(super) fn filled(&self, balances: Vec<Balance>) -> Result<Vec<Balance>, Unanswered> {
        let Some(longest) = self.longest else { return Ok(balances) };
        let mut filled: Vec<Balance> = Vec::with_capacity(balances.len());
        let mut zeros = 0;
        for balance in balances {
            let before = filled.last().map_or(balance.time, |last| last.time);
            let mut at = before;
            // Timestamps lie apart by less than an i64 holds only if none is below zero: none that can be asked for is.
            while balance.time - at > longest {
                at += self.every;
                if at >= balance.time {
                    break;
                }
                zeros += 1;
                if zeros > MOST {
                    return Err(Unanswered::declined("so many zeros are legacy's to write"));
                }
                filled.push(Balance::zero(at, "asset"));
            }
            filled.push(balance);
        }
        Ok(filled)
    }
}

/// When snapshots were taken.
#[derive(Debug)]
pub(super) struct Moments {
    /// Each of them once.
    pub(super) times: Vec<i64>,
    /// Categories of as many rows, the first ones by moment and asset. Legacy looks up the category of the nth moment in
    /// the nth row, whichever moment that is of.
    pub(super) categories: Vec<&'static str>,
    /// The letter of the last row's category.
    pub(super) last: &'static str,
}

/// Balances with zeros at the beginning and the end of each time in which snapshots had nothing of the asset, but none
/// before it was there for the first time (`infer_zero_timed_balances`). A zero in a snapshot is nothing, too.
pub(super) fn with_zeros(mut balances: Vec<Balance>, moments: &Moments) -> Vec<Balance> {
    let held: Vec<i64> =
        balances.iter().filter(|balance| !balance.amount.is_zero()).map(|balance| balance.time).collect();
    // Balances are counted, not moments: of two of a moment legacy takes one for that of another moment.
    if balances.is_empty() || held.len() == moments.times.len() {
        return balances;
    }
    let held: HashSet<i64> = held.into_iter().collect();
    let (mut zeros, mut category, mut gap) = (Vec::new(), moments.last, None);
    let mut before: Option<(i64, bool)> = None;
    for (at, (&time, word)) in moments.times.iter().zip(&moments.categories).enumerate() {
        let has = held.contains(&time);
        let (earlier, had) = before.unwrap_or((time, has));
        if !has && at + 1 == moments.times.len() {
            zeros.push(Balance::zero(time, category));
        } else if !has && had {
            let of_the_one_before = at.checked_sub(1).and_then(|at| moments.categories.get(at)).unwrap_or(word);
            zeros.push(Balance::zero(time, of_the_one_before));
            gap = Some(*of_the_one_before);
        } else if has
            && !had
            && let Some(of_the_gap) = gap.take()
        {
            zeros.push(Balance::zero(earlier, of_the_gap));
            category = of_the_gap;
        } else if has {
            category = word;
        }
        before = Some((time, has));
    }
    balances.append(&mut zeros);
    balances.sort_by_key(|balance| balance.time);
    balances
}

/// Balances with those of a moment added up, under the category of the first. They are added by twos, and those then one
/// after the other: with more digits than there is room for, it matters.
pub(super) fn merged(balances: Vec<Balance>) -> Result<Vec<Balance>, Unanswered> {
    let mut merged: Vec<Balance> = Vec::new();
    let mut balances = balances.into_iter();
    while let Some(mut one) = balances.next() {
        let mut other = balances.next();
        if let Some(same) = other.take_if(|other| other.time == one.time) {
            one.add(&same)?;
        }
        for balance in [Some(one), other].into_iter().flatten() {
            match merged.last_mut().filter(|last| last.time == balance.time) {
                Some(last) => last.add(&balance)?,
                None => merged.push(balance),
            }
        }
    }
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};
    use serde_json::json;

    use super::*;

    fn balances(all: &[(i64, &str)]) -> Vec<Balance> {
        let of = |(time, amount): &(i64, &str)| Balance {
            time: *time,
            category: "asset",
            amount: Decimal::read(amount).unwrap(),
            value: Decimal::read(amount).unwrap(),
        };
        all.iter().map(of).collect()
    }

    fn said(balances: &[Balance]) -> Vec<String> {
        balances.iter().map(|balance| format!("{} {} {}", balance.time, balance.category, balance.amount)).collect()
    }

    fn filled(hours: i64, times: i64, all: &[(i64, &str)]) -> Vec<i64> {
        let gaps = Gaps::of(&json!(hours), &json!(times)).unwrap();
        gaps.filled(balances(all)).unwrap().iter().map(|balance| balance.time / 3600).collect()
    }

    #[test]
    fn zeros_stand_in_a_gap_until_the_rest_of_it_is_short_enough() {
        let at = |hour: i64| (hour * 3600, "1");
        assert_eq!(filled(1, 0, &[at(0), at(100)]), [0, 100]);
        assert_eq!(filled(2, 3, &[at(0), at(6), at(13)]), [0, 6, 8, 13]);
        assert_eq!(filled(2, 1, &[at(0), at(7)]), [0, 2, 4, 6, 7]);
        assert_eq!(filled(2, 1, &[at(0), at(8)]), [0, 2, 4, 6, 8]);
        assert_eq!(filled(24, 1, &[at(0), at(0), at(25)]), [0, 0, 24, 25]);
        assert_eq!(filled(24, 1, &[]), [0; 0]);
    }

    #[test]
    fn numbers_that_no_user_can_set_and_too_many_zeros_are_left_to_legacy() {
        for (hours, times) in [(0, 1), (-1, 1), (1, -1), (i64::MAX, 1), (i64::MAX / 3600, 2)] {
            assert!(Gaps::of(&json!(hours), &json!(times)).is_err(), "{hours} {times}");
        }
        assert!(Gaps::of(&json!(0), &json!(0)).is_ok(), "what is not looked at may be anything");
        let gaps = Gaps::of(&json!(1), &json!(1)).unwrap();
        assert!(gaps.filled(balances(&[(0, "1"), (3600 * 100_002, "1")])).is_err());
        assert!(gaps.filled(balances(&[(0, "1"), (3600 * 100_000, "1")])).is_ok());
    }

    fn moments(times: &[i64], letters: &str) -> Moments {
        let words = letters.split("").filter_map(word).collect();
        Moments { times: times.to_vec(), categories: words, last: if letters.ends_with('A') { "A" } else { "B" } }
    }

    #[test]
    fn zeros_begin_and_end_each_time_without_the_asset() {
        let all = balances(&[(1, "1"), (2, "1"), (3, "2"), (7, "5"), (12, "5")]);
        let zeros = with_zeros(all, &moments(&(1..=12).collect::<Vec<_>>(), &"A".repeat(12)));
        let times: Vec<i64> = zeros.iter().filter(|b| b.amount.is_zero()).map(|b| b.time).collect();
        assert_eq!(times, [4, 6, 8, 11]);
        // None before the first, one alone at the end, and two of a moment if nothing lies between.
        let zeros = with_zeros(balances(&[(2, "1"), (4, "1")]), &moments(&[1, 2, 3, 4, 5, 6], "AAAAAA"));
        assert_eq!(said(&zeros), ["2 asset 1", "3 asset 0", "3 asset 0", "4 asset 1", "5 asset 0", "6 asset 0"]);
    }

    #[test]
    fn a_zero_has_the_category_of_a_row_by_number_and_at_times_its_letter() {
        let zeros = with_zeros(balances(&[(2, "1"), (4, "1")]), &moments(&[1, 2, 3, 4, 5], "ABAAA"));
        assert_eq!(said(&zeros)[1..], ["3 liability 0", "3 liability 0", "4 asset 1", "5 liability 0"]);
        let zeros = with_zeros(balances(&[(2, "0")]), &moments(&[1, 2, 3], "AAB"));
        assert_eq!(said(&zeros), ["2 asset 0", "3 B 0"]);
    }

    #[test]
    fn as_many_balances_as_moments_leave_no_gap_whichever_they_are_of() {
        let twice = balances(&[(1, "1"), (1, "1"), (2, "0")]);
        assert_eq!(with_zeros(twice, &moments(&[1, 2], "AA")).len(), 3);
    }

    #[test]
    fn balances_of_a_moment_are_added_by_twos() {
        let digits = "1".repeat(78);
        let (small, big) = ("0.4", digits.as_str());
        let one = merged(balances(&[(1, "9"), (2, big), (2, small), (2, small)])).unwrap();
        // (4 tenths and 4 tenths) are more than half of the last digit, each alone is less.
        assert_eq!(one[1].amount.to_string(), format!("{}2", "1".repeat(77)));
        let other = merged(balances(&[(2, big), (2, small), (2, small)])).unwrap();
        assert_eq!(other[0].amount.to_string(), digits);
    }

    proptest! {
        #[test]
        fn each_moment_is_there_once_and_nothing_is_lost(times in vec(0_i64..9, 0..20)) {
            let mut times = times;
            times.sort_unstable();
            let all: Vec<_> = times.iter().map(|time| (*time, "1.5")).collect();
            let merged = merged(balances(&all)).unwrap();
            for balance in &merged {
                let of_it = times.iter().filter(|time| **time == balance.time).count();
                let expected = Decimal::read("1.5").unwrap().multiply(&Decimal::from(i64::try_from(of_it).unwrap()));
                prop_assert_eq!(balance.amount.compare(&expected.unwrap()).unwrap(), std::cmp::Ordering::Equal);
            }
            times.dedup();
            prop_assert_eq!(merged.iter().map(|balance| balance.time).collect::<Vec<_>>(), times);
        }

        #[test]
        fn zeros_are_at_moments_without_the_asset_that_follow_one_with_it(has in vec(any::<bool>(), 1..12)) {
            let times: Vec<i64> = (0..i64::try_from(has.len()).unwrap()).collect();
            let held: Vec<_> = times.iter().zip(&has).filter(|(_, has)| **has).map(|(time, _)| (*time, "1")).collect();
            let all = with_zeros(balances(&held), &moments(&times, &"A".repeat(times.len())));
            prop_assert!(all.is_sorted_by_key(|balance| balance.time));
            let first = held.first().map(|(time, _)| *time);
            for zero in all.iter().filter(|balance| balance.amount.is_zero()) {
                prop_assert!(!held.iter().any(|(time, _)| *time == zero.time) && first < Some(zero.time));
            }
            prop_assert_eq!(all.iter().filter(|balance| !balance.amount.is_zero()).count(), held.len());
        }
    }
}

//! What there is after each event.

use indexmap::IndexMap;

use super::moves::{Direction, Move};
use crate::{
    handlers::{Unanswered, rows::odd},
    wire::Decimal,
};

/// Amounts by asset, in the order in which the assets came.
#[derive(Debug, Clone, Default)]
pub(super) struct Running(pub(super) IndexMap<String, Decimal>);

/// What becomes of a move.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is in the balances.
    Yes,
    /// There was not so much: nothing that comes after it counts.
    TooMuch,
}

impl Running {
    /// Takes in a move of an asset, as global.db spells it. An asset of which nothing is left is forgotten.
    ///
    /// # Errors
    /// Amounts that legacy does not calculate with.
    pub(super) fn take(&mut self, moved: &Move, asset: &str) -> Result<Taken, Unanswered> {
        if moved.direction == Direction::Neither {
            return Ok(Taken::Yes);
        }
        let before = self.0.entry(asset.to_owned()).or_insert_with(Decimal::zero);
        if moved.direction == Direction::In {
            *before = before.add(&moved.amount).map_err(|_| odd())?;
            return Ok(Taken::Yes);
        }
        let left = before.subtract(&moved.amount).map_err(|_| odd())?;
        if left.is_negative() && !left.is_zero() {
            return Ok(Taken::TooMuch);
        }
        if left.is_zero() {
            self.0.shift_remove(asset);
        } else {
            *before = left;
        }
        Ok(Taken::Yes)
    }

    /// How much there is of assets together.
    ///
    /// # Errors
    /// As [`Running::take`].
    pub(super) fn total<'a>(&self, assets: impl IntoIterator<Item = &'a String>) -> Result<Decimal, Unanswered> {
        let of = |asset: &String| self.0.get(asset).cloned().unwrap_or_else(Decimal::zero);
        assets.into_iter().try_fold(Decimal::zero(), |sum, asset| sum.add(&of(asset)).map_err(|_| odd()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(direction: Direction, amount: &str) -> Move {
        let (group, asset) = (String::new(), "ETH".to_owned());
        Move { identifier: 1, group, time: 0, asset, amount: Decimal::read(amount).unwrap(), direction }
    }

    #[test]
    fn what_is_gone_is_forgotten_and_what_never_was_can_not_go() {
        let mut running = Running::default();
        let mut take = |direction, amount| {
            let taken = running.take(&moved(direction, amount), "ETH").unwrap();
            (taken, running.0.get("ETH").map(Decimal::to_string))
        };
        let now = |text: &str| Some(text.to_owned());
        assert_eq!(take(Direction::Neither, "5"), (Taken::Yes, None));
        assert_eq!(take(Direction::In, "1.50"), (Taken::Yes, now("1.50")));
        assert_eq!(take(Direction::Out, "0.5"), (Taken::Yes, now("1.00")));
        assert_eq!(take(Direction::Out, "1.1"), (Taken::TooMuch, now("1.00")));
        assert_eq!(take(Direction::Out, "1"), (Taken::Yes, None));
        assert_eq!(take(Direction::Out, "-0"), (Taken::Yes, None));
    }
}

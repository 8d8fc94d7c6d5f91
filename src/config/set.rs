//! A set of things that have words: few, known, and named over a wire.

use std::marker::PhantomData;

/// Something with a word.
pub trait Worded: Copy + PartialEq + 'static {
    /// All of them, 32 at most.
    const ALL: &'static [Self];

    /// Its word.
    fn word(self) -> &'static str;
}

/// Several of them.
#[derive(Debug, PartialEq, Eq)]
pub struct Set<T>(u32, PhantomData<T>);

impl<T: Worded> Set<T> {
    /// All of them.
    pub const ALL: Self = Self((1 << T::ALL.len()) - 1, PhantomData);

    /// Those with one of these words. A word of a newer version's says nothing to us.
    #[must_use]
    pub fn named<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let known = |word| T::ALL.iter().copied().find(|one: &T| one.word() == word);
        words.into_iter().filter_map(known).collect()
    }

    fn bit(one: T) -> u32 {
        T::ALL.iter().position(|other| *other == one).map_or(0, |at| 1 << at)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn contains(self, one: T) -> bool {
        self.0 & Self::bit(one) != 0
    }

    /// Whether all of these are among them.
    #[must_use]
    pub fn contain(self, all: &[T]) -> bool {
        all.iter().all(|one| self.contains(*one))
    }

    /// Those that are in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0, PhantomData)
    }

    /// Those that are here and not there.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0, PhantomData)
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = T> {
        T::ALL.iter().copied().filter(move |one| self.contains(*one))
    }

    /// Their words.
    #[must_use]
    pub fn words(self) -> Vec<&'static str> {
        self.iter().map(T::word).collect()
    }
}

impl<T> Clone for Set<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Set<T> {}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self(0, PhantomData)
    }
}

impl<T: Worded> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(all: I) -> Self {
        Self(all.into_iter().fold(0, |bits, one| bits | Self::bit(one)), PhantomData)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Cache::{self, Accounts, Assets, Settings};

    #[test]
    fn a_set_is_named_by_its_words_and_unknown_words_name_none() {
        assert_eq!(Set::<Cache>::named(Cache::ALL.iter().map(|cache| cache.word())), Set::ALL);
        let some = Set::named(["assets", "something new", "settings"]);
        assert_eq!(some.words(), ["settings", "assets"]);
        assert!(some.contain(&[Assets]) && !some.contain(&[Assets, Accounts]));
        assert!(Set::<Cache>::default().contain(&[]) && Set::<Cache>::default().is_empty());
        let other: Set<Cache> = [Settings, Accounts].into_iter().collect();
        assert_eq!(some.and(other).words(), ["settings"]);
        assert_eq!(some.without(other).words(), ["assets"]);
    }
}

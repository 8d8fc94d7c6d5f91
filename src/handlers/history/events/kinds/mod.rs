//! Kinds of entries: the schema of each, and the events that its arguments make.

pub(super) mod chain;
mod evm;
mod evm_swap;
mod history;
mod movement;
mod staking;
mod swap;

use super::event::Event;
use crate::{
    handlers::Stop,
    wire::validate::{Record, Schema},
};

/// A kind of entry.
pub(super) struct Kind {
    /// Its name on the wire.
    pub name: &'static str,
    /// The arguments of an edit.
    pub edited: Schema,
    /// Likewise without the identifier of what is edited.
    pub added: Schema,
    /// How it is edited.
    pub editing: Editing,
    /// The events of its arguments; the first is the main one.
    pub events: fn(&Record) -> Result<Vec<Event>, Stop>,
}

/// How the events of a kind are edited.
#[derive(Clone, Copy)]
pub(super) enum Editing {
    /// Each by itself. It counts as a write of the user's.
    Single,
    /// With those that belong to it; without a fee there are so many. It does not count, in legacy either.
    Grouped(usize),
    /// With those that belong to it, each by its own identifier. It does not count either.
    Swap,
}

/// All kinds, in legacy's order.
pub(super) static KINDS: &[Kind] = &[
    history::KIND,
    evm::KIND,
    staking::WITHDRAWAL,
    staking::BLOCK,
    evm::DEPOSIT,
    movement::KIND,
    swap::KIND,
    evm_swap::KIND,
];

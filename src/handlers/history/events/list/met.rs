//! In which order legacy meets events. Where two are equal in what a page is sorted by, the one met first comes first, and
//! of a group the one met first speaks for it.
//!
//! Legacy's database chooses an index by what is asked, and keeps no statistics, so the same request is always met in the
//! same order. Which that is was found by asking a thousand events of every kind some thousand times over.

use std::collections::BTreeSet;

use crate::{
    handlers::Unanswered,
    wire::validate::{Item, Mistyped, Record},
};

/// An order in which events are met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// As they were added.
    Identifier,
    /// Group by group.
    Group,
    /// By these columns.
    EntryType,
    Label,
    Type,
    Subtype,
}

/// Arguments by which legacy may find events.
const FINDING: [&str; 11] = [
    "location",
    "asset",
    "event_types",
    "event_subtypes",
    "location_labels",
    "entry_types",
    "counterparties",
    "products",
    "tx_hashes",
    "addresses",
    "validator_indices",
];

/// Most members of a list by which events are found one after another; of groups, and of events.
const MEMBERS: [usize; 2] = [8, 25];
/// Likewise of identifiers.
const IDENTIFIERS: [usize; 2] = [43, 79];

impl Met {
    /// The columns of this order.
    pub(super) fn columns(self) -> &'static str {
        match self {
            Self::Identifier => "h.identifier",
            Self::Group => "h.event_identifier, h.sequence_index",
            Self::EntryType => "h.entry_type, h.identifier",
            Self::Label => "h.location_label, h.identifier",
            Self::Type => "h.type, h.identifier",
            Self::Subtype => "h.subtype, h.identifier",
        }
    }

    /// The order in which events of this request are met. `kinds` is how many kinds of entries it is about, if it says
    /// so or has that follow; `of_evm` is whether labels are looked for among addresses too.
    ///
    /// # Errors
    /// Legacy's database weighs too much.
    pub(super) fn of(arguments: &Record, kinds: Option<usize>, of_evm: bool) -> Result<Self, Unanswered> {
        let grouped = usize::from(!arguments.flag("group_by_event_ids")?);
        let besides = FINDING.iter().any(|name| !arguments.is_null(name));
        let by_group = members(arguments, "event_identifiers")?;
        let identifiers = members(arguments, "identifiers")?;
        if arguments.flag("exclude_ignored_assets")? {
            let pair = by_group == Some(2) && identifiers.is_none() && arguments.flag("group_by_event_ids")?;
            let alone = !besides && arguments.is_null("notes_substring");
            return Ok(if pair && alone { Self::Group } else { Self::Identifier });
        }
        if let Some(identifiers) = identifiers {
            if besides || by_group.is_some() {
                return Err(Unanswered::declined("identifiers among other things, ignored assets included"));
            }
            return Ok(if identifiers > IDENTIFIERS[grouped] { Self::Group } else { Self::Identifier });
        }
        if by_group.is_some() && besides && arguments.flag("group_by_event_ids")? {
            return Err(Unanswered::declined("groups among other things, ignored assets included"));
        }
        let one = |name: &str| (!arguments.is_null(name)).then_some(1);
        // Of those with equally many members the last one decides.
        let candidates = [
            (by_group, Self::Group),
            (kinds, Self::EntryType),
            (one("location"), Self::Identifier),
            (if of_evm { None } else { members(arguments, "location_labels")? }, Self::Label),
            (one("asset"), Self::Identifier),
            (members(arguments, "event_types")?, Self::Type),
            (members(arguments, "event_subtypes")?, Self::Subtype),
        ];
        let few = candidates
            .into_iter()
            .filter_map(|(members, met)| Some((members?, met)))
            .filter(|(members, _)| *members <= MEMBERS[grouped]);
        Ok(few.rev().min_by_key(|(members, _)| *members).map_or(Self::Group, |(_, met)| met))
    }
}

/// How many different members a list has.
fn members(arguments: &Record, name: &str) -> Result<Option<usize>, Mistyped> {
    let Some(items) = arguments.maybe_list(name)? else { return Ok(None) };
    let different: BTreeSet<Option<String>> = items.iter().map(Item::shown).collect();
    Ok(Some(different.len()))
}

//! An event that matches, and the tables that conditions look at.

use super::wanted::Wanted;

/// An event of the page, or one that speaks for its group.
#[derive(Debug, Clone)]
pub(super) struct Match {
    pub identifier: i64,
    pub group: String,
    pub timestamp: i64,
    pub sequence_index: i64,
    /// How many of the group match; 1 where no groups are wanted.
    pub number: i64,
}

/// What else a condition looks at.
pub(super) fn joined(wanted: &Wanted) -> String {
    let joins = [
        " LEFT JOIN evm_events_info e ON e.identifier = h.identifier",
        " LEFT JOIN eth_staking_events_info s ON s.identifier = h.identifier",
    ];
    joins.iter().zip(wanted.joins).filter(|(_, wanted)| *wanted).map(|(join, _)| *join).collect()
}

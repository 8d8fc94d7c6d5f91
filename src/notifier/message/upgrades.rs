//! A database on its way to a newer version. Sent from inside the login request.

use serde::{Deserialize, Serialize};

use super::{Text, fields::nullable};

/// `db_upgrade_status`: how far the user's database is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct DbUpgradeStatus<'a> {
    /// The version of its schema before the first upgrade.
    pub start_version: u64,
    /// The version after the last one.
    pub target_version: u64,
    /// The one that is going on.
    pub current_upgrade: CurrentUpgrade<'a>,
}

/// One upgrade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct CurrentUpgrade<'a> {
    /// The version it leads to.
    pub to_version: u64,
    /// How many steps it has.
    pub total_steps: u64,
    /// How many of them are done.
    pub current_step: u64,
    /// What the step does, if it has a name.
    #[serde(deserialize_with = "nullable")]
    pub description: Option<Text<'a>>,
}

/// `data_migration_status`: how far the user's data is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct DataMigrationStatus<'a> {
    /// The first migration.
    pub start_version: u64,
    /// The last one.
    pub target_version: u64,
    /// The one that is going on.
    pub current_migration: CurrentMigration<'a>,
}

/// One migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct CurrentMigration<'a> {
    /// Its number.
    pub version: u64,
    /// How many steps it has.
    pub total_steps: u64,
    /// How many of them are done.
    pub current_step: u64,
    /// What the step does, if it has a name.
    #[serde(deserialize_with = "nullable")]
    pub description: Option<Text<'a>>,
}

//! The subscription, and the backup that comes with it.

use serde::{Deserialize, Serialize};

use super::{Text, fields::nullable};

/// `premium_status_update`: whether the subscription is valid, at login and then every hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PremiumStatusUpdate {
    /// It is.
    pub is_premium_active: bool,
    /// It was, until now.
    pub expired: bool,
}

/// `database_upload_progress`: how far the backup is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum DatabaseUploadProgress {
    /// It is made smaller. (With braces, or serde ignores other keys.)
    Compressing {},
    /// It is encrypted.
    Encrypting {},
    /// It is on its way.
    Uploading {
        /// The chunk that is sent now, from 1.
        current_chunk: u64,
        /// How many there are.
        total_chunks: u64,
    },
}

/// `database_upload_result`: whether the encrypted database reached the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct DatabaseUploadResult<'a> {
    /// Whether it did.
    pub uploaded: bool,
    /// Whether the user can do something about it.
    pub actionable: bool,
    /// Why not; null if it did.
    #[serde(deserialize_with = "nullable")]
    pub message: Option<Text<'a>>,
}

//! What only legacy's memory holds, taken from its own answers.

use std::collections::HashMap;

use http::HeaderValue;
use serde_json::Value;

use super::zone::Zone;
use crate::wire::Cors;

/// Most Origins remembered; a client that sends ever new ones is forwarded.
const ORIGINS: usize = 64;

/// Facts about the legacy process.
#[derive(Debug, Default)]
pub struct Facts {
    /// `result` of `GET /api/1/info` without a check for updates.
    info: Option<Value>,
    /// `result` of `GET /api/1/settings/configuration`.
    configuration: Option<Value>,
    cors: HashMap<Option<HeaderValue>, Cors>,
    zone: Option<Zone>,
}

impl Facts {
    /// What `GET /api/1/info` answers.
    #[must_use]
    pub fn info(&self) -> Option<&Value> {
        self.info.as_ref()
    }

    /// Learns it.
    pub fn learn_info(&mut self, result: Value) {
        self.info = Some(result);
    }

    /// What `GET /api/1/settings/configuration` answers.
    #[must_use]
    pub fn configuration(&self) -> Option<&Value> {
        self.configuration.as_ref()
    }

    /// Learns it.
    pub fn learn_configuration(&mut self, result: Value) {
        self.configuration = Some(result);
    }

    /// The CORS headers of answers to this Origin (`None`: a request without one).
    #[must_use]
    pub fn cors(&self, origin: Option<&HeaderValue>) -> Option<&Cors> {
        self.cors.get(&origin.cloned())
    }

    /// Learns them from an answer of the API.
    pub fn learn_cors(&mut self, origin: Option<&HeaderValue>, cors: Cors) {
        if self.cors.len() < ORIGINS || self.cors.contains_key(&origin.cloned()) {
            self.cors.insert(origin.cloned(), cors);
        }
    }

    /// Its time zone, if the package inside it has said so.
    #[must_use]
    pub fn zone(&self) -> Option<&Zone> {
        self.zone.as_ref()
    }

    /// Learns it.
    pub fn learn_zone(&mut self, zone: Option<Zone>) {
        self.zone = zone;
    }

    /// A restarted legacy may have been started differently.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

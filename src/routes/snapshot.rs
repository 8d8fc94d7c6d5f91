//! Configuration and route table as one value: what a request sees from start to end.

use std::{path::Path, sync::Arc, time::SystemTime};

use sha2::{Digest, Sha256};

use super::{Endpoints, RouteTable, overrides::Overrides};
use crate::config::{Config, Declared, Faults, Layers, load};

/// One loaded state of everything that can be configured.
#[derive(Debug)]
pub struct Snapshot {
    /// The configuration.
    pub config: Arc<Config>,
    /// The routes.
    pub table: RouteTable,
    /// The backend's endpoints, migrated or not.
    pub endpoints: Arc<Endpoints>,
    /// The keys that are read once at the start, with their values as texts.
    pub fixed: Arc<[(String, String)]>,
    /// SHA-256 of the file's text; all zero without a file.
    pub hash: [u8; 32],
    /// Counts loads from 1.
    pub generation: u64,
    /// When it was loaded.
    pub loaded: SystemTime,
}

impl Snapshot {
    /// Reads all layers.
    ///
    /// # Errors
    /// Every fault of every layer.
    pub fn load(layers: &Layers, catalog: &[Declared], generation: u64) -> Result<Self, Faults> {
        let text = layers.read_file().map_err(|fault| Faults(vec![fault]))?;
        Self::from_text(layers, text.as_deref(), catalog, generation)
    }

    /// The same, with the file's text already read.
    ///
    /// # Errors
    /// Every fault of every layer.
    pub fn from_text(
        layers: &Layers,
        text: Option<&str>,
        catalog: &[Declared],
        generation: u64,
    ) -> Result<Self, Faults> {
        let loaded = load(layers, text, catalog)?;
        let table =
            RouteTable::build(&loaded.config, &loaded.order, catalog, &layers.source(), text.unwrap_or_default())
                .map_err(Faults)?;
        let beside = layers.file.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
        let endpoints =
            Endpoints::load(loaded.config.legacy.endpoints.as_ref().map(|path| beside.join(path)).as_deref())?;
        Ok(Self {
            config: Arc::new(loaded.config),
            table,
            endpoints,
            fixed: loaded.fixed.into(),
            hash: hash_of(text),
            generation,
            loaded: SystemTime::now(),
        })
    }

    /// The same configuration with these routes moved.
    #[must_use]
    pub fn over(&self, overrides: &Overrides) -> Self {
        Self {
            config: Arc::clone(&self.config),
            table: self.table.over(overrides),
            endpoints: Arc::clone(&self.endpoints),
            fixed: Arc::clone(&self.fixed),
            ..*self
        }
    }
}

/// SHA-256 of a text, all zero for none.
#[must_use]
pub fn hash_of(text: Option<&str>) -> [u8; 32] {
    text.map_or([0; 32], |text| Sha256::digest(text.as_bytes()).into())
}

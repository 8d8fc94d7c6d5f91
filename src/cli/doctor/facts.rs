//! What the checks judge, gathered once.

use std::{path::PathBuf, sync::Arc};

use serde_json::Value;

use crate::{
    cli::{
        admin_client::{Bridge, told::Overview},
        asked::{self, Answer},
    },
    config::{Config, Layers},
    routes::Snapshot,
};

/// All of it.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) layers: Layers,
    pub(super) config: Arc<Config>,
    pub(super) bridge: Found,
    /// Where legacy was asked, as host and port.
    pub(super) authority: String,
    /// What legacy answers to `GET /api/1/info`, or why nothing came.
    pub(super) info: Result<Answer, String>,
    /// Whether its websocket opens, where it was asked.
    pub(super) websocket: Option<Result<(), String>>,
}

/// What is at the admin address.
#[derive(Debug)]
pub(super) enum Found {
    /// Nothing.
    Nobody(String),
    /// Something that does not tell: why.
    Silent(String),
    /// A bridge.
    Running(Box<Running>),
}

/// A bridge that runs.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) url: String,
    pub(super) overview: Overview,
    /// `GET /api/status`.
    pub(super) status: Value,
    /// `GET /api/routes`.
    pub(super) routes: Value,
    /// How far its clock is ahead of ours.
    pub(super) ahead: Option<f64>,
}

impl Facts {
    /// Asks around.
    pub(super) async fn gather(layers: Layers, snapshot: Snapshot, bridge: anyhow::Result<Option<Bridge>>) -> Self {
        let config = Arc::clone(&snapshot.config);
        let bridge = match bridge {
            Ok(Some(bridge)) => found(&bridge).await,
            Ok(None) => Found::Nobody("admin.address, which has no fixed port; --admin says where one is".to_owned()),
            Err(error) => Found::Silent(format!("{error:#}")),
        };
        // One that runs may have been told otherwise at its start.
        let told = match &bridge {
            Found::Running(running) => running.overview.legacy.url.strip_prefix("http://").map(str::to_owned),
            _ => None,
        };
        let authority = told.unwrap_or_else(|| config.legacy.url.authority());
        let info = asked::get(&authority, "/api/1/info").await;
        let websocket = match &info {
            Ok(answer) if answer.result().is_some() => Some(asked::websocket(&authority, "/ws").await),
            _ => None,
        };
        Self { layers, config, bridge, authority, info, websocket }
    }

    /// The bridge, if one runs and tells.
    pub(super) fn running(&self) -> Option<&Running> {
        match &self.bridge {
            Found::Running(running) => Some(running),
            _ => None,
        }
    }

    /// The data directory: the configured one, or else the one that legacy names, if it can be seen from here.
    pub(super) fn directory(&self) -> Option<PathBuf> {
        self.config.data.directory.clone().or_else(|| self.legacys_directory()).filter(|directory| directory.is_dir())
    }

    /// Where legacy says that it works.
    pub(super) fn legacys_directory(&self) -> Option<PathBuf> {
        let result = self.info.as_ref().ok()?.result()?;
        result["data_directory"].as_str().map(PathBuf::from)
    }
}

async fn found(bridge: &Bridge) -> Found {
    let authority = bridge.url.trim_start_matches("http://");
    let healthy = match asked::get(authority, "/healthz").await {
        Ok(answer) => answer,
        Err(why) => return Found::Nobody(format!("{} ({why})", bridge.url)),
    };
    match told(bridge).await {
        Ok((overview, status, routes)) => {
            let url = bridge.url.clone();
            Found::Running(Box::new(Running { url, overview, status, routes, ahead: healthy.ahead }))
        }
        Err(error) => Found::Silent(format!("{error:#}")),
    }
}

async fn told(bridge: &Bridge) -> anyhow::Result<(Overview, Value, Value)> {
    let ask = async |target: &str| bridge.ask("GET", target, None).await?.map_err(anyhow::Error::msg);
    let overview = serde_json::from_value(ask("/api/overview").await?)?;
    Ok((overview, ask("/api/status").await?, ask("/api/routes").await?))
}

#[cfg(test)]
impl Facts {
    /// Of a configuration, with no bridge, and a legacy that answers this.
    pub(super) fn of(toml: &str, info: Result<&str, &str>) -> Self {
        let snapshot = Snapshot::from_text(&Layers::default(), Some(toml), &crate::handlers::catalog(), 1).unwrap();
        let answer = |body: &str| Answer {
            status: 200,
            ahead: Some(0.0),
            by_bridge: false,
            body: body.as_bytes().to_vec().into(),
        };
        Self {
            layers: Layers::default(),
            authority: snapshot.config.legacy.url.authority(),
            config: snapshot.config,
            bridge: Found::Nobody("http://127.0.0.1:4301 (refused)".to_owned()),
            info: info.map(answer).map_err(ToOwned::to_owned),
            websocket: Some(Ok(())),
        }
    }

    /// The same with a bridge.
    pub(super) fn with(mut self, status: Value, routes: Value, overview: Value) -> Self {
        let (url, overview) = ("http://127.0.0.1:4301".to_owned(), serde_json::from_value(overview).unwrap());
        self.bridge = Found::Running(Box::new(Running { url, overview, status, routes, ahead: Some(0.0) }));
        self
    }
}

//! What a replay asks: the handlers alone, or a URL.

use std::{path::PathBuf, sync::Arc, time::Duration};

use crate::{
    config::Layers,
    db::Passphrase,
    parity::{
        Request, Response,
        client::Client,
        replay::{Asked, Stage, Target},
    },
    server::offline::{DataCopy, NativeAnswer, Offline},
};

/// The handlers alone, on a copy of a data directory.
pub(super) struct Native {
    pub(super) layers: Layers,
    pub(super) data: PathBuf,
    pub(super) user: String,
    pub(super) passphrase: Passphrase,
    /// What only a legacy process knows is learnt from what it was recorded to answer.
    pub(super) recorded: Arc<[Shown]>,
}

/// A recorded exchange, and the sequence it belongs to.
pub(super) type Shown = (Option<u64>, Request, Response);

/// The handlers alone.
pub(super) struct Handlers(Offline);

impl Stage for Native {
    type Target = Handlers;

    async fn shared(&self) -> Result<Handlers, String> {
        self.start(None).await
    }

    async fn fresh(&self, sequence: u64) -> Result<Handlers, String> {
        self.start(Some(sequence)).await
    }
}

impl Native {
    /// What was learnt first stays: a sequence's own exchanges come before those of others.
    async fn start(&self, own: Option<u64>) -> Result<Handlers, String> {
        let (data, user) = (self.data.clone(), self.user.clone());
        let copied = tokio::task::spawn_blocking(move || DataCopy::of(&data, &user)).await;
        let copy = copied.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        let offline = Offline::start(self.layers.clone(), copy, self.passphrase.clone()).await;
        let offline = offline.map_err(|error| error.to_string())?;
        let (first, later): (Vec<&Shown>, Vec<&Shown>) =
            self.recorded.iter().partition(|(sequence, ..)| own.is_some() && *sequence == own);
        let mut current = own;
        for (sequence, request, response) in first.into_iter().chain(later) {
            // Each sequence was recorded by itself.
            if *sequence != current {
                offline.begin_anew();
                current = *sequence;
            }
            offline.learn(request, response);
        }
        Ok(Handlers(offline))
    }
}

impl Target for Handlers {
    async fn ask(&self, request: &Request) -> Asked {
        match self.0.ask(request).await {
            (NativeAnswer::Answered(response), took) => Asked::Answered(response, took),
            (NativeAnswer::Declined(why), _) => Asked::Declined(why),
            (NativeAnswer::Failed(why), _) => Asked::Failed(why),
            (NativeAnswer::NotNative, _) => Asked::NotNative,
        }
    }
}

/// A server.
pub(super) struct Server {
    pub(super) url: String,
    pub(super) deadline: Duration,
    /// A shell command that brings the server back to the recording's beginning.
    pub(super) before_sequence: Option<String>,
}

impl Server {
    pub(super) fn client(&self) -> Result<Client, String> {
        Ok(Client::new(&self.url).map_err(|error| error.to_string())?.deadline(self.deadline).reusing())
    }
}

impl Stage for Server {
    type Target = Client;

    async fn shared(&self) -> Result<Client, String> {
        self.client()
    }

    async fn fresh(&self, sequence: u64) -> Result<Client, String> {
        let command = self.before_sequence.clone().ok_or(
            "sequences change what they find: give --before-sequence a command that brings the server back to the \
             beginning, or leave out --sequences",
        )?;
        let shown = command.clone();
        let ran = tokio::task::spawn_blocking(move || {
            std::process::Command::new("sh").args(["-c", &command]).env("SEQUENCE", sequence.to_string()).status()
        });
        match ran.await {
            Ok(Ok(status)) if status.success() => self.client(),
            Ok(Ok(status)) => Err(format!("--before-sequence {shown:?} ended with {status}")),
            Ok(Err(error)) => Err(format!("--before-sequence {shown:?} can not be run: {error}")),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Target for Client {
    async fn ask(&self, request: &Request) -> Asked {
        match self.send(request).await {
            Ok((response, took)) => Asked::Answered(response, took),
            Err(error) => Asked::Failed(error.to_string()),
        }
    }
}

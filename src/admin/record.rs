//! Live traffic, recorded for whoever asks, line by line as it happens.

use std::{convert::Infallible, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;

use super::{failure::Failure, parameters::Parameters};
use crate::{
    dispatch::{Bridge, recording::Told},
    routes::Selection,
};

/// A line for each exchange: an entry of a HAR file, redacted; and `{"dropped": n}` when as many were dropped so far
/// because they came faster than they were read. It ends when its reader goes away or the bridge stops.
///
/// Parameters, each as often as wanted: `route` (a name, or a pattern with `*`), `redact` (a further name of fields and
/// headers that are secret).
pub(super) async fn record(State(bridge): State<Arc<Bridge>>, query: Parameters) -> Result<Response, Failure> {
    // A misspelled redact that does nothing would be found out too late.
    let query = query.only(&["route", "redact"])?;
    let selection = Selection(query.all("route"));
    let known = selection.check(&bridge.live.snapshot().table);
    known.map_err(|unknown| Failure::unknown(unknown.to_string()))?;
    let tape = bridge.recorder.listen(selection, &query.all("redact"));
    let tape = tape.map_err(|full| Failure::unavailable(full.to_string()))?;
    let lines = tape.told().map(Told::line).map(Ok::<_, Infallible>);
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response())
}

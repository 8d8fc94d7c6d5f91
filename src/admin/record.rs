//! Live traffic, recorded for whoever asks, line by line as it happens.

use std::{convert::Infallible, sync::Arc};

use axum::{
    body::Body,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;

use crate::{
    config::fault::remedy,
    dispatch::{Bridge, recording::Told},
    routes::Selection,
};

/// Parameters of the query.
const PARAMETERS: [&str; 2] = ["route", "redact"];

/// A line for each exchange: an entry of a HAR file, redacted; and `{"dropped": n}` when as many were dropped so far
/// because they came faster than they were read. It ends when its reader goes away or the bridge stops.
///
/// Parameters, each as often as wanted: `route` (a name, or a pattern with `*`), `redact` (a further name of fields and
/// headers that are secret).
pub(super) async fn record(
    State(bridge): State<Arc<Bridge>>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, (StatusCode, String)> {
    if let Some((unknown, _)) = query.iter().find(|(name, _)| !PARAMETERS.contains(&name.as_str())) {
        // A misspelled redact that does nothing would be found out too late.
        let why = format!("there is no parameter \"{unknown}\"{}\n", remedy(unknown, &PARAMETERS));
        return Err((StatusCode::BAD_REQUEST, why));
    }
    let values = |of: &str| -> Vec<String> {
        query.iter().filter(|(name, _)| name == of).map(|(_, value)| value.clone()).collect()
    };
    let selection = Selection(values("route"));
    let known = selection.check(&bridge.live.snapshot().table);
    known.map_err(|unknown| (StatusCode::NOT_FOUND, format!("{unknown}\n")))?;
    let tape = bridge.recorder.listen(selection, &values("redact"));
    let tape = tape.map_err(|full| (StatusCode::SERVICE_UNAVAILABLE, format!("{full}\n")))?;
    let lines = tape.told().map(Told::line).map(Ok::<_, Infallible>);
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response())
}

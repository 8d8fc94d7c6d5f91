//! The dashboard's files, which are part of the binary. There is no data in them: they ask the API for it.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::{
    extract::Path,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use super::{failure::Failure, guard::headers};
use crate::wire::hex::hex;

macro_rules! files {
    ($($path:literal)*) => { &[$(($path, include_bytes!(concat!("dashboard/", $path)))),*] };
}

/// Every file, a line each: its path below `/assets/`, and its bytes. A test sees to it that none is missing.
const FILES: &[(&str, &[u8])] = files! {
    "css/charts.css"
    "css/diff.css"
    "css/frame.css"
    "css/openapi.css"
    "css/parts.css"
    "css/route.css"
    "css/tables.css"
    "icon.svg"
    "index.html"
    "js/charts/gauge.js"
    "js/charts/histograms.js"
    "js/charts/scale.js"
    "js/charts/spark.js"
    "js/charts/traffic.js"
    "js/core/ago.js"
    "js/core/api.js"
    "js/core/dialog.js"
    "js/core/dom.js"
    "js/core/events.js"
    "js/core/format.js"
    "js/core/lists.js"
    "js/core/morph.js"
    "js/core/navigate.js"
    "js/core/resource.js"
    "js/core/sse.js"
    "js/core/state.js"
    "js/core/theme.js"
    "js/core/toast.js"
    "js/core/token.js"
    "js/early.js"
    "js/main.js"
    "js/pages/databases.js"
    "js/pages/journal.js"
    "js/pages/live.js"
    "js/pages/notifier.js"
    "js/pages/openapi.js"
    "js/pages/overview.js"
    "js/pages/route.js"
    "js/pages/routes.js"
    "js/pages/unknown.js"
    "js/parts/actions.js"
    "js/parts/announce.js"
    "js/parts/attention.js"
    "js/parts/controls.js"
    "js/parts/diff.js"
    "js/parts/endpoints.js"
    "js/parts/entries.js"
    "js/parts/guardrails.js"
    "js/parts/head.js"
    "js/parts/kill.js"
    "js/parts/ladder.js"
    "js/parts/latency.js"
    "js/parts/lost.js"
    "js/parts/mismatches.js"
    "js/parts/modes.js"
    "js/parts/notices.js"
    "js/parts/operations.js"
    "js/parts/people.js"
    "js/parts/places.js"
    "js/parts/progress.js"
    "js/parts/reason.js"
    "js/parts/reasons.js"
    "js/parts/rungs.js"
    "js/parts/sample.js"
    "js/parts/schema.js"
    "js/parts/states.js"
    "js/parts/verdicts.js"
    "js/parts/visible.js"
    "js/router.js"
    "style.css"
};

/// The page that is served at each of the dashboard's paths.
const PAGE: &str = "index.html";

/// A file as it is served.
struct File {
    bytes: &'static [u8],
    kind: &'static str,
    tag: HeaderValue,
}

static SERVED: LazyLock<BTreeMap<&str, File>> = LazyLock::new(|| {
    let served =
        FILES.iter().filter_map(|(path, bytes)| Some((*path, File { bytes, kind: kind(path)?, tag: tag(bytes)? })));
    served.collect()
});

/// The content type of a file, by how its name ends; none for what browsers are not given.
fn kind(path: &str) -> Option<&'static str> {
    match path.rsplit_once('.')?.1 {
        "html" => Some("text/html; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

/// A strong validator (RFC 9110 section 8.8.3): the content, hashed.
fn tag(bytes: &[u8]) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("\"{}\"", hex(&Sha256::digest(bytes)[..16]))).ok()
}

/// The page; its script reads the path.
pub(super) async fn page(headers: HeaderMap) -> Response {
    serve(PAGE, &headers)
}

/// One of its files.
pub(super) async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    serve(&path, &headers)
}

fn serve(path: &str, asked: &HeaderMap) -> Response {
    let Some(file) = SERVED.get(path) else {
        return Failure::unknown(format!("the dashboard has no file {path:?}")).into_response();
    };
    // Names stay the same from one version to the next, so browsers ask each time whether theirs is still the one.
    let about = [
        (ETAG, file.tag.clone()),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(headers::SHELL)),
    ];
    if is_known(asked, &file.tag) {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    (about, [(CONTENT_TYPE, HeaderValue::from_static(file.kind))], file.bytes).into_response()
}

/// If-None-Match (RFC 9110 section 13.1.2), which compares weakly.
fn is_known(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    let lines = asked.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
    tags.any(|given| given == "*" || given.strip_prefix("W/").unwrap_or(given).as_bytes() == tag.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn below(directory: &Path, prefix: &str) -> Vec<String> {
        let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
        let names = entries.flat_map(|entry| {
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() { below(&entry.path(), &format!("{name}/")) } else { vec![name] }
        });
        names.collect()
    }

    #[test]
    fn every_file_of_the_dashboard_is_served_and_has_a_content_type() {
        let mut there = below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/admin/dashboard"), "");
        there.sort();
        let listed: Vec<&str> = FILES.iter().map(|(path, _)| *path).collect();
        assert_eq!(listed, there, "the table in this file lists them in this order");
        assert_eq!(SERVED.len(), FILES.len(), "each has a content type");
        assert!(SERVED.contains_key(PAGE));
    }

    #[test]
    fn a_known_tag_is_known_alone_in_a_list_weak_or_as_any() {
        let tag = HeaderValue::from_static("\"a\"");
        let known = |line: &'static str| {
            is_known(&HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(line))]), &tag)
        };
        for line in ["\"a\"", "W/\"a\"", "\"b\", \"a\"", "*"] {
            assert!(known(line), "{line}");
        }
        for line in ["", "\"b\"", "a", "\"a"] {
            assert!(!known(line), "{line}");
        }
    }
}

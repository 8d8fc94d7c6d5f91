//! What the comparisons of a bridge came to, as its admin API says.

use serde_json::Value;

use super::{bridge::Bridge, eventually, raw};

/// The evidence of one route; null if there is none.
pub async fn of(bridge: &Bridge, route: &str) -> Value {
    let all: Value = raw::get(bridge.admin, "/api/parity").await.json();
    let routes = all["routes"].as_array().unwrap();
    routes.iter().find(|one| one["route"] == route).cloned().unwrap_or_default()
}

/// How many comparisons of a route there were, whatever came of them.
pub fn total(evidence: &Value) -> u64 {
    let verdicts = evidence["verdicts"].as_object().into_iter().flatten();
    verdicts.map(|(_, count)| count.as_u64().unwrap()).sum()
}

/// The evidence of a route, once so many comparisons have come to their end.
pub async fn settled(bridge: &Bridge, route: &str, comparisons: u64) -> Value {
    eventually(&format!("{comparisons} verdicts on {route}"), || async {
        let evidence = of(bridge, route).await;
        (total(&evidence) >= comparisons).then_some(evidence)
    })
    .await
}

/// The verdicts as `matched 3, skipped 1`.
pub fn words(evidence: &Value) -> String {
    let verdicts = evidence["verdicts"].as_object().into_iter().flatten();
    let counted = verdicts.filter(|(_, count)| count.as_u64() != Some(0));
    counted.map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ")
}

/// The places of differences as `mismatched value /result/a 3`.
pub fn places(evidence: &Value) -> Vec<String> {
    let places = evidence["places"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    places
        .map(|p| format!("{} {} {} {}", text(&p["verdict"]), text(&p["kind"]), text(&p["path"]), p["count"]))
        .collect()
}

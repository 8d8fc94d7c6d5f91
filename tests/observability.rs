//! What people watch the bridge with: the dashboard of `deploy/grafana` and the alerts of `deploy/prometheus` name metrics
//! that there are, with labels that these have, and leave none out.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{
    bridge::Setup,
    eventually,
    legacy::{Legacy, PASSWORD},
    prometheus::{self, Sample},
    promql, raw,
};
use cutover::{config::Mode, parity::Verdict};
use serde_json::{Value, json};

const DASHBOARD: &str = include_str!("../deploy/grafana/cutover.json");
const ALERTS: &str = include_str!("../deploy/prometheus/alerts.yml");
const PAGE: &str = include_str!("../docs/metrics.md");

/// What Prometheus itself adds.
const SCRAPED: [&str; 2] = ["job", "instance"];

/// The metrics of a bridge with a user who is in.
struct Exposed {
    /// Names of samples, each with the name that the page of metrics has for it.
    names: BTreeMap<String, String>,
    /// Labels of each such name.
    labels: BTreeMap<String, BTreeSet<String>>,
    samples: Vec<Sample>,
}

impl Exposed {
    async fn of_a_bridge() -> Self {
        let legacy = Legacy::start();
        let bridge = Setup::before(legacy.address).data(legacy.data()).arguments(&["--all", "shadow"]).start().await;
        raw::send_json(bridge.address, "POST", "/api/1/users/ada", &json!({"password": PASSWORD})).await;
        let text = eventually("a database is open", || async {
            raw::get(bridge.address, "/api/1/tags").await;
            let text = raw::get(bridge.admin, "/metrics").await.text();
            text.contains("cutover_database_jobs_total{").then_some(text)
        })
        .await;
        let mut names = BTreeMap::new();
        for family in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
            let (family, kind) = family.split_once(' ').unwrap();
            match kind {
                "counter" | "info" => {
                    let suffix = if kind == "info" { "info" } else { "total" };
                    names.insert(format!("{family}_{suffix}"), format!("{family}_{suffix}"));
                }
                "histogram" => {
                    for suffix in ["bucket", "sum", "count"] {
                        names.insert(format!("{family}_{suffix}"), family.to_owned());
                    }
                }
                _ => drop(names.insert(family.to_owned(), family.to_owned())),
            }
        }
        let exposed = Self { names, labels: documented(), samples: prometheus::read(&text) };
        for sample in &exposed.samples {
            for label in sample.labels.keys() {
                assert!(exposed.has(&sample.name, label), "docs/metrics.md has no label {label} of {}", sample.name);
            }
        }
        exposed
    }

    fn has(&self, name: &str, label: &str) -> bool {
        let bound = label == "le" && name.ends_with("_bucket");
        bound || self.labels.get(&self.names[name]).is_some_and(|labels| labels.contains(label))
    }

    /// Whether a label of a metric can have this value.
    fn can_be(&self, name: &str, label: &str, value: &str) -> bool {
        match label {
            "variant" => ["legacy", "native"].contains(&value),
            "mode" => Mode::ALL.iter().any(|mode| mode.as_str() == value),
            "verdict" => Verdict::WORDS.contains(&value),
            "status" => ["1xx", "2xx", "3xx", "4xx", "5xx"].contains(&value),
            // Each is explained where reasons are.
            "reason" => include_str!("../docs/routes.md").contains(&format!("\n| `{value}` |")),
            _ => self.samples.iter().any(|one| one.name == name && one.labels.get(label).is_some_and(|of| of == value)),
        }
    }

    /// Every metric and label of an expression is there; gives the labels that its result has.
    fn check(&self, place: &str, expression: &str) -> BTreeSet<String> {
        let named = promql::named(expression);
        let mut labels: BTreeSet<String> = SCRAPED.map(str::to_owned).into();
        for promql::Selector { metric, labels: asked } in &named.metrics {
            if metric == "up" {
                continue;
            }
            assert!(self.names.contains_key(metric), "{place}: the bridge has no {metric}: {expression}");
            labels.extend(self.labels.get(&self.names[metric]).into_iter().flatten().cloned());
            for (label, value) in asked.iter().filter(|(label, _)| !SCRAPED.contains(&label.as_str())) {
                assert!(self.has(metric, label), "{place}: {metric} has no {label}: {expression}");
                for value in value.split('|').filter(|value| !value.starts_with('$')) {
                    assert!(
                        self.can_be(metric, label, value),
                        "{place}: {label} of {metric} is never {value}: {expression}"
                    );
                }
            }
        }
        for label in named.grouped.iter().chain(&named.matched) {
            assert!(label == "le" || labels.contains(label), "{place}: nothing has {label}: {expression}");
        }
        if named.grouped.is_empty() { labels } else { named.grouped.into_iter().collect() }
    }
}

/// Labels of each metric, as the page of metrics has them.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let words = |cell: &str| -> Vec<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let rows = PAGE.lines().filter(|line| ["| `cutover_", "| `process_"].iter().any(|begin| line.starts_with(begin)));
    rows.flat_map(|row| {
        let mut cells = row.split('|').skip(1);
        let (names, labels) = (words(cells.next().unwrap()), words(cells.next().unwrap()));
        names.into_iter().map(move |name| (name, labels.iter().cloned().collect()))
    })
    .collect()
}

/// What stands between the double braces of a text: `{{route}}`, `{{ $labels.route }}`.
fn placeholders(text: &str) -> Vec<&str> {
    text.split("{{").skip(1).map(|rest| rest.split_once("}}").unwrap().0.trim()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_names_metrics_and_labels_that_there_are_and_leaves_none_out() {
    let exposed = Exposed::of_a_bridge().await;
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let identifiers: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(identifiers.len(), panels.len(), "each panel has an id of its own");
    let mut shown = BTreeSet::new();
    for panel in panels {
        let title = panel["title"].as_str().unwrap();
        if panel["type"] == "row" {
            continue;
        }
        assert!(panel["description"].as_str().is_some_and(|text| text.ends_with('.')), "{title} says what it shows");
        for target in panel["targets"].as_array().unwrap() {
            let expression = target["expr"].as_str().unwrap();
            let labels = exposed.check(title, expression);
            shown.extend(promql::named(expression).metrics.into_iter().map(|selector| selector.metric));
            for label in placeholders(target["legendFormat"].as_str().unwrap()) {
                assert!(labels.contains(label), "{title}: the legend has {label}: {expression}");
            }
        }
    }
    for (sample, family) in &exposed.names {
        let has = |suffix: &str| shown.contains(&format!("{family}{suffix}"));
        assert!(shown.contains(sample) || has("_bucket"), "{family} is on no panel");
    }
    for annotation in dashboard["annotations"]["list"].as_array().unwrap().iter().filter_map(|one| one["expr"].as_str())
    {
        exposed.check("annotations", annotation);
    }
    for variable in
        dashboard["templating"]["list"].as_array().unwrap().iter().filter_map(|one| one["definition"].as_str())
    {
        let (selector, label) = variable.strip_prefix("label_values(").unwrap().rsplit_once(", ").unwrap();
        let labels = exposed.check("variables", selector);
        assert!(labels.contains(label.trim_end_matches(')')), "{variable}");
    }
}

/// An alert, as far as it is looked at here.
#[derive(Debug, Default)]
struct Alert {
    name: String,
    expr: String,
    summary: String,
    action: String,
}

/// The alerts of a file of rules: as much of YAML as that file has.
fn alerts(text: &str) -> Vec<Alert> {
    let mut alerts: Vec<Alert> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let depth = |line: &str| line.len() - line.trim_start().len();
        let Some((key, value)) = line.trim_start().trim_start_matches("- ").split_once(": ") else { continue };
        let mut value = value.trim().trim_matches('"').to_owned();
        if value == ">-" {
            value.clear();
            while let Some(more) = lines.next_if(|more| !more.trim().is_empty() && depth(more) > depth(line)) {
                value = format!("{value} {}", more.trim());
            }
        }
        match (key, alerts.last_mut()) {
            ("alert", _) => alerts.push(Alert { name: value, ..Alert::default() }),
            ("expr", Some(alert)) => alert.expr = value,
            ("summary", Some(alert)) => alert.summary = value,
            ("action", Some(alert)) => alert.action = value,
            _ => {}
        }
    }
    alerts
}

#[tokio::test(flavor = "multi_thread")]
async fn each_alert_names_metrics_and_labels_that_there_are_and_says_what_to_do() {
    let exposed = Exposed::of_a_bridge().await;
    let alerts = alerts(ALERTS);
    let names: BTreeSet<&str> = alerts.iter().map(|alert| alert.name.as_str()).collect();
    assert_eq!(
        (names.len(), names.len() > 20),
        (ALERTS.matches("- alert:").count(), true),
        "each has a name of its own"
    );
    for Alert { name, expr, summary, action } in &alerts {
        assert!(!expr.is_empty() && summary.ends_with('.') && action.ends_with('.'), "{name}: {summary} {action}");
        let labels = exposed.check(name, expr);
        for placeholder in placeholders(&format!("{summary} {action}")) {
            let Some(label) = placeholder.strip_prefix("$labels.") else {
                assert!(placeholder.starts_with("$value"), "{name}: {placeholder}");
                continue;
            };
            assert!(labels.contains(label), "{name}: what it finds has no {label}");
        }
    }
}

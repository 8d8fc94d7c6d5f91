//! `routes.toml`: read, checked, compiled.

use std::sync::LazyLock;

use crate::{
    config::{Declared, Layers},
    handlers,
    routes::{Snapshot, overrides::Overrides, pattern::Pattern},
};

static CATALOG: LazyLock<Vec<Declared>> = LazyLock::new(handlers::catalog);

/// Any text gives a configuration or faults that say where they are. What it gives is the same each time.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // It names a file, which the text of another machine's fuzzer has no business to open.
    if text.contains("endpoints") {
        return;
    }
    let load = || Snapshot::from_text(&Layers::default(), Some(text), &CATALOG, 1);
    let lines = text.split('\n').count();
    match load() {
        Ok(snapshot) => {
            for route in &snapshot.table.routes {
                let written = route.pattern.to_string();
                assert_eq!(Pattern::parse(&written).as_ref(), Ok(&route.pattern), "{written}");
            }
            let names = |snapshot: &Snapshot| -> Vec<_> {
                snapshot.table.routes.iter().map(|route| (route.name.clone(), route.position())).collect()
            };
            assert_eq!(names(&snapshot), names(&snapshot.over(&Overrides::default())));
            assert_eq!(names(&snapshot), names(&load().expect("it was one just now")));
        }
        Err(faults) => {
            assert!(!faults.0.is_empty(), "refused without a fault");
            for fault in &faults.0 {
                assert!(!fault.message.is_empty());
                assert!(fault.line().is_none_or(|line| (1..=lines).contains(&line)), "{fault} of {lines} lines");
            }
        }
    }
}

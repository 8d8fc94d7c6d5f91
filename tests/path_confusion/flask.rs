//! Flask's own routing, asked over the wire.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use crate::support::raw::{Answer, Connection};

/// A Flask that routes and does nothing else.
pub struct Flask {
    child: Child,
    pub address: SocketAddr,
    /// Methods and path of every rule, as a pattern of routes.toml.
    pub rules: Vec<(String, String)>,
}

/// Where Flask would have a request go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routed {
    /// As a pattern of routes.toml.
    pub path: String,
    pub variables: BTreeMap<String, String>,
}

impl Flask {
    /// With the rules of compat/legacy.
    pub fn of_legacy() -> Self {
        Self::start(&["legacy"])
    }

    /// With the rules of a file.
    pub fn of_rules(file: &Path) -> Self {
        Self::start(&["rules", file.to_str().unwrap()])
    }

    fn start(arguments: &[&str]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = root.join(".venv/bin/python");
        assert!(python.exists(), "there is no .venv; run scripts/setup");
        let mut child = Command::new(python)
            .arg(root.join("tests/path_confusion/router.py"))
            .args(arguments)
            .env("PYTHONPATH", root.join("compat"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut rules = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let said = line.strip_prefix("@ ").unwrap_or_else(|| panic!("{line}"));
            if let Some(address) = said.strip_prefix("listening on ") {
                return Self { child, address: address.parse().unwrap(), rules };
            }
            let (methods, rule) = said.split_once(' ').unwrap();
            rules.extend(methods.split(',').map(|method| (method.to_owned(), pattern_of(rule))));
        }
        panic!("Flask ended: {:?}", child.wait());
    }
}

impl Drop for Flask {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What an answer of Flask's says; `None` if nothing was routed.
pub fn routed(answer: &Answer) -> Option<Routed> {
    let path = pattern_of(answer.header("x-rule")?);
    let variables: Value = serde_json::from_str(answer.header("x-variables").unwrap()).unwrap();
    let variables = variables.as_object().unwrap().iter();
    let variables = variables.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect();
    Some(Routed { path, variables })
}

/// Asks for a raw target.
pub async fn ask(connection: &mut Connection, method: &str, target: &str) -> Answer {
    connection.send(format!("{method} {target} HTTP/1.1\r\nHost: h\r\n\r\n")).await;
    match connection.try_answer(method == "HEAD").await {
        Ok(answer) => answer,
        Err(why) => panic!("{method} {target}: {why}"),
    }
}

/// `/a/<int:b>` as `/a/{b:int}`.
fn pattern_of(rule: &str) -> String {
    let segment = |segment: &str| match segment.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
        Some(variable) => match variable.split_once(':') {
            None => format!("{{{variable}}}"),
            Some(("string" | "default", name)) => format!("{{{name}}}"),
            Some((converter, name)) => format!("{{{name}:{converter}}}"),
        },
        None => segment.to_owned(),
    };
    rule.split('/').map(segment).collect::<Vec<_>>().join("/")
}

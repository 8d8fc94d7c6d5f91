//! Which backend runs here.

use std::path::PathBuf;

use anyhow::{anyhow, bail};
use http::Uri;

use crate::cli::asked::{self, Answer};

/// Where rotki's backend listens: on its own port, or where that is taken on one of the next.
const PORTS: std::ops::RangeInclusive<u16> = 4242..=4249;

/// A backend.
#[derive(Debug, Clone)]
pub(super) struct Backend {
    /// `http://HOST:PORT`
    pub(super) url: String,
    pub(super) version: String,
    /// Where it says that it works.
    pub(super) directory: Option<PathBuf>,
}

/// The one at a URL, or else the first that answers on this machine.
pub(super) async fn find(url: Option<&str>) -> anyhow::Result<Backend> {
    if let Some(url) = url {
        let authority = authority(url)?;
        let remedy = "start it, or correct --url";
        let answer = asked::get(&authority, "/api/1/info").await;
        let answer = answer.map_err(|why| anyhow!("no backend answers at {url}: {why}; {remedy}"))?;
        return of(&authority, &answer);
    }
    let mut said = Vec::new();
    for port in PORTS {
        let authority = format!("127.0.0.1:{port}");
        match asked::get(&authority, "/api/1/info").await {
            Err(_) => {}
            Ok(answer) => match of(&authority, &answer) {
                Ok(backend) => return Ok(backend),
                Err(error) => said.push(error.to_string()),
            },
        }
    }
    let (first, last) = (PORTS.start(), PORTS.end());
    let also = if said.is_empty() { String::new() } else { format!(" ({})", said.join("; ")) };
    bail!("no backend answers on ports {first} to {last} of 127.0.0.1{also}; start it, or say where it is: --url URL")
}

fn of(authority: &str, answer: &Answer) -> anyhow::Result<Backend> {
    if answer.by_bridge {
        bail!("what answers at http://{authority} is a bridge, which needs a backend behind it");
    }
    let status = answer.status;
    let Some(result) = answer.result().filter(serde_json::Value::is_object) else {
        bail!("what answers at http://{authority} is no rotki: GET /api/1/info has status {status} and no result");
    };
    let version = result["version"]["our_version"].as_str().unwrap_or("unknown").to_owned();
    let directory = result["data_directory"].as_str().map(PathBuf::from);
    Ok(Backend { url: format!("http://{authority}"), version, directory })
}

fn authority(url: &str) -> anyhow::Result<String> {
    let wrong = || anyhow!("--url {url}: write it as http://HOST:PORT");
    let uri: Uri = url.parse().map_err(|_| wrong())?;
    let plain = matches!(uri.path_and_query().map(http::uri::PathAndQuery::as_str), None | Some("/"));
    match (uri.scheme_str(), uri.host(), plain) {
        (Some("http"), Some(host), true) => Ok(format!("{host}:{}", uri.port_u16().unwrap_or(80))),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str, by_bridge: bool) -> Answer {
        Answer { status: 200, ahead: None, by_bridge, body: body.as_bytes().to_vec().into() }
    }

    #[test]
    fn a_backend_says_what_it_is_and_where_it_works() {
        let info = r#"{"result": {"version": {"our_version": "1.40.1"}, "data_directory": "/d"}, "message": ""}"#;
        let backend = of("h:1", &answer(info, false)).unwrap();
        assert_eq!((backend.version.as_str(), backend.directory), ("1.40.1", Some("/d".into())));
        for (body, by_bridge, said) in
            [(info, true, "is a bridge"), ("{}", false, "is no rotki"), ("x", false, "is no rotki")]
        {
            let error = of("h:1", &answer(body, by_bridge)).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn a_url_is_a_host_and_a_port() {
        assert_eq!(authority("http://127.0.0.1:4242/").unwrap(), "127.0.0.1:4242");
        for wrong in ["127.0.0.1:4242", "https://h", "http://h/api", ""] {
            assert!(authority(wrong).is_err(), "{wrong}");
        }
    }
}

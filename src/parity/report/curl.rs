//! A request as a command for a shell. The server is `$TARGET`, so that one command asks either side.

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::parity::Request;

/// Largest body on a command line; Linux takes 128 KiB for one word.
const LONGEST: usize = 64 << 10;
/// What curl says by itself, or what belongs to the connection it was sent on.
const OWN: [&str; 4] = ["host", "content-length", "connection", "transfer-encoding"];

/// The command.
#[must_use]
pub fn curl(request: &Request) -> String {
    // Brackets and dots of the target are sent as they are.
    let mut command = "curl --globoff --path-as-is".to_owned();
    match request.method.as_str() {
        "GET" if request.body.is_empty() => {}
        "HEAD" => command.push_str(" --head"),
        method => {
            let _ = write!(command, " --request {}", quoted(method));
        }
    }
    let _ = write!(command, " \"$TARGET\"{}", quoted(&request.target));
    let headers = request.headers.iter().filter(|(name, _)| !OWN.contains(&name.to_ascii_lowercase().as_str()));
    for (name, value) in headers {
        // curl drops a header that ends with a colon, and sends an empty one for a semicolon.
        let line = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        let _ = write!(command, " \\\n  --header {}", quoted(&line));
    }
    if request.body.is_empty() {
        return command;
    }
    if request.header("content-type").is_none() {
        command.push_str(" \\\n  --header 'Content-Type:'");
    }
    if request.body.len() > LONGEST {
        let size = request.body.len();
        return format!(
            "# the body, {size} bytes, is in the JSON report; save it as body.bin\n{command} \\\n  --data-binary @body.bin"
        );
    }
    match std::str::from_utf8(&request.body).ok().filter(|text| !text.contains('\0')) {
        Some(text) => {
            let _ = write!(command, " \\\n  --data-raw {}", quoted(text));
            command
        }
        None => {
            let body = STANDARD.encode(&request.body);
            format!("printf %s '{body}' | base64 --decode |\n{command} \\\n  --data-binary @-")
        }
    }
}

/// One word. A shell has no way to hold a NUL.
fn quoted(text: &str) -> String {
    let text = text.replace('\0', "");
    shlex::try_quote(&text).map(std::borrow::Cow::into_owned).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Request {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Request { method: method.into(), target: target.into(), headers, body: Bytes::copy_from_slice(body) }
    }

    /// What a shell makes of it, with `$TARGET` as `T`.
    fn words(request: &Request) -> Vec<String> {
        shlex::split(&curl(request).replace("\"$TARGET\"", "T").replace("\\\n", "")).unwrap()
    }

    #[test]
    fn a_shell_reads_back_every_word() {
        let headers = [
            ("Host", "h"),
            ("X-It", "it's $HOME `id`"),
            ("content-length", "2"),
            ("X-Empty", ""),
            ("Content-Type", "a/b"),
        ];
        let post = request("POST", "/a/../b?x[]='&$(id)", &headers, b"{\"a\": \"it's\n!\"}");
        let expected = [
            "curl",
            "--globoff",
            "--path-as-is",
            "--request",
            "POST",
            "T/a/../b?x[]='&$(id)",
            "--header",
            "X-It: it's $HOME `id`",
            "--header",
            "X-Empty;",
            "--header",
            "Content-Type: a/b",
            "--data-raw",
            "{\"a\": \"it's\n!\"}",
        ];
        assert_eq!(words(&post), expected);
        assert_eq!(words(&request("GET", "/a", &[], b"")), ["curl", "--globoff", "--path-as-is", "T/a"]);
        assert_eq!(words(&request("HEAD", "/a", &[], b"")).get(3).map(String::as_str), Some("--head"));
    }

    #[test]
    fn a_body_that_is_no_text_goes_through_a_pipe() {
        let put = request("PUT", "/a", &[], b"\xff\0");
        assert_eq!(
            curl(&put),
            "printf %s '/wA=' | base64 --decode |\ncurl --globoff --path-as-is --request PUT \"$TARGET\"/a \\\n  \
             --header 'Content-Type:' \\\n  --data-binary @-"
        );
        assert!(curl(&request("PUT", "/a", &[], &vec![b'a'; LONGEST + 1])).ends_with("--data-binary @body.bin"));
    }
}

//! A request's bytes: what was recorded, and framing that fits.

use super::{ClientError, address::Address};
use crate::parity::{Request, message::Headers};

/// What is not sent as it was recorded.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Changes {
    /// The Host is the server's own.
    pub(super) own_host: bool,
    /// `Connection: close` and the like are left out.
    pub(super) reusing: bool,
}

/// The bytes of a request, body included.
pub(super) fn written(request: &Request, address: &Address, changes: Changes) -> Result<Vec<u8>, ClientError> {
    let mut bytes = Vec::with_capacity(1024 + request.body.len());
    method(&request.method, &mut bytes)?;
    bytes.push(b' ');
    latin1("the target", &request.target, &mut bytes)?;
    bytes.extend_from_slice(b" HTTP/1.1\r\n");
    for (name, value) in lines(request, address, changes) {
        if name.is_empty() || name.contains(':') {
            return Err(ClientError::Unsendable(format!("a header is called {name:?}")));
        }
        latin1("the name of a header", &name, &mut bytes)?;
        bytes.extend_from_slice(b": ");
        latin1("the value of a header", &value, &mut bytes)?;
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&request.body);
    Ok(bytes)
}

/// The header lines that are sent. One that says how long the body is stands where the first such line stood.
fn lines(request: &Request, address: &Address, changes: Changes) -> Headers {
    let mut sent = Headers::with_capacity(request.headers.len() + 2);
    let (mut has_host, mut framed) = (false, false);
    let length = request.body.len().to_string();
    for (name, value) in &request.headers {
        match name.to_ascii_lowercase().as_str() {
            // A browser that spoke HTTP/2 records `:method` and the like, which are no lines of HTTP/1.
            pseudo if pseudo.starts_with(':') => {}
            "host" if changes.own_host && has_host => {}
            "host" => {
                let value = if changes.own_host { address.host() } else { value.clone() };
                sent.push((name.clone(), value));
                has_host = true;
            }
            "content-length" | "transfer-encoding" if framed => {}
            "content-length" => {
                sent.push((name.clone(), length.clone()));
                framed = true;
            }
            "transfer-encoding" => {
                sent.push(("Content-Length".to_owned(), length.clone()));
                framed = true;
            }
            "connection" if changes.reusing && says_only_whether_it_stays(value) => {}
            "keep-alive" if changes.reusing => {}
            _ => sent.push((name.clone(), value.clone())),
        }
    }
    if !has_host {
        sent.insert(0, ("Host".to_owned(), address.host()));
    }
    if !framed && !request.body.is_empty() {
        sent.push(("Content-Length".to_owned(), length));
    }
    sent
}

fn says_only_whether_it_stays(value: &str) -> bool {
    value.split(',').map(str::trim).all(|word| ["close", "keep-alive"].iter().any(|it| word.eq_ignore_ascii_case(it)))
}

fn method(method: &str, into: &mut Vec<u8>) -> Result<(), ClientError> {
    if method.is_empty() || method.contains(' ') {
        return Err(ClientError::Unsendable(format!("the method is {method:?}")));
    }
    latin1("the method", method, into)
}

/// Writes a text as the bytes it stands for. The end of a line would begin another one.
fn latin1(what: &str, text: &str, into: &mut Vec<u8>) -> Result<(), ClientError> {
    for c in text.chars() {
        match u8::try_from(c) {
            Ok(byte) if byte != b'\r' && byte != b'\n' => into.push(byte),
            Ok(_) => return Err(ClientError::Unsendable(format!("{what} has the end of a line in it"))),
            Err(_) => return Err(ClientError::Unsendable(format!("{what} has {c:?} in it, which is no byte"))),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn request(target: &str, headers: &[(&str, &str)], body: &'static str) -> Request {
        Request {
            method: "POST".to_owned(),
            target: target.to_owned(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    fn sent(headers: &[(&str, &str)], body: &'static str, changes: Changes) -> String {
        let address = Address::of("http://there:7").unwrap();
        let bytes = written(&request("/", headers, body), &address, changes).unwrap();
        String::from_utf8(bytes).unwrap().strip_prefix("POST / HTTP/1.1\r\n").unwrap().replace("\r\n", "|")
    }

    #[test]
    fn framing_fits_the_body_and_stands_where_it_stood() {
        let as_it_is = Changes::default();
        for (headers, body, expected) in [
            (&[("hOST", "a"), ("content-LENGTH", "99"), ("X", "y")][..], "abc", "hOST: a|content-LENGTH: 3|X: y||abc"),
            (
                &[("Host", "a"), ("Transfer-Encoding", "chunked"), ("X", "")],
                "abc",
                "Host: a|Content-Length: 3|X: ||abc",
            ),
            (&[("Host", "a"), ("Transfer-Encoding", "x"), ("Content-Length", "1")], "", "Host: a|Content-Length: 0||"),
            (&[("Host", "a"), ("X", "y")], "abc", "Host: a|X: y|Content-Length: 3||abc"),
            (&[("Host", "a"), ("X", "y")], "", "Host: a|X: y||"),
            (&[(":method", "POST"), ("x", "y"), ("x", "z")], "", "Host: there:7|x: y|x: z||"),
        ] {
            assert_eq!(sent(headers, body, as_it_is), expected);
        }
    }

    #[test]
    fn host_and_connection_are_changed_only_where_that_is_asked_for() {
        let headers = &[("Connection", "Close"), ("HOST", "a"), ("Host", "b"), ("Keep-Alive", "timeout=5")];
        let all = "Connection: Close|HOST: a|Host: b|Keep-Alive: timeout=5||";
        assert_eq!(sent(headers, "", Changes::default()), all);
        let own_host = Changes { own_host: true, ..Changes::default() };
        assert_eq!(sent(headers, "", own_host), "Connection: Close|HOST: there:7|Keep-Alive: timeout=5||");
        let reusing = Changes { reusing: true, ..Changes::default() };
        assert_eq!(sent(headers, "", reusing), "HOST: a|Host: b||");
        let upgrade = &[("Host", "a"), ("Connection", "keep-alive, Upgrade")];
        assert_eq!(sent(upgrade, "", reusing), "Host: a|Connection: keep-alive, Upgrade||");
    }

    #[test]
    fn what_would_be_another_request_is_not_sent() {
        let address = Address::of("http://there").unwrap();
        for (target, headers) in [
            ("/a\r\nb", &[][..]),
            ("/\u{100}", &[]),
            ("/", &[("a", "b\nc: d")]),
            ("/", &[("a: b", "c")]),
            ("/", &[("", "c")]),
            ("/", &[("a\n", "c")]),
            ("/", &[("a", "€")]),
        ] {
            let error = written(&request(target, headers, ""), &address, Changes::default()).unwrap_err();
            assert!(matches!(error, ClientError::Unsendable(_)), "{target:?} {headers:?}");
        }
    }
}

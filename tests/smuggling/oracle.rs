//! What a stream of bytes says by RFC 9112, read strictly and without a line of the bridge's code: the requests in it,
//! and how it ends. Where a sentence allows two readings there is none here, and the stream has to be refused.
//!
//! A request that the standard allows, and a gateway may still turn away, is marked with why.

use std::collections::BTreeMap;

use super::{
    chunked::{self, Chunked},
    target::{Host, Target, host_of, target_of},
};

/// Limits that the bridge documents: what is beyond them is refused, however well it is formed.
pub const MAX_LINE: usize = 8192;
pub const MAX_HEAD: usize = 64 * 1024;
pub const MAX_FIELDS: usize = 100;
pub const MAX_BODY: u64 = 1 << 30;

/// Lines by name in lower case, in order.
pub type Fields = BTreeMap<String, Vec<Vec<u8>>>;

/// Whether another request may follow on the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persists {
    Yes,
    No,
    /// Either is allowed.
    Perhaps,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    None,
    Length(u64),
    Chunked,
}

/// One request with one reading.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    /// In origin form, or `*`.
    pub target: String,
    pub authority: Option<Vec<u8>>,
    /// It came as HTTP/1.0.
    pub old: bool,
    pub fields: Fields,
    pub framing: Framing,
    pub body: Vec<u8>,
    pub persists: Persists,
    /// It asks for a websocket.
    pub upgrades: bool,
    /// Why a gateway may refuse it all the same.
    pub refusable: Option<&'static str>,
    /// The server behind may refuse it by rules of its own.
    pub beyond_legacy: bool,
}

/// What comes after the last whole request.
#[derive(Debug, Clone)]
pub enum End {
    /// Nothing.
    Clean,
    /// Nothing that counts: the connection ends with the request before.
    Closed,
    /// A switch of protocols was asked for: no more HTTP.
    Upgraded,
    /// The beginning of a request. Where its head is whole, that.
    Partial(Option<Box<Asked>>),
    /// What has no reading, or more than one. Where only the body is to blame, the head.
    Refused(&'static str, Option<Box<Asked>>),
}

impl End {
    /// The head of a request whose body is not whole, or not right.
    pub fn begun(&self) -> Option<&Asked> {
        match self {
            Self::Partial(begun) | Self::Refused(_, begun) => begun.as_deref(),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Reading {
    pub requests: Vec<Asked>,
    pub end: End,
}

/// Reads a stream to its end.
pub fn read(stream: &[u8]) -> Reading {
    let mut requests = Vec::new();
    let mut rest = stream;
    let end = loop {
        match one(rest) {
            Ok(Some((asked, used))) => {
                rest = &rest[used..];
                let (persists, upgrades) = (asked.persists, asked.upgrades);
                requests.push(asked);
                if upgrades {
                    break End::Upgraded;
                }
                if persists == Persists::No {
                    break End::Closed;
                }
            }
            Ok(None) => break End::Clean,
            Err(end) => break end,
        }
    };
    Reading { requests, end }
}

/// The first request and how many bytes it takes; `None` if there are no more than empty lines.
fn one(stream: &[u8]) -> Result<Option<(Asked, usize)>, End> {
    let mut from = 0;
    // Section 2.2: empty lines before a request are passed over.
    while stream[from..].starts_with(b"\r\n") {
        from += 2;
    }
    if matches!(&stream[from..], b"" | b"\r") {
        return Ok(None);
    }
    let Some(length) = stream[from..].windows(4).position(|window| window == b"\r\n\r\n") else {
        return Err(if stream.len() - from > MAX_HEAD + 1024 {
            End::Refused("a head without end", None)
        } else {
            End::Partial(None)
        });
    };
    let mut asked = head(&stream[from..from + length]).map_err(|why| End::Refused(why, None))?;
    let from = from + length + 4;
    match asked.framing {
        Framing::None => Ok(Some((asked, from))),
        Framing::Length(length) => {
            let whole = usize::try_from(length).ok().and_then(|length| stream.get(from..from.checked_add(length)?));
            let Some(body) = whole else { return Err(End::Partial(Some(Box::new(asked)))) };
            asked.body = body.to_vec();
            let used = from + body.len();
            Ok(Some((asked, used)))
        }
        Framing::Chunked => match chunked::read(&stream[from..]) {
            Chunked::Whole { body, used, refusable } => {
                asked.body = body;
                asked.refusable = asked.refusable.or(refusable);
                Ok(Some((asked, from + used)))
            }
            Chunked::Partial => Err(End::Partial(Some(Box::new(asked)))),
            Chunked::Broken(why) => Err(End::Refused(why, Some(Box::new(asked)))),
        },
    }
}

/// A head without its last two line ends.
fn head(bytes: &[u8]) -> Result<Asked, &'static str> {
    if bytes.len() > MAX_HEAD {
        return Err("a head beyond the limit");
    }
    let mut lines = lines(bytes)?.into_iter();
    let line = lines.next().unwrap_or_default();
    if line.len() > MAX_LINE {
        return Err("a request line beyond the limit");
    }
    let parts: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    let [method, target, version] = parts.as_slice() else { return Err("a request line of other than three parts") };
    if !is_token(method) || *method == b"CONNECT" {
        return Err("no method, or one for forward proxies");
    }
    let old = match *version {
        b"HTTP/1.1" => false,
        b"HTTP/1.0" => true,
        _ => return Err("no version that is spoken here"),
    };
    let Target { forwarded, authority, mut refusable } = target_of(method, target)?;
    if line.len() > MAX_LINE - 2 {
        refusable = Some("at the limit of a request line");
    }
    let mut fields = Fields::new();
    let mut count = 0;
    for line in lines {
        let (name, value) = field(line)?;
        fields.entry(name).or_default().push(value.to_vec());
        count += 1;
    }
    if count > MAX_FIELDS {
        return Err("more fields than the limit");
    }
    let hosts = fields.get("host").map_or(&[][..], Vec::as_slice);
    match (hosts, old) {
        ([], true) => {}
        ([host], _) => match host_of(host) {
            Host::Good => {}
            Host::Odd => refusable = refusable.or(Some("an odd Host")),
            Host::Bad => return Err("a Host that is none"),
        },
        _ => return Err("none or several Hosts"),
    }
    let framing = framing(&fields, old)?;
    let connection = tokens(&fields, "connection");
    let has = |token: &str| connection.iter().any(|found| found == token);
    let websocket = tokens(&fields, "upgrade").iter().any(|token| token == "websocket");
    let upgrades = websocket && has("upgrade") && !old;
    if upgrades && !matches!(framing, Framing::None | Framing::Length(0)) {
        return Err("an upgrade with a body");
    }
    let persists = match (has("close"), old, has("keep-alive")) {
        (true, ..) | (_, true, false) => Persists::No,
        (_, true, true) => Persists::Perhaps,
        _ => Persists::Yes,
    };
    let forwarded_line = method.len() + forwarded.len() + " HTTP/1.1 \r\n".len();
    // pywsgi: a line of 8192 bytes with its end, 100 lines with the empty one (the bridge adds some), a HEAD with a body.
    let beyond_legacy = forwarded_line >= MAX_LINE
        || count > 90
        || (*method == b"HEAD" && matches!(framing, Framing::Length(length) if length > 0))
        || fields.get("content-length").is_some_and(|lines| lines[0].len() > 4000);
    Ok(Asked {
        method: String::from_utf8_lossy(method).into_owned(),
        target: forwarded,
        authority,
        old,
        fields,
        framing,
        body: Vec::new(),
        persists,
        upgrades: upgrades && *method == b"GET",
        refusable,
        beyond_legacy,
    })
}

/// Section 2.2: lines end with CR LF. A bare LF is read as an end by some, a bare CR as nothing or as a space.
fn lines(bytes: &[u8]) -> Result<Vec<&[u8]>, &'static str> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'\r', Some(b'\n')) => {
                lines.push(&bytes[start..at]);
                at += 2;
                start = at;
            }
            (b'\r', _) => return Err("a bare carriage return"),
            (b'\n', _) => return Err("a bare line feed"),
            _ => at += 1,
        }
    }
    lines.push(&bytes[start..]);
    Ok(lines)
}

/// Section 5: a name in lower case, and its value without the blanks around it.
pub fn field(line: &[u8]) -> Result<(String, &[u8]), &'static str> {
    if matches!(line.first(), Some(b' ' | b'\t')) {
        return Err("a folded line");
    }
    let colon = line.iter().position(|byte| *byte == b':').ok_or("a line without a colon")?;
    let (name, value) = (&line[..colon], blank_trimmed(&line[colon + 1..]));
    if !is_token(name) {
        return Err("a name that is no token");
    }
    if value.iter().any(|byte| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f) {
        return Err("a control character in a value");
    }
    Ok((String::from_utf8_lossy(name).to_ascii_lowercase(), value))
}

/// Section 6.3.
fn framing(fields: &Fields, old: bool) -> Result<Framing, &'static str> {
    let lengths = fields.get("content-length").map_or(&[][..], Vec::as_slice);
    let codings = fields.get("transfer-encoding").map_or(&[][..], Vec::as_slice);
    match (codings, lengths) {
        ([], []) => Ok(Framing::None),
        ([], [length]) => {
            if length.is_empty() || !length.iter().all(u8::is_ascii_digit) {
                return Err("a length that is no number");
            }
            let digits = String::from_utf8_lossy(length);
            let length = digits.trim_start_matches('0');
            let length = if length.is_empty() { Some(0) } else { length.parse::<u64>().ok() };
            length.filter(|length| *length <= MAX_BODY).map(Framing::Length).ok_or("a length beyond the limit")
        }
        ([], _) => Err("several lengths"),
        (_, [_, ..]) => Err("a length and a coding"),
        ([coding], []) if coding.eq_ignore_ascii_case(b"chunked") && !old => Ok(Framing::Chunked),
        _ => Err("a coding that is not chunked alone, or in a version that has none"),
    }
}

/// The members of a list in lower case, over all lines.
pub fn tokens(fields: &Fields, name: &str) -> Vec<String> {
    let lines = fields.get(name).map_or(&[][..], Vec::as_slice);
    let members = lines.iter().flat_map(|line| line.split(|byte| *byte == b','));
    members.map(|member| String::from_utf8_lossy(blank_trimmed(member)).to_ascii_lowercase()).collect()
}

/// RFC 9110 section 5.6.2.
pub fn is_token(bytes: &[u8]) -> bool {
    let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !bytes.is_empty() && bytes.iter().all(token)
}

fn blank_trimmed(bytes: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = bytes.iter().position(|byte| !blank(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !blank(byte)).map_or(start, |at| at + 1);
    &bytes[start..end]
}

//! Request targets and hosts by RFC 9112 section 3.2 and RFC 3986, for the oracle.

pub struct Target {
    /// In origin form, or the asterisk.
    pub forwarded: String,
    pub authority: Option<Vec<u8>>,
    pub refusable: Option<&'static str>,
}

/// Section 3.2: origin form, absolute form, or the asterisk of OPTIONS.
pub fn target_of(method: &[u8], target: &[u8]) -> Result<Target, &'static str> {
    if target.is_empty() || target.iter().any(|byte| *byte <= b' ' || *byte >= 0x7f || *byte == b'#') {
        return Err("a target with what no target may have");
    }
    let text = String::from_utf8_lossy(target).into_owned();
    let mut refusable = (!is_uri(target)).then_some("a target that is no URI by the letter");
    if text == "*" {
        return (method == b"OPTIONS")
            .then_some(Target { forwarded: text, authority: None, refusable })
            .ok_or("an asterisk");
    }
    if text.starts_with('/') {
        return Ok(Target { forwarded: text, authority: None, refusable });
    }
    let (scheme, rest) = text.split_once("://").ok_or("a target of no form")?;
    if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") {
        return Err("a target of another scheme");
    }
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    match host_of(authority.as_bytes()) {
        _ if authority.is_empty() || authority.starts_with(':') => return Err("a target without a host"),
        Host::Bad => return Err("a target with a host that is none"),
        Host::Odd => refusable = Some("an odd authority"),
        Host::Good => {}
    }
    let forwarded = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    Ok(Target { forwarded, authority: Some(authority.as_bytes().to_vec()), refusable })
}

/// RFC 3986: its characters, and percent signs with two digits after them.
fn is_uri(target: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(byte);
    let encoded = |(at, byte): (usize, &u8)| {
        *byte != b'%' || target.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
    };
    // Brackets are for addresses alone.
    target.iter().all(allowed) && target.iter().enumerate().all(encoded) && !target.contains(&b'[')
}

pub enum Host {
    Good,
    Odd,
    Bad,
}

/// A host and perhaps a port. What is neither plainly one nor plainly none is odd.
pub fn host_of(value: &[u8]) -> Host {
    if value.iter().any(|byte| b" \t/?#@\\\"<>`".contains(byte) || *byte >= 0x80) {
        return Host::Bad;
    }
    let text = String::from_utf8_lossy(value);
    let (name, port) = text.rsplit_once(':').filter(|_| !text.ends_with(']')).unwrap_or((&text, "80"));
    let name_is_plain =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let plain = name_is_plain || address.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok());
    if plain && port.parse::<u16>().is_ok() { Host::Good } else { Host::Odd }
}

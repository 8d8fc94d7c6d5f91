//! Header names that matter to a bridge, told apart without regard to case and without a map.

/// The longest of them.
const LONGEST: usize = 19;

/// What a field is to a bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Connection,
    /// Describes one connection only (RFC 9110 section 7.6.1).
    HopByHop,
    TransferEncoding,
    ContentLength,
    Host,
    Origin,
    Expect,
    Date,
    ForwardedFor,
    ForwardedProto,
    ForwardedHost,
    Variant,
    Reason,
    TraceParent,
    TraceState,
    /// Of no interest.
    Other,
}

impl Name {
    /// Tells which it is.
    pub(super) fn of(name: &[u8]) -> Self {
        let mut lower = [0; LONGEST];
        let Some(lower) = lower.get_mut(..name.len()) else { return Self::Other };
        lower.iter_mut().zip(name).for_each(|(lower, byte)| *lower = byte.to_ascii_lowercase());
        match &*lower {
            b"connection" => Self::Connection,
            b"transfer-encoding" => Self::TransferEncoding,
            b"keep-alive"
            | b"proxy-connection"
            | b"proxy-authenticate"
            | b"proxy-authorization"
            | b"te"
            | b"trailer"
            | b"upgrade" => Self::HopByHop,
            b"content-length" => Self::ContentLength,
            b"host" => Self::Host,
            b"origin" => Self::Origin,
            b"expect" => Self::Expect,
            b"date" => Self::Date,
            b"x-forwarded-for" => Self::ForwardedFor,
            b"x-forwarded-proto" => Self::ForwardedProto,
            b"x-forwarded-host" => Self::ForwardedHost,
            b"x-cutover-variant" => Self::Variant,
            b"x-cutover-reason" => Self::Reason,
            b"traceparent" => Self::TraceParent,
            b"tracestate" => Self::TraceState,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;
    use crate::forward::headers::{REASON, VARIANT, strip_hop_by_hop};

    #[test]
    fn what_ends_at_the_bridge_on_one_way_ends_there_on_the_other() {
        let names = "connection keep-alive proxy-connection proxy-authenticate proxy-authorization te trailer upgrade \
                     transfer-encoding content-length host origin expect date x-forwarded-for etag accept cookie vary";
        for name in names.split(' ') {
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("x"));
            strip_hop_by_hop(&mut headers);
            let of = Name::of(name.to_ascii_uppercase().as_bytes());
            let ends = matches!(of, Name::Connection | Name::HopByHop | Name::TransferEncoding);
            assert_eq!(ends, headers.is_empty(), "{name}");
        }
        assert_eq!(Name::of(VARIANT.as_str().as_bytes()), Name::Variant);
        assert_eq!(Name::of(REASON.as_str().as_bytes()), Name::Reason);
        assert_eq!(Name::of(b"a-name-that-is-longer-than-any-of-them"), Name::Other);
    }
}

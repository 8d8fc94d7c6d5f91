//! What the handlers alone make of a request.

use crate::{
    flags::{Reason, Variant},
    forward::headers::{DETAIL, ERROR, REASON, VARIANT},
    parity::Response,
};

/// What the handlers alone make of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NativeAnswer {
    /// The handler's answer, without the bridge's own headers.
    Answered(Response),
    /// A handler leaves it to legacy, or the bridge lets no such request in: why.
    Declined(String),
    /// A handler should have answered, and did not: why.
    Failed(String),
    /// No handler is asked: there is no route, or it is an upgrade.
    NotNative,
}

impl NativeAnswer {
    /// Tells by the bridge's own headers.
    pub(super) fn of(mut response: Response) -> Self {
        let says = |name: &str| response.header(name).map(str::to_owned);
        let (variant, reason) = (says(VARIANT.as_str()), says(REASON.as_str()));
        let why = says(DETAIL.as_str()).map(|why| utf8(&why)).unwrap_or_default();
        let is = |reason_is: Reason| reason.as_deref() == Some(reason_is.as_str());
        if variant.as_deref() == Some(Variant::Native.as_str()) {
            response.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("x-cutover-"));
            Self::Answered(response)
        } else if variant.is_none() {
            let code = says(ERROR.as_str()).unwrap_or_default();
            Self::Declined(format!("the bridge lets no such request in ({code})"))
        } else if is(Reason::Declined) {
            Self::Declined(without(&why, "declined: "))
        } else if is(Reason::Error) {
            Self::Failed(without(&why, "failed: "))
        } else {
            Self::NotNative
        }
    }
}

fn without(why: &str, word: &str) -> String {
    why.strip_prefix(word).unwrap_or(why).to_owned()
}

/// A text that was read as Latin-1.
fn utf8(latin1: &str) -> String {
    let bytes: Vec<u8> = latin1.chars().filter_map(|c| u8::try_from(c).ok()).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn of(headers: &[(&str, &str)]) -> NativeAnswer {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        NativeAnswer::of(Response { status: 200, reason: "OK".into(), headers, spelled: true, body: Bytes::new() })
    }

    #[test]
    fn an_answer_is_told_by_the_bridges_own_headers() {
        let native = of(&[("X", "y"), ("x-cutover-variant", "native"), ("x-cutover-reason", "STATIC")]);
        assert!(matches!(native, NativeAnswer::Answered(response) if response.headers == [("X".into(), "y".into())]));
        let unanswered = |reason: &str, detail: &str| {
            of(&[("x-cutover-variant", "legacy"), ("x-cutover-reason", reason), ("x-cutover-detail", detail)])
        };
        // ä in UTF-8, read as Latin-1.
        assert_eq!(unanswered("DECLINED", "declined: \u{c3}\u{a4}"), NativeAnswer::Declined("ä".into()));
        assert_eq!(unanswered("ERROR", "failed: x"), NativeAnswer::Failed("x".into()));
        assert_eq!(of(&[("x-cutover-variant", "legacy"), ("x-cutover-reason", "DEFAULT")]), NativeAnswer::NotNative);
        let refused = of(&[("x-cutover-error", "bad-target")]);
        assert_eq!(refused, NativeAnswer::Declined("the bridge lets no such request in (bad-target)".into()));
    }
}

//! What browsers are told with every answer.

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS},
};

/// What the dashboard's page may do: load its own files, ask its own API, and nothing else.
pub(in crate::admin) const SHELL: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                                          connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What is said wherever the answer itself says nothing.
const EVERY: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (X_FRAME_OPTIONS, "DENY"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
];

pub(super) fn add(headers: &mut HeaderMap) {
    for (name, value) in EVERY {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

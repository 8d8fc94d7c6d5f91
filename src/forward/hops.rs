//! `Max-Forwards`: how many more intermediaries an OPTIONS or TRACE may pass (RFC 9110 section 7.6.2).

use http::{HeaderMap, HeaderValue, Method, header::MAX_FORWARDS};

/// Counts this hop down. Gives whether the request may go on; if it may not, it is answered here.
///
/// Other methods, and a value that is no number, are none of this field's business, and pass unchanged.
pub fn count_down(method: &Method, headers: &mut HeaderMap) -> bool {
    if *method != Method::OPTIONS && *method != Method::TRACE {
        return true;
    }
    let digits = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
    let left = headers.get(MAX_FORWARDS).and_then(|value| value.to_str().ok()).filter(digits);
    match left.and_then(|text| text.parse::<u64>().ok()) {
        Some(0) => false,
        Some(left) => {
            headers.insert(MAX_FORWARDS, HeaderValue::from(left - 1));
            true
        }
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hop_is_counted_where_it_has_a_meaning() {
        for (method, value, goes_on, up) in [
            (Method::OPTIONS, "5", true, "4"),
            (Method::TRACE, "1", true, "0"),
            (Method::OPTIONS, "0", false, "0"),
            (Method::TRACE, "0", false, "0"),
            (Method::GET, "0", true, "0"),
            (Method::OPTIONS, "many", true, "many"),
            (Method::OPTIONS, "-1", true, "-1"),
            (Method::OPTIONS, "+1", true, "+1"),
            (Method::OPTIONS, "", true, ""),
        ] {
            let mut headers = HeaderMap::from_iter([(MAX_FORWARDS, HeaderValue::from_static(value))]);
            assert_eq!(
                (count_down(&method, &mut headers), &headers[MAX_FORWARDS]),
                (goes_on, &HeaderValue::from_static(up)),
                "{method} {value}"
            );
        }
        assert!(count_down(&Method::OPTIONS, &mut HeaderMap::new()));
    }
}

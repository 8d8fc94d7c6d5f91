//! The body of a form from its fields, for files that have nothing else of it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{HarError, node::Node};

/// All but letters, digits and `*-._` (WHATWG URL, section 5.2).
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// The fields of `postData`, in order.
pub(super) fn params(post: &Node<'_>) -> Result<Vec<(String, String)>, HarError> {
    let field = |param: Node<'_>| {
        let name = param.text("name")?.ok_or_else(|| param.wrong("name", "a text"))?;
        Ok((name.to_owned(), param.text("value")?.unwrap_or_default().to_owned()))
    };
    post.objects("params")?.into_iter().map(field).collect()
}

/// The body, as browsers encode it. A file has no word on whether its fields are encoded already: if a length is known,
/// and only fields that are taken as they are have it, they are.
pub(super) fn write(params: &[(String, String)], length: Option<u64>) -> String {
    let joined = |part: &dyn Fn(&str) -> String| {
        params.iter().map(|(name, value)| format!("{}={}", part(name), part(value))).collect::<Vec<_>>().join("&")
    };
    let encoded = joined(&|text| utf8_percent_encode(text, FORM).to_string().replace("%20", "+"));
    let given = joined(&str::to_owned);
    let fits = |body: &str| length.is_some_and(|length| length == body.len() as u64);
    if fits(&given) && !fits(&encoded) { given } else { encoded }
}

/// The fields of a query or a form, decoded, as HAR lists them.
pub(super) fn fields(encoded: &str) -> Value {
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    let field = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        json!({ "name": decoded(name), "value": decoded(value) })
    };
    encoded.split('&').filter(|pair| !pair.is_empty()).map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_encoded_unless_its_length_says_that_it_is_already() {
        let params = [("a b".to_owned(), "ä&=".to_owned()), ("c".to_owned(), "*-._".to_owned())];
        assert_eq!(write(&params, None), "a+b=%C3%A4%26%3D&c=*-._");
        let params = [("a".to_owned(), "%20".to_owned())];
        assert_eq!(write(&params, Some(5)), "a=%20");
        assert_eq!(write(&params, Some(7)), "a=%2520");
        assert_eq!(write(&params, None), "a=%2520");
    }
}

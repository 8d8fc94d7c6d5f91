//! A query string as Werkzeug reads it.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Names and values in their order: split at `&`, then at the first `=`, `+` for a space, percent-decoded. `None` if
/// something in it is not UTF-8, which is left to legacy.
#[must_use]
pub fn pairs(query: &str) -> Option<Vec<(String, String)>> {
    if !query.is_ascii() {
        return None;
    }
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Some((decoded(name)?, decoded(value)?))
        })
        .collect()
}

fn decoded(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_as_werkzeug_reads_them() {
        let read = |query: &str| {
            pairs(query).map(|pairs| pairs.into_iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("|"))
        };
        for (query, shown) in [
            ("", ""),
            ("a=1&b=2&a=3", "a=1|b=2|a=3"),
            ("a&b=&=c&&d==e", "a=|b=|=c|d==e"),
            ("a=1;b=2", "a=1;b=2"),
            ("a+b=%2B+%26", "a b=+ &"),
            ("a=%zz%4", "a=%zz%4"),
            ("%C3%B6=%C3%BC", "ö=ü"),
        ] {
            assert_eq!(read(query).as_deref(), Some(shown), "{query}");
        }
        assert_eq!(read("a=%ff"), None);
    }
}

//! JSON indented, each token as it came: a parser would lose how numbers and strings are spelled.

/// The text over several lines, or none if it is not JSON.
pub(super) fn pretty(text: &str) -> Option<String> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    let mut shown = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string(rest),
            '{' | '}' | '[' | ']' | ',' | ':' => 1,
            _ => rest.find(|c: char| c.is_ascii_whitespace() || ",:]}".contains(c)).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(length);
        rest = after.trim_start();
        match first {
            '{' | '[' if rest.starts_with(['}', ']']) => {
                shown.push_str(token);
                let (end, after) = rest.split_at(1);
                shown.push_str(end);
                rest = after.trim_start();
            }
            '{' | '[' => {
                depth += 1;
                shown.push_str(token);
                line(&mut shown, depth);
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut shown, depth);
                shown.push_str(token);
            }
            ',' => {
                shown.push_str(token);
                line(&mut shown, depth);
            }
            ':' => shown.push_str(": "),
            _ => shown.push_str(token),
        }
    }
    Some(shown)
}

fn line(shown: &mut String, depth: usize) {
    shown.push('\n');
    for _ in 0..depth {
        shown.push_str("  ");
    }
}

/// The length of the string at the start, with its quotes.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (place, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return place + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_and_strings_keep_their_spelling() {
        let text = r#" {"a":1.0, "b": [ 1e400,-0 , {} , [ ]],"c\u0041\"" :"é\/{", "d":{"e":null}} "#;
        let expected = "{\n  \"a\": 1.0,\n  \"b\": [\n    1e400,\n    -0,\n    {},\n    []\n  ],\n  \"c\\u0041\\\"\": \"é\\/{\",\n  \"d\": {\n    \"e\": null\n  }\n}";
        assert_eq!(pretty(text).as_deref(), Some(expected));
        assert_eq!(pretty("12345678901234567890123").as_deref(), Some("12345678901234567890123"));
    }

    #[test]
    fn what_is_not_json_is_left_to_others() {
        for text in ["", "<html>", "{\"a\": NaN}", "{} {}", "{\"a\": 1", "\u{feff}{}"] {
            assert_eq!(pretty(text), None, "{text}");
        }
        assert_eq!(pretty(&"[".repeat(100_000)), None);
    }

    fn value() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
            "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?",
            "true|false|null",
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            let item = ("[ \n]{0,2}", inner, "[ \t]{0,2}").prop_map(|(before, item, after)| before + &item + &after);
            let pair = (any::<String>(), item.clone())
                .prop_map(|(key, value)| format!("{}:{value}", serde_json::Value::from(key)));
            prop_oneof![
                prop::collection::vec(item, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
                prop::collection::vec(pair, 0..4).prop_map(|pairs| format!("{{{}}}", pairs.join(","))),
            ]
        })
    }

    /// Every byte outside of strings that is no blank, and every string whole.
    fn tokens(text: &str) -> String {
        let mut rest = text;
        let mut tokens = String::new();
        while let Some(first) = rest.chars().next() {
            let (token, after) = rest.split_at(if first == '"' { string(rest) } else { first.len_utf8() });
            if !token.trim().is_empty() {
                tokens.push_str(token);
            }
            rest = after;
        }
        tokens
    }

    proptest! {
        #[test]
        fn nothing_but_blanks_changes(text in value()) {
            let shown = pretty(&text).unwrap();
            prop_assert_eq!(tokens(&shown), tokens(&text));
            prop_assert_eq!(pretty(&shown), Some(shown));
        }
    }
}

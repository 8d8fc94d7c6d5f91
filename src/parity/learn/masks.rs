//! Which part of a text varies, as a regular expression that is no wider than it has to be.

use std::sync::LazyLock;

use regex::Regex;

/// Most characters of the text around a part.
const AROUND: usize = 24;
/// Addresses of objects, as Python prints them, and numbers. What is longer than an address is data.
static PARTS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b0x[0-9a-fA-F]{8,16}\b|\d+(?:\.\d+)?").ok());

/// The pattern under which all these pairs are equal, the narrowest of those that are tried; none if they differ in
/// anything but numbers and addresses of objects.
pub(super) fn pattern(pairs: &[(String, String)]) -> Option<String> {
    let mut kinds: Vec<Kind> = Vec::new();
    for (a, b) in pairs {
        look(a, b, &mut kinds)?;
    }
    let widths = [(true, true), (true, false), (false, true), (false, false)];
    let expressions = widths.into_iter().map(|(before, after)| {
        let one = |kind: &Kind| kind.expression(before, after);
        kinds.iter().map(one).collect::<Vec<_>>().join("|")
    });
    expressions.into_iter().find(|expression| {
        let masks = |pattern: &Regex, text| pattern.replace_all(text, "…").into_owned();
        !expression.is_empty()
            && Regex::new(expression)
                .is_ok_and(|pattern| pairs.iter().all(|(a, b)| masks(&pattern, a) == masks(&pattern, b)))
    })
}

/// One kind of parts that vary, and what they have around them wherever they do.
struct Kind {
    address: bool,
    /// Whether a digit is in upper case, or a number has a fraction.
    wide: bool,
    before: String,
    after: String,
}

impl Kind {
    fn expression(&self, before: bool, after: bool) -> String {
        let part = match (self.address, self.wide) {
            (true, false) => "0x[0-9a-f]{8,16}",
            (true, true) => "0x[0-9a-fA-F]{8,16}",
            (false, false) => r"\d+",
            (false, true) => r"\d+(?:\.\d+)?",
        };
        // Blanks at the ends of a pattern are lost where it is read.
        let before = if before { self.before.trim_start() } else { "" };
        let after = if after { self.after.trim_end() } else { "" };
        format!("{}{part}{}", regex::escape(before), regex::escape(after))
    }

    fn meet(&mut self, wide: bool, before: &str, after: &str) {
        self.wide |= wide;
        self.before = common_end(&self.before, before);
        self.after = common_start(&self.after, after);
    }
}

/// The parts in which two texts differ. None if they differ in anything else.
fn look(a: &str, b: &str, kinds: &mut Vec<Kind>) -> Option<()> {
    let parts = PARTS.as_ref()?;
    let split = |text: &'_ str| parts.find_iter(text).map(|found| found.range()).collect::<Vec<_>>();
    let (theirs, ours) = (split(a), split(b));
    let between = |text: &str, ranges: &[std::ops::Range<usize>]| -> Vec<String> {
        let starts = std::iter::once(0).chain(ranges.iter().map(|range| range.end));
        let ends = ranges.iter().map(|range| range.start).chain([text.len()]);
        starts.zip(ends).map(|(start, end)| text[start..end].to_owned()).collect()
    };
    let literals = between(a, &theirs);
    if theirs.len() != ours.len() || literals != between(b, &ours) {
        return None;
    }
    for (at, (one, other)) in theirs.iter().zip(&ours).enumerate() {
        let (one, other) = (&a[one.clone()], &b[other.clone()]);
        if one == other {
            continue;
        }
        let is_address = |part: &str| part.starts_with("0x");
        if is_address(one) != is_address(other) {
            return None;
        }
        let address = is_address(one);
        let wide_sign = |c: char| if address { c.is_ascii_uppercase() } else { c == '.' };
        let wide = one.contains(wide_sign) || other.contains(wide_sign);
        let (before, after) = (last(&literals[at]), first(&literals[at + 1]));
        match kinds.iter_mut().find(|kind| kind.address == address) {
            Some(kind) => kind.meet(wide, before, after),
            None => kinds.push(Kind { address, wide, before: before.to_owned(), after: after.to_owned() }),
        }
    }
    Some(())
}

/// The last words of a text.
fn last(text: &str) -> &str {
    match text.char_indices().rev().nth(AROUND) {
        Some((at, c)) => words_of_end(&text[at + c.len_utf8()..]),
        None => text,
    }
}

/// The first words of a text.
fn first(text: &str) -> &str {
    match text.char_indices().nth(AROUND) {
        Some((at, _)) => words_of_start(&text[..at]),
        None => text,
    }
}

/// What both end with, in whole words.
fn common_end(a: &str, b: &str) -> String {
    if a == b {
        return a.to_owned();
    }
    let same = a.chars().rev().zip(b.chars().rev()).take_while(|(a, b)| a == b);
    let bytes: usize = same.map(|(c, _)| c.len_utf8()).sum();
    words_of_end(&a[a.len() - bytes..]).to_owned()
}

/// What both start with, likewise.
fn common_start(a: &str, b: &str) -> String {
    if a == b {
        return a.to_owned();
    }
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b);
    let bytes: usize = same.map(|(c, _)| c.len_utf8()).sum();
    words_of_start(&a[..bytes]).to_owned()
}

/// Without the word that was cut at its beginning.
fn words_of_end(text: &str) -> &str {
    text.trim_start_matches(char::is_alphanumeric)
}

/// Without the word that was cut at its end.
fn words_of_start(text: &str) -> &str {
    text.trim_end_matches(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Option<String> {
        let pairs: Vec<_> = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        pattern(&pairs)
    }

    #[test]
    fn a_pattern_is_as_narrow_as_what_was_seen_allows() {
        for (pairs, expected) in [
            (&[("took 15 ms", "took 7 ms")][..], Some(r"took \d+ ms")),
            (
                &[("took 0.5 s for ada", "took 1 s for ada"), ("took 3 s for bob", "took 4.25 s for bob")],
                Some(r"took \d+(?:\.\d+)? s for"),
            ),
            (
                &[("<Thing object at 0x7f00aa11bb22>", "<Thing object at 0x7f00aa11bb99>")],
                Some("<Thing object at 0x[0-9a-f]{8,16}>"),
            ),
            (&[("v1: 5 of 6", "v1: 7 of 8")], Some(r"\d+ of|\d+")),
            (&[("a 1 at 0x7f00aa11", "a 2 at 0x7f00aa22")], Some(r"a \d+ at|at 0x[0-9a-f]{8,16}")),
            (&[("one 1", "two 1")], None),
            (&[("0x00000000000000000000000000000000000000aa", "0x00000000000000000000000000000000000000bb")], None),
        ] {
            let found = of(pairs);
            match expected {
                // Two parts that share what is between them: only that they are masked counts.
                Some(expected) if expected.contains('|') => assert!(found.is_some(), "{pairs:?}"),
                expected => assert_eq!(found.as_deref(), expected, "{pairs:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_pattern_is_found_masks_all_that_it_was_made_from(
            pairs in prop::collection::vec(("[a-c .é]{0,4}", "[0-9]{1,3}", "[a-c .é]{0,30}", "[0-9]{1,3}", "[0-9]{1,3}"), 1..4)
        ) {
            let pairs: Vec<(String, String)> = pairs
                .into_iter()
                .map(|(before, a, after, b, last)| (format!("{before}{a}{after}{last}"), format!("{before}{b}{after}{last}")))
                .collect();
            if let Some(found) = pattern(&pairs) {
                let found = Regex::new(found.trim()).unwrap();
                for (a, b) in &pairs {
                    prop_assert_eq!(found.replace_all(a, "…"), found.replace_all(b, "…"));
                }
            }
        }
    }
}

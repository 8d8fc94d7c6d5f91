//! What the reports share: words for moments, shares, request lines, and wire bytes made harmless.

use std::{
    borrow::Cow,
    fmt::Write,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{Tally, tally::NO_ROUTE};
use crate::parity::{Case, Difference, Request, RuleUse, Run, Verdict};

/// One line that shows what it holds: characters that move the cursor, break the line, turn the direction of writing, or
/// that XML cannot carry are written as escapes.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unseen) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_unseen(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(character, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// The text, or its beginning and "…".
pub(super) fn excerpt(text: &str, characters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(characters) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
    }
}

/// `GET /api/1/tags`.
pub(super) fn request_line(request: &Request) -> String {
    visible(&format!("{} {}", request.method, request.target)).into_owned()
}

/// The route's name, or that there is none.
pub(super) fn route(case: &Case) -> &str {
    case.route.as_deref().unwrap_or(NO_ROUTE)
}

/// One side of a difference.
pub(super) fn side(text: &str) -> Cow<'_, str> {
    if text.is_empty() { Cow::Borrowed("(nothing)") } else { visible(text) }
}

/// `value  /result/0/name  "a" → "b"`.
pub(super) fn difference(difference: &Difference) -> String {
    let Difference { kind, path, expected, actual, .. } = difference;
    format!("{kind}  {}  {} → {}", visible(path), side(expected), side(actual))
}

/// Why, where a verdict says why in words.
pub(super) fn reason(verdict: &Verdict) -> Option<Cow<'_, str>> {
    match verdict {
        Verdict::HandlerFailed(why) | Verdict::HandlerDeclined(why) => Some(visible(why)),
        Verdict::Skipped(why) => Some(Cow::Borrowed(why.as_str())),
        Verdict::Dirty => Some(Cow::Borrowed("something was written meanwhile")),
        Verdict::Noise(_) => Some(Cow::Borrowed("legacy itself answered differently when it was asked again")),
        Verdict::Matched | Verdict::Ignored(_) | Verdict::Mismatched(_) => None,
    }
}

/// `3 streaming, 1 deadline`.
pub(super) fn skips(tally: &Tally) -> String {
    tally.skips().map(|(why, count)| format!("{count} {why}")).collect::<Vec<_>>().join(", ")
}

/// `187 of 190 judged agree (98.42%)`, and what became of the others.
pub(super) fn summary(run: &Run) -> String {
    let tally = Tally::of(&run.cases);
    let mut text = match tally.percentage() {
        Some(percentage) => {
            format!("{} of {} judged agree ({percentage})", grouped(tally.agreeing()), grouped(tally.judged()))
        }
        None => format!("nothing was judged, of {}", counted(tally.cases(), "case")),
    };
    for (word, count) in tally.counts().skip(1).filter(|(_, count)| *count > 0) {
        let _ = write!(text, ", {} {word}", grouped(count));
    }
    text
}

/// The rules that were never needed.
pub(super) fn dead_rules(run: &Run) -> impl Iterator<Item = &RuleUse> {
    run.rules.iter().filter(|rule| rule.is_dead())
}

/// `unordered /result of route tags_list: never needed in 12 comparisons; reason: a Python set`.
pub(super) fn dead_rule(used: &RuleUse) -> String {
    let RuleUse { route, rule, compared, .. } = used;
    let text = format!("{rule} of route {route}: never needed in {}", counted(*compared, "comparison"));
    visible(&format!("{text}; reason: {}", rule.reason)).into_owned()
}

/// `1 case`, `1,200 cases`.
#[must_use]
pub fn counted(count: u64, thing: &str) -> String {
    format!("{} {thing}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// `1,234,567`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `850 µs`, `12.3 ms`, `1.24 s`, `2 min 5 s`.
pub(super) fn took(took: Duration) -> String {
    match took.as_micros() {
        micros @ 0..1_000 => format!("{micros} µs"),
        micros @ 1_000..1_000_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        micros @ 1_000_000..60_000_000 => format!("{}.{:02} s", micros / 1_000_000, micros % 1_000_000 / 10_000),
        _ => format!("{} min {} s", took.as_secs() / 60, took.as_secs() % 60),
    }
}

/// RFC 3339, to the second.
pub(super) fn moment(moment: SystemTime) -> String {
    // Seconds before the last year that RFC 3339 can write.
    const LAST: u64 = 253_402_300_799;
    match moment.duration_since(UNIX_EPOCH) {
        Ok(since) if since.as_secs() <= LAST => humantime::format_rfc3339_seconds(moment).to_string(),
        _ => "at no date".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_as_an_escape() {
        assert_eq!(visible("a\u{1b}[31m\r\n\u{202e}\0b"), "a\\u{1b}[31m\\r\\n\\u{202e}\\u{0}b");
        assert!(matches!(visible("grün €"), Cow::Borrowed("grün €")));
    }

    #[test]
    fn numbers_and_times_are_short() {
        assert_eq!(["0", "999", "1,000", "1,234,567"], [0, 999, 1_000, 1_234_567].map(grouped)[..]);
        let micros = [0, 999, 1_000, 12_345, 1_239_999, 125_000_000];
        let shown = micros.map(|micros| took(Duration::from_micros(micros)));
        assert_eq!(shown, ["0 µs", "999 µs", "1.0 ms", "12.3 ms", "1.23 s", "2 min 5 s"]);
        assert_eq!(excerpt("äöü", 3), "äöü");
        assert_eq!(excerpt("äöü", 2), "äö…");
    }

    #[test]
    fn a_moment_that_no_date_can_name_is_no_fault() {
        assert_eq!(moment(UNIX_EPOCH), "1970-01-01T00:00:00Z");
        assert_eq!(moment(UNIX_EPOCH - Duration::from_secs(1)), "at no date");
        assert_eq!(moment(UNIX_EPOCH + Duration::from_secs(1 << 40)), "at no date");
    }
}

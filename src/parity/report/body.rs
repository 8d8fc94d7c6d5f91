//! Two bodies as lines to read side by side: JSON indented, other text as it is, anything else as a hex dump.

use std::fmt::Write;

use super::{pretty::pretty, text};
use crate::parity::{Response, coding::decoded};

/// Bytes of a body that are shown.
const LONGEST: usize = 64 << 10;
/// Of these, before the first difference.
const BEFORE: usize = 16 << 10;
/// Bytes in a hex dump.
const DUMPED: usize = 512;
/// Bytes in a row of it, so that two of them fit side by side.
const ROW: usize = 8;

/// Two bodies, or what is shown of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bodies {
    /// What was expected.
    pub(super) expected: String,
    /// What came instead.
    pub(super) actual: String,
    /// The number of the first line of both, from 1.
    pub(super) first_line: usize,
    /// What was done to them.
    pub(super) notes: Vec<String>,
}

/// Both bodies; none if they are the same, or there are none.
pub(super) fn bodies(expected: Option<&Response>, actual: Option<&Response>) -> Option<Bodies> {
    let raw = [expected, actual].map(|response| response.map_or(&[][..], |response| &response.body));
    if raw[0] == raw[1] {
        return None;
    }
    let mut notes = Vec::new();
    let mut views = [view(expected, "expected", &mut notes), view(actual, "actual", &mut notes)];
    if views[0].shown() == views[1].shown() {
        let how = if views.iter().all(|view| view.indented.is_some()) { "Indented, they" } else { "Decoded, they" };
        for view in &mut views {
            view.indented = None;
        }
        let same = views[0].shown() == views[1].shown();
        notes.push(format!("{how} are the same{}", if same { "." } else { "; here they are as they came." }));
    }
    let [expected, actual] = views.map(|view| view.indented.unwrap_or(view.text));
    Some(cut(&expected, &actual, notes))
}

/// One body alone, as its beginning.
pub(super) fn alone(body: &[u8]) -> String {
    let shown = readable(body).shown().to_owned();
    if shown.len() > LONGEST { format!("{}…", &shown[..boundary(&shown, LONGEST)]) } else { shown }
}

struct View {
    text: String,
    indented: Option<String>,
}

impl View {
    fn shown(&self) -> &str {
        self.indented.as_deref().unwrap_or(&self.text)
    }
}

fn view(response: Option<&Response>, side: &str, notes: &mut Vec<String>) -> View {
    let Some(response) = response else { return View { text: String::new(), indented: None } };
    let Ok(body) = decoded(response) else {
        notes.push(format!("The {side} body is not what its content coding says; here are its bytes."));
        return View { text: dump(&response.body), indented: None };
    };
    readable(&body)
}

fn readable(body: &[u8]) -> View {
    match std::str::from_utf8(body).ok().filter(|text| !text.contains('\0')) {
        Some(text) => View { text: text.to_owned(), indented: pretty(text) },
        None => View { text: dump(body), indented: None },
    }
}

/// How many bytes there are, and the first of them.
fn dump(body: &[u8]) -> String {
    let mut lines = text::counted(body.len() as u64, "byte");
    for (place, row) in body.chunks(ROW).take(DUMPED / ROW).enumerate() {
        let _ = write!(lines, "\n{:08x} ", place * ROW);
        for column in 0..ROW {
            lines.push_str(&row.get(column).map_or_else(|| "   ".to_owned(), |byte| format!(" {byte:02x}")));
        }
        let seen = |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' };
        let _ = write!(lines, "  {}", row.iter().map(seen).collect::<String>());
    }
    if body.len() > DUMPED {
        lines.push_str("\n…");
    }
    lines
}

/// A window around the first difference, at the same place in both.
fn cut(expected: &str, actual: &str, mut notes: Vec<String>) -> Bodies {
    let longest = expected.len().max(actual.len());
    if longest <= LONGEST {
        return Bodies { expected: expected.into(), actual: actual.into(), first_line: 1, notes };
    }
    let same = expected.bytes().zip(actual.bytes()).take_while(|(a, b)| a == b).count();
    // What comes before the difference is the same text in both, so a boundary in one is a boundary in the other.
    let earliest = boundary(expected, same.saturating_sub(BEFORE));
    let reached = boundary(expected, same);
    let start = match expected[earliest..reached].find('\n') {
        Some(line) if earliest > 0 => earliest + line + 1,
        _ => earliest,
    };
    let window = |text: &str| {
        let end = boundary(text, start.saturating_add(LONGEST));
        text.get(start..end).unwrap_or_default().to_owned()
    };
    let first_line = 1 + expected[..start].matches('\n').count();
    notes.push(format!(
        "Cut to {} KiB around the first difference: {} of {} characters before it are left out.",
        LONGEST >> 10,
        text::grouped(start as u64),
        text::grouped(same as u64),
    ));
    Bodies { expected: window(expected), actual: window(actual), first_line, notes }
}

/// The last place up to this one that does not split a character.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|place| text.is_char_boundary(*place)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::parity::report::sample::response;

    fn of(expected: &[u8], actual: &[u8]) -> Option<Bodies> {
        bodies(Some(&response(200, expected.to_vec())), Some(&response(200, actual.to_vec())))
    }

    #[test]
    fn json_is_indented_and_equal_bodies_are_not_shown() {
        assert_eq!(of(b"{}", b"{}"), None);
        let shown = of(br#"{"a":1.0}"#, br#"{"a":1}"#).unwrap();
        assert_eq!((&*shown.expected, &*shown.actual), ("{\n  \"a\": 1.0\n}", "{\n  \"a\": 1\n}"));
        assert!(shown.notes.is_empty());
    }

    #[test]
    fn what_indenting_would_hide_is_shown_as_it_came() {
        let shown = of(br#"{"a": 1}"#, br#"{"a":1}"#).unwrap();
        assert_eq!((&*shown.expected, &*shown.actual), (r#"{"a": 1}"#, r#"{"a":1}"#));
        assert_eq!(shown.notes, ["Indented, they are the same; here they are as they came."]);
    }

    #[test]
    fn a_coded_body_is_read_and_a_broken_one_is_dumped() {
        let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        coder.write_all(br#"{"a":1}"#).unwrap();
        let mut coded = response(200, coder.finish().unwrap());
        coded.headers.push(("Content-Encoding".into(), "gzip".into()));
        let plain = response(200, r#"{"a":2}"#);
        let shown = bodies(Some(&coded), Some(&plain)).unwrap();
        assert_eq!((&*shown.expected, &*shown.actual), ("{\n  \"a\": 1\n}", "{\n  \"a\": 2\n}"));
        coded.body = coded.body.slice(..9);
        let shown = bodies(Some(&coded), Some(&plain)).unwrap();
        assert!(shown.expected.starts_with("9 bytes\n00000000  1f 8b "), "{}", shown.expected);
        assert_eq!(shown.notes, ["The expected body is not what its content coding says; here are its bytes."]);
    }

    #[test]
    fn bytes_that_are_no_text_are_dumped_up_to_a_bound() {
        let shown = of(b"\xff\x00Az", &[0; 600]).unwrap();
        assert_eq!(shown.expected, format!("4 bytes\n00000000  ff 00 41 7a{}  ..Az", "   ".repeat(4)));
        assert_eq!(shown.actual.lines().count(), 1 + 64 + 1);
    }

    #[test]
    fn a_large_body_is_cut_around_the_first_difference() {
        let lines = |odd: &str| {
            let mut text: Vec<String> = (0..30_000).map(|line| format!("\"{line} €\"")).collect();
            text[20_000] = odd.to_owned();
            format!("[{}]", text.join(","))
        };
        let shown = of(lines("\"ä\"").as_bytes(), lines("\"ö\"").as_bytes()).unwrap();
        assert!(shown.expected.len() <= LONGEST && shown.actual.len() <= LONGEST);
        let place = shown.expected.lines().position(|line| line == "  \"ä\",").unwrap();
        assert_eq!(place, shown.actual.lines().position(|line| line == "  \"ö\",").unwrap());
        assert_eq!(shown.first_line + place, 20_002);
        assert!(shown.notes[0].starts_with("Cut to 64 KiB"));
        // One long line, and a difference that is only an end.
        let one = "€".repeat(50_000);
        let shown = of(one.as_bytes(), format!("{one}.").as_bytes()).unwrap();
        assert!(shown.actual.ends_with("€.") && shown.expected.ends_with('€'));
        assert_eq!(alone(one.as_bytes()).len(), boundary(&one, LONGEST) + "…".len());
    }
}

//! Which lines of two texts belong together, and which characters of two lines differ.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::text::grouped;

/// Equal lines that are kept on both sides of a difference.
const CONTEXT: usize = 3;
/// Rows that are shown of two texts.
const ROWS: usize = 400;
/// Lines after the first difference, and words of a line, that are compared one by one; the time for it grows with the
/// square of them.
const LINES: usize = 3_000;
const WORDS: usize = 2_000;
/// Characters of an equal stretch within a line that are shown.
const STRETCH: usize = 400;

/// One row of two columns.
#[derive(Debug, PartialEq, Eq)]
pub enum Row {
    /// The same line on both sides, with its numbers.
    Equal(usize, usize, String),
    /// A line on either side, or on both, with its number.
    Differs(Option<Line>, Option<Line>),
    /// So many equal lines are left out here.
    Fold(usize),
    /// So many further rows are left out.
    Cut(usize),
}

/// A line with a difference in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number in its text.
    pub number: usize,
    /// All of it, in order.
    pub pieces: Vec<Piece>,
}

/// A part of a line.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    /// The characters; both ends of what is too long.
    pub text: String,
    /// Whether the other side has something else.
    pub differs: bool,
}

/// The rows of two texts whose first lines have this number.
#[must_use]
pub fn rows(left: &str, right: &str, first_line: usize) -> Vec<Row> {
    let [mut left, mut right] = [left, right].map(lines);
    let same = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let beyond = left.len().max(right.len()).saturating_sub(same + LINES);
    left.truncate(same + LINES);
    right.truncate(same + LINES);
    let ops = capture_diff_slices(Algorithm::Myers, &left, &right);
    let mut rows = Vec::new();
    let last = ops.len().saturating_sub(1);
    for (place, op) in ops.iter().enumerate() {
        let (old, new) = (op.old_range(), op.new_range());
        if let DiffOp::Equal { .. } = op {
            let pairs: Vec<(usize, usize)> = old.zip(new).collect();
            // Nothing differs before the first stretch, or after the last one.
            let head = if place == 0 { 0 } else { CONTEXT };
            let tail = if place == last { 0 } else { CONTEXT };
            let folded = pairs.len().saturating_sub(head + tail);
            let show = |rows: &mut Vec<Row>, pairs: &[(usize, usize)]| {
                rows.extend(pairs.iter().map(|(l, r)| Row::Equal(first_line + l, first_line + r, short(left[*l]))));
            };
            // A fold of one line would take as much room as the line.
            if folded > 1 {
                show(&mut rows, &pairs[..head]);
                rows.push(Row::Fold(folded));
                show(&mut rows, &pairs[head + folded..]);
            } else {
                show(&mut rows, &pairs);
            }
        } else {
            differing(&mut rows, &left, &right, old, new, first_line);
        }
    }
    let more = rows.len().saturating_sub(ROWS) + beyond;
    rows.truncate(ROWS);
    if more > 0 {
        rows.push(Row::Cut(more));
    }
    rows
}

fn lines(text: &str) -> Vec<&str> {
    if text.is_empty() { Vec::new() } else { text.split('\n').collect() }
}

fn differing(
    rows: &mut Vec<Row>,
    left: &[&str],
    right: &[&str],
    old: Range<usize>,
    new: Range<usize>,
    first_line: usize,
) {
    for place in 0..old.len().max(new.len()) {
        // Rows beyond the bound are counted, not compared.
        let wanted = rows.len() < ROWS;
        let line = |lines: &[&str], range: &Range<usize>| {
            let index = range.start + place;
            (index < range.end).then(|| (first_line + index, lines.get(index).map_or("", |line| *line).to_owned()))
        };
        let whole = |(number, text): (usize, String)| {
            let pieces = vec![Piece { text: if wanted { short(&text) } else { String::new() }, differs: false }];
            Line { number, pieces }
        };
        rows.push(match (line(left, &old), line(right, &new)) {
            (Some((l, a)), Some((r, b))) if wanted => {
                let (a, b) = pieces(&a, &b);
                Row::Differs(Some(Line { number: l, pieces: a }), Some(Line { number: r, pieces: b }))
            }
            (left, right) => Row::Differs(left.map(whole), right.map(whole)),
        });
    }
}

/// The parts of two lines that differ, and those that do not.
fn pieces(left: &str, right: &str) -> (Vec<Piece>, Vec<Piece>) {
    let [old, new] = [left, right].map(words);
    if old.len() > WORDS || new.len() > WORDS {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        replaced(&mut a, &mut b, left, right);
        return (shortened(a), shortened(b));
    }
    let (mut a, mut b) = (Vec::new(), Vec::new());
    let mut equal = 0;
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        let (old, new) = (old[op.old_range()].concat(), new[op.new_range()].concat());
        if let DiffOp::Equal { .. } = op {
            equal += old.trim().len();
            push(&mut a, &old, false);
            push(&mut b, &new, false);
        } else {
            replaced(&mut a, &mut b, &old, &new);
        }
    }
    // Where little is the same, that is by chance, and showing it is noise.
    if equal * 4 < left.trim().len().max(right.trim().len()) {
        let blanks = |text: &str| text.len() - text.trim_start().len();
        let (left, right) = (left.split_at(blanks(left)), right.split_at(blanks(right)));
        (a, b) = (Vec::new(), Vec::new());
        replaced(&mut a, &mut b, left.0, right.0);
        replaced(&mut a, &mut b, left.1, right.1);
    }
    (shortened(a), shortened(b))
}

/// Two texts that differ, but for the same beginning and end where those are most of them: `true` and `false` have an
/// `e` in common by chance.
fn replaced(a: &mut Vec<Piece>, b: &mut Vec<Piece>, old: &str, new: &str) {
    let same = |(x, y): &(char, char)| x == y;
    let head: usize = old.chars().zip(new.chars()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    let whole = (old, new);
    let (first, old) = old.split_at(head);
    let new = &new[head..];
    let tail: usize = old.chars().rev().zip(new.chars().rev()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    let (first, tail, old, new) = if (head + tail) * 2 < whole.0.len().max(whole.1.len()) {
        ("", 0, whole.0, whole.1)
    } else {
        (first, tail, old, new)
    };
    for (pieces, text) in [(a, old), (b, new)] {
        let (middle, end) = text.split_at(text.len() - tail);
        push(pieces, first, false);
        push(pieces, middle, true);
        push(pieces, end, false);
    }
}

fn push(pieces: &mut Vec<Piece>, text: &str, differs: bool) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if last.differs == differs => last.text.push_str(text),
        _ => pieces.push(Piece { text: text.to_owned(), differs }),
    }
}

fn shortened(mut pieces: Vec<Piece>) -> Vec<Piece> {
    for piece in pieces.iter_mut().filter(|piece| !piece.differs) {
        piece.text = short(&piece.text);
    }
    pieces
}

/// Letters and digits together, everything else one by one.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let of_word = |c: char| c.is_alphanumeric() || c == '_';
        let end = if of_word(first) { rest.find(|c| !of_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (word, after) = rest.split_at(end);
        words.push(word);
        rest = after;
    }
    words
}

/// Both ends of what is too long.
fn short(text: &str) -> String {
    let characters = text.chars().count();
    if characters <= STRETCH {
        return text.to_owned();
    }
    let kept = STRETCH / 2 - 20;
    let head: String = text.chars().take(kept).collect();
    let tail: String = text.chars().skip(characters - kept).collect();
    format!("{head} … {} characters … {tail}", grouped((characters - 2 * kept) as u64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `same [differs] same`.
    fn marked(pieces: &[Piece]) -> String {
        let mark = |piece: &Piece| if piece.differs { format!("[{}]", piece.text) } else { piece.text.clone() };
        pieces.iter().map(mark).collect()
    }

    fn inline(left: &str, right: &str) -> (String, String) {
        let (left, right) = pieces(left, right);
        (marked(&left), marked(&right))
    }

    fn drawn(left: &str, right: &str) -> String {
        let line =
            |line: Option<Line>| line.map_or("-".into(), |line| format!("{}:{}", line.number, marked(&line.pieces)));
        let rows = rows(left, right, 1).into_iter().map(|row| match row {
            Row::Equal(l, r, text) => format!("{l} {r} {text}"),
            Row::Differs(left, right) => format!("{} | {}", line(left), line(right)),
            Row::Fold(count) => format!("fold {count}"),
            Row::Cut(count) => format!("cut {count}"),
        });
        rows.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn only_the_characters_that_differ_are_marked() {
        assert_eq!(
            inline("  \"price\": 1.0,", "  \"price\": 1,"),
            ("  \"price\": 1[.0],".into(), "  \"price\": 1,".into())
        );
        assert_eq!(inline("0xabcdef", "0xabXdef"), ("0xab[c]def".into(), "0xab[X]def".into()));
        assert_eq!(inline("  \"a\": true,", "  \"a\": false,").1, "  \"a\": [false],");
        assert_eq!(inline("  abc def ghi", "  xyz 12 3456"), ("  [abc def ghi]".into(), "  [xyz 12 3456]".into()));
        assert_eq!(inline("  \"dev\"", "  \"ops\""), ("  \"[dev]\"".into(), "  \"[ops]\"".into()));
        assert_eq!(inline("{\"a\": 1, \"b\": 2}", "{\"a\":1, \"b\": 2}").0, "{\"a\":[ ]1, \"b\": 2}");
    }

    #[test]
    fn lines_stand_beside_their_like_and_long_equal_stretches_are_folded() {
        let text: String = (1..=20).map(|line| line.to_string() + "\n").collect();
        let other = text.replace("10\n", "ten\n").replace("12\n", "").replace("20\n", "20");
        insta::assert_snapshot!(drawn(&text, &other), @"
        fold 6
        7 7 7
        8 8 8
        9 9 9
        10:[10] | 10:[ten]
        11 11 11
        12:12 | -
        13 12 13
        14 13 14
        15 14 15
        fold 2
        18 17 18
        19 18 19
        20 19 20
        21: | -
        ");
        assert_eq!(drawn("", "a"), "- | 1:a");
    }

    #[test]
    fn what_is_shown_of_texts_without_anything_in_common_is_bounded() {
        let text = |word: &str| (0..30_000).map(|line| word.to_owned() + &line.to_string() + "\n").collect::<String>();
        let rows = rows(&text("a"), &text("b"), 1);
        assert_eq!(rows.len(), ROWS + 1);
        assert_eq!(rows.last(), Some(&Row::Cut(30_001 - ROWS)));
        let (left, _) = pieces(&"x, ".repeat(30_000), &"y; ".repeat(30_000));
        assert!(left[0].differs);
        let (left, right) = pieces(&format!("{}1", "x, ".repeat(30_000)), &format!("{}2", "x, ".repeat(30_000)));
        assert_eq!(
            (left[0].text.chars().count(), right[1].text.as_str()),
            (short(&"x".repeat(90_000)).chars().count(), "2")
        );
    }

    proptest! {
        #[test]
        fn the_pieces_of_a_line_are_the_line(left in "\\PC{0,30}", right in "[a-c1 ,.\"é]{0,30}", common in "[a-c ,]{0,9}") {
            let (left, right) = (format!("{common}{left}"), format!("{right}{common}"));
            let (a, b) = pieces(&left, &right);
            let joined = |pieces: &[Piece]| pieces.iter().map(|piece| piece.text.as_str()).collect::<String>();
            let equal = |pieces: &[Piece]| pieces.iter().filter(|p| !p.differs).map(|p| p.text.as_str()).collect::<String>();
            prop_assert_eq!(joined(&a), left);
            prop_assert_eq!(joined(&b), right);
            prop_assert_eq!(equal(&a), equal(&b));
        }
    }
}

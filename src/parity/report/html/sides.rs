//! Two texts side by side.

use maud::{Markup, html};

use crate::parity::report::{
    align::{Line, Row, rows},
    text::{grouped, visible},
};

/// A table of both, aligned line by line. On a narrow page the sides stand below each other.
pub(super) fn sides(caption: &str, expected: &str, actual: &str, first_line: usize) -> Markup {
    html! {
        table.sides {
            caption { (caption) }
            colgroup { col.number; col; col.number; col; }
            thead {
                tr {
                    th colspan="2" scope="col" { "expected" }
                    th colspan="2" scope="col" { "actual" }
                }
            }
            tbody {
                @for row in rows(expected, actual, first_line) {
                    (drawn(&row))
                }
            }
        }
    }
}

fn drawn(row: &Row) -> Markup {
    html! {
        @match row {
            Row::Equal(left, right, text) => tr.equal {
                td.number { (left) }
                td { (visible(text)) }
                td.number { (right) }
                td { (visible(text)) }
            },
            Row::Differs(left, right) => tr {
                (cell(left.as_ref(), "expected"))
                (cell(right.as_ref(), "actual"))
            },
            Row::Fold(count) => tr.fold { td colspan="4" { "… " (grouped(*count as u64)) " equal lines …" } },
            Row::Cut(count) => tr.fold { td colspan="4" { "… " (grouped(*count as u64)) " more rows are not shown" } },
        }
    }
}

fn cell(line: Option<&Line>, side: &str) -> Markup {
    // Marks on the whole line would say no more than its colour does.
    let whole = line.is_some_and(|line| line.pieces.iter().all(|piece| piece.differs || piece.text.trim().is_empty()));
    html! {
        @if let Some(line) = line {
            td.number.(side) { (line.number) }
            td.(side) {
                @for piece in &line.pieces {
                    @if whole || !piece.differs {
                        (visible(&piece.text))
                    } @else if side == "expected" {
                        del { (visible(&piece.text)) }
                    } @else {
                        ins { (visible(&piece.text)) }
                    }
                }
            }
        } @else {
            td.number.none {}
            td.none {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sides_mark_what_differs_and_escape_what_came_over_the_wire() {
        let shown = sides("body", "[\n  \"</script>\",\n  1.0\n]", "[\n  \"</script>\",\n  1\n]\u{1b}", 1);
        insta::assert_snapshot!(shown.into_string().replace("<tr", "\n<tr"));
    }
}

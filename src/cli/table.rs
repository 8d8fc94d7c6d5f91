//! A table for a terminal: columns as wide as they need to be, two blanks between them.

/// The text of a table; every row has as many cells as the header.
#[must_use]
pub fn table<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let all: Vec<[String; N]> = std::iter::once(header.map(str::to_owned)).chain(rows).collect();
    let width = |cell: &String| cell.chars().count();
    let widths: Vec<usize> =
        (0..N).map(|column| all.iter().map(|row| width(&row[column])).max().unwrap_or(0)).collect();
    all.iter().fold(String::new(), |text, row| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("{text}{}\n", cells.join("  ").trim_end())
    })
}

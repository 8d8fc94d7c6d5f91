//! Plain tables with commas, as Python's `csv.DictReader` reads them from a file of UTF-8.

/// Longest line; Python refuses a cell of that length.
const LINE: usize = 131_072;

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The cells of the first line.
    pub header: Vec<String>,
    /// Those of each other line that is not empty.
    pub rows: Vec<Vec<String>>,
}

/// Reads a table; `None` if it is left to Python: with quotes, a NUL, or a very long line.
#[must_use]
pub fn table(file: &[u8]) -> Option<Table> {
    let text = std::str::from_utf8(file).ok()?;
    if text.contains(['"', '\0']) {
        return None;
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines = text.split('\n').map(|line| (line.len() < LINE).then(|| cells(line)));
    let header = lines.next()??;
    let rows = lines.collect::<Option<Vec<_>>>()?.into_iter().filter(|row| !row.is_empty()).collect();
    Some(Table { header, rows })
}

fn cells(line: &str) -> Vec<String> {
    if line.is_empty() { Vec::new() } else { line.split(',').map(str::to_owned).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let shown = |row: &Vec<String>| row.join("|");
        table(text.as_bytes()).map(|Table { header, rows }| {
            format!("{}: {}", shown(&header), rows.iter().map(shown).collect::<Vec<_>>().join(" / "))
        })
    }

    #[test]
    fn lines_of_any_kind_are_rows_and_empty_ones_are_none() {
        for (text, shown) in [
            ("a,b\n1,2\n", "a|b: 1|2"),
            ("a,b\r\n1,2\r\n\r\n 3 ,\r,4", "a|b: 1|2 /  3 | / |4"),
            ("a\u{b}\u{2028},b\nx\u{85}", "a\u{b}\u{2028}|b: x\u{85}"),
            ("\n1,2", ": 1|2"),
            ("", ": "),
            ("a\n \n,\n1,2,3", "a:   / | / 1|2|3"),
        ] {
            assert_eq!(read(text).as_deref(), Some(shown), "{text:?}");
        }
        for odd in ["a\n\"1\"", "a\n\0"] {
            assert_eq!(read(odd), None, "{odd:?}");
        }
        assert_eq!(table(b"a\n\xff"), None);
        assert_eq!(table("x".repeat(LINE).as_bytes()), None);
    }
}

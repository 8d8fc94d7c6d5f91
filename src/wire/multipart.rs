//! A form with files, as browsers and the usual libraries write it.
//!
//! Werkzeug reads much more: other line breaks, folded headers, encoded names, what stands before and behind. Two readers
//! that agree on all of that there need not be: what is written in another way is legacy's to read.

use memchr::memmem;

/// Most parts of a form; Werkzeug's own limit is 1000.
const PARTS: usize = 16;
/// Longest text in a form. Werkzeug refuses a form of half a megabyte of them.
const TEXT: usize = 1024;
/// Longest boundary (RFC 2046, 5.1.1).
const BOUNDARY: usize = 70;

/// One part of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'f> {
    /// The name of its field.
    pub name: &'f str,
    /// The name of the file that it is; `None` if it is a text.
    pub file: Option<&'f str>,
    /// What it holds: of a text UTF-8.
    pub data: &'f [u8],
}

/// The parts of a form, in their order; `None` if it is no `multipart/form-data`, or one that is left to legacy.
#[must_use]
pub fn parts<'f>(content_type: &str, body: &'f [u8]) -> Option<Vec<Part<'f>>> {
    let delimiter = format!("--{}", boundary(content_type)?);
    // Wherever the boundary stands, it divides: a reader that looks for line breaks around it comes to the same.
    let mut pieces = split(body, delimiter.as_bytes());
    if !pieces.next()?.is_empty() {
        return None;
    }
    let mut pieces: Vec<&[u8]> = pieces.collect();
    if !matches!(pieces.pop()?, b"--" | b"--\r\n") || pieces.len() > PARTS {
        return None;
    }
    pieces.into_iter().map(|piece| part(piece.strip_prefix(b"\r\n")?.strip_suffix(b"\r\n")?)).collect()
}

fn split<'b>(body: &'b [u8], delimiter: &[u8]) -> impl Iterator<Item = &'b [u8]> {
    let mut from = 0;
    let ends: Vec<usize> = memmem::find_iter(body, delimiter).collect();
    let skip = delimiter.len();
    ends.into_iter().chain([body.len()]).map(move |end| {
        let piece = &body[from..end.max(from)];
        from = (end + skip).min(body.len());
        piece
    })
}

fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameter) = content_type.split_once(';')?;
    let boundary = parameter.trim_start_matches(' ').strip_prefix("boundary=")?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let fits = (1..=BOUNDARY).contains(&boundary.len()) && boundary.bytes().all(is_plain);
    (kind == "multipart/form-data" && fits).then_some(boundary)
}

fn part(piece: &[u8]) -> Option<Part<'_>> {
    let end = memmem::find(piece, b"\r\n\r\n")?;
    let (head, data) = (std::str::from_utf8(&piece[..end]).ok()?, &piece[end + 4..]);
    let mut lines = head.split("\r\n");
    let (name, file) = disposition(lines.next()?)?;
    match (lines.next(), lines.next()) {
        (None, _) => {}
        // What a file is said to be is looked at by nobody; what a text is said to be has its charset in it.
        (Some(line), None) if file.is_some() && is_plain(line.strip_prefix("Content-Type: ")?) => {}
        _ => return None,
    }
    if file.is_none() && (data.len() > TEXT || std::str::from_utf8(data).is_err()) {
        return None;
    }
    Some(Part { name, file, data })
}

/// The two names in `Content-Disposition: form-data; name="…"; filename="…"`.
fn disposition(line: &str) -> Option<(&str, Option<&str>)> {
    let rest = line.strip_prefix("Content-Disposition: form-data; name=\"")?;
    let (name, rest) = rest.split_once('"')?;
    let file = match rest {
        "" => None,
        rest => Some(rest.strip_prefix("; filename=\"")?.strip_suffix('"')?),
    };
    let plain = |text: &str| !text.is_empty() && is_plain(text);
    (plain(name) && file.is_none_or(plain)).then_some((name, file))
}

/// Nothing in it is quoted, escaped or encoded, or could be taken for that.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !b"\"\\%".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "multipart/form-data; boundary=x-1";
    const FORM: &str = "--x-1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ntrue\r\n\
        --x-1\r\nContent-Disposition: form-data; name=\"f\"; filename=\"b c (1).json\"\r\nContent-Type: text/plain; charset=x\r\n\r\n\
        {\r\n\r\n-- \n}\r\n--x-1--\r\n";

    #[test]
    fn a_form_as_clients_write_it_is_read() {
        let read = parts(KIND, FORM.as_bytes()).unwrap();
        assert_eq!(
            read,
            [
                Part { name: "a", file: None, data: b"true" },
                Part { name: "f", file: Some("b c (1).json"), data: b"{\r\n\r\n-- \n}" },
            ]
        );
        assert_eq!(parts(KIND, b"--x-1--\r\n"), Some(Vec::new()));
        assert_eq!(parts(KIND, b"--x-1--"), Some(Vec::new()));
        assert_eq!(parts("multipart/form-data;boundary=x-1", FORM.as_bytes()), Some(read));
    }

    #[test]
    fn what_is_written_in_another_way_is_left_to_legacy() {
        for kind in [
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\"x-1\"",
            "multipart/form-data; boundary=x-1; charset=utf-8",
            "multipart/form-data; charset=utf-8; boundary=x-1",
            "multipart/mixed; boundary=x-1",
            "multipart/form-data; boundary=x-2",
            "application/x-www-form-urlencoded",
        ] {
            assert_eq!(parts(kind, FORM.as_bytes()), None, "{kind}");
        }
        assert_eq!(parts(&format!("multipart/form-data; boundary={}", "x".repeat(71)), b""), None);
        for (from, to) in [
            ("--x-1\r\nContent", "preamble\r\n--x-1\r\nContent"),
            ("--x-1\r\nContent", "\r\n--x-1\r\nContent"),
            ("--x-1--\r\n", ""),
            ("--x-1--\r\n", "--x-1--\r\nepilogue"),
            ("--x-1--\r\n", "--x-1-- \r\n"),
            ("true\r\n--x-1", "true\n--x-1"),
            ("true", "true--x-1"),
            ("true", "\r\n--x-1"),
            ("true\r\n", "true\r\n--x-10\r\n"),
            ("name=\"a\"\r\n\r\n", "name=\"a\"\n\n"),
            ("name=\"a\"", "name=a"),
            ("name=\"a\"", "name=\"\""),
            ("name=\"a\"", "name=\"ä\""),
            ("name=\"a\"", "name=\"%22\""),
            ("name=\"a\"", "name=\"a\"; x=y"),
            ("name=\"a\"", "name=\"a\"\r\nContent-Type: text/plain; charset=iso-8859-1"),
            ("form-data; name=\"a\"", "attachment; name=\"a\""),
            ("Content-Disposition: form-data; name=\"a\"", "content-disposition:form-data; name=\"a\""),
            ("Content-Disposition: form-data; name=\"a\"\r\n", ""),
            ("b c (1).json", "b\\\"c.json"),
            ("b c (1).json", "b\"; filename*=utf-8''c.json"),
            ("b c (1).json", ""),
            ("Content-Type", "Content-Length"),
            ("charset=x\r\n", "charset=x\r\nContent-Length: 5\r\n"),
            ("charset=x", "charset=x\r\n folded"),
            ("true", &"t".repeat(1025)),
        ] {
            let form = FORM.replacen(from, to, 1);
            assert_ne!(form, FORM, "{from}");
            assert_eq!(parts(KIND, form.as_bytes()), None, "{from} -> {to}");
        }
        let many = "--x-1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n".repeat(17) + "--x-1--";
        assert_eq!(parts(KIND, many.as_bytes()), None);
        let latin = FORM.replace("true", "tr\u{fc}e").replace('\u{fc}', "\u{0}").into_bytes();
        let latin: Vec<u8> = latin.into_iter().map(|byte| if byte == 0 { 0xfc } else { byte }).collect();
        assert_eq!(parts(KIND, &latin), None);
    }
}

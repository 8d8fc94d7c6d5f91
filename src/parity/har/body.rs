//! Bodies, to and from a text with an encoding.

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;

/// Some tools leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The bytes of a text.
///
/// # Errors
/// The text is not what the encoding says, or the encoding is not known.
pub(super) fn read(text: &str, encoding: Option<&str>) -> Result<Bytes, String> {
    match encoding.map(str::to_ascii_lowercase).as_deref() {
        None | Some("" | "utf-8" | "utf8" | "identity") => Ok(Bytes::copy_from_slice(text.as_bytes())),
        Some("base64") => {
            let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
            BASE64.decode(packed).map(Bytes::from).map_err(|error| format!("is no base64 ({error})"))
        }
        Some(other) => Err(format!("has the encoding {other:?}, which is not known")),
    }
}

/// The text of a body, and its encoding if it is none in UTF-8.
pub(super) fn write(body: &[u8]) -> (String, Option<&'static str>) {
    match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), None),
        Err(_) => (BASE64.encode(body), Some("base64")),
    }
}

/// Whether the bytes are in this content coding still: browsers decode a body, and leave the header as it was.
pub(super) fn is_coded(body: &[u8], coding: &str) -> bool {
    match (coding.trim().to_ascii_lowercase().as_str(), body) {
        ("gzip" | "x-gzip", [0x1f, 0x8b, ..]) => true,
        // The head of a zlib stream (RFC 1950, section 2.2): method 8, and both bytes a multiple of 31.
        ("deflate", [first, second, ..]) => {
            first & 0x0f == 8 && u16::from_be_bytes([*first, *second]).is_multiple_of(31)
        }
        ("zstd", [0x28, 0xb5, 0x2f, 0xfd, ..]) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_with_and_without_padding_and_line_ends() {
        for text in ["/wA=", "/wA", "/w\r\nA="] {
            assert_eq!(read(text, Some("base64")).unwrap().as_ref(), [0xff, 0]);
        }
        assert!(read("/", Some("base64")).unwrap_err().starts_with("is no base64"));
        assert_eq!(read("x", Some("rot13")).unwrap_err(), "has the encoding \"rot13\", which is not known");
    }

    #[test]
    fn a_body_that_is_coded_still_is_told_from_one_that_is_not() {
        assert!(is_coded(&[0x1f, 0x8b, 8], "GZIP"));
        assert!(!is_coded(b"{}", "gzip"));
        assert!(is_coded(&[0x78, 0x9c, 1], "deflate"));
        assert!(!is_coded(b"x\x9d", "deflate"));
        assert!(!is_coded(b"anything", "br"));
    }
}

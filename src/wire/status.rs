//! Reason phrases as the legacy server writes them: the standard ones in upper case, `UNKNOWN` for its own codes.

use http::StatusCode;

/// The reason phrase of a status code.
#[must_use]
pub fn reason_phrase(status: StatusCode) -> String {
    status.canonical_reason().map_or_else(|| "UNKNOWN".to_owned(), str::to_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_upper_case_and_legacys_own_codes_are_unknown() {
        for (code, phrase) in [(200, "OK"), (400, "BAD REQUEST"), (502, "BAD GATEWAY"), (542, "UNKNOWN")] {
            assert_eq!(reason_phrase(StatusCode::from_u16(code).unwrap()), phrase);
        }
    }
}

//! Text that arrives in pieces, checked as it comes: what is wrong is told before the frame is complete.

/// The state between two pieces: at most three bytes of a character that is not complete.
#[derive(Debug, Clone, Copy, Default)]
pub struct Utf8 {
    begun: [u8; 4],
    count: usize,
}

/// The bytes are no UTF-8, and no further ones would make them so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invalid;

impl Utf8 {
    /// Takes the next piece.
    ///
    /// # Errors
    /// It can not be the continuation of what came before.
    pub fn take(&mut self, mut piece: &[u8]) -> Result<(), Invalid> {
        while self.count > 0 {
            let Some((&next, rest)) = piece.split_first() else { return Ok(()) };
            self.begun[self.count] = next;
            self.count += 1;
            piece = rest;
            match std::str::from_utf8(&self.begun[..self.count]) {
                Ok(_) => self.count = 0,
                Err(error) if error.error_len().is_some() => return Err(Invalid),
                // Four bytes are a character or an error, so there is room for the next one.
                Err(_) => {}
            }
        }
        match std::str::from_utf8(piece) {
            Ok(_) => {}
            Err(error) if error.error_len().is_some() => return Err(Invalid),
            Err(error) => {
                let rest = &piece[error.valid_up_to()..];
                self.begun[..rest.len()].copy_from_slice(rest);
                self.count = rest.len();
            }
        }
        Ok(())
    }

    /// Whether the text may end here.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.count == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn in_pieces(bytes: &[u8], size: usize) -> bool {
        let mut utf8 = Utf8::default();
        bytes.chunks(size).all(|piece| utf8.take(piece).is_ok()) && utf8.is_complete()
    }

    #[test]
    fn what_can_not_become_a_character_is_refused_before_it_is_complete() {
        for bytes in [&b"\xed\xa0"[..], b"\xf4\x90", b"\xc0", b"\xff", b"\xe0\x80"] {
            let mut utf8 = Utf8::default();
            assert!(bytes.iter().any(|byte| utf8.take(&[*byte]).is_err()), "{bytes:x?}");
        }
    }

    proptest! {
        #[test]
        fn pieces_are_judged_as_the_whole(
            bytes in prop_oneof![any::<Vec<u8>>(), any::<String>().prop_map(String::into_bytes)], size in 1usize..9,
        ) {
            prop_assert_eq!(in_pieces(&bytes, size), std::str::from_utf8(&bytes).is_ok());
        }
    }
}

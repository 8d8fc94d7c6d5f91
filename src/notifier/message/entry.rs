//! A message that nobody could be sent, as it stands in one of the two lists of `GET /api/1/messages`.

use std::borrow::Cow;

use super::{
    Message,
    failures::{Legacy, Verbosity},
    unknown::is_message,
};

/// One entry. Legacy puts the text of a `legacy` message into the list of its verbosity, and of any other message the
/// whole frame into `errors`; so an entry leads back to the frame it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// One of `warnings`.
    Warning(String),
    /// One of `errors`.
    Error(String),
}

/// How each frame of the type `legacy` begins.
const BEGINNING: &[u8] = br#"{"type": "legacy", "data": {"verbosity": ""#;

impl Entry {
    /// What becomes of a frame without a client. If that is not the same frame again by [`Self::frame_text`], as when a
    /// `legacy` message quotes another message, the frame is kept whole, which the web client reads just as well.
    ///
    /// Bytes that are no UTF-8, which no frame has, are replaced.
    #[must_use]
    pub fn of_frame(text: &[u8]) -> Self {
        if text.starts_with(BEGINNING)
            && let Ok(Message::Legacy(Legacy { verbosity, value })) = Message::read(text)
        {
            let value = value.0.into_owned();
            let entry = match verbosity {
                Verbosity::Warning => Self::Warning(value),
                Verbosity::Error => Self::Error(value),
            };
            if entry.frame_text().as_bytes() == text {
                return entry;
            }
        }
        Self::Error(String::from_utf8_lossy(text).into_owned())
    }

    /// The text of the frame that was missed.
    #[must_use]
    pub fn frame_text(&self) -> Cow<'_, str> {
        let (verbosity, text) = match self {
            Self::Error(text) if is_message(text) => return Cow::Borrowed(text),
            Self::Error(text) => (Verbosity::Error, text),
            Self::Warning(text) => (Verbosity::Warning, text),
        };
        Cow::Owned(Message::Legacy(Legacy { verbosity, value: text.as_str().into() }).to_json())
    }

    /// The same, without a copy where the entry is the frame.
    #[must_use]
    pub fn into_frame_text(self) -> String {
        match self {
            Self::Error(text) if is_message(&text) => text,
            other => other.frame_text().into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::notifier::message::{any::messages, examples::EXAMPLES};

    #[test]
    fn a_text_of_legacy_stands_in_the_list_of_its_verbosity() {
        let warning = r#"{"type": "legacy", "data": {"verbosity": "warning", "value": "\u00e9 \"a\""}}"#;
        assert_eq!(Entry::of_frame(warning.as_bytes()), Entry::Warning("é \"a\"".into()));
        assert_eq!(Entry::Warning("é \"a\"".into()).frame_text(), warning);
        let error = r#"{"type": "legacy", "data": {"verbosity": "error", "value": "a"}}"#;
        assert_eq!(Entry::of_frame(error.as_bytes()), Entry::Error("a".into()));
        assert_eq!(Entry::Error("a".into()).into_frame_text(), error);
    }

    #[test]
    fn every_frame_comes_back_as_it_was() {
        let odd = [
            r#"{"type": "new_one", "data": [NaN, "\ud800"]}"#,
            r#"{"type": "new_one", "data": NaN}"#,
            r#"{"type":"legacy","data":{"verbosity":"warning","value":"compact"}}"#,
            r#"{"type": "legacy", "data": {"verbosity": "warning", "value": "\ud800"}}"#,
            r#"{"type": "legacy", "data": {"verbosity": "warning", "value": "\u0061"}}"#,
            r#"{"type": "legacy", "data": {"verbosity": "error", "value": "{\"type\": \"a\", \"data\": 1}"}}"#,
            r#"{"type": "legacy", "data": {"verbosity": "warning", "value": "{\"type\": \"a\", \"data\": 1}"}}"#,
            r#"{"type": "legacy", "data": {"verbosity": "error", "value": "", "more": 1}}"#,
        ];
        for frame in EXAMPLES.iter().chain(&odd[1..]) {
            assert_eq!(Entry::of_frame(frame.as_bytes()).frame_text(), *frame);
        }
        // Both kinds of JSON that Python alone takes, in one text: then it counts as a text.
        assert_ne!(Entry::of_frame(odd[0].as_bytes()).frame_text(), odd[0]);
    }

    #[test]
    fn what_is_no_message_is_a_text() {
        for text in ["", "hello", "[1]", "[\"legacy\", {}]", r#"{"type": "legacy"}"#, r#"{"type": 1, "data": 1}"#] {
            let entry = Entry::of_frame(text.as_bytes());
            assert_eq!(entry, Entry::Error(text.into()));
            assert!(entry.frame_text().starts_with(r#"{"type": "legacy", "data": {"verbosity": "error", "#), "{text}");
        }
        assert_eq!(Entry::of_frame(b"a\xff"), Entry::Error("a\u{fffd}".into()));
    }

    proptest! {
        #[test]
        fn every_message_comes_back_as_it_was(message in messages()) {
            let frame = message.to_json();
            let entry = Entry::of_frame(frame.as_bytes());
            prop_assert_eq!(entry.frame_text(), frame.as_str());
            prop_assert_eq!(entry.into_frame_text(), frame);
        }

        #[test]
        fn every_entry_leads_to_a_frame_and_back(text in ".*", warning in any::<bool>()) {
            let entry = if warning { Entry::Warning(text) } else { Entry::Error(text) };
            prop_assert_eq!(Entry::of_frame(entry.frame_text().as_bytes()), entry);
        }
    }
}

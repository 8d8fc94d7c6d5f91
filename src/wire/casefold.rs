//! Python's `str.casefold()`, `str.lower()` and `str.strip()`.

use super::number::is_blank;

/// A text without the blanks at both its ends.
#[must_use]
pub fn stripped(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_blank(c))
}

/// A text in the form in which case does not count. `None` where that changed between versions of Unicode, or is more
/// than a change of case: such texts are legacy's to compare.
#[must_use]
pub fn folded(text: &str) -> Option<String> {
    if text.is_ascii() {
        return Some(text.to_ascii_lowercase());
    }
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'ß' => folded.push_str("ss"),
            'ς' => folded.push('σ'),
            'µ' => folded.push('μ'),
            // Latin with other foldings than lower case.
            'ŉ' | 'ſ' | 'ǰ' => return None,
            // Greek likewise.
            '\u{390}' | '\u{3b0}' | '\u{3d0}'..='\u{3d6}' | '\u{3f0}'..='\u{3f5}' => return None,
            '\0'..='\u{24f}' | '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}' => folded.extend(c.to_lowercase()),
            c if has_no_case(c) => folded.push(c),
            _ => return None,
        }
    }
    Some(folded)
}

/// A text in lower case. `None` where that may differ between versions of Unicode.
#[must_use]
pub fn lowered(text: &str) -> Option<String> {
    let settled = |c| matches!(c, '\0'..='\u{24f}' | '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}') || has_no_case(c);
    text.chars().all(settled).then(|| text.to_lowercase())
}

fn has_no_case(c: char) -> bool {
    c.to_lowercase().eq([c]) && c.to_uppercase().eq([c])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_folded_as_python_folds_them_or_not_at_all() {
        for (text, fold) in
            [("ETH Token", "eth token"), ("Straße ÉΣς", "strasse éσσ"), ("İ", "i\u{307}"), ("Ж金🎉µ", "ж金🎉μ")]
        {
            assert_eq!(folded(text).as_deref(), Some(fold), "{text}");
        }
        for text in ["ﬁ", "ſ", "Ꭰ", "ẞ", "ᾳ", "\u{345}"] {
            assert_eq!(folded(text), None, "{text}");
        }
    }

    #[test]
    fn texts_are_lowered_as_python_lowers_them_or_not_at_all() {
        for (text, low) in [("ETH ß", "eth ß"), ("ΟΔΟΣ ΣΑ", "οδος σα"), ("İ", "i\u{307}"), ("ЖЁ金🎉", "жё金🎉")]
        {
            assert_eq!(lowered(text).as_deref(), Some(low), "{text}");
        }
        for text in ["Ꭰ", "ẞ", "Ａ"] {
            assert_eq!(lowered(text), None, "{text}");
        }
    }

    #[test]
    fn blanks_are_pythons() {
        assert_eq!(stripped("\u{1c}\u{3000} a b\u{a0}\u{85}\n"), "a b");
        assert_eq!(stripped("\u{200b}"), "\u{200b}");
    }
}

"""Whether a token's symbol or name is that of an advertisement."""

import unicodedata

WORDS = ('https://', 'claim', 'visit', 'invited')
ENDINGS = ('com', 'io', 'site', 'xyz', 'li', 'org', 'cc', 'net', 'pm')
BEFORE_AN_ENDING = ('Sk', 'Po')
"""Categories of characters: modifiers and punctuation that stand for a dot."""


def looks_like_spam(text: str | None) -> bool:
    if not text:
        return False
    folded = text.lower()
    return any(word in folded for word in WORDS) or is_priced(text) or has_domain(folded)


def is_priced(text: str) -> bool:
    """A dollar sign at the beginning, and a dot with something on both sides, in one line."""
    line = text.partition('\n')[0]
    return line.startswith('$') and '.' in line[2:-1]


def has_domain(folded: str) -> bool:
    """One that begins where the ending follows on a dot, or on what looks like one."""
    return any(
        folded.startswith(ENDINGS, at) and unicodedata.category(folded[at - 1]) in BEFORE_AN_ENDING
        for at in range(1, len(folded))
    )

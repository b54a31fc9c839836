"""Building regular expressions out of short readable parts."""

from __future__ import annotations

import re


def any_of(*parts: str) -> re.Pattern[str]:
    """A case-insensitive pattern of alternatives, each bounded by word edges."""
    return re.compile(r"\b(?:" + "|".join(parts) + r")\b", re.IGNORECASE)


def either(words: tuple[str, ...]) -> str:
    """Regular expression of any of some literal words, the longest first; of no words, one that never matches."""
    joined = "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))
    return f"(?:{joined})" if words else "(?!)"


def word_list(text: str) -> tuple[str, ...]:
    """The words of a block of text, for long lists in code."""
    return tuple(text.split())

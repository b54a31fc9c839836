"""Text from outside, made safe for the place where it is shown.

One function per sink. All are total: any text in, harmless text out. What cannot be seen on a page or a screen is
shown as an escape such as ``\\u202e``, never removed.
"""

from __future__ import annotations

import re
from html import escape

HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff]"
)
"""Characters a reader cannot see or that reorder what is seen: controls other than line break and tab, zero-width and
bidirectional characters, blank letters, tags, lone surrogates. U+FE00 to U+FE0F stay: an emoji may end in one."""

_LINE_BREAKS = re.compile("[\u2028\u2029]")
_MARKDOWN = re.compile(r"([\\`*_\[\]()|!~])")


def code_point(character: str) -> str:
    """``U+200B``: how a hidden character is named in a message."""
    return f"U+{ord(character):04X}"


def _escape(match: re.Match[str]) -> str:
    value = ord(match[0])
    return f"\\x{value:02x}" if value < 0x100 else f"\\u{value:04x}" if value < 0x10000 else f"\\U{value:08x}"


def terminal(text: str) -> str:
    """For a terminal or a log: escape sequences and hidden characters become visible; ``\\n`` and ``\\t`` stay."""
    return _LINE_BREAKS.sub(_escape, HIDDEN.sub(_escape, text))


def csv_cell(text: str) -> str:
    """For a cell that a spreadsheet opens: a text that it would run as a formula gets a leading apostrophe."""
    starts = text[:1], text.lstrip(" ")[:1]
    return f"'{text}" if any(s and s in "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20" for s in starts) else text


def html(text: str) -> str:
    """For element content and quoted attributes of a page."""
    return escape(text, quote=True)


def markdown_cell(text: str) -> str:
    """For a cell of a Markdown table: one line, no markup, no HTML, no column break."""
    line = " ".join(terminal(text).split())
    return escape(_MARKDOWN.sub(r"\\\1", line), quote=False)

"""Text from outside does nothing in a terminal, a spreadsheet, a page or a Markdown table."""

from __future__ import annotations

import html as standard
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenacious_bench.safe_text import HIDDEN, csv_cell, html, markdown_cell, terminal


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jgone", r"\x1b[2Jgone"), ("a\rb", r"a\x0db"), ("\x00", r"\x00"), ("\x9b31m", r"\x9b31m"),
        ("a\u202eb", r"a\u202eb"), ("z\u200bw", r"z\u200bw"), ("\U000e0041", r"\U000e0041"), ("\u2028", r"\u2028"),
        ("\ud800", r"\ud800"), ("a\u3164b", r"a\u3164b"), ("\u2800", r"\u2800"), ("\U000e0101", r"\U000e0101"),
        ("a\u034fb", r"a\u034fb"), ("\u2764\ufe0f", "\u2764\ufe0f"), ("plain\n\ttext é 漢 🙂", "plain\n\ttext é 漢 🙂"),
    ],
)  # fmt: skip
def test_the_terminal_shows_what_is_hidden(text: str, shown: str) -> None:
    assert terminal(text) == shown


@given(st.text())
def test_terminal_text_holds_no_control_and_no_format_character(text: str) -> None:
    shown = terminal(text)
    assert all(c in "\n\t" or unicodedata.category(c) != "Cc" for c in shown)
    assert not HIDDEN.search(shown)
    assert terminal(shown) == shown


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1"])
def test_a_formula_becomes_text_in_a_spreadsheet(text: str) -> None:
    assert csv_cell(text) == f"'{text}"


@given(st.text())
def test_a_csv_cell_never_starts_a_formula_and_is_stable(text: str) -> None:
    cell = csv_cell(text)
    assert cell[:1] not in tuple("=+-@\t\r") and csv_cell(cell) == cell
    assert cell in (text, f"'{text}")


@given(st.text())
def test_html_opens_no_tag_and_closes_no_attribute(text: str) -> None:
    page = html(text)
    assert not set("<>\"'") & set(page)
    assert standard.unescape(page) == standard.unescape(standard.escape(text))


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a|b", r"a\|b"), ("two\nlines", "two lines"), ("[x](http://e)", r"\[x\]\(http://e\)"), ("`c`", r"\`c\`"),
        ("<img src=x>", "&lt;img src=x&gt;"), ("**b**", r"\*\*b\*\*"), ("\x1b", r"\\x1b"), ("a\\|b", r"a\\\|b"),
    ],
)  # fmt: skip
def test_a_markdown_cell_holds_no_markup(text: str, cell: str) -> None:
    assert markdown_cell(text) == cell


@given(st.text())
def test_a_markdown_cell_is_one_line_in_one_column(text: str) -> None:
    cell = markdown_cell(text)
    bare = cell.replace(r"\\", "").replace(r"\|", "")
    assert "\n" not in cell and "|" not in bare and "<" not in cell

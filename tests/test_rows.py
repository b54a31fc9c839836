"""Reading rows: every non-empty line is a good row or a bad row that says what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenacious_bench.files import MAX_LINE_BYTES
from tenacious_bench.rows import MAX_EMAIL_CHARS, BadRow, GoodRow, read_rows

GOOD: dict[str, Any] = {"id": "a", "context": {"company": "Quillon"}, "email": "Subject: Hi\n\nHello"}


def read(tmp_path: Path, *lines: bytes | str | dict[str, Any]) -> list[GoodRow | BadRow]:
    raw = [json.dumps(line) if isinstance(line, dict) else line for line in lines]
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\n".join(line.encode() if isinstance(line, str) else line for line in raw))
    return list(read_rows(path))


def only_bad(tmp_path: Path, line: bytes | str | dict[str, Any]) -> BadRow:
    (row,) = read(tmp_path, line)
    assert isinstance(row, BadRow)
    assert str(row).startswith(f"{tmp_path / 'rows.jsonl'} line 1 (id ")
    assert row.remedy and row.found
    return row


def test_a_good_row_gives_id_brief_email_and_label(tmp_path: Path) -> None:
    (row,) = read(tmp_path, {**GOOD, "label": "PASS"})
    assert isinstance(row, GoodRow)
    assert (row.line, row.id, row.label, row.brief.prospect.company) == (1, "a", "PASS", "Quillon")
    assert (row.email.subject, row.email.body) == ("Hi", "Hello")
    assert "label" not in row.item.model_dump()


def test_the_id_is_the_rows_own_or_its_line(tmp_path: Path) -> None:
    bare = {k: v for k, v in GOOD.items() if k != "id"}
    rows = read(tmp_path, {**bare, "task_id": "t"}, {**bare, "id": 7}, "", "  \t", bare, {**bare, "id": None})
    assert [(row.line, row.id) for row in rows] == [(1, "t"), (2, "7"), (5, "line-5"), (6, "line-6")]


def test_a_native_brief_and_a_text_brief_are_read(tmp_path: Path) -> None:
    native = {"as_of": "2026-04-20", "prospect": {"company": "Quillon"}}
    rows = read(
        tmp_path,
        {"id": 1, "brief": native, "email": {"subject": "Hi", "body": "Hello"}},
        {"id": 2, "brief": native, "email": "Subject: Hi\n\nHello"},
        {"id": 3, "brief": "Company: Quillon", "email": "Hello"},
    )
    assert [row.brief.prospect.company for row in rows if isinstance(row, GoodRow)] == ["Quillon"] * 3


def test_labels_and_other_row_fields_never_reach_the_brief(tmp_path: Path) -> None:
    (row,) = read(tmp_path, {**GOOD, "label": "FAIL", "failure_mode": "tone_drift", "company": "Other"})
    assert isinstance(row, GoodRow)
    assert row.brief.extra == {}


@pytest.mark.parametrize(
    ("change", "field", "found", "remedy"),
    [
        ({"label": "Positive"}, "label", "'Positive'", "unknown label word 'Positive': use PASS or FAIL"),
        ({"label": "pass"}, "label", "'pass'", "use PASS or FAIL"),
        ({"label": True}, "label", "True", "use PASS or FAIL"),
        ({"email": None}, "email", "nothing", "give the draft"),
        ({"email": 5}, "email", "int", "give text"),
        ({"email": {"subject": "x"}}, "email.body", "no text", "give the email's text"),
        ({"email": "x" * (MAX_EMAIL_CHARS + 1)}, "email", "20,001 characters", "at most 20,000"),
        ({"email": "x" * 1_000_000}, "email", "1,000,000 characters", "at most 20,000"),
        ({"email": {"text": "x" * 20_001}}, "email.text", "20,001 characters", "at most 20,000"),
        ({"context": None}, "context", "None", "give what is known"),
        ({"context": ["x"]}, "context", "list", "give what is known"),
        ({"brief": {"as_of": "2026-04-20"}}, "context", "a brief and a context", "give one"),
        ({"context": None, "brief": {"as_of": "x", "prospect": {"company": "Q"}}}, "brief.as_of", "'x'", "date"),
        ({"context": None, "brief": {"as_of": "2026-04-20"}}, "brief.prospect", "nothing", "required"),
        ({"context": None, "brief": 5}, "brief", "5", "valid"),
        ({"id": ["x"]}, "id", "list", "text or a whole number"),
        ({"id": "x" * 201}, "id", "'xxx", "1 to 200"),
        ({"email": "a\x00b"}, "email", "U+0000 at position 1", "cannot see"),
        ({"email": "a\u202eb"}, "email", "U+202E at position 1", "cannot see"),
        ({"email": "a\u200bb"}, "email", "U+200B at position 1", "cannot see"),
        ({"email": "a\r\nb"}, "email", "U+000D at position 1", "write line ends as"),
        ({"context": {"n": [{"m": "a\x1b"}]}}, "context.n[0].m", "U+001B at position 1", "remove it"),
        ({"context": {"n": {"a\u200b": 1}}}, "context.n (a name in it)", "U+200B at position 1", "remove it"),
        ({"context": {"n": "\ud800"}}, "context.n", "U+D800", "remove it"),
    ],
)
def test_a_bad_row_names_field_finding_and_remedy(
    tmp_path: Path, change: dict[str, Any], field: str, found: str, remedy: str
) -> None:
    row = only_bad(tmp_path, {**GOOD, **change})
    assert row.field == field
    assert found in row.found
    assert remedy in row.remedy


@pytest.mark.parametrize(
    ("line", "found", "remedy"),
    [
        ("not json", "Expecting value at column 1", "not JSON"),
        ("[1]", "list", "give an object"),
        ('"x"', "'x'", "give an object"),
        ('{"email": NaN}', "NaN", "no such number"),
        ('{"email": -Infinity}', "-Infinity", "no such number"),
        ('{"email": 1e999}', "1e999", "no such number"),
        ('{"email": ' + "9" * 5000 + "}", "limit", "shorten the number"),
        ('{"email": "a", "email": "b"}', "the name 'email' twice", "keep one"),
        (b'{"email": "\xff"}', "byte 0xff at byte 11", "save the file as UTF-8"),
        ('{"a":' * 100_000, "nesting without end", "flatten"),
        ("{" + '"a":[' * 80 + "]" * 80 + "}", "", ""),
    ],
)
def test_a_line_that_is_no_object_is_a_bad_row(tmp_path: Path, line: bytes | str, found: str, remedy: str) -> None:
    row = only_bad(tmp_path, line)
    assert (row.id, row.field) == ("line-1", "row")
    assert found in row.found and remedy in row.remedy


def test_nesting_beyond_the_limit_is_a_bad_row(tmp_path: Path) -> None:
    deep: Any = "x"
    for _ in range(100):
        deep = [deep]
    assert only_bad(tmp_path, {**GOOD, "context": {"d": deep}}).found == "nesting without end"


def test_the_second_of_two_rows_with_one_id_is_bad(tmp_path: Path) -> None:
    first, second, third = read(tmp_path, GOOD, GOOD, {**GOOD, "id": "b"})
    assert isinstance(first, GoodRow) and isinstance(third, GoodRow)
    assert isinstance(second, BadRow)
    assert (second.field, second.found) == ("id", "'a'")


def test_a_caller_may_find_the_duplicates_itself(tmp_path: Path) -> None:
    path, asked = tmp_path / "rows.jsonl", list[str]()
    path.write_text("".join(json.dumps({**GOOD, "id": name}) + "\n" for name in "aab"), encoding="utf-8")

    def is_new(row_id: str) -> bool:
        asked.append(row_id)
        return row_id != "b"

    assert [type(row) for row in read_rows(path, is_new=is_new)] == [GoodRow, GoodRow, BadRow]
    assert asked == ["a", "a", "b"]


def test_an_enormous_line_is_skipped_and_the_next_one_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    with path.open("wb") as handle:
        handle.write(b'{"email": "' + b"x" * MAX_LINE_BYTES + b'"}\n' + json.dumps(GOOD).encode())
    bad, good = read_rows(path)
    assert isinstance(bad, BadRow) and "bytes" in bad.found
    assert isinstance(good, GoodRow) and good.line == 2


def test_a_byte_order_mark_and_windows_line_ends_between_rows_are_harmless(tmp_path: Path) -> None:
    rows = read(tmp_path, b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\r", {**GOOD, "id": "b"})
    assert [type(row) for row in rows] == [GoodRow, GoodRow]


def test_messages_hold_no_control_characters(tmp_path: Path) -> None:
    row = only_bad(tmp_path, {**GOOD, "label": "\u0007\u202eSSAP"})
    assert "\u0007" not in str(row) and "\u202e" not in str(row)


def test_a_missing_file_is_an_error_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read_rows(tmp_path / "none.jsonl"))


fragments = st.sampled_from(
    [
        json.dumps(GOOD).encode(),
        b"{}",
        b'{"email":"x","context":{}}',
        b"\n",
        b"\r\n",
        b"\xff",
        b"\x00",
        b'{"a":',
        b"[",
        b" ",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=200), st.lists(fragments, max_size=12).map(b"".join)))
def test_any_bytes_give_one_row_per_non_empty_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    rows = list(read_rows(path))
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    assert [row.line for row in rows] == [i for i, line in enumerate(lines, 1) if line.strip()]

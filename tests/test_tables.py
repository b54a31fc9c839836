"""Rows from CSV and Parquet: the same rows as from JSONL, and every record that cannot be read explained."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenacious_bench.data import data_file, load_tasks
from tenacious_bench.files import MAX_LINE_BYTES
from tenacious_bench.rows import BadRow, GoodRow, read_rows
from tenacious_bench.rows.columns import parse_columns
from tenacious_bench.rows.sources import count_rows, places, raw_rows


def csv_file(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "rows.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def parquet_file(tmp_path: Path, columns: dict[str, Any]) -> Path:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def good(path: Path, *options: str) -> list[GoodRow]:
    rows = list(read_rows(path, columns=parse_columns(options)))
    assert all(isinstance(row, GoodRow) for row in rows), rows
    return [row for row in rows if isinstance(row, GoodRow)]


def context_of(row: GoodRow) -> dict[str, Any]:
    """What of a flat row has no name in a brief: kept under its own name."""
    return row.brief.extra


def test_the_published_tasks_give_the_same_rows_in_every_format(tmp_path: Path) -> None:
    tasks = load_tasks("validation")[:40]
    rows = [
        {"id": t.task_id, "brief": t.brief.to_json_dict(), "email": t.email.to_json_dict(), "label": t.label}
        for t in tasks
    ]
    lines = tmp_path / "rows.jsonl"
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(rows[0])
    writer.writerows([v if isinstance(v, str) else json.dumps(v) for v in row.values()] for row in rows)
    wanted = [(t.task_id, t.brief, t.email, t.label) for t in tasks]
    for path in (lines, csv_file(tmp_path, table.getvalue()), data_file("validation")):
        found = [row for row, _ in zip(read_rows(path), tasks, strict=False)]
        assert [(r.id, r.brief, r.email, r.label) for r in found if isinstance(r, GoodRow)] == wanted


def test_subject_and_body_may_be_columns_of_their_own_with_or_without_dots(tmp_path: Path) -> None:
    for header in ("subject,body", "email.subject,email.body", "subject,email"):
        (row,) = good(csv_file(tmp_path, f'{header},company\nHi,"Hello,\nAda",Quillon\n'))
        assert (row.email.subject, row.email.body, row.brief.prospect.company) == ("Hi", "Hello,\nAda", "Quillon")


def test_a_flat_export_becomes_the_context_with_json_cells_parsed(tmp_path: Path) -> None:
    content = 'id,email,company,headcount,tags,internal_code,empty\n7,Hello,Quillon,46,"[""a"", 1]",[EXT] {x,  \n'
    (row,) = good(csv_file(tmp_path, content))
    assert (row.id, row.foreign, row.brief.prospect.company, row.brief.prospect.headcount) == ("7", True, "Quillon", 46)
    assert context_of(row) == {"tags": ["a", 1], "internal_code": "[EXT] {x"}


def test_other_columns_beside_a_brief_or_a_context_never_reach_the_judge(tmp_path: Path) -> None:
    content = 'email,context,rationale,label\nHello,"{""company"": ""Quillon""}",because,PASS\n'
    (row,) = good(csv_file(tmp_path, content))
    assert (row.brief.prospect.company, context_of(row), row.label) == ("Quillon", {}, "PASS")
    path = csv_file(tmp_path, "email,brief,verdict\nHello,Company: Quillon,FAIL\nHello,,FAIL\n")
    first, second = read_rows(path)
    assert isinstance(first, GoodRow) and first.brief.prospect.company == "Quillon" and first.brief.extra == {}
    assert isinstance(second, BadRow) and second.field == "context"


def test_parquet_values_become_plain_json(tmp_path: Path) -> None:
    values = {
        "day": date(2026, 4, 20), "at": datetime(2026, 4, 20, 9, 30), "hour": time(9, 30), "price": Decimal("12.50"),
        "whole": Decimal("12"), "share": 0.5, "nan": float("nan"), "flag": True, "took": timedelta(hours=1),
        "tags": ["a", None], "deep": {"a": 1, "b": None}, "null": None,
    }  # fmt: skip
    path = parquet_file(tmp_path, {"email": ["Hello"], "blank": [" "]} | {k: [v] for k, v in values.items()})
    (row,) = good(path)
    assert context_of(row) == {
        "day": "2026-04-20", "at": "2026-04-20T09:30:00", "hour": "09:30:00", "price": 12.5, "whole": 12,
        "share": 0.5, "flag": True, "took": "1:00:00", "tags": ["a", None], "deep": {"a": 1},
    }  # fmt: skip


def test_a_parquet_map_is_an_object(tmp_path: Path) -> None:
    column = pa.array([[("a", 1), ("b", 2)]], pa.map_(pa.string(), pa.int64()))
    assert context_of(good(parquet_file(tmp_path, {"email": ["Hello"], "m": column}))[0]) == {"m": {"a": 1, "b": 2}}


@pytest.mark.parametrize("value", [b"\x00\x01", float("inf"), [b"x"]])
def test_parquet_values_without_a_json_form_are_refused_by_row(tmp_path: Path, value: Any) -> None:
    bad, fine = read_rows(parquet_file(tmp_path, {"email": ["Hello"] * 2, "logo": [value, None]}))
    assert isinstance(bad, BadRow) and (bad.line, bad.id, bad.field) == (1, "line-1", "logo")
    assert "leave it out" in bad.remedy
    assert isinstance(fine, GoodRow)


def test_a_parquet_column_nobody_needs_may_hold_anything(tmp_path: Path) -> None:
    assert good(parquet_file(tmp_path, {"email": ["Hello"], "brief": ["Company: Quillon"], "logo": [b"\x00"]}))


BROKEN = {
    20: (b"r20,one cell too few", "row", "2 cells for 4 columns"),
    60: (b"r60,Hello \xff,Quillon,PASS", "email", "byte 0xff"),
    100: (b'r100,"never closed,Quillon,PASS', "row", "unexpected end of data"),
    140: (b"r140,,Quillon,PASS", "email", "nothing"),
    180: (b"r180,Hello,Quillon,Maybe", "label", "'Maybe'"),
}


def test_five_broken_records_of_two_hundred_cost_nobody_else_anything(tmp_path: Path) -> None:
    lines = [b"r%d,Hello,Quillon,PASS" % i for i in range(200)]
    for index, (line, _, _) in BROKEN.items():
        lines[index] = line
    path = csv_file(tmp_path, b"\xef\xbb\xbfid,email,company,label\r\n" + b"\r\n".join(lines))
    rows = list(read_rows(path))
    assert count_rows(path) == len(rows) == 200
    assert sum(isinstance(row, GoodRow) for row in rows) == 195
    found = {row.line - 2: (row.field, row.found) for row in rows if isinstance(row, BadRow)}
    assert found == {index: (field, what) for index, (_, field, what) in BROKEN.items()}


def test_a_record_is_named_by_the_line_where_it_starts(tmp_path: Path) -> None:
    path = csv_file(tmp_path, 'id,email\r\na,"1\r\n2\r\n3"\r\n\r\nb,x,y\r\nc,z\r\n')
    assert [(row.line, row.id, type(row)) for row in read_rows(path)] == [
        (2, "a", GoodRow), (6, "line-6", BadRow), (7, "c", GoodRow),
    ]  # fmt: skip
    (first, *_) = read_rows(path)
    assert isinstance(first, GoodRow) and first.email.body == "1\n2\n3"


def test_an_enormous_record_is_skipped_and_the_next_one_read(tmp_path: Path) -> None:
    path = csv_file(tmp_path, b"id,email\na," + b"x" * (MAX_LINE_BYTES + 2) + b"\nb,Hello\n")
    bad, fine = read_rows(path)
    assert isinstance(bad, BadRow) and (bad.line, bad.id) == (2, "line-2") and "8,388,608" in bad.found
    assert isinstance(fine, GoodRow) and (fine.line, fine.id) == (3, "b")


def test_a_quote_that_never_closes_holds_no_more_than_the_limit(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("tenacious_bench.rows.csv_rows.MAX_LINE_BYTES", 1000)
    path = csv_file(tmp_path, 'id,email\na,"open\n' + "".join(f"r{i},Hello {i}\n" for i in range(300)))
    rows = list(read_rows(path))
    assert [type(row) for row in rows] == [BadRow, *[GoodRow] * 300]
    assert [row.line for row in rows] == list(range(2, 303))


def test_hidden_characters_in_cells_are_refused_as_in_jsonl(tmp_path: Path) -> None:
    rows = list(read_rows(csv_file(tmp_path, "email,company\nHel\u200blo,Q\nHello,Q\x00\n")))
    assert [(row.field, row.found) for row in rows if isinstance(row, BadRow)] == [
        ("email", "hidden character U+200B at position 3"),
        ("context.company", "hidden character U+0000 at position 1"),
    ]


def test_templates_with_braces_are_text_and_broken_objects_are_not(tmp_path: Path) -> None:
    path = csv_file(tmp_path, 'email,company\n{{name}}!,Q\n"{""body"": ""Hello""}",Q\n"{""body"": ",Q\n')
    text, parsed, broken = read_rows(path)
    assert isinstance(text, GoodRow) and text.email.body == "{{name}}!"
    assert isinstance(parsed, GoodRow) and parsed.email.body == "Hello"
    assert isinstance(broken, BadRow) and broken.field == "email" and "not JSON" in broken.remedy


def test_an_email_beside_a_body_is_refused_until_the_mapping_says_which(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "email,subject,body,company\nada@ravel.example,Hi,Hello,Ravel\n")
    (row,) = read_rows(path)
    assert isinstance(row, BadRow) and (row.field, row.found) == ("email", "an email and a body")
    (mapped,) = good(path, "body=body")
    assert (mapped.email.text, mapped.brief.extra) == ("Subject: Hi\n\nHello", {})


def test_columns_of_foreign_files_are_mapped(tmp_path: Path) -> None:
    content = 'Key,Draft text,Account Name,Outcome,Sector\n9,"Subject: Hi\n\nYo",Quillon,FAIL,freight\n'
    path = csv_file(tmp_path, content)
    options = ("id=Key", "email=Draft text", "context.company=Account Name", "label=Outcome")
    (row,) = good(path, *options)
    assert (row.id, row.email.subject, row.email.body, row.label) == ("9", "Hi", "Yo", "FAIL")
    assert (row.brief.prospect.company, row.brief.prospect.industry) == ("Quillon", "freight")
    assert good(parquet_file(tmp_path, {"T": ["Hello"], "facts": ["Company: Q"]}), "body=T", "brief=facts")


def test_members_of_foreign_lines_are_mapped_and_a_line_without_them_is_bad(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    lines = [
        {"k": 1, "Betreff": "Hi", "Text": "Hello", "Firma": "Quillon"},
        {"k": 2, "Betreff": "Hi", "Text": "Hello"},
        {"k": 3, "Betreff": "Hi", "Text": "Hello", "Firma": "Quillon", "context": {"industry": "freight"}},
        {"k": 4, "Betreff": "Hi", "Text": "Hello", "Firma": "Quillon", "context": "x"},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    options = parse_columns(["id=k", "subject=Betreff", "body=Text", "context.company=Firma"])
    first, second, third, fourth = read_rows(path, columns=options)
    assert isinstance(first, GoodRow) and (first.id, first.email.text) == ("1", "Subject: Hi\n\nHello")
    assert isinstance(second, BadRow) and (second.field, second.found) == ("context.company", "no 'Firma'")
    assert isinstance(third, GoodRow) and third.brief.prospect.industry == "freight"
    assert third.brief.prospect.company == "Quillon"
    assert isinstance(fourth, BadRow) and fourth.field == "context"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["email"], "write OURS=THEIRS"),
        (["email="], "write OURS=THEIRS"),
        (["draft=x"], "'draft' is unknown: use one of id, email, subject, body, brief, context, label, context.NAME"),
        (["context.=x"], "unknown"),
        (["id=a", "id=b"], "given before"),
    ],
)
def test_options_that_make_no_mapping_are_refused(options: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        parse_columns(options)


def test_a_mapping_to_a_column_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "Draft,Account\nHello,Q\n")
    with pytest.raises(ValueError, match="no column 'Text' to use as email; the columns are 'Draft', 'Account'"):
        read_rows(path, columns={"email": "Text"})
    with pytest.raises(ValueError, match="name the draft with --column email=NAME, one of 'Draft', 'Account'"):
        read_rows(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no columns"),
        (b"\n \n", "no columns"),
        (b"email,,x\n", "column 2 has no name"),
        (b"email,x, x\n", "2 columns are named 'x'"),
        (b"\xff\xfee\x00m\x00", "byte 0xff: not UTF-8"),
        (b'email,"x\n', "line 1: field row"),
        (b"email,x\xe2\x80\x8b\n", "U\\+200B"),
    ],
)
def test_a_csv_without_a_usable_header_is_one_clear_error(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_rows(csv_file(tmp_path, content))


def test_a_file_that_is_no_parquet_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    for content in (b"", b"PAR1", b"id,email\n" * 50):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"rows\.parquet: this is no Parquet that can be read .*export it again"):
            read_rows(path)


def test_parquet_is_read_in_small_pieces(tmp_path: Path) -> None:
    path = parquet_file(tmp_path, {"id": [f"r{i}" for i in range(3000)], "email": ["Hello " * 500] * 3000})
    before = pa.total_allocated_bytes()
    rows = read_rows(path)
    next(rows)
    assert pa.total_allocated_bytes() - before < 3_000_000  # the column holds 9 MB


csv_pieces = st.sampled_from(
    [
        b"id",
        b"email",
        b"company",
        b",",
        b",",
        b"\n",
        b"\r\n",
        b'"',
        b'""',
        b"Hello",
        b"\xff",
        b"\x00",
        b" ",
        b"{",
        b"[1]",
    ]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=200), st.lists(csv_pieces, max_size=60).map(b"".join)), st.booleans())
def test_any_bytes_are_a_broken_csv_or_rows_that_add_up(tmp_path: Path, content: bytes, header: bool) -> None:
    path = csv_file(tmp_path, b"id,email,company\n" * header + content)
    try:
        rows = list(read_rows(path))
    except ValueError as error:
        assert not header and "rows.csv" in str(error)
        return
    assert len(rows) == count_rows(path)
    lines = [row.line for row in rows]
    assert lines == sorted(set(lines))
    assert all(row.found and row.remedy for row in rows if isinstance(row, BadRow))


def _tables() -> list[bytes]:
    columns = {"id": [f"r{i}" for i in range(9)], "email": ["Hello"] * 9, "n": list(range(9)), "l": [["a", "b"]] * 9}
    found = []
    for compression in ("none", "snappy"):
        buffer = io.BytesIO()
        pq.write_table(pa.table(columns), buffer, compression=compression)
        found.append(buffer.getvalue())
    return found


TABLES = _tables()


@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(TABLES), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 7)), min_size=1, max_size=4))
def test_flipped_bits_of_a_parquet_file_are_an_error_or_rows_that_add_up(
    tmp_path: Path, content: bytes, flips: list[tuple[int, int]]
) -> None:
    raw = bytearray(content)
    for position, bit in flips:
        raw[position % len(raw)] ^= 1 << bit
    path = tmp_path / "rows.parquet"
    path.write_bytes(raw)
    try:
        rows = list(read_rows(path))
    except ValueError as error:
        assert "rows.parquet" in str(error)
        return
    assert len(rows) == count_rows(path)


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
@pytest.mark.parametrize("every", [1, 4, 100])
def test_reading_from_a_place_gives_the_rest(tmp_path: Path, suffix: str, every: int) -> None:
    emails = [f"Hello {i}\nthere" for i in range(11)]
    path = tmp_path / f"rows{suffix}"
    if suffix == ".jsonl":
        lines = [json.dumps({"email": email}) for email in emails]
        path.write_text("\ufeff\n" + "\n\n".join(lines), encoding="utf-8")
    elif suffix == ".csv":
        path.write_text("email\n" + "".join(f'"{email}"\n' for email in emails), encoding="utf-8")
    else:
        pq.write_table(pa.table({"email": emails}), path, row_group_size=3)
    whole = [(number, load()) for number, load in raw_rows(path)]
    assert [row["email"] for _, row in whole] == emails
    found = list(places(path, every))
    assert [place.row for place in found] == list(range(0, 11, every))
    for place in found:
        assert [(number, load()) for number, load in raw_rows(path, start=place)] == whole[place.row :]

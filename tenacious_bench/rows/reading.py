"""Streaming rows to score: every row of a file becomes a :class:`GoodRow` or a :class:`BadRow`.

A row is an object with an ``email`` (text or object) and either a ``brief`` in this package's schema or a
``context``, any JSON object of somebody else's. Rows are read one by one; unless the caller finds duplicates itself,
memory grows with the ids.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError

from tenacious_bench.files import JsonError, show
from tenacious_bench.foreign import EmailReadError, read_foreign
from tenacious_bench.foreign.email import split_email
from tenacious_bench.rows.columns import Columns
from tenacious_bench.rows.raw import Raw, RowProblem
from tenacious_bench.rows.sources import raw_rows
from tenacious_bench.safe_text import HIDDEN, code_point, terminal
from tenacious_bench.schema import Brief, Email, Item, Label

MAX_EMAIL_CHARS = 20_000
"""Longest draft, and longest text beside it in an email object."""
MAX_ID_CHARS = 200
MAX_NESTING = 64


@dataclass(frozen=True)
class GoodRow:
    """A row that can be judged."""

    line: int
    id: str
    brief: Brief
    email: Email
    label: Label | None = None
    foreign: bool = False
    """Whether the brief was mapped from a ``context``."""

    @property
    def item(self) -> Item:
        """What a judge is given: never the label."""
        return Item(id=self.id, brief=self.brief, email=self.email, foreign=self.foreign)


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be judged: where it stands, which field, what was found, what to do."""

    file: str
    line: int
    id: str
    field: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file} line {self.line} (id {self.id}), field {self.field}: found {self.found}: {self.remedy}"


IsNew = Callable[[str], bool]
"""Whether an id is seen for the first time; asked once for each row that has come so far."""


def read_rows(
    path: str | os.PathLike[str],
    as_of: date | None = None,
    columns: Columns | None = None,
    is_new: IsNew | None = None,
) -> Iterator[GoodRow | BadRow]:
    """The rows of a file, in order; its suffix says what it is (see :mod:`tenacious_bench.rows.sources`).

    Args:
        path: the file.
        as_of: the day of foreign records that name none.
        columns: our name -> the name it has in the file, where they differ.
        is_new: finds duplicate ids; None keeps them in memory.

    Raises:
        OSError: the file cannot be opened.
        ValueError: no table can be read from it, or the mapping does not fit. Nothing that a single row holds raises.
    """
    return rows_from(raw_rows(path, columns), os.fspath(path), as_of, is_new)


def rows_from(
    raw: Iterable[Raw], file: str, as_of: date | None = None, is_new: IsNew | None = None
) -> Iterator[GoodRow | BadRow]:
    """As :func:`read_rows`, from rows that are not parsed yet; ``file`` names them in messages."""
    is_new = is_new or _first_time()
    for number, load in raw:
        row_id = f"line-{number}"
        try:
            value = load()
            check_text(value)
            row_id = _id(value) or row_id
            if not is_new(row_id):
                yield duplicate(file, number, row_id)
                continue
            yield row_from_value(value, number, row_id, as_of)
        except (RowProblem, JsonError) as error:
            yield BadRow(file, number, row_id, error.field, error.found, error.remedy)


def duplicate(file: str, line: int, row_id: str) -> BadRow:
    """A row whose id an earlier one has."""
    return BadRow(file, line, row_id, "id", show(row_id), "an earlier row has this id: give each row its own")


def _first_time() -> IsNew:
    seen = set[str]()

    def is_new(row_id: str) -> bool:
        known = row_id in seen
        seen.add(row_id)
        return not known

    return is_new


def check_text(row: dict[str, Any]) -> None:
    """Refuse hidden characters and bottomless nesting anywhere in the row."""
    todo: list[tuple[str, dict[str, Any] | list[Any], int]] = [("", row, 0)]
    while todo:
        where, node, depth = todo.pop()
        if depth > MAX_NESTING:
            raise RowProblem(terminal(where)[:200], "nesting without end", f"nest at most {MAX_NESTING} levels")
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            if isinstance(key, str):
                _check_string(key, f"{where or 'row'} (a name in it)")
            if isinstance(value, str):
                _check_string(value, where, key)
            elif isinstance(value, dict | list):
                todo.append((_join(where, key), value, depth + 1))


def _join(where: str, key: str | int) -> str:
    return f"{where}[{key}]" if isinstance(key, int) else f"{where}.{key}" if where else key


def _check_string(text: str, where: str, key: str | int | None = None) -> None:
    if hit := HIDDEN.search(text):
        carriage = "write line ends as \\n alone" if hit[0] == "\r" else "remove it"
        found = f"hidden character {code_point(hit[0])} at position {hit.start()}"
        place = where if key is None else _join(where, key)
        raise RowProblem(terminal(place)[:200], found, f"a reader cannot see this character: {carriage}")


def _id(row: dict[str, Any]) -> str | None:
    """The row's ``id`` or ``task_id`` as text, or None where it has neither."""
    name = "id" if row.get("id") is not None else "task_id"
    value = row.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RowProblem(name, show(value), "give text or a whole number")
    text = str(value)
    if not text.strip() or len(text) > MAX_ID_CHARS:
        raise RowProblem(name, show(text), f"give 1 to {MAX_ID_CHARS} characters")
    return text


def _label(row: dict[str, Any]) -> Label | None:
    value = row.get("label")
    if value is None or value == "PASS" or value == "FAIL":
        return value
    raise RowProblem("label", show(value), f"unknown label word {show(value)}: use PASS or FAIL")


def row_from_value(row: dict[str, Any], line: int, row_id: str, as_of: date | None = None) -> GoodRow:
    """One parsed object as a row: the step that readers of other formats share."""
    label = _label(row)
    email, brief, context = row.get("email"), row.get("brief"), row.get("context")
    if email is None:
        raise RowProblem("email", "nothing", "give the draft as text or as an object with subject and body")
    if brief is not None and context is not None:
        raise RowProblem("context", "a brief and a context", "give one: brief in this schema, or context in your own")
    _check_size(email)
    if isinstance(brief, str):
        brief, context = None, {"brief": brief}
    try:
        if brief is not None:
            known = Brief.model_validate(brief)
            draft = split_email(email)[0] if isinstance(email, str) else Email.model_validate(email)
        elif isinstance(context, dict):
            known, draft = read_foreign(context, email, as_of)
        else:
            raise RowProblem(
                "context", show(context), "give what is known of the prospect: brief or context, an object"
            )
    except EmailReadError as error:
        raise RowProblem(error.field, error.found, error.remedy) from error
    except ValidationError as error:
        raise _from_pydantic(error) from error
    return GoodRow(line, row_id, known, draft, label, foreign=brief is None)


def _check_size(email: Any) -> None:
    """Refuse an over-long draft by its own size, before anything reads it."""
    parts = email.items() if isinstance(email, dict) else [("", email)]
    for name, text in parts:
        if isinstance(text, str) and len(text) > MAX_EMAIL_CHARS:
            where = f"email.{name}" if name else "email"
            raise RowProblem(terminal(where)[:200], f"{len(text):,} characters", f"give at most {MAX_EMAIL_CHARS:,}")


def _from_pydantic(error: ValidationError) -> RowProblem:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in (error.title.lower(), *first["loc"]))
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    missing = first["type"] == "missing"
    found = "nothing" if missing else show(first["input"])
    remedy = f"{terminal(first['msg'])}{more}; a record in another schema goes under context"
    return RowProblem(terminal(where)[:200], found, remedy)

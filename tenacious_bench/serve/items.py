"""A parsed request as what a judge is given."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from pydantic import ValidationError

from tenacious_bench.files import show
from tenacious_bench.rows import RowProblem, check_text, row_from_value
from tenacious_bench.safe_text import terminal
from tenacious_bench.schema import Item
from tenacious_bench.serve.models import BatchRequest, BriefRequest, ContextRequest
from tenacious_bench.serve.problem import Problem
from tenacious_bench.serve.settings import MAX_ITEMS


def read_item(row: Any, name: str) -> Item:
    """One row of a request.

    Rows are read as those of files are, and must besides fit the published schema: text is no number there, and a
    number is no date.

    Args:
        row: parsed JSON.
        name: the id of a row that has none.

    Raises:
        Problem: 422; names the field, what was found and what to do.
    """
    if not isinstance(row, dict):
        raise Problem(422, "item", show(row), 'give an object such as {"brief": ..., "email": ...}')
    try:
        check_text(row)
        _check_names(
            row, BriefRequest.model_fields.keys(), "it goes into context, if it says something of the prospect"
        )
        found = row_from_value(row, 1, name)
        _check_schema(row)
    except RowProblem as problem:
        raise Problem(422, problem.field, problem.found, problem.remedy) from problem
    return found.item if row.get("id") is None else found.item.model_copy(update={"id": row["id"]})


def read_rows(body: dict[str, Any]) -> list[Any]:
    """The rows of a batch request, none of them read yet.

    Raises:
        Problem: 422; there are none, or too many.
    """
    try:
        _check_names(body, BatchRequest.model_fields.keys(), "put it into an item")
    except RowProblem as problem:
        raise Problem(422, problem.field, problem.found, problem.remedy) from problem
    rows = body.get("items")
    if not isinstance(rows, list):
        found = "nothing" if "items" not in body else show(rows)
        raise Problem(422, "items", found, f"give an array of 1 to {MAX_ITEMS} items, each as for /v1/judge")
    if not 1 <= len(rows) <= MAX_ITEMS:
        raise Problem(422, "items", f"{len(rows)} items", f"give 1 to {MAX_ITEMS}, more in several requests")
    return rows


def _check_names(row: dict[str, Any], known: Collection[str], remedy: str) -> None:
    for name in row:
        if name not in known:
            raise RowProblem(
                terminal(name)[:200], f"a name that is none of {', '.join(known)}", f"leave it out; {remedy}"
            )


def _check_schema(row: dict[str, Any]) -> None:
    """Refuse what the reader of rows would convert: a number for a date, text or a truth value for a number."""
    model = ContextRequest if row.get("brief") is None else BriefRequest
    try:
        # what is strict, and still takes text for dates, is defined for JSON text alone
        model.model_validate_json(json.dumps(row), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = terminal(".".join(str(part) for part in first["loc"]))[:200]
        raise RowProblem(where, show(first["input"]), f"{terminal(first['msg'])}, as /docs says") from error

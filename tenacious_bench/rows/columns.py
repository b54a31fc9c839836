"""The names of a row's parts, and the names a foreign file has for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tenacious_bench.files import show
from tenacious_bench.rows.raw import RowProblem

OURS = ("id", "email", "subject", "body", "brief", "context", "label")
CONTEXT = "context."
"""``context.NAME`` is the member NAME of the context object; NAME is taken as it is, dots and all."""

Columns = Mapping[str, str]
"""Our name -> theirs."""


def parse_columns(options: Sequence[str]) -> dict[str, str]:
    """Options such as ``email=Draft text`` as a mapping.

    Raises:
        ValueError: no ``=``, nothing on the right, or a name of ours that is unknown or given twice.
    """
    columns: dict[str, str] = {}
    for option in options:
        ours, _, theirs = option.partition("=")
        if not theirs:
            raise ValueError(f"column {show(option)}: write OURS=THEIRS, such as email=Draft")
        if ours in columns:
            raise ValueError(f"column {show(option)}: {show(ours)} was given before: give it once")
        columns[ours] = theirs
    check_columns(columns)
    return columns


def check_columns(columns: Columns) -> None:
    """Refuse unknown names on our side.

    Raises:
        ValueError: lists the known ones.
    """
    for ours in columns:
        if ours not in OURS and not (ours.startswith(CONTEXT) and ours != CONTEXT):
            raise ValueError(f"column {show(ours)} is unknown: use one of {', '.join(OURS)}, {CONTEXT}NAME")


def draft(email: Any, subject: Any, body: Any) -> Any:
    """The email of a row from its parts, None for a part that is not there.

    Raises:
        RowProblem: an email and a body.
    """
    if email is not None and body is not None:
        remedy = "say which is the draft: --column email=NAME or --column body=NAME"
        raise RowProblem("email", "an email and a body", remedy)
    if isinstance(email, dict):
        return email if subject is None else {"subject": subject, **email}
    states_subject = isinstance(email, str) and email.lstrip()[:8].lower() == "subject:"
    if states_subject or (subject is None and body is None):
        return email
    parts = {"subject": subject, "body": body if email is None else email}
    return {name: text for name, text in parts.items() if text is not None}


def with_members(context: Any, members: dict[str, Any]) -> Any:
    """A context with more members; one that is no object stays as it is, for the reader of rows to refuse."""
    return {**(context or {}), **members} if context is None or isinstance(context, dict) else context


def renamed(row: dict[str, Any], columns: Columns) -> dict[str, Any]:
    """An object whose top-level members stand under our names too.

    Raises:
        RowProblem: a member that the mapping names is not there.
    """
    for ours, theirs in columns.items():
        if theirs not in row:
            raise RowProblem(ours, f"no {show(theirs)}", f"the row must have {show(theirs)}, as --column says")
    given = {ours: row[theirs] for ours, theirs in columns.items()}
    result = row | {ours: value for ours, value in given.items() if ours in ("id", "brief", "context", "label")}
    if given.keys() & {"email", "subject", "body"}:
        email = given["email"] if "email" in given else None if "body" in given else row.get("email")
        result["email"] = draft(email, given.get("subject"), given.get("body"))
    if members := {o.removeprefix(CONTEXT): value for o, value in given.items() if o.startswith(CONTEXT)}:
        result["context"] = with_members(result.get("context"), members)
    return result

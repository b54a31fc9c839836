"""What a signal claims, made of the members found for it: the words of the record, joined, nothing added."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tenacious_bench.foreign.findings import Found
from tenacious_bench.foreign.names import normal
from tenacious_bench.foreign.values import money, to_count, to_text
from tenacious_bench.schema import SignalKind

Members = dict[str, Found]
Claim = tuple[list[str], set[str]]
"""Parts of a claim, and the members they were made of."""


def _parts(members: Members, readers: dict[str, Callable[[Any], str | None]]) -> Claim:
    parts = {name: text for name, read in readers.items() if name in members and (text := read(members[name].value))}
    return list(dict.fromkeys(parts.values())), set(parts)


def _number_or_text(value: Any) -> str | None:
    return to_text(value) if isinstance(value, str) else None if isinstance(value, bool) or not value else str(value)


def _stage(value: Any) -> str | None:
    text = to_text(value)
    return re.sub(r"^series_([a-z])$", lambda m: f"Series {m[1].upper()}", text) if text else None


def _funding(members: Members) -> Claim:
    unit = to_text(members["currency"].value) if "currency" in members else None
    amount = members["amount"].value if "amount" in members else None
    parts, used = _parts(
        members,
        {
            "stage": _stage,
            "amount": lambda v: money(v, unit),
            "flag": to_text,
            "text": lambda v: to_text(v) or money(v),
        },
    )
    if parts and not re.search(r"series|seed|fund|rais|round|grant|ipo|debt", " ".join(parts), re.IGNORECASE):
        parts[0] = f"funding: {parts[0]}"
    return parts, used | ({"currency"} if unit and "amount" in used and not isinstance(amount, str) else set())


def _percent(value: Any) -> str | None:
    if isinstance(value, str):
        return to_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 100:
        return None
    return f"{value}%" if value > 1 else f"{value * 100:g}% (given as {value})"


def _layoff(members: Members) -> Claim:
    def people(value: Any) -> str | None:
        count = to_count(value)
        return f"{value} people" if count else None

    parts, used = _parts(members, {"percent": _percent, "count": people, "flag": to_text, "text": _number_or_text})
    if parts and not re.search(r"lay-?off|laid off|cut|redu|restruct", " ".join(parts), re.IGNORECASE):
        parts[0] = f"layoff: {parts[0]}"
    return parts, used


def _hiring(members: Members) -> Claim:
    def roles(value: Any) -> str | None:
        count = to_count(value)
        if count is not None:
            return f"{count} open {'role' if count == 1 else 'roles'}"
        return f"open roles: {value}" if to_text(value) else None

    def velocity(value: Any) -> str | None:
        text = to_text(value) if isinstance(value, str) else None if isinstance(value, bool | None) else str(value)
        return f"hiring velocity: {text}" if text else None

    return _parts(members, {"count": roles, "velocity": velocity, "flag": to_text, "text": to_text})


def _leadership(members: Members) -> Claim:
    parts, used = _parts(members, {"person": to_text, "role": to_text, "flag": to_text, "text": to_text})
    if parts:
        label = normal(str(members["text"].path[-1])).replace("_", " ") if "text" in used else ""
        parts[0] = f"{label if label.startswith('new ') else 'leadership change'}: {parts[0]}"
    return parts, used


BUILDERS: dict[SignalKind, Callable[[Members], Claim]] = {
    "funding": _funding,
    "layoff": _layoff,
    "hiring": _hiring,
    "leadership": _leadership,
}

"""The brief as fields of a form, and back: what the form does not show is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tenacious_bench.schema import Brief

Json = dict[str, Any]
Rows = Sequence[Sequence[Any]]

SIGNAL = ("kind", "claim", "observed_on", "confidence", "source")
STACK = ("stack", "available", "start_in_days")
MESSAGE = ("sender", "text")
OTHER = ("name", "title", "sender", "text")


class Form(NamedTuple):
    """The values of the form, in the order of its fields; an empty one is None, "" or no row."""

    company: str | None = None
    industry: str | None = None
    headcount: float | None = None
    name: str | None = None
    title: str | None = None
    persona: str | None = None
    as_of: str | None = None
    segment: str | None = None
    segment_confidence: float | None = None
    signals: Rows = ()
    bench: Rows = ()
    notes: str | None = None
    thread: Rows = ()
    maturity: int | None = None
    maturity_confidence: str | None = None
    maturity_evidence: str | None = None
    gap: str | None = None
    gap_peers: float | None = None
    gap_confidence: str | None = None
    other_threads: Rows = ()


def form_of(brief: Brief) -> Form:
    """What the form shows of a brief."""
    known = brief.model_dump(mode="json")
    maturity, gap = known["ai_maturity"] or {}, known["competitor_gap"] or {}
    stacks = (known["bench"] or {}).get("stacks", {})
    return Form(
        **{key: known["prospect"][key] for key in ("company", "industry", "headcount")},
        **{key: known["recipient"][key] for key in ("name", "title", "persona")},
        **{key: known[key] for key in ("as_of", "segment", "segment_confidence", "notes")},
        signals=[_cells(signal, SIGNAL) for signal in known["signals"]],
        bench=[[stack, found["available"], found["start_in_days"]] for stack, found in stacks.items()],
        thread=[_cells(message, MESSAGE) for message in known["thread"]],
        maturity=maturity.get("score"),
        maturity_confidence=maturity.get("confidence"),
        maturity_evidence=maturity.get("evidence"),
        gap=gap.get("finding"),
        gap_peers=gap.get("peers"),
        gap_confidence=gap.get("confidence"),
        other_threads=[
            _cells({**other["recipient"], **message}, OTHER)
            for other in known["other_threads"]
            for message in other["messages"]
        ],
    )


def brief_of(form: Form, rest: Mapping[str, Any]) -> Json:
    """The brief that a form states.

    Args:
        form: its values.
        rest: the brief it was filled from: fields that the form does not show are taken from there.
    """
    brief = dict(rest)
    prospect = {key: getattr(form, key) for key in ("company", "industry", "headcount")}
    recipient = {key: getattr(form, key) for key in ("name", "title", "persona")}
    stacks = {str(row[0]): _filled(row[1:], STACK[1:]) for row in _rows(form.bench)}
    stated: Json = {
        "as_of": form.as_of,
        "prospect": _over(rest.get("prospect"), prospect),
        "recipient": _over(rest.get("recipient"), recipient),
        "segment": form.segment,
        "segment_confidence": form.segment_confidence,
        "signals": [_filled(row, SIGNAL) for row in _rows(form.signals)],
        "bench": _over(rest.get("bench"), {"stacks": stacks}) if stacks else None,
        "notes": form.notes,
        "thread": [_filled(row, MESSAGE) for row in _rows(form.thread)],
        "ai_maturity": _unless_bare(
            {"score": form.maturity, "confidence": form.maturity_confidence, "evidence": form.maturity_evidence}
        ),
        "competitor_gap": _unless_bare(
            {"finding": form.gap, "peers": form.gap_peers, "confidence": form.gap_confidence}
        ),
        "other_threads": _other_threads(_rows(form.other_threads), rest),
    }
    for key, value in stated.items():
        if _empty(value):
            brief.pop(key, None)
        else:
            brief[key] = value
    return brief


def _other_threads(rows: list[list[Any]], rest: Mapping[str, Any]) -> list[Json]:
    """Rows of the same recipient in a row are one conversation, with what the form does not show of the recipient."""
    before = [other["recipient"] for other in rest.get("other_threads") or [] if isinstance(other, dict)]
    found: list[Json] = []
    for row in rows:
        recipient, message = _filled(row[:2], OTHER[:2]), _filled(row[2:], MESSAGE)
        if not found or {k: v for k, v in found[-1]["recipient"].items() if k in OTHER[:2]} != recipient:
            known = [old for old in before if {k: v for k, v in old.items() if k in OTHER[:2]} == recipient]
            found.append({"recipient": known[0] if known else recipient, "messages": []})
        found[-1]["messages"].append(message)
    return found


def _cells(record: Mapping[str, Any], columns: Sequence[str]) -> list[Any]:
    return ["" if record[column] is None else record[column] for column in columns]


def _empty(value: Any) -> bool:
    return value is None or value == [] or value == {} or (isinstance(value, str) and not value.strip())


def _rows(table: Rows) -> list[list[Any]]:
    """The rows of a table that hold anything."""
    return [list(row) for row in table if not all(_empty(cell) for cell in row)]


def _filled(row: Sequence[Any], columns: Sequence[str]) -> Json:
    return {column: cell for column, cell in zip(columns, row, strict=True) if not _empty(cell)}


def _over(old: Any, new: Mapping[str, Any]) -> Json:
    kept = {key: value for key, value in old.items() if key not in new} if isinstance(old, dict) else {}
    return {**kept, **{key: value for key, value in new.items() if not _empty(value)}}


def _unless_bare(record: Json) -> Json | None:
    """The filled fields; None where nothing but a confidence is."""
    found = {key: value for key, value in record.items() if not _empty(value)}
    return found if found.keys() - {"confidence"} else None

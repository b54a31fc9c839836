"""Tasks and pairs as rows of the published tables: ``datasets`` features, and the way there and back without loss.

Labels are plain strings: ``row["label"] == "FAIL"`` reads better than an index, and foreign data need no remapping.
Two fields have free keys (``brief.bench.stacks`` and ``brief.extra``) and are stored as JSON.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tenacious_bench.pairs import Pair
from tenacious_bench.schema import Task

if TYPE_CHECKING:
    from datasets import Features

    from tenacious_bench.authoring.trace_tasks import LabelledTrace


def task_features() -> Features:
    """Columns of the task configurations."""
    from datasets import Features, List, Value

    string = Value("string")
    provenance = ("author", "author_family", "validator", "validator_family", "writer", "trace_id")
    return Features(
        {
            "task_id": string,
            "version": string,
            "authoring_mode": string,
            "difficulty": string,
            "contrast_group": string,
            "mode": string,
            "brief": _brief_features(),
            "email": _email_features(),
            "label": string,
            "failure_modes": List(string),
            "evidence": List(string),
            "rationale": string,
            "provenance": {name: string for name in provenance},
        }
    )


def _brief_features() -> dict[str, Any]:
    from datasets import Json, List, Value

    string, integer, real = Value("string"), Value("int64"), Value("float64")
    messages = List({"sender": string, "text": string})
    recipient = {"name": string, "title": string, "persona": string}
    return {
        "as_of": string,
        "prospect": {"company": string, "industry": string, "headcount": integer, "region": string},
        "recipient": recipient,
        "segment": string,
        "segment_confidence": real,
        "signals": List(
            {"kind": string, "claim": string, "observed_on": string, "confidence": string, "source": string}
        ),
        "ai_maturity": {"score": integer, "confidence": string, "evidence": string},
        "bench": {"as_of": string, "stacks": Json()},
        "competitor_gap": {"finding": string, "peers": integer, "confidence": string},
        "notes": string,
        "thread": messages,
        "other_threads": List({"recipient": recipient, "messages": messages}),
        "extra": Json(),
    }


def _email_features() -> dict[str, Any]:
    from datasets import Value

    return {name: Value("string") for name in ("body", "subject", "kind")}


def trace_features() -> Features:
    """Columns of the ``traces`` configuration; ``messages`` is JSON text."""
    from datasets import Features, List, Value

    string = Value("string")
    texts = ("trace_id", "mode", "model", "family", "output", "messages", "label", "rationale", "task_id")
    return Features(
        {
            **{name: string for name in texts},
            "seed": Value("int64"),
            "brief": _brief_features(),
            "email": _email_features(),
            "failure_modes": List(string),
            "evidence": List(string),
        }
    )


def pair_features() -> Features:
    """Columns of the ``pairs`` configuration: all strings."""
    from datasets import Features, Value

    return Features({name: Value("string") for name in Pair.model_fields})


def task_to_row(task: Task) -> dict[str, Any]:
    """A task as one row; holes are None, the two JSON fields are encoded here because ``datasets`` rounds floats."""
    row = task.model_dump(mode="json")
    _encode_brief(row["brief"])
    return row


def trace_to_row(found: LabelledTrace) -> dict[str, Any]:
    """A labelled trace as one row, its messages as JSON text."""
    row = {**found.trace.model_dump(mode="json"), **found.said.model_dump(mode="json"), "task_id": found.task_id}
    _encode_brief(row["brief"])
    return {**row, "messages": json.dumps(row["messages"], ensure_ascii=False)}


def _encode_brief(brief: dict[str, Any]) -> None:
    brief["extra"] = json.dumps(brief["extra"])
    if brief["bench"] is not None:
        brief["bench"]["stacks"] = json.dumps(brief["bench"]["stacks"])


def row_to_task(row: dict[str, Any]) -> Task:
    """The task of a row, read with ``datasets`` (JSON fields decoded) or straight from Parquet (still encoded)."""
    brief = dict(row["brief"])
    brief["extra"] = _decoded(brief["extra"])
    if brief["bench"] is not None:
        brief["bench"] = {**brief["bench"], "stacks": _decoded(brief["bench"]["stacks"])}
    return Task.model_validate({**row, "brief": brief})


def pair_to_row(pair: Pair) -> dict[str, Any]:
    """A pair as one row."""
    return pair.model_dump(mode="json")


def row_to_pair(row: dict[str, Any]) -> Pair:
    """The pair of a row."""
    return Pair.model_validate(row)


def _decoded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value

"""Tasks and pairs survive the way into a table and back."""

from __future__ import annotations

import io
from typing import Any

import pyarrow.parquet as pq
from datasets import Dataset
from hypothesis import given, settings
from hypothesis import strategies as st

from tenacious_bench.assemble import Assembled
from tenacious_bench.features import (
    pair_features,
    pair_to_row,
    row_to_pair,
    row_to_task,
    task_features,
    task_to_row,
)
from tenacious_bench.schema import MODES, SEGMENTS, Email, Provenance, Task

text = st.text(max_size=12)
maybe_text = st.none() | text
confidence = st.sampled_from(["high", "medium", "low"])
days = st.dates().map(str)
counts = st.integers(0, 2**31)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
recipients = st.fixed_dictionaries({"name": maybe_text, "title": maybe_text, "persona": st.sampled_from([None, "cto"])})
messages = st.lists(st.fixed_dictionaries({"sender": st.sampled_from(["us", "prospect"]), "text": text}), max_size=2)
signals = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["funding", "news"]),
        "claim": text,
        "observed_on": st.none() | days,
        "confidence": confidence,
        "source": maybe_text,
    }
)
stacks = st.dictionaries(text, st.fixed_dictionaries({"available": counts, "start_in_days": counts}), max_size=2)
optional_parts: dict[str, st.SearchStrategy[Any]] = {
    "recipient": recipients,
    "segment": st.sampled_from(SEGMENTS),
    "segment_confidence": st.floats(0, 1),
    "signals": st.lists(signals, max_size=2),
    "ai_maturity": st.fixed_dictionaries(
        {"score": st.integers(0, 3), "confidence": confidence, "evidence": maybe_text}
    ),
    "bench": st.fixed_dictionaries({"as_of": st.none() | days, "stacks": stacks}),
    "competitor_gap": st.fixed_dictionaries({"finding": text, "peers": st.none() | counts, "confidence": confidence}),
    "notes": text,
    "thread": messages,
    "other_threads": st.lists(st.fixed_dictionaries({"recipient": recipients, "messages": messages}), max_size=2),
    "extra": st.dictionaries(text, json_values, max_size=3),
}
prospects = st.fixed_dictionaries(
    {"company": st.text(min_size=1, max_size=8)},
    optional={"industry": text, "headcount": counts, "region": text},
)
briefs = st.fixed_dictionaries({"as_of": days, "prospect": prospects}, optional=optional_parts)


def task_of(brief: dict[str, Any], body: str, failed: bool) -> Task:
    return Task.model_validate(
        {
            "task_id": "t1",
            "version": "0.2",
            "authoring_mode": "programmatic",
            "difficulty": "hard",
            "contrast_group": "g1",
            "mode": "injection",
            "brief": brief,
            "email": Email(body=body),
            "label": "FAIL" if failed else "PASS",
            "failure_modes": MODES[:2] if failed else (),
            "evidence": [body] if failed else (),
            "rationale": "",
            "provenance": Provenance(author="program", validator="construction"),
        }
    )


tasks = st.builds(task_of, briefs, st.text(min_size=1, max_size=20), st.booleans())


@given(tasks)
def test_a_task_survives_its_row(task: Task) -> None:
    assert row_to_task(task_to_row(task)) == task


@settings(max_examples=25, deadline=None)
@given(st.lists(tasks, min_size=1, max_size=4))
def test_tasks_survive_parquet(some: list[Task]) -> None:
    table = Dataset.from_list([task_to_row(task) for task in some], features=task_features()).data.table
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    assert [row_to_task(row) for row in pq.read_table(buffer).to_pylist()] == some


def test_rows_read_with_datasets_give_the_same_tasks(small: Assembled) -> None:
    rows = Dataset.from_list([task_to_row(task) for task in small.tasks["train"]], features=task_features())
    assert rows[0]["label"] == "PASS"
    assert isinstance(rows[0]["brief"]["bench"]["stacks"], dict), "JSON columns arrive decoded"
    assert [row_to_task(row) for row in rows] == small.tasks["train"]


def test_a_missing_bench_is_not_an_empty_one() -> None:
    brief = {"as_of": "2026-04-21", "prospect": {"company": "A"}}
    missing, empty = task_of(brief, "Hello", False), task_of({**brief, "bench": {}}, "Hello", False)
    rows = Dataset.from_list([task_to_row(missing), task_to_row(empty)], features=task_features())
    assert [row_to_task(row).brief.bench for row in rows] == [missing.brief.bench, empty.brief.bench]


def test_features_name_every_field() -> None:
    """A field added to the records must be added to the table."""
    row = task_to_row(task_of({"as_of": "2026-04-21", "prospect": {"company": "A"}}, "Hello", False))
    features: Any = task_features()
    assert set(features) == set(row)
    for name in ("brief", "email", "provenance"):
        assert set(features[name]) == set(row[name])


def test_pairs_survive_their_rows(small: Assembled) -> None:
    rows = Dataset.from_list([pair_to_row(pair) for pair in small.pairs], features=pair_features())
    assert small.pairs
    assert [row_to_pair(row) for row in rows] == small.pairs

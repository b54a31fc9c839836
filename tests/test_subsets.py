"""``v0.1``, ``pairs-v0.1`` and ``traces`` as shipped: sizes, mix, and nothing that crosses a partition."""

from __future__ import annotations

from collections import Counter

import pyarrow.parquet as pq
import pytest

from tenacious_bench.authoring.agreement import read_annotations
from tenacious_bench.authoring.trace_tasks import labelled, read_labels, read_traces, trace_tasks
from tenacious_bench.data import data_file, load_pairs, load_tasks
from tenacious_bench.schema import MODES, PARTITIONS
from tenacious_bench.subsets import pairs_v01, tasks_v01


@pytest.fixture(scope="module")
def v01(published):
    return {p: load_tasks(p, "v0.1", published) for p in PARTITIONS}


def test_v01_has_the_first_version_s_size_and_mix(v01):
    everything = [t for rows in v01.values() for t in rows]
    assert len(everything) == 202 and len(v01["held_out"]) == 50
    shares = {mode: n / 202 for mode, n in Counter(t.authoring_mode for t in everything).items()}
    assert shares == pytest.approx({"programmatic": 0.32, "synthesis": 0.48, "adversarial": 0.20}, abs=0.01)
    assert {t.mode for t in v01["held_out"]} == set(MODES)
    assert all(0.45 <= sum(t.label == "PASS" for t in rows) / len(rows) <= 0.55 for rows in v01.values())


def test_v01_is_drawn_from_the_same_partitions_of_v02(v01, published_tasks):
    for partition, rows in v01.items():
        assert {t.task_id for t in rows} <= {t.task_id for t in published_tasks[partition]}


def test_v01_is_the_same_each_time(v01, published_tasks):
    assert tasks_v01(published_tasks) == v01


def test_a_partition_too_small_for_v01_is_named(published_tasks):
    with pytest.raises(ValueError, match="held_out holds 0 programmatic tasks"):
        tasks_v01({**published_tasks, "held_out": []})


def test_pairs_v01_are_a_third_of_each_difficulty(published):
    few, all_pairs = load_pairs("pairs-v0.1", published), load_pairs(folder=published)
    assert Counter(p.difficulty for p in few) == {"easy": 93, "medium": 93, "hard": 93}
    assert few == pairs_v01(all_pairs)
    with pytest.raises(ValueError, match="pairs are easy"):
        pairs_v01([p for p in all_pairs if p.difficulty != "easy"])


def test_every_failure_mode_has_three_traces_and_a_task_that_cites_one(published, published_tasks):
    rows = pq.read_table(data_file("train", "traces", published)).to_pylist()
    assert min(Counter(r["mode"] for r in rows).values()) >= 3 and {r["mode"] for r in rows} == set(MODES)
    assert all(r["output"] and r["messages"] and r["model"] and r["label"] for r in rows)
    cited = {r["task_id"]: r for r in rows if r["task_id"]}
    derived = {t.task_id: t for rows in published_tasks.values() for t in rows if t.authoring_mode == "trace"}
    assert cited.keys() == derived.keys() and {t.mode for t in derived.values()} == set(MODES)
    for task_id, row in cited.items():
        task = derived[task_id]
        assert task.provenance.trace_id == row["trace_id"]
        assert (task.label, task.email.body) == (row["label"], row["email"]["body"])


def test_a_trace_on_which_annotators_differ_becomes_no_task():
    traces, labels, annotations = read_traces(), read_labels(), read_annotations()
    agreed = labelled(traces, labels, annotations)
    flipped = [a.model_copy(update={"verdict": "PASS"}) if a.ref == traces[0].trace_id else a for a in annotations]
    assert len(labelled(traces, labels, flipped)) == len(agreed) - 1
    assert labelled(traces, {}, annotations) == []
    assert len(trace_tasks(agreed, "0.2")) == len(MODES)

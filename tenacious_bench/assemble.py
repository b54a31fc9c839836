"""Puts the dataset together: programmatic and written groups, partitions, ids, pairs.

A pure function of the package's own files and a seed: building twice gives the same rows.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tenacious_bench.authoring.agreement import Agreement, Annotation, agreement, item_hash, read_annotations
from tenacious_bench.authoring.programmatic import groups
from tenacious_bench.authoring.quads import Quad, expand, read_quads, read_variants
from tenacious_bench.authoring.trace_tasks import LabelledTrace, labelled, read_labels, read_traces, trace_tasks
from tenacious_bench.pairs import Pair, make_pairs
from tenacious_bench.playbook import Playbook, load_playbook
from tenacious_bench.schema import PARTITIONS, AuthoringMode, Label, Mode, Partition, Provenance, Task
from tenacious_bench.subsets import pairs_v01, tasks_v01

VERSION = "0.2"
SEED = 3407
SAMPLE = 200
"""Written tasks at random over which the agreement is published too."""
WRITTEN = Path(__file__).parent / "authoring" / "written"

PROGRAMMATIC_GROUPS: dict[Partition, int] = {"train": 120, "validation": 32, "held_out": 40}
"""Programmatic groups per partition; multiples of 8 give each failure mode the same number."""
TRAIN_VOICES = 2
"""Wordings of each programmatic train group: pairs grow with their square."""

_BY_PROGRAM = Provenance(author="program", validator="construction")
_BY_WRITER = {
    "author": "language_model",
    "author_family": "claude",
    "validator": "language_model",
    "validator_family": "claude",
}
_ADVERSARIAL = frozenset(f"w{i}" for i in range(1, 10))
"""Writers who set out to defeat a judge, group by group; the other writers covered domains and voices."""
_MEASURED_TURNS: tuple[Partition, ...] = ("held_out", "validation")


@dataclass(frozen=True)
class Assembled:
    """The dataset before it is published: tasks by partition, and the preference pairs of ``train``."""

    tasks: dict[Partition, list[Task]]
    pairs: list[Pair]
    tasks_v01: dict[Partition, list[Task]] = field(default_factory=dict)
    """The 202 tasks of ``v0.1``; empty in datasets that have none."""
    pairs_v01: list[Pair] = field(default_factory=list)
    """The 279 pairs of ``pairs-v0.1``."""
    traces: list[LabelledTrace] = field(default_factory=list)
    """Runs of the drafting pipeline with their labels; tasks made from them cite their ids."""
    agreements: Mapping[str, Agreement] = field(default_factory=dict)
    """Author against blind annotator by authoring mode, and under ``sample_200`` over 200 written tasks at random."""


def assemble(playbook: Playbook | None = None, seed: int = SEED) -> Assembled:
    """Build every task and pair.

    Args:
        playbook: renders the licences in the pair prompts; None means the default one.
        seed: of the programmatic groups.

    Returns:
        Tasks numbered over all partitions, each contrast group whole in one partition.

    Raises:
        ValueError: a written group is malformed (file, line, field), or two groups share a company.
    """
    drafts: dict[Partition, list[Task]] = {
        p: [
            task
            for quad in groups(p, PROGRAMMATIC_GROUPS[p], seed, TRAIN_VOICES if p == "train" else 1)
            for task in expand(quad, version=VERSION, authoring_mode="programmatic", provenance=_BY_PROGRAM)
        ]
        for p in PARTITIONS
    }
    for partition, quad in read_written():
        provenance = Provenance.model_validate({**_BY_WRITER, "writer": quad.writer})
        drafts[partition] += expand(quad, version=VERSION, authoring_mode=authored(quad), provenance=provenance)
    annotations = read_annotations()
    traces = labelled(read_traces(), read_labels(), annotations)
    drafts["held_out"] += trace_tasks(traces, VERSION)
    agreements = _agreements([t for p in PARTITIONS for t in drafts[p]], annotations)
    tasks = _numbered(drafts)
    _companies_are_unique([t for p in PARTITIONS for t in tasks[p]])
    pairs = make_pairs(tasks["train"], playbook or load_playbook())
    made = {t.provenance.trace_id: t.task_id for t in tasks["held_out"] if t.provenance.trace_id}
    traces = [row.model_copy(update={"task_id": made.get(row.trace.trace_id)}) for row in traces]
    return Assembled(tasks, pairs, tasks_v01(tasks), pairs_v01(pairs), traces, agreements)


def read_written(folder: Path = WRITTEN) -> list[tuple[Partition, Quad]]:
    """All written groups with their partition, variants after the group they belong to.

    ``train/`` is trained on; what the authors of the rules have read stands there too. ``measured/`` is dealt to
    ``validation`` and ``held_out``. A variant follows its group.
    """
    dealt: list[tuple[Partition, Quad]] = [("train", q) for p in _files(folder / "train") for q in read_quads(p)]
    dealt += deal([q for p in _files(folder / "measured") for q in read_quads(p)])
    bases = {quad.group: quad for _, quad in dealt}
    variants: dict[str, list[Quad]] = defaultdict(list)
    for path in _files(folder / "variants"):
        for quad in read_variants(path, bases):
            variants[quad.variant_of or ""].append(quad)
    return [(partition, q) for partition, base in dealt for q in (base, *variants[base.group])]


def authored(quad: Quad) -> AuthoringMode:
    """How a written group came about, by the writer of its first wording."""
    writer = (quad.variant_of or quad.group).partition("-")[0]
    return "adversarial" if writer in _ADVERSARIAL else "synthesis"


def deal(quads: Sequence[Quad]) -> list[tuple[Partition, Quad]]:
    """Deal groups to ``held_out`` and ``validation`` in turn, by authoring mode and failure mode."""
    strata: dict[tuple[str, str], list[Quad]] = defaultdict(list)
    for quad in quads:
        strata[authored(quad), quad.mode].append(quad)
    dealt: list[tuple[Partition, Quad]] = []
    for offset, stratum in enumerate(sorted(strata)):
        for i, quad in enumerate(strata[stratum]):
            dealt.append((_MEASURED_TURNS[(i + offset) % len(_MEASURED_TURNS)], quad))
    return dealt


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jsonl"))


def _agreements(drafts: Sequence[Task], annotations: list[Annotation]) -> dict[str, Agreement]:
    known = {(a.ref, a.item_sha256) for a in annotations}
    labels: dict[str, dict[str, tuple[Label, tuple[Mode, ...]]]] = defaultdict(dict)
    for task in drafts:
        if (task.task_id, item_hash(task)) in known and task.authoring_mode != "trace":  # kept only where both agree
            labels[task.authoring_mode][task.task_id] = (task.label, task.failure_modes)
    written = {**labels["synthesis"], **labels["adversarial"]}
    if len(written) >= SAMPLE:
        chosen = random.Random(SEED).sample(sorted(written), SAMPLE)
        labels[f"sample_{SAMPLE}"] = {ref: written[ref] for ref in chosen}
    return {mode: agreement(found, annotations) for mode, found in labels.items() if found}


def _numbered(drafts: dict[Partition, list[Task]]) -> dict[Partition, list[Task]]:
    tasks: dict[Partition, list[Task]] = {}
    count = 0
    names: dict[str, str] = {}
    for partition in PARTITIONS:
        tasks[partition] = []
        for task in drafts[partition]:
            count += 1
            group = names.setdefault(task.contrast_group, f"cg-{len(names) + 1:04d}")
            tasks[partition].append(task.model_copy(update={"task_id": f"tb2-{count:06d}", "contrast_group": group}))
    return tasks


def _companies_are_unique(tasks: Sequence[Task]) -> None:
    seen: dict[str, str] = {}
    for task in tasks:
        company = task.brief.prospect.company
        if seen.setdefault(company, task.contrast_group) != task.contrast_group:
            raise ValueError(
                f"{task.task_id}: company {company!r} already stands in {seen[company]}; rename one of them"
            )

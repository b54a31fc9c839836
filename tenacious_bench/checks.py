"""What the dataset must hold, asserted from the published files: ``tenacious-bench check``."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tenacious_bench.contamination import MAX_COSINE, WINDOW, N, impossible_dates, shared_ngrams
from tenacious_bench.data import data_hash, dataset_folder, load_pairs, load_tasks, sealed_ids
from tenacious_bench.files import parse_object
from tenacious_bench.pairs import refuse_held_out
from tenacious_bench.schema import MODES, PARTITIONS, SEGMENTS, Partition, Task
from tenacious_bench.weights import file_sha256

Tasks = dict[Partition, list[Task]]


class Check(NamedTuple):
    """One assertion, whether it holds, and the figures behind it."""

    name: str
    ok: bool
    detail: str


def run_checks(folder: Path | None = None) -> list[Check]:
    """All checks over a published dataset folder; reading it already validates every row.

    Raises:
        FileNotFoundError, ValueError: the folder holds no data, or a row is not a valid task.
    """
    tasks: Tasks = {p: load_tasks(p, folder=folder) for p in PARTITIONS}
    checks: tuple[Callable[[Tasks], Check], ...] = (
        sizes, written_share, unique_ids, groups_stay_whole, companies_stay_apart, balanced, contrasted, every_mode,
        every_cell, dates_in_window, no_shared_ngrams, evidence_given,
    )  # fmt: skip
    return [
        *(c(tasks) for c in checks),
        no_near_duplicates(folder),
        pairs_from_train(folder),
        files_match_manifest(folder),
    ]


def _all(tasks: Tasks) -> list[Task]:
    return [task for p in PARTITIONS for task in tasks[p]]


def sizes(tasks: Tasks) -> Check:
    """At least 600 tasks, none of the partitions empty."""
    counts = {p: len(rows) for p, rows in tasks.items()}
    return Check("size", sum(counts.values()) >= 600 and min(counts.values()) > 0, f"{counts}, at least 600 in all")


def written_share(tasks: Tasks) -> Check:
    """At least 64 tasks that no program wrote."""
    written = Counter(t.authoring_mode for t in _all(tasks))
    count = sum(n for mode, n in written.items() if mode != "programmatic")
    return Check("written by hand", count >= 64, f"{dict(written)}, at least 64 not programmatic")


def unique_ids(tasks: Tasks) -> Check:
    """No task id twice."""
    twice = [i for i, n in Counter(t.task_id for t in _all(tasks)).items() if n > 1]
    return Check("unique ids", not twice, f"{len(twice)} ids twice {twice[:3]}")


def groups_stay_whole(tasks: Tasks) -> Check:
    """A contrast group stands in one partition."""
    homes: dict[str, set[str]] = defaultdict(set)
    for partition, rows in tasks.items():
        for task in rows:
            homes[task.contrast_group].add(partition)
    split = [g for g, where in homes.items() if len(where) > 1]
    return Check("groups in one partition", not split, f"{len(homes)} groups, {len(split)} split {split[:3]}")


def companies_stay_apart(tasks: Tasks) -> Check:
    """Two groups never share a company name."""
    homes: dict[str, set[str]] = defaultdict(set)
    for task in _all(tasks):
        homes[task.brief.prospect.company].add(task.contrast_group)
    shared = [c for c, groups in homes.items() if len(groups) > 1]
    return Check("companies apart", not shared, f"{len(homes)} companies, {len(shared)} in several groups {shared[:3]}")


def balanced(tasks: Tasks) -> Check:
    """PASS share between 45% and 55% in each partition."""
    shares = {p: sum(t.label == "PASS" for t in rows) / len(rows) for p, rows in tasks.items()}
    detail = ", ".join(f"{p} {share:.3f}" for p, share in shares.items())
    return Check("PASS share 45-55%", all(0.45 <= s <= 0.55 for s in shares.values()), detail)


def contrasted(tasks: Tasks) -> Check:
    """At least half of the tasks share their contrast group with another one."""
    counts = Counter(t.contrast_group for t in _all(tasks))
    share = sum(n for n in counts.values() if n > 1) / sum(counts.values())
    return Check("in contrast groups", share >= 0.5, f"{share:.3f}, at least 0.5")


def every_mode(tasks: Tasks) -> Check:
    """Each failure mode fails at least 10 times in validation and in held_out."""
    fewest: dict[str, int] = {}
    for partition in ("validation", "held_out"):
        counts = Counter(m for t in tasks[partition] for m in t.failure_modes)
        fewest[partition] = min(counts[m] for m in MODES)
    return Check("FAIL per mode", min(fewest.values()) >= 10, f"fewest {fewest}, at least 10")


def every_cell(tasks: Tasks) -> Check:
    """Every failure mode is probed in every segment and where the playbook abstains."""
    found = {(t.mode, t.brief.segment) for t in _all(tasks)}
    missing = [f"{m} x {s}" for m in MODES for s in SEGMENTS if (m, s) not in found]
    abstain = any(s is None for _, s in found)
    return Check(
        "mode x segment cells", not missing and abstain, f"{len(missing)} empty {missing[:3]}, abstain {abstain}"
    )


def dates_in_window(tasks: Tasks) -> Check:
    """Every ``as_of`` lies in the frozen window; no signal is observed, nor dated event claimed, after it."""
    wrong = impossible_dates(_all(tasks))
    return Check("dates in the window", not wrong, f"{len(wrong)} tasks outside {WINDOW[0]} to {WINDOW[1]} {wrong[:3]}")


def no_shared_ngrams(tasks: Tasks) -> Check:
    """No 8-gram of validation or held_out, email or brief, stands in train outside the boilerplate list."""
    found = {p: shared_ngrams(tasks["train"], tasks[p]) for p in ("validation", "held_out")}
    counts = {p: len(rows) for p, rows in found.items()}
    examples = [row.ngram for rows in found.values() for row in rows][:3]
    return Check(f"no shared {N}-grams", not any(counts.values()), f"{counts} {examples if examples else ''}".strip())


def evidence_given(tasks: Tasks) -> Check:
    """Every FAIL quotes its evidence (that quotes are exact is checked when a row is read)."""
    without = [t.task_id for t in _all(tasks) if t.label == "FAIL" and not t.evidence]
    return Check("evidence", not without, f"{len(without)} FAIL tasks without a quote {without[:3]}")


def pairs_from_train(folder: Path | None = None) -> Check:
    """No pair touches a sealed task; chosen and rejected are of equal length within 5%."""
    pairs = load_pairs(folder=folder)
    refuse_held_out(pairs, sealed_ids(folder))
    chosen = sum(len(p.chosen.split()) for p in pairs) / len(pairs)
    rejected = sum(len(p.rejected.split()) for p in pairs) / len(pairs)
    ok = abs(chosen - rejected) <= 0.05 * chosen
    return Check(
        "pairs", ok, f"{len(pairs)} pairs, none sealed, mean words {chosen:.1f} chosen, {rejected:.1f} rejected"
    )


def no_near_duplicates(folder: Path | None = None) -> Check:
    """No email of validation or held_out reaches the cosine limit with one of train, by the committed report.

    Embedding every email takes minutes, so that ``tenacious-bench check --contamination`` does it and writes
    ``contamination.json``; a report on other rows than these does not count.
    """
    root = folder or dataset_folder()
    path = root / "contamination.json"
    name = f"cosine below {MAX_COSINE}"
    if not path.is_file():
        return Check(name, False, "contamination.json is missing: run `tenacious-bench check --contamination`")
    report = parse_object(path.read_bytes())
    rows = {p: data_hash(p, folder=folder) for p in PARTITIONS}
    if report["rows_sha256"] != rows:
        return Check(name, False, "contamination.json is of other rows: run `tenacious-bench check --contamination`")
    over = {p: len(found["at_or_above_max_cosine"]) for p, found in report["partitions"].items()}
    highest = max(found["cosine"]["p100"] for found in report["partitions"].values())
    return Check(name, not any(over.values()), f"{over} emails at or above, highest {highest:.3f}")


def files_match_manifest(folder: Path | None = None) -> Check:
    """Each file has the sha256 that the manifest seals."""
    root = folder or dataset_folder()
    files = parse_object((root / "manifest.json").read_bytes())["files"]
    changed = [name for name, entry in files.items() if file_sha256(root / entry["path"]) != entry["sha256"]]
    return Check("sealed manifest", not changed, f"{len(files)} files, {len(changed)} changed {changed}")

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
from tenacious_bench.schema import MODES, PARTITIONS, SEGMENTS, AuthoringMode, Partition, Task
from tenacious_bench.shortcuts import LIMITS
from tenacious_bench.weights import file_sha256

Tasks = dict[Partition, list[Task]]
TARGET_MIX: dict[AuthoringMode, float] = {"programmatic": 0.32, "synthesis": 0.48, "adversarial": 0.20}


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
        sizes, authoring_mix, multi_turn, unique_ids, groups_stay_whole, companies_stay_apart, balanced, contrasted,
        every_mode, every_cell, dates_in_window, no_shared_ngrams, evidence_given,
    )  # fmt: skip
    return [
        *(c(tasks) for c in checks),
        no_near_duplicates(folder),
        no_shortcut(folder),
        annotators_agree(folder),
        pairs_from_train(folder),
        files_match_manifest(folder),
    ]


def _all(tasks: Tasks) -> list[Task]:
    return [task for p in PARTITIONS for task in tasks[p]]


def sizes(tasks: Tasks) -> Check:
    """At least 1,200 tasks, 300 in each partition."""
    counts = {p: len(rows) for p, rows in tasks.items()}
    ok = sum(counts.values()) >= 1200 and min(counts.values()) >= 300
    return Check("size", ok, f"{counts}, at least 1200 in all and 300 each")


def authoring_mix(tasks: Tasks) -> Check:
    """Programmatic, synthesis and adversarial tasks in the target mix, within 3 points; traces apart."""
    counts: Counter[AuthoringMode] = Counter(t.authoring_mode for t in _all(tasks) if t.authoring_mode != "trace")
    shares = {mode: counts[mode] / max(1, counts.total()) for mode in TARGET_MIX}
    ok = all(abs(shares[mode] - target) <= 0.03 for mode, target in TARGET_MIX.items())
    found = ", ".join(f"{mode} {share:.3f} ({TARGET_MIX[mode]:.2f})" for mode, share in shares.items())
    return Check("authoring mix within 3 points", ok, found)


def multi_turn(tasks: Tasks) -> Check:
    """At least 20% of each partition carry a thread of two messages or more."""
    shares = {p: sum(len(t.brief.thread) >= 2 for t in rows) / max(1, len(rows)) for p, rows in tasks.items()}
    detail = ", ".join(f"{p} {share:.3f}" for p, share in shares.items())
    return Check("multi-turn tasks", min(shares.values()) >= 0.2, f"{detail}, at least 0.2 each")


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
    """Each failure mode fails at least 20 times in validation and in held_out."""
    fewest: dict[str, int] = {}
    for partition in ("validation", "held_out"):
        counts = Counter(m for t in tasks[partition] for m in t.failure_modes)
        fewest[partition] = min(counts[m] for m in MODES)
    return Check("FAIL per mode", min(fewest.values()) >= 20, f"fewest {fewest}, at least 20")


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
    """At least 3,000 pairs, none touches a sealed task; chosen and rejected are of equal length within 5%."""
    pairs = load_pairs(folder=folder)
    refuse_held_out(pairs, sealed_ids(folder))
    chosen = sum(len(p.chosen.split()) for p in pairs) / len(pairs)
    rejected = sum(len(p.rejected.split()) for p in pairs) / len(pairs)
    ok = len(pairs) >= 3000 and abs(chosen - rejected) <= 0.05 * chosen
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
    if report.get("file_sha256") != rows:
        return Check(name, False, "contamination.json is of other rows: run `tenacious-bench check --contamination`")
    highest = {p: report["partitions"][p]["cosine"]["p100"] for p in ("validation", "held_out")}
    return Check(name, max(highest.values()) < MAX_COSINE, f"highest {highest}")


def no_shortcut(folder: Path | None = None) -> Check:
    """No classifier that sees too little exceeds its limit on held_out, by the committed ``shortcuts.json``."""
    path = (folder or dataset_folder()) / "shortcuts.json"
    name = "no shortcut"
    if not path.is_file():
        return Check(name, False, "shortcuts.json is missing: run `tenacious-bench check --shortcuts`")
    report = parse_object(path.read_bytes())
    if report.get("file_sha256") != {p: data_hash(p, folder=folder) for p in ("train", "held_out")}:
        return Check(name, False, "shortcuts.json is of other rows: run `tenacious-bench check --shortcuts`")
    reached = {row["name"]: row["balanced_accuracy"] for row in report["shortcuts"]}
    if missing := LIMITS.keys() - reached.keys():
        return Check(name, False, f"shortcuts.json lacks {sorted(missing)}: run `tenacious-bench check --shortcuts`")
    detail = ", ".join(f"{n} {reached[n]:.3f} (at most {limit:.2f})" for n, limit in LIMITS.items())
    return Check(name, all(reached[n] <= limit for n, limit in LIMITS.items()), detail)


def annotators_agree(folder: Path | None = None) -> Check:
    """Cohen's kappa of author and blind annotator on 200 written tasks at random is at least 0.80."""
    stats = parse_object(((folder or dataset_folder()) / "descriptive_stats.json").read_bytes())
    sample = stats["blind_validation"].get("sample_200")
    if sample is None:
        return Check("blind agreement", False, "fewer than 200 written tasks are annotated")
    detail = f"kappa {sample['kappa']:.3f} [{sample['kappa_low']:.3f}, {sample['kappa_high']:.3f}], n={sample['n']}"
    return Check("blind agreement", sample["kappa"] >= 0.8, f"{detail}, at least 0.80")


def files_match_manifest(folder: Path | None = None) -> Check:
    """Each file has the sha256 that the manifest seals."""
    root = folder or dataset_folder()
    files = parse_object((root / "manifest.json").read_bytes())["files"]
    changed = [name for name, entry in files.items() if file_sha256(root / entry["path"]) != entry["sha256"]]
    return Check("sealed manifest", not changed, f"{len(files)} files, {len(changed)} changed {changed}")

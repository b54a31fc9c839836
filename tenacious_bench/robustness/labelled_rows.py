"""Judges on somebody else's labelled rows: PASS recall and FAIL recall by source, for evaluation only."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tenacious_bench.files import lines, parse_object
from tenacious_bench.panel import JudgeName
from tenacious_bench.report import number
from tenacious_bench.rows import BadRow, GoodRow, read_rows
from tenacious_bench.schema import Judgment, Label
from tenacious_bench.stats import Slice, StatsInputError, Summary, slices, summarize
from tenacious_bench.stats.estimate import Estimate
from tenacious_bench.weights import file_sha256

MIN_ROWS = 10
"""Rows of one label that a source must hold before a recall is given."""


@dataclass(frozen=True)
class Labelled:
    """Labelled rows of one file, with the source of each."""

    path: Path
    rows: list[GoodRow]
    sources: list[str]
    bad: list[BadRow]


def read_labelled(path: Path, by: str = "source") -> Labelled:
    """Read rows with a label; every line that is not one comes back in ``bad`` with the reason.

    Args:
        path: JSONL, rows as for ``score`` and a ``label`` of PASS or FAIL.
        by: top-level field that names a row's source; rows without it are of source "all".

    Raises:
        OSError: the file cannot be opened.
        ValueError: no row has the field.
    """
    rows, bad = [], []
    for row in read_rows(path):
        if isinstance(row, BadRow):
            bad.append(row)
        elif row.label is None:
            bad.append(BadRow(str(path), row.line, row.id, "label", "nothing", "give PASS or FAIL"))
        else:
            rows.append(row)
    wanted, names = {row.line for row in rows}, {}
    with path.open("rb") as handle:
        for number, raw in lines(handle):
            if number in wanted:
                names[number] = _name(parse_object(raw).get(by))
    if rows and by != "source" and set(names.values()) == {"all"}:
        raise ValueError(f"{path}: no row has a field {by!r}: name the field that holds a row's source with --by")
    return Labelled(path, rows, [names[row.line] for row in rows], bad)


def _name(value: Any) -> str:
    """A source's name, short and without what a table would read as markup."""
    text = "all" if value is None or value == "" else str(value)
    return re.sub(r"[^\w./:@+ -]", "?", text)[:60]


class SourceResult(NamedTuple):
    """One judge on the rows of one source; a recall is undefined below :data:`MIN_ROWS` rows of its label."""

    source: str
    n_pass: int
    n_fail: int
    pass_recall: Estimate | None
    fail_recall: Estimate | None

    @property
    def balanced_accuracy(self) -> float | None:
        """The mean of both recalls; None where one is undefined."""
        values = [e.value for e in (self.pass_recall, self.fail_recall) if e is not None and not math.isnan(e.value)]
        return sum(values) / 2 if len(values) == 2 else None

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "source": self.source,
            "n_pass": self.n_pass,
            "n_fail": self.n_fail,
            "pass_recall": self.pass_recall.to_dict() if self.pass_recall else None,
            "fail_recall": self.fail_recall.to_dict() if self.fail_recall else None,
            "balanced_accuracy": self.balanced_accuracy,
        }


class ForeignResult(NamedTuple):
    """One judge on all sources."""

    summary: Summary
    by_source: list[SourceResult]

    @property
    def mean_balanced_accuracy(self) -> float | None:
        """Over the sources that hold both labels, each counted once."""
        values = [found.balanced_accuracy for found in self.by_source]
        known = [v for v in values if v is not None]
        return sum(known) / len(known) if known else None


def require_both_labels(labelled: Labelled) -> None:
    """Refuse rows of one label before minutes are spent on them.

    Raises:
        StatsInputError: fewer than two rows, or one label only.
    """
    labels = {row.label for row in labelled.rows}
    if len(labels) < 2:
        raise StatsInputError(
            f"{labelled.path}: {len(labelled.rows)} labelled rows with labels {sorted(map(str, labels))}: both labels "
            "are needed"
        )


def evaluate_rows(labelled: Labelled, judgments: Sequence[Judgment], seed: int = 0) -> ForeignResult:
    """Compare judgments with the labels of n rows.

    Rows carry no contrast group, so that each is resampled by itself; rows made from one template are not independent,
    and their intervals too narrow.

    Raises:
        StatsInputError: fewer than two rows, or one label only.
    """
    require_both_labels(labelled)
    labels = [row.label for row in labelled.rows]
    verdicts = [j.verdict for j in judgments]
    rewards = [j.reward for j in judgments]
    summary = summarize(labels, verdicts, scores=rewards if None not in rewards else None, seed=seed)
    passes, fails = ({row.key: row for row in _recalls(labelled, verdicts, label, seed)} for label in ("PASS", "FAIL"))
    by_source = [
        SourceResult(
            source,
            passes[source].n if source in passes else 0,
            fails[source].n if source in fails else 0,
            passes[source].accuracy if source in passes else None,
            fails[source].accuracy if source in fails else None,
        )
        for source in sorted(set(labelled.sources))
    ]
    return ForeignResult(summary, by_source)


def _recalls(labelled: Labelled, verdicts: Sequence[Label | None], label: Label, seed: int) -> list[Slice]:
    """One slice per source, of its rows with one label: the accuracy is that label's recall."""
    keys = [s if row.label == label else None for s, row in zip(labelled.sources, labelled.rows, strict=True)]
    return slices([row.label for row in labelled.rows], verdicts, keys, min_n=MIN_ROWS, seed=seed)


def results(
    labelled: Labelled, found: Mapping[JudgeName, ForeignResult], signatures: Mapping[JudgeName, str]
) -> dict[str, Any]:
    """Everything as JSON; it holds numbers, never a row's text."""
    return {
        "file_sha256": file_sha256(labelled.path),
        "rows": len(labelled.rows),
        "bad_rows": len(labelled.bad),
        "judges": {
            name: {
                "summary": one.summary.to_dict(),
                "mean_balanced_accuracy": one.mean_balanced_accuracy,
                "by_source": [row.to_dict() for row in one.by_source],
                "judge_signature": signatures[name],
            }
            for name, one in found.items()
        },
    }


HEADER = ["judge", "source", "PASS", "PASS recall", "FAIL", "FAIL recall", "balanced acc."]


def table(results: Mapping[str, Any]) -> list[list[str]]:
    """One row per judge and source, and each judge's mean over the sources with both labels."""
    body = []
    for name, found in results["judges"].items():
        for row in found["by_source"]:
            recalls = (str(row["n_pass"]), number(row["pass_recall"]), str(row["n_fail"]), number(row["fail_recall"]))
            body.append([name, row["source"], *recalls, _share(row["balanced_accuracy"])])
        body.append([name, "mean of sources", "", "", "", "", _share(found["mean_balanced_accuracy"])])
    return body


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"

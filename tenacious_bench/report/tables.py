"""Headers and rows of every table that is read from ``results.json``.

Nothing is computed here; every number is read from the results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Results = Mapping[str, Any]
"""The content of ``results.json``."""
Rows = list[list[str]]

COLUMNS: tuple[tuple[str, str], ...] = (
    ("accuracy", "accuracy"),
    ("balanced_accuracy", "balanced acc."),
    ("mcc", "MCC"),
    ("auroc", "AUROC"),
    ("pass_recall", "PASS recall"),
    ("fail_recall", "FAIL recall"),
)

JUDGE_HEADER = ["judge", "n", *(title for _, title in COLUMNS), "errors", "emails/s"]
COMPARISON_HEADER = [
    "comparison",
    "accuracy difference",
    "balanced acc. difference",
    "only first right",
    "only second right",
    "McNemar p",
    "bootstrap p",
    "MDE",
]


def number(estimate: Mapping[str, Any] | None) -> str:
    """``0.712 [0.66, 0.76]``, or a dash where there is no value."""
    if estimate is None or estimate["value"] is None:
        return "-"
    if estimate["low"] is None:
        return f"{estimate['value']:.3f}"
    return f"{estimate['value']:.3f} [{estimate['low']:.2f}, {estimate['high']:.2f}]"


def p_value(p: float) -> str:
    """``0.035``, or ``<0.001``."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def slice_number(estimate: Mapping[str, Any]) -> str:
    """As :func:`number`, but a slice without a value says why: ``too few`` or ``one class only``."""
    if estimate["value"] is None:
        return str(estimate.get("reason", "")).split(" (")[0] or "-"
    return number(estimate)


def headline(results: Results) -> str:
    """One line: what was judged, and what the majority baseline is."""
    data = results["dataset"]
    baseline = next(iter(results["judges"].values()))["majority_baseline"]
    return (
        f"{data['config']} {data['partition']}: n={data['n']} emails in {data['groups']} contrast groups; "
        f"majority baseline {number(baseline)}; brackets are 95% intervals, resampled by contrast group"
    )


def judge_rows(results: Results) -> Rows:
    """The main table: one row per judge."""
    return [
        [name, str(found["n"]), *(number(found[key]) for key, _ in COLUMNS), str(found["n_errors"]), _rate(found)]
        for name, found in results["judges"].items()
    ]


def _rate(found: Mapping[str, Any]) -> str:
    return f"{found['emails_per_second']:.1f}" if found["emails_per_second"] < 1000 else ">1000"


def comparison_rows(results: Results) -> Rows:
    """The paired comparisons, first judge minus second."""
    return [
        [
            title,
            number(found["accuracy_difference"]),
            number(found["balanced_accuracy_difference"]),
            str(found["only_a"]),
            str(found["only_b"]),
            p_value(found["mcnemar_p"]),
            p_value(found["accuracy_p"]),
            "-" if found["mde"] is None else f"{found['mde']:.3f}",
        ]
        for title, found in results["comparisons"].items()
    ]


def slice_table(first: str, judges: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[list[str], Rows]:
    """Balanced accuracy of each judge per slice, with the number of emails and what such a number can show.

    Args:
        first: heading of the column of slices.
        judges: for each judge its slices, the same ones in the same order.
    """
    body = []
    for row in zip(*judges.values(), strict=True):
        mde = "-" if row[0]["mde"] is None else f"{row[0]['mde']:.2f}"
        cells = [slice_number(found["balanced_accuracy"]) for found in row]
        body.append([row[0]["key"], str(row[0]["n"]), mde, *cells])
    return [first, "n", "MDE", *judges], body


def mode_rows(results: Results) -> tuple[list[str], Rows]:
    """The slices by failure mode probed."""
    return slice_table("failure mode probed", results["by_mode"])


def slice_rows(results: Results) -> tuple[list[str], Rows]:
    """Balanced accuracy by every way of slicing, in one long table."""
    judges = list(next(iter(results["by_slice"].values()), {"judges": {}})["judges"])
    table = []
    for way, found in results["by_slice"].items():
        for i, first in enumerate(found["judges"][judges[0]] if judges else []):
            cells = [number(found["judges"][name][i]["balanced_accuracy"]) for name in judges]
            table.append([way, first["key"], str(first["n"]), *cells])
    return ["by", "slice", "n", *judges], table


def recall_rows(results: Results) -> tuple[list[str], Rows]:
    """FAIL recall of each judge by failure mode."""
    judges = results["fail_recall_by_mode"]
    body = [
        [row[0]["key"], str(row[0]["n"]), *(slice_number(found["accuracy"]) for found in row)]
        for row in zip(*judges.values(), strict=True)
    ]
    return ["failure mode", "n", *judges], body

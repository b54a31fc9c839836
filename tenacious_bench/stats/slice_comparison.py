"""Two judges compared slice by slice, with the p-values adjusted for the number of slices."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from tenacious_bench.stats.compare import right_answers
from tenacious_bench.stats.estimate import none_if_nan
from tenacious_bench.stats.labels import parse_labels
from tenacious_bench.stats.paired import holm, mcnemar_exact
from tenacious_bench.stats.slices import MIN_ITEMS, slice_members, too_few


class SliceComparison(NamedTuple):
    """Two judges on one slice; both p-values are nan with too few items.

    Attributes:
        key: name of the slice.
        n: items in it.
        only_a: items only the first judge has right.
        only_b: items only the second judge has right.
        mcnemar_p: exact, two-sided.
        holm_p: the same, adjusted for the number of slices with enough items.
        reason: "" or why there is no p-value.
    """

    key: str
    n: int
    only_a: int
    only_b: int
    mcnemar_p: float
    holm_p: float
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """The fields for JSON; an undefined number is None."""
        return {name: none_if_nan(value) for name, value in self._asdict().items()}


def compare_slices(
    labels: Iterable[Any],
    verdicts_a: Iterable[Any],
    verdicts_b: Iterable[Any],
    keys: Iterable[str | Sequence[str] | None],
    min_n: int = MIN_ITEMS,
) -> list[SliceComparison]:
    """Exact McNemar test in each slice, adjusted by Holm over the slices that are tested.

    Args:
        labels: n labels, "PASS" or "FAIL" or booleans.
        verdicts_a: n verdicts of the first judge, None where it gave none (counted as wrong).
        verdicts_b: n verdicts of the second judge.
        keys: n slice names, see `slice_members`.
        min_n: a slice with fewer items is listed but not tested.
    """
    truth = parse_labels(labels)
    right_a = right_answers(truth, verdicts_a, "verdicts_a")
    right_b = right_answers(truth, verdicts_b, "verdicts_b")
    rows = []
    for key, items in slice_members(keys, len(truth)).items():
        a, b = right_a[items], right_b[items]
        test = mcnemar_exact(int((a & ~b).sum()), int((b & ~a).sum()))
        few = too_few(len(items), min_n)
        p_value = math.nan if few else test.p_value
        rows.append(SliceComparison(key, len(items), test.only_a, test.only_b, p_value, math.nan, few))
    tested = [i for i, row in enumerate(rows) if not row.reason]
    for i, p_value in zip(tested, holm([rows[i].mcnemar_p for i in tested]), strict=True):
        rows[i] = rows[i]._replace(holm_p=p_value)
    return rows

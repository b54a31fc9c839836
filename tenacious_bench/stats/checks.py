"""Input checks shared by every statistic: each refuses with the index, the value and the remedy."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class StatsInputError(ValueError):
    """The input cannot give the statistic asked for; the message says what to change."""


class OptionalScores(NamedTuple):
    """Scores of which some may be missing.

    Attributes:
        values: (n,) float64, 0.0 where the score is missing.
        present: (n,) bool, False where the score is missing.
    """

    values: FloatArray
    present: BoolArray


def require_nonempty(n: int, name: str) -> None:
    """Refuse an empty input: an average over nothing has no value, not even 0."""
    if n == 0:
        raise StatsInputError(f"{name} is empty: pass at least one item")


def require_same_length(n: int, name: str, other: int, other_name: str) -> None:
    """Refuse two inputs that should run in parallel and do not."""
    if n != other:
        raise StatsInputError(
            f"{name} has {n} items and {other_name} has {other}: pass one of each per task, in the same order"
        )


def require_settings(n_resamples: int, level: float) -> None:
    """Refuse a resample count below 1 or a confidence level outside (0, 1)."""
    if isinstance(n_resamples, bool) or int(n_resamples) != n_resamples or n_resamples < 1:
        raise StatsInputError(f"n_resamples is {n_resamples!r}: pass a whole number of at least 1")
    if not 0.0 < level < 1.0:
        raise StatsInputError(f"level is {level!r}: pass a share between 0 and 1, such as 0.95")


def require_both_classes(labels: BoolArray) -> None:
    """Refuse labels (n,) of which all are PASS or all are FAIL."""
    require_nonempty(len(labels), "labels")
    n_pass = int(np.count_nonzero(labels))
    if n_pass in (0, len(labels)):
        only = "PASS" if n_pass else "FAIL"
        raise StatsInputError(
            f"labels hold only {only} (n={len(labels)}): balanced accuracy and AUROC need both; "
            "score more tasks (a larger --limit) or a partition that holds both"
        )


def _numbers(values: Iterable[Any], name: str, remedy: str) -> OptionalScores:
    if not isinstance(values, np.ndarray):
        values = list(values)
    present = np.ones(len(values), dtype=np.bool_)
    array = np.asarray(values)
    if array.dtype == object:
        present = np.array([value is not None for value in values], dtype=np.bool_)
        array = np.asarray([0.0 if value is None else value for value in values])
    if len(array) == 0:
        array = array.astype(np.float64)
    if array.ndim != 1 or array.dtype.kind not in "iuf":
        raise StatsInputError(f"{name} must be a flat sequence of numbers, not shape {array.shape} of {array.dtype}")
    floats = array.astype(np.float64)
    bad = np.flatnonzero(~np.isfinite(floats))
    if len(bad):
        raise StatsInputError(
            f"{name}[{bad[0]}] is {floats[bad[0]]} ({len(bad)} of {len(floats)} are not finite): {remedy}"
        )
    return OptionalScores(floats, present)


def optional_scores(values: Iterable[Any], name: str) -> OptionalScores:
    """Read numbers of which some may be None (no score); NaN and infinity are always refused."""
    remedy = "repair the score, or pass None if the judge gave none, which counts as an error"
    return _numbers(values, name, remedy)


def finite_array(values: Iterable[Any], name: str) -> FloatArray:
    """Read a flat sequence of finite numbers as float64 (n,); refuse empty, None, NaN, infinity."""
    remedy = "every item needs a finite number here; repair it or leave out the item on purpose"
    floats, present = _numbers(values, name, remedy)
    require_nonempty(len(floats), name)
    if not present.all():
        raise StatsInputError(f"{name}[{int(np.argmin(present))}] is None: {remedy}")
    return floats


def require_probabilities(values: FloatArray, name: str = "probabilities") -> None:
    """Refuse an array (n,) in which a number is not a probability of PASS."""
    outside = np.flatnonzero((values < 0) | (values > 1))
    if len(outside):
        raise StatsInputError(
            f"{name}[{outside[0]}] is {values[outside[0]]}: pass probabilities of PASS between "
            "0 and 1; a reward or logit must be calibrated first"
        )


def group_index(groups: Sequence[Hashable], n: int) -> IntArray:
    """Number the groups from 0 in order of first appearance.

    Args:
        groups: n group names. None and the empty string mean "in no group": each such item
            becomes a group of its own.
        n: the number of items the groups must match.

    Returns:
        (n,) int64 group numbers.

    Raises:
        StatsInputError: the length differs, a name is NaN, or there are fewer than two groups
            (resampling one group gives the same data each time).
    """
    require_same_length(len(groups), "groups", n, "labels")
    seen: dict[Hashable, int] = {}
    index = np.empty(n, dtype=np.int64)
    for i, name in enumerate(groups):
        if name != name:
            raise StatsInputError(f"groups[{i}] is NaN: use None for an item in no group")
        index[i] = seen.setdefault((None, i) if name is None or name == "" else name, len(seen))
    if len(seen) < 2:
        raise StatsInputError(
            "groups hold a single group: a cluster bootstrap needs at least two; pass groups=None to resample items"
        )
    return index

"""Results by slice (failure mode, segment, mode of writing), with what each slice can show."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tenacious_bench.stats import count_statistics as statistics
from tenacious_bench.stats.bootstrap import Bootstrap
from tenacious_bench.stats.checks import IntArray, require_same_length
from tenacious_bench.stats.confusion import N_CELLS, cell_index
from tenacious_bench.stats.estimate import DEFAULT_LEVEL, DEFAULT_RESAMPLES, Estimate, none_if_nan
from tenacious_bench.stats.labels import parse_labels, parse_verdicts
from tenacious_bench.stats.power import mde_proportion
from tenacious_bench.stats.resampling import count_kinds, draw_counts

MIN_ITEMS = 20


class Slice(NamedTuple):
    """One judge on one slice.

    Attributes:
        key: name of the slice.
        n: items in it; n_pass of them are labelled PASS and n_errors have no verdict.
        accuracy: undefined, with a reason that starts "too few", below the least number of items.
        balanced_accuracy: undefined also where the slice holds one class only.
        mde: smallest gain over an accuracy of 0.5 that n items show at two-sided 5% and 80%
            power; nan with too few items.
    """

    key: str
    n: int
    n_pass: int
    n_errors: int
    accuracy: Estimate
    balanced_accuracy: Estimate
    mde: float

    def to_dict(self) -> dict[str, Any]:
        """The fields for JSON; an undefined number is None."""
        return {
            name: value.to_dict() if isinstance(value, Estimate) else none_if_nan(value)
            for name, value in self._asdict().items()
        }


def slice_members(keys: Iterable[str | Sequence[str] | None], n: int) -> dict[str, IntArray]:
    """Item numbers by slice, sorted by name.

    Args:
        keys: for each of n items its slice, several slices (an email can fail in two ways), or
            None or an empty sequence for an item in no slice.
        n: number of items the keys must match.
    """
    entries = list(keys)
    require_same_length(len(entries), "keys", n, "labels")
    members: dict[str, list[int]] = {}
    for i, entry in enumerate(entries):
        names = () if entry is None else (entry,) if isinstance(entry, str) else entry
        for name in dict.fromkeys(names):
            members.setdefault(name, []).append(i)
    return {key: np.array(members[key], dtype=np.int64) for key in sorted(members)}


def too_few(n: int, min_n: int) -> str:
    """Why n items give no number, or "" when they do."""
    return f"too few (n={n}, needs {min_n})" if n < min_n else ""


def slices(
    labels: Iterable[Any],
    verdicts: Iterable[Any],
    keys: Iterable[str | Sequence[str] | None],
    min_n: int = MIN_ITEMS,
    groups: Sequence[Hashable] | None = None,
    n_resamples: int = DEFAULT_RESAMPLES,
    level: float = DEFAULT_LEVEL,
    seed: int = 0,
) -> list[Slice]:
    """One row for each slice, sorted by name; "too few" instead of a number below min_n items.

    Arguments are those of `summarize`, and `keys` as in `slice_members`. A slice may hold one
    class only, as a failure mode does: its accuracy is then that class's recall. When all items of
    a slice are in one group, the interval is undefined, for want of a second group to resample.
    """
    truth, said = parse_labels(labels), parse_verdicts(verdicts)
    require_same_length(len(truth), "labels", len(said), "verdicts")
    whole = Bootstrap.of(len(truth), groups, n_resamples, level, seed)
    cells = cell_index(truth, said)
    rows = []
    for key, items in slice_members(keys, len(truth)).items():
        bootstrap = whole.restricted_to(items)
        counts = np.bincount(cells[items], minlength=N_CELLS)
        n, n_pass = len(items), int(truth[items].sum())
        few = too_few(n, min_n)
        one_class = "" if 0 < n_pass < n else "one class only"
        if few:
            accuracy = balanced = bootstrap.undefined(few)
        else:
            kinds = count_kinds(cells[items], N_CELLS, bootstrap.groups)
            drawn = draw_counts(kinds, n_resamples, bootstrap.rng())
            accuracy, balanced = (
                bootstrap.estimate(float(statistic(counts)), statistic(drawn), reason)
                for statistic, reason in (
                    (statistics.accuracy, ""),
                    (statistics.balanced_accuracy, one_class),
                )
            )
        mde = float("nan") if few else mde_proportion(n)
        rows.append(Slice(key, n, n_pass, int(counts[4:].sum()), accuracy, balanced, mde))
    return rows

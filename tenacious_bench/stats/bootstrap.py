"""The settings of one bootstrap, shared by every statistic of a report."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from tenacious_bench.stats.checks import FloatArray, IntArray, group_index, require_settings
from tenacious_bench.stats.estimate import Estimate, undefined, with_interval
from tenacious_bench.stats.intervals import GROUP_BOOTSTRAP, ITEM_BOOTSTRAP, percentile_interval


class Bootstrap(NamedTuple):
    """How to resample n items.

    Attributes:
        n_resamples: resamples asked for.
        level: confidence level of the intervals.
        seed: seed; every statistic starts a generator of its own from it.
        groups: (n,) group numbers, or None to resample items.
    """

    n_resamples: int
    level: float
    seed: int
    groups: IntArray | None

    @classmethod
    def of(
        cls,
        n: int,
        groups: Sequence[Hashable] | None,
        n_resamples: int,
        level: float,
        seed: int,
    ) -> Bootstrap:
        """Check the settings and number the groups of n items."""
        require_settings(n_resamples, level)
        index = None if groups is None else group_index(groups, n)
        return cls(n_resamples, level, seed, index)

    def restricted_to(self, items: IntArray) -> Bootstrap:
        """The same settings for some of the items, given by number, with their groups."""
        if self.groups is None:
            return self
        inside = np.unique(self.groups[items], return_inverse=True)[1].astype(np.int64)
        return self._replace(groups=inside)

    def rng(self) -> np.random.Generator:
        """A fresh generator from the seed."""
        return np.random.default_rng(self.seed)

    def estimate(self, value: float, draws: FloatArray, reason: str = "") -> Estimate:
        """A value with the percentile interval of its draws (resamples,).

        Items that are all in one group have no interval: there is nothing to resample.
        """
        if self.groups is not None and self.groups.max() == 0 and not math.isnan(value):
            reason = "all items are in one group: no interval"
            return Estimate(value, math.nan, math.nan, "none", self.level, reason=reason)
        method = ITEM_BOOTSTRAP if self.groups is None else GROUP_BOOTSTRAP
        return with_interval(value, percentile_interval(draws, self.level, method), reason)

    def undefined(self, reason: str) -> Estimate:
        """An estimate without a value."""
        return undefined(reason, self.level)

"""The two results every statistic is reported as: an interval, and a value with its interval."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

DEFAULT_RESAMPLES = 10_000
DEFAULT_LEVEL = 0.95


class CI(NamedTuple):
    """A confidence interval.

    Attributes:
        low: lower end; nan when the interval is undefined.
        high: upper end; nan when the interval is undefined.
        level: confidence level, such as 0.95.
        method: how it was made.
        n_resamples: resamples drawn; 0 for a formula.
        n_undefined: resamples in which the statistic had no value; they were left out.
    """

    low: float
    high: float
    level: float
    method: str
    n_resamples: int
    n_undefined: int = 0


class Estimate(NamedTuple):
    """A value with its interval.

    Attributes:
        value: the statistic; nan when it is undefined.
        low: lower end of the interval, or nan.
        high: upper end of the interval, or nan.
        method: how the interval was made; "none" when there is none.
        level: confidence level.
        n_resamples: resamples drawn; 0 for a formula.
        n_undefined: resamples in which the statistic had no value; they were left out.
        reason: why the value is undefined, or what it leaves out; "" when there is nothing to say.
    """

    value: float
    low: float
    high: float
    method: str
    level: float = DEFAULT_LEVEL
    n_resamples: int = 0
    n_undefined: int = 0
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The fields for JSON: None in place of nan, and no reason where there is none."""
        fields = {name: none_if_nan(value) for name, value in self._asdict().items()}
        return fields if self.reason else {k: v for k, v in fields.items() if k != "reason"}


def none_if_nan(value: Any) -> Any:
    """None for a float nan, which JSON cannot hold; anything else as it is."""
    return None if isinstance(value, float) and math.isnan(value) else value


def undefined(reason: str, level: float = DEFAULT_LEVEL) -> Estimate:
    """An estimate without a value, saying why."""
    return Estimate(math.nan, math.nan, math.nan, "none", level, reason=reason)


def with_interval(value: float, ci: CI, reason: str = "") -> Estimate:
    """A value beside its interval; a nan value loses the interval and keeps the reason."""
    if math.isnan(value):
        return undefined(reason, ci.level)
    return Estimate(value, ci.low, ci.high, ci.method, ci.level, ci.n_resamples, ci.n_undefined, reason)

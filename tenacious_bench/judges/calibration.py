"""How rewards become verdicts and probabilities: fitted by :mod:`tenacious_bench.calibrate`, kept with the adapter."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from tenacious_bench.adapters import AdapterError
from tenacious_bench.schema import Mode, Record

MIN_RULE_PRECISION = 0.97


class RulePrecision(Record):
    """How often a rule fired, and on how many emails that are FAIL."""

    fired: int
    right: int

    @property
    def precise(self) -> bool:
        """Whether a finding of this rule is enough for a FAIL."""
        return self.right >= MIN_RULE_PRECISION * self.fired


class Calibration(Record):
    """How rewards become verdicts; fitted on validation, never on held-out tasks.

    P(PASS) = 1 / (1 + exp(-(slope * reward + intercept))) (Platt 1999); the verdict is PASS above ``threshold``.
    """

    threshold: float
    cascade_threshold: float
    """PASS above it where the rules are silent."""
    strict_threshold: float
    strict_cascade_threshold: float
    """The strict operating point: of bad emails like validation's, at most a share ``max_bad_sent`` pass."""
    max_bad_sent: float
    rule_precision: dict[Mode, RulePrecision]
    """Of each rule: what it said on validation. One below :data:`MIN_RULE_PRECISION` does not decide in the cascade."""
    lowest_weight: float
    """How many times the lowest sentence's reward is added to the sum."""
    auroc_by_lowest_weight: dict[str, float]
    """AUROC on validation of each weight that was tried."""
    slope: float
    intercept: float
    dtype: str
    validation_sha256: str
    adapter_sha256: str
    n: int
    balanced_accuracy: float
    cascade_balanced_accuracy: float

    def operating_point(self, judge: Literal["reward", "cascade"], strict: bool) -> float:
        """The threshold of a judge: the balanced one, or the strict one."""
        if judge == "reward":
            return self.strict_threshold if strict else self.threshold
        return self.strict_cascade_threshold if strict else self.cascade_threshold

    @property
    def deciding(self) -> frozenset[Mode]:
        """Modes whose rule decides in the cascade: precise enough on validation, or silent there."""
        return frozenset(mode for mode, found in self.rule_precision.items() if found.precise)

    def probability(self, reward: float) -> float:
        """Calibrated P(PASS) of a reward."""
        z = self.slope * reward + self.intercept
        return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


def load_calibration(folder: Path) -> Calibration:
    """Read ``calibration.json`` of an adapter folder.

    Raises:
        AdapterError: the file is missing.
    """
    path = folder / "calibration.json"
    if not path.is_file():
        raise AdapterError(f"{folder} has no calibration.json: run `tenacious-bench calibrate --adapter {folder}`")
    try:
        return Calibration.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "file"
        raise AdapterError(
            f"{path}, field {field}: {first['msg']}: run `tenacious-bench calibrate --adapter {folder}` again"
        ) from error

"""The parts of ``results.json`` that reports read, checked before a table is made of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StringConstraints, ValidationError, model_validator

from tenacious_bench.schema import Partition

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,59}$")]
Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    """Unknown names are left alone: a later version may write more."""

    model_config = ConfigDict(strict=True, frozen=True)


class _Estimate(_Part):
    value: FiniteFloat | None
    low: FiniteFloat | None
    high: FiniteFloat | None
    reason: str = ""

    @model_validator(mode="after")
    def _both_ends(self) -> _Estimate:
        if (self.low is None) != (self.high is None) or (self.value is None and self.low is not None):
            raise ValueError("an interval has a value and both ends, or none of them")
        return self


class _Confusion(_Part):
    tp: Count
    fp: Count
    tn: Count
    fn: Count
    pass_errors: Count
    fail_errors: Count


class _Summary(_Part):
    n: Annotated[int, Field(ge=1)]
    n_pass: Count
    n_errors: Count
    confusion: _Confusion
    accuracy: _Estimate
    balanced_accuracy: _Estimate
    mcc: _Estimate
    auroc: _Estimate
    brier: _Estimate
    ece: _Estimate
    pass_recall: _Estimate
    fail_recall: _Estimate
    majority_baseline: _Estimate
    signature: str


class _Judge(_Summary):
    judge_signature: str
    emails_per_second: FiniteFloat


class _Comparison(_Part):
    accuracy_difference: _Estimate
    balanced_accuracy_difference: _Estimate
    only_a: Count
    only_b: Count
    mcnemar_p: FiniteFloat
    accuracy_p: FiniteFloat
    mde: FiniteFloat | None


class _Slice(_Part):
    key: str
    n: Count
    accuracy: _Estimate
    balanced_accuracy: _Estimate
    mde: FiniteFloat | None


class _Way(_Part):
    what: str
    judges: dict[Name, list[_Slice]]


class _Share(_Part):
    n: Count
    accuracy: _Estimate


class _Pointing(_Share):
    random_sentence: FiniteFloat


class _Naming(_Share):
    majority_baseline: FiniteFloat


class _Pairs(_Part):
    n: Count
    pairwise_accuracy: _Estimate


class _Paraphrased(_Part):
    original: _Summary
    paraphrased: _Summary
    verdict_kept: _Estimate


class _Dataset(_Part):
    config: Name
    partition: Partition
    n: Count
    groups: Count
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class _Results(_Part):
    package_version: Name
    dataset: _Dataset
    seed: int
    judges: Annotated[dict[Name, _Judge], Field(min_length=1)]
    comparisons: dict[str, _Comparison]
    by_mode: dict[Name, list[_Slice]]
    fail_recall_by_mode: dict[Name, list[_Slice]]
    by_slice: dict[str, _Way]
    strict: dict[Name, _Summary]
    pointing: _Pointing | None
    paraphrased: dict[Name, _Paraphrased]
    naming: dict[Name, _Naming]
    ordering: dict[Name, dict[str, _Pairs]]

    @model_validator(mode="after")
    def _slices_agree(self) -> _Results:
        if set(self.by_mode) != set(self.judges):
            raise ValueError(f"by_mode has {sorted(self.by_mode)}, judges has {sorted(self.judges)}: they must agree")
        for where, judges in {
            "by_mode": self.by_mode,
            "fail_recall_by_mode": self.fail_recall_by_mode,
            **{f"by_slice.{way}": found.judges for way, found in self.by_slice.items()},
        }.items():
            _same_slices(where, judges, self.judges)
        return self


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


def _same_slices(where: str, judges: Mapping[str, Sequence[_Keyed]], known: Collection[str]) -> None:
    """Each judge of a table must have the same slices, in the same order."""
    if not set(judges) <= set(known):
        raise ValueError(f"{where} names {sorted(set(judges) - set(known))}, which no judge of `judges` is")
    keys = {name: [row.key for row in rows] for name, rows in judges.items()}
    first = next(iter(keys.values()), [])
    other = next((name for name, found in keys.items() if found != first), None)
    if other is not None:
        raise ValueError(f"{where}.{other} has other slices than the judges before it")


def check_results(value: Mapping[str, Any]) -> None:
    """Refuse what no report can be made of.

    Raises:
        ValueError: names the first field that is wrong, and what is wrong with it.
    """
    try:
        _Results.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        found = first["msg"].removeprefix("Value error, ")
        raise ValueError(f"{field}: {found}" if field else found) from error

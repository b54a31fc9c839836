"""Implicit-reward accuracy, as an `evaluate` module: a thin shell over `tenacious_bench.stats`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import datasets
import evaluate
import numpy as np

from tenacious_bench import stats
from tenacious_bench.stats.checks import finite_array, optional_scores

_DESCRIPTION = """\
How well the implicit reward of a DPO-trained judge, beta * (log pi - log pi_ref), tells emails that
may be sent from emails that may not. Accuracy is never reported alone: the majority baseline,
balanced accuracy, MCC and AUROC stand beside it, each with a bootstrap confidence interval.
"""

_KWARGS_DESCRIPTION = """
Configuration "rewards" (the default): one reward and one label for each email.

Args:
    predictions: rewards, finite numbers; None where the judge failed to give one, which counts as
        a wrong answer and is reported in n_errors. NaN is refused.
    references: labels, exactly "PASS" or "FAIL"; both must occur.
    threshold: the verdict is PASS where the reward is above it. Default 0.0, the sign of the
        reward, which is not calibrated: choose a threshold on validation data.
    probabilities: optional probabilities of PASS; adds the Brier score and the ECE.
    groups: optional group of each item; whole groups are resampled.
    rival_predictions: optional rewards of a second judge on the same items, in the same order.
    rival_threshold: threshold for rival_predictions. Default 0.0.
    rival_verdicts: optional verdicts of a second judge, in place of rival_predictions.
    slices: optional slice name of each item (or a list of names); adds a list of rows.
    min_n: a slice with fewer items gets a reason in place of a number. Default 20.
    n_resamples: bootstrap resamples. Default 10,000.
    confidence_level: default 0.95.
    seed: default 0.

Configuration "pairs": the rewards of a chosen and a rejected email.

Args:
    chosen: finite rewards of the chosen emails.
    rejected: finite rewards of the rejected emails.
    groups, n_resamples, confidence_level, seed: as above.

Configuration "logps": the same from summed log-probabilities of the email given the prompt.

Args:
    policy_chosen, policy_rejected: under the trained model.
    reference_chosen, reference_rejected: under the reference model.
    beta: the beta of training. Default 0.1.
    groups, n_resamples, confidence_level, seed: as above.

Returns:
    A flat dict. A statistic `x` comes with `x_ci_low` and `x_ci_high`; where it is undefined all
    three are None and `x_reason` says why. `x_n_undefined` is given when some resamples had no
    value for it and were left out. `signature` names the settings behind the numbers.

    rewards: accuracy (also with `accuracy_wilson_low` and `_high`), balanced_accuracy, mcc, auroc,
    pass_recall, fail_recall, pass_share, majority_baseline, brier and ece if asked for, n, n_pass,
    n_errors, threshold; with a rival, rival_accuracy, rival_balanced_accuracy,
    accuracy_difference, balanced_accuracy_difference, their bootstrap p-values ending in `_p`,
    only_this_right, only_rival_right, mcnemar_p and mde; with slices, the list `slices`.

    pairs and logps: pairwise_accuracy (a tie counts 1/2; also with Wilson), mean_margin, n,
    n_ties, baseline.

Examples:

    >>> import evaluate
    >>> metric = evaluate.load("implicit_reward_accuracy")
    >>> result = metric.compute(
    ...     predictions=[0.8, 0.3, -0.2, -0.5, 0.1, -0.9],
    ...     references=["PASS", "PASS", "PASS", "FAIL", "FAIL", "FAIL"],
    ... )
    >>> round(result["balanced_accuracy"], 3), result["majority_baseline"], result["n"]
    (0.667, 0.5, 6)
    >>> round(result["auroc"], 3)
    0.889

    >>> pairs = evaluate.load("implicit_reward_accuracy", "pairs")
    >>> result = pairs.compute(chosen=[1.0, 0.5, 0.2, 0.4], rejected=[0.1, 0.5, 0.3, 0.0])
    >>> result["pairwise_accuracy"], result["n_ties"], round(result["mean_margin"], 3)
    (0.625, 1, 0.3)

    >>> logps = evaluate.load("implicit_reward_accuracy", "logps")
    >>> result = logps.compute(
    ...     policy_chosen=[-40.0, -52.0],
    ...     policy_rejected=[-61.0, -48.0],
    ...     reference_chosen=[-45.0, -50.0],
    ...     reference_rejected=[-60.0, -49.0],
    ...     beta=0.1,
    ... )
    >>> result["pairwise_accuracy"], round(result["mean_margin"], 3)
    (0.5, 0.15)

    >>> metric.compute(predictions=[0.8, 0.3], references=["PASS", "approve"])
    Traceback (most recent call last):
    ...
    tenacious_bench.stats.checks.StatsInputError: references[1] is 'approve': expected one of ...
"""

_CITATION = """\
@inproceedings{rafailov2023direct,
  title = {Direct Preference Optimization: Your Language Model is Secretly a Reward Model},
  author = {Rafailov, Rafael and Sharma, Archit and Mitchell, Eric and Ermon, Stefano and
            Manning, Christopher D. and Finn, Chelsea},
  booktitle = {Advances in Neural Information Processing Systems},
  volume = {36},
  year = {2023}
}
"""

_NUMBER = datasets.Value("float64")
_LOGPS = ("policy_chosen", "policy_rejected", "reference_chosen", "reference_rejected")
_FEATURES = {
    "rewards": {"predictions": _NUMBER, "references": datasets.Value("string")},
    "pairs": {"chosen": _NUMBER, "rejected": _NUMBER},
    "logps": dict.fromkeys(_LOGPS, _NUMBER),
}
_RATES = (
    *("accuracy", "balanced_accuracy", "mcc", "auroc", "brier", "ece"),
    *("pass_recall", "fail_recall", "pass_share", "majority_baseline"),
)


def _flat(name: str, estimate: stats.Estimate) -> dict[str, float | str | None]:
    """An estimate as entries `name`, `name_ci_low`, `name_ci_high` and what qualifies them."""
    fields = estimate.to_dict()
    entries = {
        name: fields["value"],
        f"{name}_ci_low": fields["low"],
        f"{name}_ci_high": fields["high"],
    }
    if estimate.n_undefined:
        entries[f"{name}_n_undefined"] = estimate.n_undefined
    if estimate.reason:
        entries[f"{name}_reason"] = estimate.reason
    return entries


def _wilson(name: str, estimate: stats.Estimate) -> dict[str, float]:
    return {f"{name}_wilson_low": estimate.low, f"{name}_wilson_high": estimate.high}


def _score_rewards(
    predictions: Sequence[float | None],
    references: Sequence[str],
    threshold: float = 0.0,
    probabilities: Sequence[float | None] | None = None,
    groups: Sequence[str | None] | None = None,
    rival_predictions: Sequence[float | None] | None = None,
    rival_threshold: float = 0.0,
    rival_verdicts: Sequence[str | None] | None = None,
    slices: Sequence[str | Sequence[str] | None] | None = None,
    min_n: int = 20,
    n_resamples: int = 10_000,
    confidence_level: float = 0.95,
    seed: int = 0,
) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "groups": groups,
        "n_resamples": n_resamples,
        "level": confidence_level,
        "seed": seed,
    }
    summary = stats.summarize(
        references,
        scores=predictions,
        probabilities=probabilities,
        threshold=threshold,
        **settings,
    )
    verdicts = _words(stats.verdicts_from_scores(predictions, threshold))
    result: dict[str, Any] = {}
    for name in _RATES:
        if probabilities is not None or name not in ("brier", "ece"):
            result |= _flat(name, getattr(summary, name))
    result |= _wilson("accuracy", summary.accuracy_wilson)
    result |= {"n": summary.n, "n_pass": summary.n_pass, "n_errors": summary.n_errors}
    result["threshold"] = threshold

    if rival_predictions is not None and rival_verdicts is not None:
        raise stats.StatsInputError("pass rival_predictions or rival_verdicts, not both")
    rival = rival_verdicts
    if rival_predictions is not None:
        codes = stats.verdicts_from_scores(rival_predictions, rival_threshold, "rival_predictions")
        rival = _words(codes)
    if rival is not None:
        result |= _against(stats.compare(references, verdicts, rival, **settings))
    if slices is not None:
        result["slices"] = [row.to_dict() for row in stats.slices(references, verdicts, slices, min_n, **settings)]
        if rival is not None:
            tests = stats.compare_slices(references, verdicts, rival, slices, min_n)
            for row, test in zip(result["slices"], tests, strict=True):
                row |= {name: test.to_dict()[name] for name in ("mcnemar_p", "holm_p")}
    return result | {"signature": summary.signature}


def _words(codes: Iterable[int]) -> list[str | None]:
    return [{1: stats.PASS, 0: stats.FAIL}.get(int(code)) for code in codes]


def _against(comparison: stats.Comparison) -> dict[str, Any]:
    fields = comparison.to_dict()
    return {
        "rival_accuracy": comparison.accuracy_b,
        "rival_balanced_accuracy": comparison.balanced_accuracy_b,
        "rival_n_errors": comparison.n_errors_b,
        **_flat("accuracy_difference", comparison.accuracy_difference),
        "accuracy_difference_p": fields["accuracy_p"],
        **_flat("balanced_accuracy_difference", comparison.balanced_accuracy_difference),
        "balanced_accuracy_difference_p": fields["balanced_accuracy_p"],
        "only_this_right": comparison.only_a,
        "only_rival_right": comparison.only_b,
        "mcnemar_p": comparison.mcnemar_p,
        "mde": fields["mde"],
    }


def _score_pairs(
    chosen: Sequence[float],
    rejected: Sequence[float],
    groups: Sequence[str | None] | None = None,
    n_resamples: int = 10_000,
    confidence_level: float = 0.95,
    seed: int = 0,
) -> dict[str, Any]:
    summary = stats.summarize_pairs(chosen, rejected, groups, n_resamples, confidence_level, seed)
    return {
        **_flat("pairwise_accuracy", summary.pairwise_accuracy),
        **_wilson("pairwise_accuracy", summary.pairwise_accuracy_wilson),
        **_flat("mean_margin", summary.mean_margin),
        "baseline": summary.baseline,
        "n": summary.n,
        "n_ties": summary.n_ties,
        "signature": summary.signature,
    }


def _score_logps(
    policy_chosen: Sequence[float],
    policy_rejected: Sequence[float],
    reference_chosen: Sequence[float],
    reference_rejected: Sequence[float],
    beta: float = 0.1,
    **options: Any,
) -> dict[str, Any]:
    if not beta > 0:
        raise stats.StatsInputError(f"beta is {beta}: pass the positive beta of training")
    chosen = beta * (np.asarray(policy_chosen) - np.asarray(reference_chosen))
    rejected = beta * (np.asarray(policy_rejected) - np.asarray(reference_rejected))
    result = _score_pairs(list(chosen), list(rejected), **options)
    return result | {"signature": f"beta:{beta}|{result['signature']}"}


def _checked(name: str, values: Any) -> list[Any]:
    """One input column, refused unless every value is of the kind the column is for."""
    if name == "references":
        return [stats.PASS if label else stats.FAIL for label in stats.parse_labels(values, name)]
    if name != "predictions":
        return list(finite_array(values, name))
    scores = optional_scores(values, name)
    return [float(x) if given else None for x, given in zip(*scores, strict=True)]


_SCORERS: dict[str, Callable[..., dict[str, Any]]] = {
    "rewards": _score_rewards,
    "pairs": _score_pairs,
    "logps": _score_logps,
}


@evaluate.utils.file_utils.add_start_docstrings(_DESCRIPTION, _KWARGS_DESCRIPTION)
class ImplicitRewardAccuracy(evaluate.Metric):  # type: ignore[misc]
    @property
    def _config(self) -> str:
        name = "rewards" if self.config_name in (None, "default") else str(self.config_name)
        if name not in _FEATURES:
            raise stats.StatsInputError(f"unknown configuration {name!r}: use {list(_FEATURES)}")
        return name

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_KWARGS_DESCRIPTION,
            features=datasets.Features(_FEATURES[self._config]),
            reference_urls=["https://arxiv.org/abs/2305.18290"],
        )

    def compute(self, *, predictions: Any = None, references: Any = None, **kwargs: Any) -> Any:
        """Compute the metric; the arguments are those of the configuration."""
        if self._config != "rewards" and not (predictions is None and references is None):
            raise stats.StatsInputError(
                f"configuration {self._config!r} takes {list(_FEATURES[self._config])}, not predictions and references"
            )
        return super().compute(predictions=predictions, references=references, **kwargs)

    def add_batch(self, **columns: Any) -> None:
        """Check the batch before `evaluate` casts it: it would turn the string "1.0" into 1.0."""
        names = list(_FEATURES[self._config])
        extra = [name for name, values in columns.items() if name not in names and values is not None]
        missing = [name for name in names if columns.get(name) is None]
        if extra or missing:
            raise stats.StatsInputError(
                f"configuration {self._config!r} takes {names}: missing {missing}, unknown {extra}"
            )
        checked = {name: _checked(name, columns[name]) for name in names}
        lengths = {name: len(values) for name, values in checked.items()}
        if len(set(lengths.values())) > 1:
            raise stats.StatsInputError(f"the inputs differ in length, {lengths}: pass one of each per item, in order")
        super().add_batch(**checked)

    def _compute(self, **inputs: Any) -> dict[str, Any]:
        result = _SCORERS[self._config](**inputs)
        prefix = f"metric:implicit_reward_accuracy|config:{self._config}"
        return result | {"signature": f"{prefix}|{result['signature']}"}

"""Builds judges by name: the one place that knows what each of them needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from tenacious_bench.data import load_tasks
from tenacious_bench.judges.base import Judge
from tenacious_bench.judges.rules import RulesJudge
from tenacious_bench.playbook import Playbook
from tenacious_bench.weights import EMBEDDED

if TYPE_CHECKING:
    from tenacious_bench.judges.calibration import Calibration

JudgeName = Literal[
    "always_fail", "always_pass", "length", "email_only", "rules", "prompt", "explicit", "reward", "cascade"
]
JUDGES: tuple[JudgeName, ...] = get_args(JudgeName)


@dataclass(frozen=True)
class ModelOptions:
    """How model judges run. ``adapter`` None is the one that ships with the package."""

    adapter: Path | None = None
    device: str = "cpu"
    dtype: str = "auto"
    batch_size: int = 8
    strict: bool = False
    """Use the operating point that bounds the share of bad emails sent."""
    references: Path | None = None
    """Database of the reward's reference scores; None computes them each time."""
    words: bool = False
    """Judgments also say what each word adds to the reward."""


def judge_names(text: str) -> list[JudgeName]:
    """Parse a comma-separated list; ``all`` means every judge.

    Raises:
        ValueError: an unknown name; lists those there are.
    """
    wanted = [part.strip() for part in text.split(",") if part.strip()]
    if wanted == ["all"]:
        return list(JUDGES)
    chosen = [name for part in wanted for name in JUDGES if name == part]
    if len(chosen) != len(wanted) or not chosen:
        unknown = [part for part in wanted if part not in JUDGES]
        raise ValueError(f"unknown judge {', '.join(unknown) or '(none)'}: choose from {', '.join(JUDGES)}")
    return chosen


def judge_name(text: str) -> JudgeName:
    """Parse the name of one judge.

    Raises:
        ValueError: an unknown name, or several.
    """
    names = judge_names(text)
    if len(names) != 1:
        raise ValueError(f"{text} names {len(names)} judges: give one of {', '.join(JUDGES)}")
    return names[0]


def build_judge(name: JudgeName, playbook: Playbook, options: ModelOptions, seed: int = 0) -> Judge:
    """One judge, ready to use; model judges load their weights here.

    Raises:
        WeightsError, AdapterError, ExplicitHeadError: something is missing (the message says how to get it).
    """
    if name in ("always_fail", "always_pass", "length", "email_only"):
        return _null_judge(name, playbook, seed)
    if name == "rules":
        return RulesJudge(playbook)
    if name == "prompt":
        return _prompt_judge(playbook, options)
    if name == "explicit":
        return _explicit_judge(playbook, options)
    calibration = calibration_of(options)
    reward = _reward_judge(playbook, options, calibration)
    if name == "reward":
        return reward
    from tenacious_bench.judges.cascade import CascadeJudge

    threshold = calibration.operating_point("cascade", options.strict)
    return CascadeJudge(RulesJudge(playbook), reward, playbook, threshold, calibration.deciding, options.strict)


def _null_judge(
    name: Literal["always_fail", "always_pass", "length", "email_only"], playbook: Playbook, seed: int
) -> Judge:
    from tenacious_bench.judges.null import ConstantJudge, EmailOnlyJudge  # scikit-learn takes a second to import

    if name == "always_fail":
        return ConstantJudge("FAIL", playbook)
    if name == "always_pass":
        return ConstantJudge("PASS", playbook)
    return EmailOnlyJudge(name, load_tasks("train"), playbook, seed)


def calibration_of(options: ModelOptions) -> Calibration:
    """Thresholds and probability map of the adapter in use.

    Raises:
        AdapterError: it has none.
    """
    from tenacious_bench.judges.calibration import load_calibration
    from tenacious_bench.judges.reward_model import adapter_folder

    return load_calibration(options.adapter or adapter_folder())


def _reward_judge(playbook: Playbook, options: ModelOptions, calibration: Calibration) -> Judge:
    from tenacious_bench.judges.mode_names import load_mode_names
    from tenacious_bench.judges.reward import RewardJudge
    from tenacious_bench.judges.reward_model import RewardModel, adapter_folder

    folder = options.adapter or adapter_folder()
    return RewardJudge(
        playbook,
        RewardModel(folder, options.device, options.dtype, references=options.references),
        calibration,
        batch_size=options.batch_size,
        strict=options.strict,
        names=load_mode_names(folder),
        words=options.words,
    )


def _explicit_judge(playbook: Playbook, options: ModelOptions) -> Judge:
    from tenacious_bench.contamination import load_encoder
    from tenacious_bench.judges.explicit import ExplicitHead, ExplicitJudge
    from tenacious_bench.judges.reward_model import adapter_folder

    return ExplicitJudge(ExplicitHead.load(options.adapter or adapter_folder()), playbook, load_encoder())


def _prompt_judge(playbook: Playbook, options: ModelOptions) -> Judge:
    from tenacious_bench.judges.prompt import PromptJudge
    from tenacious_bench.models import load_base

    model, tokenizer = load_base(EMBEDDED, None, options.device, options.dtype)
    return PromptJudge(playbook, model, tokenizer, EMBEDDED, options.batch_size)


def parts_of(names: Sequence[JudgeName]) -> list[JudgeName]:
    """The judges that have to run so that every named one has its verdicts: a cascade needs rules and reward."""
    needed = set(names) | ({"rules", "reward"} if "cascade" in names else set())
    return [name for name in JUDGES if name in needed]

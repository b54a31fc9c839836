"""The implicit-reward judge: reward = beta * (log pi_DPO(email|prompt) - log pi_ref(email|prompt)).

One sentence can spoil an email that is right in every other, so the judge's reward adds the lowest sentence's share
again, ``lowest_weight`` times; the weight is chosen on validation (0 leaves the plain sum) and stands in the signature.

The reference is the same base model with the adapter switched off, so one copy of the weights is in memory.
Formula: Rafailov et al. 2023, "Direct Preference Optimization", equation 5 without the prompt-only term, which
cancels within a prompt; across prompts the threshold calibrated on validation stands in for it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from tenacious_bench.adapters import WEIGHTS, AdapterError, load_adapter
from tenacious_bench.data import published_folder
from tenacious_bench.judges.base import Progress, action_for
from tenacious_bench.judges.explanation import sentence_rewards
from tenacious_bench.judges.mode_names import ModeNames, lowest_text
from tenacious_bench.logprobs import Encoded, completion_logprobs, encode_pair, encode_text, token_offsets
from tenacious_bench.models import load_base
from tenacious_bench.playbook import Playbook
from tenacious_bench.prompt import fit, join_lines, prompt_lines, template_hash
from tenacious_bench.reference_cache import ReferenceCache, weights_hash
from tenacious_bench.schema import Email, Item, Judgment, Label, Mode, Record, SentenceReward
from tenacious_bench.weights import file_sha256

if TYPE_CHECKING:
    import torch

MAX_TOKENS = 1024
"""Prompt and email together. A longer prompt loses whole lines (and the judgment says so), never part of the email."""

MAX_EMAIL_TOKENS = 768


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


@dataclass(frozen=True)
class Scored:
    """Per-token terms of one email and the prompt lines that did not fit."""

    policy: torch.Tensor
    """log pi_DPO of each completion token, (completion,) float32."""
    reference: torch.Tensor
    """log pi_ref, same shape."""
    dropped: tuple[str, ...]

    def reward(self, beta: float) -> float:
        """beta * sum over tokens of (policy - reference)."""
        return beta * float((self.policy.double() - self.reference.double()).sum())

    def terms(self, beta: float) -> list[float]:
        """beta * (policy - reference) of each token: what the reward is made of."""
        terms: list[float] = (beta * (self.policy.double() - self.reference.double())).tolist()
        return terms


def with_lowest(reward: float, sentences: Sequence[SentenceReward], weight: float) -> float:
    """The summed reward plus ``weight`` times the reward of its lowest sentence."""
    return reward + weight * min((s.reward for s in sentences), default=0.0)


class RewardModel:
    """A base model and the LoRA adapter that makes it the policy; one copy of the weights serves as both.

    Args:
        folder: adapter repository (``adapter_config.json``, ``adapter_model.safetensors``, ``run_record.json``).
        device: torch device.
        dtype: one of :data:`tenacious_bench.models.DTYPES`; the attribute says which it came to.
        references: database to look reference scores up in and to keep them in; None computes them each time.

    Raises:
        AdapterError: files are missing.
    """

    def __init__(
        self, folder: Path, device: str = "cpu", dtype: str = "auto", *, references: Path | None = None
    ) -> None:
        if not (folder / "run_record.json").is_file():
            raise AdapterError(f"{folder} has no run_record.json: train with `make train`, or name another --adapter")
        record = json.loads((folder / "run_record.json").read_text(encoding="utf-8"))
        self.beta = float(record["beta"])
        self.base_name = str(record["base_model"])
        if record["template"] != template_hash():
            raise AdapterError(
                f"{folder} was trained with prompt template {record['template']}, this package renders "
                f"{template_hash()}: retrain, or install the version the adapter came with"
            )
        self.model, self.tokenizer = load_base(self.base_name, record.get("base_revision"), device, dtype)
        self.dtype = str(self.model.dtype).removeprefix("torch.")
        self._deltas = load_adapter(folder, self.model)
        self.adapter_sha256 = file_sha256(folder / WEIGHTS)
        self._references: ReferenceCache | None = None
        if references is not None:
            scope = f"{weights_hash(self.model)}|{self.dtype}|{template_hash()}"
            self._references = ReferenceCache(references, scope)

    def encode(self, item: Item, playbook: Playbook) -> tuple[Encoded, tuple[str, ...]]:
        """Token ids of an item, and the prompt lines dropped to make it fit.

        Raises:
            ValueError: the email alone is longer than ``MAX_EMAIL_TOKENS``.
        """
        length = len(encode_text(self.tokenizer, item.email.text)) + 1
        if length > MAX_EMAIL_TOKENS:
            raise ValueError(f"the email has {length} tokens, more than {MAX_EMAIL_TOKENS}: shorten it")
        lines = prompt_lines(item.brief, item.email.kind, playbook)
        kept, dropped = fit(lines, MAX_TOKENS - length, lambda text: len(encode_text(self.tokenizer, text)))
        return encode_pair(self.tokenizer, join_lines(kept), item.email.text), tuple(line.text for line in dropped)

    def score(
        self, rows: Sequence[Encoded], *, batch_size: int = 8, progress: Progress | None = None
    ) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Policy and reference log-probabilities of each row's completion tokens, in order."""
        policy = completion_logprobs(self.model, rows, self._deltas, max_rows=batch_size, progress=progress)
        return list(zip(policy, self.reference(rows, batch_size=batch_size), strict=True))

    def reference(self, rows: Sequence[Encoded], *, batch_size: int = 8) -> list[torch.Tensor]:
        """Reference log-probabilities of each row's completion tokens, in order: looked up or computed, and kept."""
        known: list[torch.Tensor | None] = self._references.get(rows) if self._references else [None] * len(rows)
        missing = [row for row, scores in zip(rows, known, strict=True) if scores is None]
        computed = completion_logprobs(self.model, missing, max_rows=batch_size)
        if self._references and missing:
            self._references.put(missing, computed)
        rest = iter(computed)
        return [next(rest) if scores is None else scores for scores in known]

    def sentences(self, email: Email, scored: Scored) -> tuple[SentenceReward, ...]:
        """What each sentence of an email adds to its summed reward."""
        return sentence_rewards(email, token_offsets(self.tokenizer, email.text), scored.terms(self.beta))


class RewardJudge:
    """Verdicts by thresholded implicit reward.

    Args:
        playbook: renders the licence in the prompt.
        model: a loaded :class:`RewardModel`.
        calibration: threshold and probability map.
        batch_size: rows per forward pass.
        strict: use the strict operating point.
        names: names the failure mode of a FAIL; without it a FAIL of the reward stays unnamed.
    """

    name = "reward"

    def __init__(
        self,
        playbook: Playbook,
        model: RewardModel,
        calibration: Calibration,
        batch_size: int = 8,
        strict: bool = False,
        names: ModeNames | None = None,
    ) -> None:
        if calibration.adapter_sha256 != model.adapter_sha256:
            raise AdapterError("calibration.json belongs to another adapter: run `tenacious-bench calibrate` again")
        self.model = model
        self._playbook = playbook
        self._calibration = calibration
        self._threshold = calibration.operating_point("reward", strict)
        self._batch_size = batch_size
        self._names = names
        self._signature = "|".join(
            (
                f"judge:reward:{model.adapter_sha256[:12]}",
                f"ref:{model.base_name}",
                f"dtype:{model.dtype}",
                f"beta:{model.beta:g}",
                f"lowest:{calibration.lowest_weight:g}",
                f"template:{template_hash()}",
                f"playbook:{playbook.digest}",
            )
        )

    def judge(self, items: Sequence[Item], progress: Progress | None = None) -> list[Judgment]:
        """Score each item; one that cannot be encoded gets ``error`` and no verdict."""
        encoded: dict[int, tuple[Encoded, tuple[str, ...]]] = {}
        errors: dict[int, str] = {}
        for i, item in enumerate(items):
            try:
                encoded[i] = self.model.encode(item, self._playbook)
            except (ValueError, OverflowError) as error:  # too long an email, a start beyond the calendar
                errors[i] = str(error)
        rows = [row for row, _ in encoded.values()]
        terms = dict(zip(encoded, self.model.score(rows, batch_size=self._batch_size, progress=progress), strict=True))
        out = []
        for i, item in enumerate(items):
            if i in errors:
                out.append(
                    Judgment(id=item.id, judge=self.name, verdict=None, error=errors[i], signature=self._signature)
                )
                continue
            policy, reference = terms[i]
            out.append(self._judgment(item, Scored(policy, reference, encoded[i][1])))
        if progress is not None and errors:
            progress(len(errors))
        return out

    def _judgment(self, item: Item, scored: Scored) -> Judgment:
        sentences = self.model.sentences(item.email, scored)
        reward = with_lowest(scored.reward(self.model.beta), sentences, self._calibration.lowest_weight)
        verdict: Label = "PASS" if reward > self._threshold else "FAIL"
        modes: tuple[Mode, ...] = ()
        if verdict == "FAIL" and self._names is not None:
            modes = (self._names.name(item.brief, lowest_text(sentences)),)
        return Judgment(
            id=item.id,
            judge=self.name,
            verdict=verdict,
            action=action_for(verdict, (), self._playbook),  # a guessed mode, without a quote, is no ground to block
            reward=reward,
            probability=self._calibration.probability(reward),
            threshold=self._threshold,
            failure_modes=modes,
            sentences=sentences,
            notes=tuple(f"left out of the prompt: {line}" for line in scored.dropped),
            signature=self._signature,
        )


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


def adapter_folder() -> Path:
    """The adapter that ships with the package."""
    return published_folder("model_card")

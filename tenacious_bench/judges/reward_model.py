"""The implicit reward: beta * (log pi_DPO(email|prompt) - log pi_ref(email|prompt)), summed over the email's tokens.

One sentence can spoil an email that is right in every other, so the lowest sentence's share can be added again,
``lowest_weight`` times; the weight is chosen on validation (0 leaves the plain sum).

The reference is the same base model with the adapter switched off, so one copy of the weights is in memory.
Formula: Rafailov et al. 2023, "Direct Preference Optimization", equation 5 without the prompt-only term, which
cancels within a prompt; across prompts the threshold calibrated on validation stands in for it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tenacious_bench.adapters import WEIGHTS, AdapterError, load_adapter
from tenacious_bench.data import published_folder
from tenacious_bench.judges.base import Progress
from tenacious_bench.judges.explanation import sentence_rewards, word_rewards
from tenacious_bench.judges.readings import readings
from tenacious_bench.logprobs import Encoded, completion_logprobs, encode_pair, encode_text, token_offsets
from tenacious_bench.models import load_base
from tenacious_bench.playbook import Playbook
from tenacious_bench.prompt import fit, join_lines, prompt_lines, template_hash
from tenacious_bench.reference_cache import ReferenceCache, weights_hash
from tenacious_bench.schema import Email, Item, SpanReward
from tenacious_bench.weights import file_sha256

if TYPE_CHECKING:
    import torch

MAX_TOKENS = 1024
"""Prompt and email together. A longer prompt loses whole lines (and the judgment says so), never part of the email."""

MAX_EMAIL_TOKENS = 768


@dataclass(frozen=True)
class Reading:
    """What an email is worth under one reading of its brief."""

    email: Email
    offsets: tuple[tuple[int, int], ...]
    """Start and end of each token in ``email.text``."""
    terms: tuple[float, ...]
    """beta * (log pi_DPO - log pi_ref) of each token of the email, then of the end of sequence."""
    dropped: tuple[str, ...] = ()
    """Prompt lines that did not fit."""

    @cached_property
    def sentences(self) -> tuple[SpanReward, ...]:
        """What each sentence adds."""
        return sentence_rewards(self.email, self.offsets, self.terms)

    @cached_property
    def words(self) -> tuple[SpanReward, ...]:
        """What each word adds."""
        return word_rewards(self.email, self.offsets, self.terms)

    @property
    def plain(self) -> float:
        """The sum of the terms."""
        return math.fsum(self.terms)

    @property
    def lowest(self) -> float:
        """The reward of the lowest sentence; 0 without any."""
        return min((s.reward for s in self.sentences), default=0.0)

    def reward(self, lowest_weight: float) -> float:
        """The sum of the terms plus ``lowest_weight`` times the lowest sentence."""
        return self.plain + lowest_weight * self.lowest


def reward_terms(beta: float, policy: torch.Tensor, reference: torch.Tensor) -> tuple[float, ...]:
    """beta * (policy - reference) of each token: what the reward is made of.

    Args:
        beta: of the training.
        policy: log pi_DPO of each completion token, (completion,).
        reference: log pi_ref, same shape.
    """
    return tuple((beta * (policy.double() - reference.double())).tolist())


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
        """Policy and reference log-probabilities of each row's completion tokens, in order.

        Args:
            rows: prompts and completions.
            batch_size: rows per forward pass.
            progress: called with a number of rows; each is done by half when one of the two is known.
        """
        halves = None if progress is None else _in_proportion(progress, len(rows), 2 * len(rows))
        policy = completion_logprobs(self.model, rows, self._deltas, max_rows=batch_size, progress=halves)
        return list(zip(policy, self.reference(rows, batch_size=batch_size, progress=halves), strict=True))

    def reference(
        self, rows: Sequence[Encoded], *, batch_size: int = 8, progress: Progress | None = None
    ) -> list[torch.Tensor]:
        """Reference log-probabilities of each row's completion tokens, in order: looked up or computed, and kept."""
        known: list[torch.Tensor | None] = self._references.get(rows) if self._references else [None] * len(rows)
        missing = [row for row, scores in zip(rows, known, strict=True) if scores is None]
        if progress is not None and len(missing) < len(rows):
            progress(len(rows) - len(missing))
        computed = completion_logprobs(self.model, missing, max_rows=batch_size, progress=progress)
        if self._references and missing:
            self._references.put(missing, computed)
        rest = iter(computed)
        return [next(rest) if scores is None else scores for scores in known]

    def read(
        self, items: Sequence[Item], playbook: Playbook, *, batch_size: int = 8, progress: Progress | None = None
    ) -> list[tuple[Reading, ...] | str]:
        """Each item under its brief as it stands, then under its other readings; or why it cannot be encoded.

        Args:
            items: briefs and emails.
            playbook: renders the prompts, and knows the marks of planted text.
            batch_size: rows per forward pass.
            progress: called with a number of items done.
        """
        found = [self._encode_readings(item, playbook) for item in items]
        encoded = [readings_of for readings_of in found if not isinstance(readings_of, str)]
        if progress is not None and len(encoded) < len(items):
            progress(len(items) - len(encoded))
        rows = [row for readings_of in encoded for row, _ in readings_of]
        in_rows = None if progress is None else _in_proportion(progress, len(encoded), len(rows))
        scored = iter(self.score(rows, batch_size=batch_size, progress=in_rows))
        out: list[tuple[Reading, ...] | str] = []
        for item, readings_of in zip(items, found, strict=True):
            if isinstance(readings_of, str):
                out.append(readings_of)
                continue
            offsets = tuple(token_offsets(self.tokenizer, item.email.text))
            terms = [(reward_terms(self.beta, *next(scored)), dropped) for _, dropped in readings_of]
            out.append(tuple(Reading(item.email, offsets, part, dropped) for part, dropped in terms))
        return out

    def _encode_readings(self, item: Item, playbook: Playbook) -> list[tuple[Encoded, tuple[str, ...]]] | str:
        try:
            return [self.encode(reading, playbook) for reading in readings(item, playbook)]
        except (ValueError, OverflowError) as error:  # too long an email, a start beyond the calendar
            return str(error)


def _in_proportion(progress: Progress, whole: int, parts: int) -> Progress:
    """A progress in parts, so many in all, that reports as much of the whole."""
    done = 0

    def report(count: int) -> None:
        nonlocal done
        before, done = done, done + count
        progress(done * whole // parts - before * whole // parts)

    return report


def adapter_folder() -> Path:
    """The adapter that ships with the package."""
    return published_folder("model_card")

"""The Python interface: ``Judge.from_pretrained().judge(brief, email)``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tenacious_bench.files import show
from tenacious_bench.gate import Decision, Gate, Verdict
from tenacious_bench.gate.gate import MAX_AGE
from tenacious_bench.gate.inventory import Inventory, open_inventory
from tenacious_bench.panel import JudgeName, ModelOptions, build_judge, judge_name
from tenacious_bench.playbook import load_playbook
from tenacious_bench.rows import RowProblem, check_text, row_from_value
from tenacious_bench.schema import Brief, Email, Item

AnyBrief = Brief | Mapping[str, Any]
"""A brief, its JSON, or any other JSON object, which is read as a foreign context."""
AnyEmail = Email | Mapping[str, Any] | str
"""An email, its JSON, or its text: ``Subject: ...``, a blank line, the body."""


@dataclass(frozen=True)
class Ranked:
    """One of several emails for the same brief."""

    index: int
    """Its place among the emails given."""
    decision: Decision


@dataclass(frozen=True)
class Accepted:
    """An email that may be sent, and the decisions on those tried before it."""

    email: str
    decision: Decision
    rejected: tuple[Decision, ...]


class NoEmailPassed(RuntimeError):
    """The generator ran out of attempts; ``rejected`` holds the decision on each of them."""

    def __init__(self, rejected: Sequence[Decision]) -> None:
        last = rejected[-1].verdict or "not judged"
        super().__init__(f"none of {len(rejected)} emails may be sent; the last: {last}")
        self.rejected = tuple(rejected)


class Judge:
    """Says whether an email fits a brief: send, edit, block, or needs_evidence.

    Args:
        gate: made by :meth:`from_pretrained`, or by hand around any judge.
    """

    def __init__(self, gate: Gate) -> None:
        self.gate = gate

    @classmethod
    def from_pretrained(
        cls,
        adapter: str | Path | None = None,
        *,
        judge: JudgeName = "cascade",
        playbook: str | Path | None = None,
        inventory: str | Inventory | None = None,
        max_age: timedelta = MAX_AGE,
        strict: bool = False,
        device: str = "cpu",
        dtype: str = "auto",
        batch_size: int = 8,
        words: bool = False,
    ) -> Judge:
        """Load a judge with the adapter that ships with the package, or another.

        Args:
            adapter: a folder as ``tenacious-bench calibrate`` leaves it.
            judge: ``cascade``, ``reward`` or ``rules`` (which loads no model).
            playbook: a folder instead of the default.
            inventory: engineers free now: a file, an http URL, a database URL, or an object with ``read``.
            max_age: an inventory counted longer ago is stale.
            strict: use the operating point that bounds the share of bad emails sent.
            device: torch device.
            dtype: ``auto``, ``bfloat16``, ``float16`` or ``float32``.
            batch_size: emails per forward pass.
            words: judgments also say what each word adds to the reward, not each sentence alone.

        Raises:
            AdapterError, WeightsError, PlaybookError, InventoryError: something is missing or does not fit.
            ValueError: an unknown judge.
        """
        book = load_playbook(Path(playbook) if playbook else None)
        options = ModelOptions(Path(adapter) if adapter else None, device, dtype, batch_size, strict, words=words)
        source = open_inventory(inventory) if isinstance(inventory, str) else inventory
        return cls(Gate(build_judge(judge_name(judge), book, options), book, source, max_age))

    def judge(self, brief: AnyBrief, email: AnyEmail) -> Decision:
        """The decision on one email.

        Raises:
            ValueError: brief or email cannot be read; names the field, what was found and what to do.
        """
        return self.judge_many([(brief, email)])[0]

    def judge_many(self, pairs: Sequence[tuple[AnyBrief, AnyEmail]]) -> list[Decision]:
        """One decision per (brief, email), in order; faster than one by one.

        Raises:
            ValueError: a brief or email cannot be read; names the pair and the field.
        """
        return self.gate.decide([read_item(brief, email, str(i)) for i, (brief, email) in enumerate(pairs)])

    def rank(self, brief: AnyBrief, emails: Sequence[AnyEmail]) -> list[Ranked]:
        """Emails for one brief, best first: by verdict, then by reward.

        Raises:
            ValueError: nothing to rank, or a brief or email cannot be read.
        """
        if not emails:
            raise ValueError("no emails: give at least one")
        decisions = self.judge_many([(brief, email) for email in emails])
        ranked = [Ranked(i, decision) for i, decision in enumerate(decisions)]
        return sorted(ranked, key=lambda r: (_ORDER.index(r.decision.verdict), -_reward(r.decision)))

    def best(self, brief: AnyBrief, emails: Sequence[AnyEmail]) -> Ranked:
        """The best of several emails for one brief (best-of-n); its verdict need not be ``send``."""
        return self.rank(brief, emails)[0]

    def rejection_sample(
        self, brief: AnyBrief, generate: Callable[[Decision | None], str], attempts: int = 4
    ) -> Accepted:
        """Ask a generator for emails until one may be sent.

        Args:
            brief: what the email must fit.
            generate: given the decision on its last email (None at first), writes the next.
            attempts: how often it is asked.

        Raises:
            NoEmailPassed: no email of all attempts may be sent.
            ValueError: ``attempts`` is below one, or an email cannot be read.
        """
        if attempts < 1:
            raise ValueError(f"attempts is {attempts}: give at least 1")
        rejected: list[Decision] = []
        while len(rejected) < attempts:
            email = generate(rejected[-1] if rejected else None)
            decision = self.judge(brief, email)
            if decision.verdict == "send":
                return Accepted(email, decision, tuple(rejected))
            rejected.append(decision)
        raise NoEmailPassed(rejected)


_ORDER: tuple[Verdict | None, ...] = ("send", "edit", "needs_evidence", "block", None)


def _reward(decision: Decision) -> float:
    reward = decision.judgment.reward
    return float("-inf") if reward is None else reward


def read_item(brief: AnyBrief, email: AnyEmail, name: str) -> Item:
    """Brief and email of whatever form as what a judge is given.

    Raises:
        ValueError: names the field, what was found and what to do.
    """
    if not isinstance(brief, Brief | Mapping):
        raise ValueError(f"pair {name}: field brief: found {show(brief)}: give a Brief or a JSON object")
    known = brief.to_json_dict() if isinstance(brief, Brief) else dict(brief)
    draft = email.to_json_dict() if isinstance(email, Email) else dict(email) if isinstance(email, Mapping) else email
    row = {"brief" if {"as_of", "prospect"} <= known.keys() else "context": known, "email": draft}
    try:
        check_text(row)
        return row_from_value(row, 1, name).item
    except RowProblem as problem:
        raise ValueError(f"pair {name}: {problem}") from problem

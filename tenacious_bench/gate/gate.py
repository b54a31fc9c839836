"""Judges emails against what is free now, and asks for evidence where a verdict would be a guess."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tenacious_bench.gate.decision import Decision, Missing, Verdict
from tenacious_bench.gate.evidence import missing_evidence, open_modes
from tenacious_bench.gate.stock import Inventory, InventoryError, Stock, folded
from tenacious_bench.judges.base import Judge, Progress, action_for
from tenacious_bench.playbook import Playbook
from tenacious_bench.schema import Bench, Item, Judgment

MAX_AGE = timedelta(minutes=15)
CLOCK_SKEW = timedelta(minutes=1)
"""How far ahead of ours the clock of an inventory may run."""


class Gate:
    """A judge, and the inventory that promises are checked against when the verdict is given.

    Args:
        judge: gives PASS or FAIL.
        playbook: the seller's rules.
        inventory: read once for each call, in place of the copy in the briefs; None keeps the copies.
        max_age: an inventory counted longer ago is stale: a promise then needs evidence.
    """

    def __init__(
        self, judge: Judge, playbook: Playbook, inventory: Inventory | None = None, max_age: timedelta = MAX_AGE
    ) -> None:
        self.judge = judge
        self.playbook = playbook
        self._inventory = inventory
        self._max_age = max_age

    def decide(self, items: Sequence[Item], progress: Progress | None = None) -> list[Decision]:
        """One decision per item, in order. Deciding on an item never depends on the other items of the call."""
        stock, problem = self._look_up()
        current = [item if self._inventory is None else _with_stock(item, stock, self.playbook) for item in items]
        judgments = self.judge.judge(current, progress)
        counted = stock.updated_at if stock else None
        return [
            self._decision(item, judgment, problem, counted) for item, judgment in zip(current, judgments, strict=True)
        ]

    def _look_up(self) -> tuple[Stock | None, str | None]:
        """The inventory of this moment, or why there is none."""
        if self._inventory is None:
            return None, None
        try:
            stock = self._inventory.read()
        except InventoryError as error:
            return None, str(error)
        age = datetime.now(UTC) - stock.updated_at
        if age > self._max_age:
            return None, f"the inventory was last counted {_span(age)} ago, more than {_span(self._max_age)}"
        if age < -CLOCK_SKEW:
            return None, f"the inventory says it was counted {_span(-age)} from now: check its clock and its time zone"
        return stock, None

    def _decision(self, item: Item, judgment: Judgment, problem: str | None, counted: datetime | None) -> Decision:
        missing: tuple[Missing, ...] = ()
        verdict: Verdict | None = judgment.action
        if judgment.verdict is not None:
            try:
                missing = missing_evidence(item, self.playbook, problem)
            except (ValueError, OverflowError) as error:  # a date beyond the calendar, a number beyond its type
                found = f"{type(error).__name__}: {error}"
                judgment = judgment.model_copy(update={"verdict": None, "action": None, "error": found})
                return Decision(id=item.id, verdict=None, inventory_updated_at=counted, judgment=judgment)
        if missing:
            verdict = _verdict_without(missing, judgment, self.playbook)
        return Decision(id=item.id, verdict=verdict, missing=missing, inventory_updated_at=counted, judgment=judgment)


def _verdict_without(missing: tuple[Missing, ...], judgment: Judgment, playbook: Playbook) -> Verdict:
    """The strictest action of the quotes that stand whatever the missing turns out to be."""
    undecided = open_modes(missing)
    settled = [quote.mode for quote in judgment.quotes if quote.mode not in undecided]
    return action_for("FAIL", settled, playbook) if settled else "needs_evidence"


def _with_stock(item: Item, stock: Stock | None, playbook: Playbook) -> Item:
    """The item with the live inventory, its stacks under the playbook's names, in place of the copy in the brief."""
    names = {folded(name): name for name in playbook.bench.stacks}
    bench = stock and Bench(
        as_of=item.brief.as_of,
        stacks={names.get(folded(stack), stack): free for stack, free in stock.stacks.items()},
    )
    return item.model_copy(update={"brief": item.brief.model_copy(update={"bench": bench})})


def _span(age: timedelta) -> str:
    """Hours, minutes and seconds, such as ``0:15:01``."""
    return str(timedelta(seconds=round(age.total_seconds())))

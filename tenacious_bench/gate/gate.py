"""Judges emails against what is free now, and asks for evidence where a verdict would be a guess."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tenacious_bench.gate.decision import Decision, Missing, Verdict
from tenacious_bench.gate.evidence import missing_evidence
from tenacious_bench.gate.inventory import Inventory, InventoryError, Stock
from tenacious_bench.judges.base import Judge, Progress
from tenacious_bench.playbook import Playbook
from tenacious_bench.schema import Bench, Item, Judgment

MAX_AGE = timedelta(minutes=15)


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
        current = [item if self._inventory is None else _with_stock(item, stock) for item in items]
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
        return stock, None

    def _decision(self, item: Item, judgment: Judgment, problem: str | None, counted: datetime | None) -> Decision:
        missing: tuple[Missing, ...] = ()
        verdict: Verdict | None = judgment.action
        if judgment.verdict is not None:
            missing = missing_evidence(item, self.playbook, problem)
            if missing and not _fails_anyway(judgment):
                verdict = "needs_evidence"
        return Decision(id=item.id, verdict=verdict, missing=missing, inventory_updated_at=counted, judgment=judgment)


def _fails_anyway(judgment: Judgment) -> bool:
    """Whether a rule quotes words that no missing evidence could make right."""
    return any(quote.mode != "bench_overcommitment" for quote in judgment.quotes)


def _with_stock(item: Item, stock: Stock | None) -> Item:
    bench = None if stock is None else Bench(as_of=item.brief.as_of, stacks=stock.stacks)
    return item.model_copy(update={"brief": item.brief.model_copy(update={"bench": bench})})


def _span(age: timedelta) -> str:
    seconds = age.total_seconds()
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"

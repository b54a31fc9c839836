"""The judge protocol and what all judges share: the action that follows a verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

from tenacious_bench.playbook import Playbook
from tenacious_bench.schema import Action, Item, Judgment, Label, Mode

Progress = Callable[[int], Any]
"""Called with the number of items finished since the last call."""


@runtime_checkable
class Judge(Protocol):
    """Anything that gives verdicts. Judging an item never depends on the other items of the call."""

    name: str

    def judge(self, items: Sequence[Item], progress: Progress | None = None) -> list[Judgment]:
        """One judgment per item, in order. A row that cannot be judged gets ``error`` and no verdict."""
        ...


_SEVERITY: dict[Action, int] = {"send": 0, "edit": 1, "block": 2}


def action_for(verdict: Label, modes: Sequence[Mode], playbook: Playbook) -> Action:
    """``send`` for a PASS; for a FAIL the strictest action the playbook sets for its failure modes."""
    if verdict == "PASS":
        return "send"
    wanted = [playbook.actions[mode] for mode in modes] or [playbook.actions["unnamed"]]
    return max(wanted, key=_SEVERITY.__getitem__)

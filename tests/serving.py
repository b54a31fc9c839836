"""What the tests of the web service share: judges that do as they are told, and requests that are right."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from tenacious_bench.api import Judge
from tenacious_bench.gate import Gate
from tenacious_bench.judges.base import Progress
from tenacious_bench.playbook import load_playbook
from tenacious_bench.schema import Item, Judgment
from tenacious_bench.serve.examples import BRIEF, EMAIL


class FakeJudge:
    """Passes everything, remembers what came together, and does ``act`` first."""

    name = "fake"

    def __init__(self, act: Callable[[Sequence[Item]], None] = lambda items: None) -> None:
        self.calls: list[list[str]] = []
        self._act = act

    def judge(self, items: Sequence[Item], progress: Progress | None = None) -> list[Judgment]:
        self.calls.append([item.id for item in items])
        self._act(items)
        return [Judgment(id=item.id, judge=self.name, verdict="PASS", action="send") for item in items]

    def gate(self) -> Gate:
        return Gate(self, load_playbook())


def rules_gate(**options: Any) -> Gate:
    """The gate that needs no model."""
    return Judge.from_pretrained(judge="rules", **options).gate


def request(name: str | None = None) -> dict[str, Any]:
    """A request that is right, to be changed at will."""
    row = {"brief": copy.deepcopy(BRIEF), "email": dict(EMAIL)}
    return row if name is None else {"id": name, **row}

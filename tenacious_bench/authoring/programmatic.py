"""Programmatic contrast groups: seeded, reproducible, labels derived from the playbook by construction."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tenacious_bench.authoring.draw import Draw
from tenacious_bench.authoring.quads import Quad
from tenacious_bench.authoring.scenario import Scenario
from tenacious_bench.authoring.scenarios_context import (
    against_wish,
    drifting,
    leaked,
    no_segment,
    other_segment,
    planted,
)
from tenacious_bench.authoring.scenarios_facts import (
    insulting_gap,
    not_licensed,
    over_promise,
    stale_inventory,
    weak_gap,
    wrong_maturity,
    wrong_value,
)
from tenacious_bench.schema import Partition

SCHEDULE: tuple[Callable[[Draw], Scenario], ...] = (
    other_segment,
    wrong_value,
    against_wish,
    planted,
    over_promise,
    weak_gap,
    wrong_maturity,
    leaked,
    other_segment,
    not_licensed,
    against_wish,
    planted,
    over_promise,
    weak_gap,
    wrong_maturity,
    leaked,
    no_segment,
    not_licensed,
    drifting,
    planted,
    stale_inventory,
    insulting_gap,
    wrong_maturity,
    leaked,
)
"""One round of scenarios: each failure mode three times."""

FIRST_NUMBER: dict[Partition, int] = {"train": 0, "validation": 1200, "held_out": 1500}
"""Where each partition's group numbers start, so that growing one leaves the others as they are."""


def groups(partition: Partition, count: int, seed: int = 3407, voices: int = 1) -> Iterator[Quad]:
    """``count`` contrast groups of one partition, the scenarios in turn.

    Args:
        partition: decides which surface forms are used.
        count: groups; the first n of a longer run are the same groups.
        seed: of the build.
        voices: emails per brief and side: each group is told in so many wordings, of which all but the first name it
            in ``variant_of``.
    """
    for i in range(count):
        number = FIRST_NUMBER[partition] + i
        for voice in range(voices):
            quad = SCHEDULE[i % len(SCHEDULE)](Draw(partition, number, seed, voice)).named(f"p{number:04d}")
            if voice:
                quad = quad.model_copy(update={"group": f"{quad.group}-{voice}", "variant_of": quad.group})
            yield quad

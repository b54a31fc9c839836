"""What a brief lacks so that an email for it can be judged at all."""

from __future__ import annotations

from tenacious_bench.gate.decision import Missing
from tenacious_bench.judges.rules import bench_overcommitment
from tenacious_bench.licence import derive_licence
from tenacious_bench.playbook import Playbook
from tenacious_bench.schema import Brief, Email, Item


def missing_evidence(item: Item, playbook: Playbook, inventory_problem: str | None = None) -> tuple[Missing, ...]:
    """What must be known first: anything at all of the prospect, and free people where the email promises some.

    Args:
        item: brief and email; the inventory in the brief is the one that counts now.
        playbook: says what a promise is and how old an inventory may be.
        inventory_problem: why the live inventory cannot be used, where one is asked and cannot.

    Raises:
        ValueError, OverflowError: the email holds a date beyond the calendar or a number beyond its type.
    """
    found = []
    if not _anything_known(item.brief):
        found.append(
            Missing(
                field="brief.signals",
                why="the brief holds no signal, segment, AI maturity, competitor gap or thread: nothing the email says "
                "of the prospect can be checked",
            )
        )
    licence = derive_licence(item.brief, playbook)
    unknown = inventory_problem or item.brief.bench is None or licence.bench_stale
    if unknown and _promises(item.email, item.brief, playbook):
        if inventory_problem:
            found.append(Missing(field="inventory", why=f"the email promises people and {inventory_problem}"))
        elif item.brief.bench is None:
            found.append(Missing(field="brief.bench", why="the email promises people and no inventory is known"))
        else:
            found.append(Missing(field="brief.bench", why="the email promises people and the inventory is out of date"))
    return tuple(found)


def _anything_known(brief: Brief) -> bool:
    return bool(
        brief.signals or brief.segment or brief.ai_maturity or brief.competitor_gap or brief.thread or brief.extra
    )


def _promises(email: Email, brief: Brief, playbook: Playbook) -> bool:
    """Whether the email promises people: what the rule would quote if there were no inventory."""
    bare = brief.model_copy(update={"bench": None, "extra": {}})
    return bool(bench_overcommitment.find(email, bare, derive_licence(bare, playbook), playbook))

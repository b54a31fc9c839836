"""What a brief lacks so that an email for it can be judged at all."""

from __future__ import annotations

from tenacious_bench.gate.decision import Missing
from tenacious_bench.judges.readings import without_planted
from tenacious_bench.judges.rules import bench_overcommitment
from tenacious_bench.licence import derive_licence
from tenacious_bench.playbook import Playbook
from tenacious_bench.schema import Bench, Brief, Email, Item, Mode

_ABOUT_THE_PROSPECT = frozenset[Mode]({"segment_misrouting", "signal_overclaiming", "ai_maturity_mismatch"})
_ABOUT_PEOPLE = frozenset[Mode]({"bench_overcommitment"})
_OPEN: dict[str, frozenset[Mode]] = {
    "brief.signals": _ABOUT_THE_PROSPECT,
    "brief.bench": _ABOUT_PEOPLE,
    "inventory": _ABOUT_PEOPLE,
}


def open_modes(missing: tuple[Missing, ...]) -> frozenset[Mode]:
    """The failure modes of which a finding means nothing yet: what is missing could make the words right."""
    return frozenset[Mode]().union(*(_OPEN[m.field] for m in missing))


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
    if not _anything_known(without_planted(item.brief, playbook)):
        found.append(
            Missing(
                field="brief.signals",
                why="the brief holds no signal, segment, AI maturity, competitor gap or thread: nothing the email says "
                "of the prospect can be checked",
            )
        )
    people = _missing_people(item.email, item.brief, playbook, inventory_problem)
    return (*found, people) if people else tuple(found)


def _anything_known(brief: Brief) -> bool:
    said = brief.signals or brief.segment or brief.ai_maturity or brief.competitor_gap or brief.thread
    return bool(said or brief.extra.keys() - {"email"})  # what came along with a foreign email tells of no prospect


def _missing_people(email: Email, brief: Brief, playbook: Playbook, problem: str | None) -> Missing | None:
    if problem:
        # with nobody free the rule quotes every number of people that it would hold against an inventory
        promised = _promises(email, brief, Bench(), playbook)
        return Missing(field="inventory", why=f"the email promises people and {problem}") if promised else None
    stale = derive_licence(brief, playbook).bench_stale
    if (brief.bench is None or stale) and _promises(email, brief, None, playbook):
        why = "the inventory is out of date" if stale else "no inventory is known"
        return Missing(field="brief.bench", why=f"the email promises people and {why}")
    return None


def _promises(email: Email, brief: Brief, bench: Bench | None, playbook: Playbook) -> bool:
    """Whether the rule of promises quotes anything under this bench."""
    other = brief.model_copy(update={"bench": bench, "extra": {}})
    return bool(bench_overcommitment.find(email, other, derive_licence(other, playbook), playbook))

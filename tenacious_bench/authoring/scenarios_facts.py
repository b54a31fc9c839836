"""Scenarios decided by a fact of the brief: overclaiming, over-promising, AI maturity, competitor gaps.

Each function draws one contrast group whose labels follow from the playbook by construction.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tenacious_bench.authoring.briefs import bench, fact_signal, fact_values, make_brief, maturity
from tenacious_bench.authoring.compose import Frame
from tenacious_bench.authoring.draw import Draw, day_phrase, library, number_word, weekday_on_or_after
from tenacious_bench.authoring.scenario import Scenario, add_thread, email_kind, fail, one_sided, quad
from tenacious_bench.playbook import load_playbook, word_pattern
from tenacious_bench.schema import SEGMENTS, Difficulty, Mode, Segment

_FACT_SEGMENTS: dict[str, tuple[Segment, ...]] = {
    "funding": ("growth_startup",),
    "layoff": ("restructuring",),
    "leader": ("mature_enterprise",),
    "roles": ("growth_startup", "restructuring", "ai_transformation"),
    "deadline": ("mature_enterprise",),
    "launch": ("growth_startup", "mature_enterprise", "ai_transformation"),
    "partner": ("growth_startup", "restructuring", "mature_enterprise", "ai_transformation"),
}


def _without(brief: dict[str, Any], *kinds: str) -> list[dict[str, Any]]:
    return [s for s in brief["signals"] if s["kind"] not in kinds]


def _assert(draw: Draw, kind: str, values: dict[str, str]) -> str:
    text: str = draw.form(library("claims")["facts"][kind]["assert"]).format(**values)
    return text


def wrong_value(draw: Draw) -> Scenario:
    """Overclaiming: the brief holds one value of a fact, the email states another one."""
    kind = draw.pick(["roles", "funding", "layoff", "leader", "deadline", "launch", "partner"])
    segment = draw.pick(_FACT_SEGMENTS[kind])
    brief, stated = make_brief(draw, segment)
    values_a, values_b = fact_values(draw, kind), fact_values(draw, kind)
    while _differ(kind, values_a) == _differ(kind, values_b):
        values_b = fact_values(draw, kind)
    replaced = {"roles": "hiring", "leader": "leadership", "deadline": "compliance"}.get(kind, kind)
    rest = _without(brief, replaced)
    brief["signals"] = [fact_signal(draw, kind, values_a), *rest]
    changes = {"signals": [fact_signal(draw, kind, values_b), *rest]}
    add_thread(draw, brief)
    form = draw.form(library("claims")["facts"][kind]["assert"])
    core_x, core_y = form.format(**values_a), form.format(**values_b)
    stated = {k: v for k, v in stated.items() if k != kind and k == "stack"}
    frame = Frame(draw, stated, email_kind(draw, brief), segment)
    x, y = frame.twins(core_x, core_y, core_first=draw.rng.random() < 0.5)
    why = f"The brief's record of the {replaced} signal says otherwise than the email states."
    return quad("signal_overclaiming", "medium", brief, changes, x, y, fail(core_y, why), fail(core_x, why))


def _differ(kind: str, values: dict[str, str]) -> tuple[str, ...]:
    shown = {"roles": ["n"], "funding": ["amount", "month"], "layoff": ["pct", "month"], "leader": ["month"]}
    return tuple(values[k] for k in shown.get(kind, [k for k in ("day", "product", "partner") if k in values]))


def not_licensed(draw: Draw) -> Scenario:
    """Overclaiming: both facts are in both briefs, but one of them is stale or of low confidence."""
    segment = draw.pick(SEGMENTS)
    brief, _ = make_brief(draw, segment)
    kind_1, kind_2 = draw.two(["roles", "deadline", "launch", "partner"])
    values_1, values_2 = fact_values(draw, kind_1), fact_values(draw, kind_2)
    rest = [s for s in _without(brief, "hiring", "compliance") if s["confidence"] == "high" and s["kind"] != "news"]

    def weak(kind: str, values: dict[str, str]) -> dict[str, Any]:
        if kind == "roles" and draw.rng.random() < 0.5:
            return fact_signal(draw, kind, values, seen=draw.days_before(66, 110))
        return fact_signal(draw, kind, values, confidence=draw.pick(["low", "medium"]))

    strong_1, strong_2 = fact_signal(draw, kind_1, values_1), fact_signal(draw, kind_2, values_2)
    brief["signals"] = [*rest, strong_1, weak(kind_2, values_2)]
    changes = {"signals": [*rest, weak(kind_1, values_1), strong_2]}
    add_thread(draw, brief)
    core_x, core_y = _assert(draw, kind_1, values_1), _assert(draw, kind_2, values_2)
    frame = Frame(draw, {}, email_kind(draw, brief), segment)
    x, y = frame.twins(core_x, core_y, core_first=draw.rng.random() < 0.5)
    why = "The signal is stale or below high confidence in this brief, and the email states it as known."
    return quad("signal_overclaiming", "hard", brief, changes, x, y, fail(core_y, why), fail(core_x, why))


def over_promise(draw: Draw) -> Scenario:
    """Bench: the people promised are free under one brief; under the other too few, too late or none."""
    segment = draw.pick(SEGMENTS)
    brief, stated = make_brief(draw, segment)
    roles = library("world")["roles"]
    stack_1, stack_2 = draw.two(list(roles))
    n_1, n_2 = draw.rng.randint(2, 5), draw.rng.randint(2, 5)
    how = draw.pick(["count", "count", "absent", "late"])
    days = 7
    good_1, good_2 = (n_1 + draw.rng.randint(0, 2), days), (n_2 + draw.rng.randint(0, 2), days)
    bad_1 = {"count": (n_1 - 1, days), "absent": (0, days), "late": (good_1[0], 21)}[how]
    bad_2 = {"count": (n_2 - 1, days), "absent": (0, days), "late": (good_2[0], 21)}[how]
    inventory = bench(draw, **{stack_1: good_1, stack_2: bad_2})
    other = {**inventory, "stacks": {**inventory["stacks"]}}
    other["stacks"][stack_1] = {"available": bad_1[0], "start_in_days": bad_1[1]}
    other["stacks"][stack_2] = {"available": good_2[0], "start_in_days": good_2[1]}
    for stacks in (inventory["stacks"], other["stacks"]):
        for name in [s for s, free in stacks.items() if free["available"] == 0]:
            del stacks[name]
    brief["bench"] = inventory
    add_thread(draw, brief)
    rules = load_playbook().bench
    extra = rules.regulated_extra_days if word_pattern(rules.regulated_words).search(draw.industry) else 0
    start = weekday_on_or_after(draw.as_of + timedelta(days=days + extra + draw.rng.randint(0, 3)))
    form = draw.form(library("claims")["promise"])
    common = {"date": day_phrase(start), "area": draw.area}
    core_x = form.format(n=number_word(n_1), role=roles[stack_1], **common)
    core_y = form.format(n=number_word(n_2), role=roles[stack_2], **common)
    frame = Frame(draw, {"stack": stated["stack"]}, email_kind(draw, brief), segment)
    x, y = frame.twins(core_x, core_y)
    why = {
        "count": "Fewer engineers of that stack are free than the email promises.",
        "absent": "Nobody of that stack is free, yet the email promises people.",
        "late": "Engineers of that stack are free only later than the date promised.",
    }[how]
    level: Difficulty = "hard" if how == "late" else "medium"
    changes = {"bench": other}
    return quad("bench_overcommitment", level, brief, changes, x, y, fail(core_y, why), fail(core_x, why))


def stale_inventory(draw: Draw) -> Scenario:
    """Bench: the same promise over a fresh and over an outdated inventory; the twin promises nobody."""
    segment = draw.pick(SEGMENTS)
    brief, stated = make_brief(draw, segment)
    roles = library("world")["roles"]
    stack, n = draw.pick(list(roles)), draw.rng.randint(2, 4)
    brief["bench"] = bench(draw, **{stack: (n + 1, 7)})
    changes = {"bench": {**brief["bench"], "as_of": draw.days_before(25, 70).isoformat()}}
    add_thread(draw, brief)
    start = weekday_on_or_after(draw.as_of + timedelta(days=15))
    core_x = draw.form(library("claims")["promise"]).format(
        n=number_word(n), role=roles[stack], date=day_phrase(start), area=draw.area
    )
    core_y = draw.form(library("frames")["context_line"]).format(area=draw.area2)
    frame = Frame(draw, {"stack": stated["stack"]}, email_kind(draw, brief), segment)
    x, y = frame.twins(core_x, core_y)
    why = "The inventory was counted too long ago to promise anybody from it."
    return one_sided("bench_overcommitment", "hard", brief, changes, x, y, fail(core_x, why))


def wrong_maturity(draw: Draw) -> Scenario:
    """AI maturity: an offer made for one level, sent to a prospect of another."""
    low, high = draw.pick([(0, 2), (0, 3), (1, 3), (2, 3)])
    segment: Segment = (
        "ai_transformation" if low == 2 else draw.pick(["growth_startup", "restructuring", "mature_enterprise"])
    )
    if draw.rng.random() < 0.5:
        low, high = high, low
    brief, stated = make_brief(draw, segment)
    brief["signals"] = [s for s in brief["signals"] if s["kind"] != "ai"]
    brief["ai_maturity"] = maturity(draw, low) | {"confidence": "high"}
    changes = {"ai_maturity": maturity(draw, high) | {"confidence": "high"}}
    add_thread(draw, brief)
    pitches = library("values")["ai_pitch"]
    core_x = draw.form(pitches[str(low)]).format(area=draw.area)
    core_y = draw.form(pitches[str(high)]).format(area=draw.area)
    frame = Frame(draw, {"stack": stated["stack"]}, email_kind(draw, brief), None)
    x, y = frame.twins(core_x, core_y)
    why = "The offer presupposes another AI maturity than the brief records."
    return quad("ai_maturity_mismatch", "medium", brief, changes, x, y, fail(core_y, why), fail(core_x, why))


def weak_gap(draw: Draw) -> Scenario:
    """Competitor gap: a flat verdict on one feature, which the finding of only one of the briefs supports."""
    segment = draw.pick(SEGMENTS)
    brief, stated = make_brief(draw, segment)
    gaps = library("claims")["gap"]
    feature_1, feature_2 = draw.two(draw.facts("features"))
    m = draw.rng.randint(6, 9)
    k = draw.rng.randint(m // 2 + 1, m - 1)
    strong, weak = draw.form(gaps["finding"]), draw.form(gaps["weak_finding"])

    def gap(supported: str, unsupported: str) -> dict[str, Any]:
        first = strong.format(k=k, m=m, feature=supported, industry=draw.industry)
        return {"finding": f"{first}. {weak.format(feature=unsupported)}", "peers": k, "confidence": "high"}

    brief["competitor_gap"] = gap(feature_1, feature_2)
    changes = {"competitor_gap": gap(feature_2, feature_1)}
    flat = draw.rng.random() < 0.5
    add_thread(
        draw, brief, last=draw.form(library("claims")["thread_wants"]).format(company=draw.company) if flat else None
    )
    form = draw.form(gaps["blunt"] if flat else gaps["state"])
    fill = {"company": draw.company, "k_word": number_word(k), "m_word": number_word(m)}
    core_x, core_y = form.format(feature=feature_1, **fill), form.format(feature=feature_2, **fill)
    frame = Frame(draw, {"stack": stated["stack"]}, email_kind(draw, brief), segment)
    x, y = frame.twins(core_x, core_y)
    why = "For that feature the brief holds one unchecked mention, yet the email passes it as a comparison of peers."
    modes: tuple[Mode, ...] = ("competitor_gap_framing", "signal_overclaiming")
    return quad(
        "competitor_gap_framing", "hard", brief, changes, x, y, fail(core_y, why, *modes), fail(core_x, why, *modes)
    )


def insulting_gap(draw: Draw) -> Scenario:
    """Competitor gap: a true finding as a question, or as a verdict on the reader's leadership."""
    segment = draw.pick(SEGMENTS)
    brief, stated = make_brief(draw, segment)
    gaps = library("claims")["gap"]
    feature = draw.pick(draw.facts("features"))
    m = draw.rng.randint(6, 9)
    k = draw.rng.randint(m // 2 + 1, m - 1)
    finding = draw.form(gaps["finding"]).format(k=k, m=m, feature=feature, industry=draw.industry)
    brief["competitor_gap"] = {"finding": finding, "peers": k, "confidence": "high"}
    add_thread(draw, brief)
    both = draw.form(gaps["clean_vs_insult"])
    core_x, core_y = (both[name].format(feature=feature, company=draw.company) for name in ("clean", "insult"))
    frame = Frame(draw, {"stack": stated["stack"]}, email_kind(draw, brief), segment)
    x, y = frame.twins(core_x, core_y)
    why = "A true gap is turned into a verdict on the people in charge."
    return quad("competitor_gap_framing", "easy", brief, {}, x, y, fail(core_y, why), None)

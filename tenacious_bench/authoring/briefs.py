"""Base briefs: the facts that a contrast group shares before its scenario changes one or two of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from tenacious_bench.authoring.draw import Draw, day_phrase, library, month_name, number_word
from tenacious_bench.schema import Confidence, Partition, Persona, Segment, SignalKind

Signal = dict[str, Any]
STACKS = ("python", "go", "data", "ml", "infra", "frontend", "fullstack_nestjs")

_HEADCOUNT: dict[Segment, tuple[int, int]] = {
    "growth_startup": (18, 78),
    "restructuring": (240, 1900),
    "mature_enterprise": (400, 4000),
    "ai_transformation": (90, 1200),
}
_PERSONAS: dict[Segment, tuple[Persona, ...]] = {
    "growth_startup": ("founder", "cto", "vp_engineering"),
    "restructuring": ("vp_engineering", "cto", "cfo"),
    "mature_enterprise": ("cto", "vp_engineering"),
    "ai_transformation": ("head_of_data", "cto", "vp_engineering"),
}


_UNOWNED: dict[Partition, str] = {
    "train": "No owner named for the {area} model",
    "validation": "Nobody in charge of the {area} model",
    "held_out": "The {area} model belongs to no team",
}


def signal(draw: Draw, kind: SignalKind, claim: str, seen: date, confidence: Confidence = "high") -> Signal:
    """A signal with a source that fits its kind and confidence."""
    sources = library("threads")["sources"]
    source = draw.pick(sources[kind]) if confidence == "high" else draw.pick(["forum post", "chat at a trade fair"])
    return {
        "kind": kind,
        "claim": claim[0].upper() + claim[1:],
        "observed_on": seen.isoformat(),
        "confidence": confidence,
        "source": source,
    }


def fact_values(draw: Draw, kind: str) -> dict[str, str]:
    """Values for the placeholders of one fact type, for both its brief record and its statement in an email."""
    values = {"company": draw.company, "area": draw.area, "industry": draw.industry, "name": draw.recipient.name}
    if kind == "roles":
        n = draw.rng.randint(5, 11)
        values |= {"n": number_word(n), "n_digit": str(n)}
    elif kind == "funding":
        day = draw.days_before(20, 150)
        series, low, high = draw.pick([("Series A", 5, 14), ("Series B", 15, 30)])
        values |= {"round": series, "amount": f"${draw.rng.randint(low, high)}M", "date": day.isoformat()}
        values["month"] = month_name(day)
    elif kind == "layoff":
        day = draw.days_before(20, 85)
        values |= {"pct": f"{draw.rng.randint(4, 14)}%", "date": day.isoformat(), "month": month_name(day)}
    elif kind == "leader":
        day = draw.days_before(15, 80)
        values |= {"date": day.isoformat(), "month": month_name(day)}
    elif kind == "deadline":
        day = date(2026, draw.pick([6, 7, 9, 10, 11]), draw.rng.randint(2, 27))
        values |= {"project": draw.pick(draw.facts("compliance_projects")), "date": day.isoformat()}
        values["day"] = day_phrase(day).split(" ", 1)[1]
    elif kind == "launch":
        region = draw.pick(library("world")["regions"])
        values |= {
            "product": draw.pick(draw.facts("products")),
            "place": draw.pick(region["places"]).split(",")[0],
        }
    elif kind == "partner":
        values["partner"] = draw.pick(draw.facts("partners"))
    return values


_FACT_KIND: dict[str, SignalKind] = {
    "roles": "hiring",
    "funding": "funding",
    "layoff": "layoff",
    "leader": "leadership",
    "deadline": "compliance",
    "launch": "news",
    "partner": "news",
}


def fact_signal(
    draw: Draw, kind: str, values: dict[str, str], *, confidence: Confidence = "high", seen: date | None = None
) -> Signal:
    """The brief record of a fact; dated events are seen on their day, the rest in the last three weeks."""
    claim = draw.form(library("claims")["facts"][kind]["claim"]).format(**values)
    if seen is None:
        dated = kind in ("funding", "layoff", "leader")
        seen = date.fromisoformat(values["date"]) if dated else draw.days_before(1, 20)
    return signal(draw, _FACT_KIND[kind], claim, seen, confidence)


def segment_signals(draw: Draw, segment: Segment | None) -> tuple[list[Signal], dict[str, dict[str, str]]]:
    """Signals that give a segment under the playbook, and the values an opening may state of them."""
    stated: dict[str, dict[str, str]] = {}
    wanted = {
        "growth_startup": ("funding", "roles"),
        "restructuring": ("layoff", "roles"),
        "mature_enterprise": ("leader", "deadline"),
        "ai_transformation": ("roles",),
        None: (),
    }[segment]
    signals = []
    for kind in wanted:
        stated[kind] = fact_values(draw, kind)
        signals.append(fact_signal(draw, kind, stated[kind]))
    if segment == "ai_transformation":
        claim = _UNOWNED[draw.partition].format(area=draw.area)
        signals.append(signal(draw, "ai", claim, draw.days_before(5, 40)))
    return signals, stated


def make_brief(draw: Draw, segment: Segment | None) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """A complete brief of one segment (None: abstain), as JSON-ready values.

    Returns:
        The brief, and per stated fact type the values an email may assert.
    """
    world = library("world")
    signals, stated = segment_signals(draw, segment)
    project = draw.pick(draw.facts("projects"))
    stated["stack"] = {"company": draw.company, "project": project}
    signals.append(signal(draw, "stack", f"{project[0].upper()}{project[1:]} under way", draw.days_before(4, 50)))
    if draw.rng.random() < 0.45:
        weak = draw.form(library("threads")["stale_or_weak_news"])
        confidence: Confidence = draw.pick(["low", "medium"])
        signals.append(signal(draw, weak["kind"], weak["claim"], draw.days_before(3, 40), confidence))
    draw.rng.shuffle(signals)
    persona = draw.pick(_PERSONAS[segment]) if segment else draw.pick(["cto", "vp_engineering", "head_of_data"])
    low, high = _HEADCOUNT[segment] if segment else (60, 900)
    score = draw.pick([2, 3]) if segment == "ai_transformation" else draw.pick([0, 1, 1, 2])
    confidence_of_segment = draw.rng.uniform(0.74, 0.94) if segment else draw.rng.uniform(0.31, 0.55)
    brief: dict[str, Any] = {
        "as_of": draw.as_of.isoformat(),
        "prospect": {
            "company": draw.company,
            "industry": draw.industry,
            "headcount": draw.rng.randint(low, high),
            "region": draw.place,
        },
        "recipient": {
            "name": draw.recipient.name,
            "title": draw.pick(world["titles"][persona]),
            "persona": persona,
        },
        "segment": segment,
        "segment_confidence": round(confidence_of_segment, 2),
        "signals": signals,
        "ai_maturity": maturity(draw, score),
        "bench": bench(draw),
    }
    return brief, stated


def maturity(draw: Draw, score: int) -> dict[str, Any]:
    """An AI maturity record of a given score with evidence that fits it."""
    evidence = draw.pick(draw.facts("ai_evidence")[score])
    return {"score": score, "confidence": draw.pick(["high", "high", "medium"]), "evidence": evidence}


def bench(draw: Draw, **fixed: tuple[int, int]) -> dict[str, Any]:
    """An inventory of three to five stacks; ``fixed`` sets (available, start_in_days) of some of them."""
    names = set(fixed) | set(
        draw.rng.sample([s for s in STACKS if s not in fixed], max(1, draw.rng.randint(3, 4) - len(fixed)))
    )
    stacks = {
        name: {"available": fixed[name][0], "start_in_days": fixed[name][1]}
        if name in fixed
        else {"available": draw.rng.randint(1, 8), "start_in_days": draw.pick([7, 7, 10, 14])}
        for name in STACKS
        if name in names
    }
    return {"as_of": draw.days_before(0, 5).isoformat(), "stacks": stacks}

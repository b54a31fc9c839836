"""What the playbook licenses for one brief: the step between the facts and a verdict.

Rules compare an email with the licence; the reward judge reads it in its prompt. Both therefore reason from
the same derivation: which signals may be asserted, which only asked, which not used; what may be promised per
stack and from when; which segment value fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from tenacious_bench.playbook import Playbook, word_pattern
from tenacious_bench.schema import Brief, Segment, Signal

Use = Literal["assert", "ask", "avoid"]


@dataclass(frozen=True)
class SignalLicence:
    """How one signal may be used, and why when it may not be asserted."""

    signal: Signal
    use: Use
    reason: str = ""


@dataclass(frozen=True)
class Promise:
    """At most ``available`` engineers of ``stack``, from ``start`` on."""

    stack: str
    available: int
    start: date


@dataclass(frozen=True)
class Licence:
    segment: Segment | None
    """The segment whose value fits, or None: abstain, exploratory mail only."""
    signals: tuple[SignalLicence, ...]
    promises: tuple[Promise, ...]
    bench_known: bool
    """False when the brief carries no inventory: nothing may be promised."""
    bench_stale: bool
    """True when the inventory is too old for any promise."""
    regulated: bool
    ai_level: int | None
    """AI maturity at high or medium confidence, else None (ask, do not assume)."""
    gap_use: Use | None
    """How the competitor gap may be used; None when there is none."""


def signal_licence(signal: Signal, as_of: date, playbook: Playbook) -> SignalLicence:
    """Stale signals are avoided, high confidence is asserted, medium and low are asked."""
    limit = playbook.freshness_days.get(signal.kind)
    if limit is not None and signal.observed_on is not None:
        age = (as_of - signal.observed_on).days
        if age > limit:
            return SignalLicence(signal, "avoid", f"seen {age} days ago, stale after {limit}")
    if signal.confidence == "high":
        return SignalLicence(signal, "assert")
    return SignalLicence(signal, "ask", f"{signal.confidence} confidence")


def is_regulated(brief: Brief, playbook: Playbook) -> bool:
    """Whether the prospect's industry names a regulated trade: starts are then later."""
    pattern = word_pattern(playbook.bench.regulated_words)
    return bool(pattern.search(brief.prospect.industry or ""))


def derive_licence(brief: Brief, playbook: Playbook) -> Licence:
    """Apply the playbook to a brief.

    Args:
        brief: the facts; ``brief.as_of`` is "today".
        playbook: the seller's rules.

    Returns:
        The licence; a pure function of its arguments.
    """
    bench = brief.bench
    regulated = is_regulated(brief, playbook)
    extra = timedelta(days=playbook.bench.regulated_extra_days if regulated else 0)
    stale = bool(bench and bench.as_of and (brief.as_of - bench.as_of).days > playbook.bench.stale_after_days)
    promises = tuple(
        Promise(stack, free.available, brief.as_of + timedelta(days=free.start_in_days) + extra)
        for stack, free in (bench.stacks if bench else {}).items()
        if free.available > 0 and not stale
    )
    confident = brief.segment_confidence is None or brief.segment_confidence >= playbook.abstain.below_confidence
    maturity = brief.ai_maturity
    gap = brief.competitor_gap
    return Licence(
        segment=brief.segment if confident else None,
        signals=tuple(signal_licence(s, brief.as_of, playbook) for s in brief.signals),
        promises=promises,
        bench_known=bench is not None,
        bench_stale=stale,
        regulated=regulated,
        ai_level=maturity.score if maturity and maturity.confidence != "low" else None,
        gap_use=None if gap is None else "assert" if gap.confidence == "high" else "ask",
    )

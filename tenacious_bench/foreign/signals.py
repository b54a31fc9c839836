"""Signals from flags, numbers and words: one signal per thing observed, its claim made of what the record says."""

from __future__ import annotations

from typing import Any, get_args

from tenacious_bench.foreign.bench import pick
from tenacious_bench.foreign.claims import BUILDERS, Members
from tenacious_bench.foreign.findings import Findings, Found, Path
from tenacious_bench.foreign.names import normal
from tenacious_bench.foreign.values import (
    any_text,
    to_confidence,
    to_date,
    to_kind,
    to_text,
)
from tenacious_bench.schema import Confidence, Signal, SignalKind

KINDS: tuple[SignalKind, ...] = get_args(SignalKind)
REPORTED: dict[SignalKind, str] = {
    "funding": "recent funding reported",
    "layoff": "layoff reported",
    "hiring": "hiring reported",
    "leadership": "leadership change reported",
}


def _grouped(findings: Findings, kind: SignalKind) -> dict[Path, Members]:
    groups: dict[Path, Members] = {}
    for member in ("stage", "amount", "currency", "percent", "count", "velocity", "person", "role", "text", "flag",
                   "date", "source"):  # fmt: skip
        for item in findings.all(f"{kind}.{member}"):
            groups.setdefault(item.home, {}).setdefault(member, item)
    return groups


def _confidence(findings: Findings, path: Path, kind: str) -> Confidence:
    return findings.nearest(path, (f"{kind}.confidence", "confidence"), to_confidence) or "low"


def observed_signals(findings: Findings) -> list[Signal]:
    """Funding, layoffs, hiring and leadership, from named fields. A flag that says no is no signal."""
    signals: list[Signal] = []
    for kind, build in BUILDERS.items():
        bare: list[Found] = []
        before = len(signals)
        for members in _grouped(findings, kind).values():
            flag = members.get("flag") or members.get("text")
            if flag is not None and flag.value is False:
                continue
            parts, used = build(members)
            if parts:
                signals.append(_signal(findings, kind, parts, used, members))
            elif flag is not None and flag.value is True:
                bare.append(flag)
            if parts and flag is not None and flag.value is True:
                findings.used.add(flag.path)
        findings.used |= {item.path for item in bare}
        if bare and len(signals) == before:
            confidence = _confidence(findings, bare[0].path, kind)
            signals.append(Signal(kind=kind, claim=REPORTED[kind], confidence=confidence))
    return signals


def _signal(findings: Findings, kind: SignalKind, parts: list[str], used: set[str], members: Members) -> Signal:
    day = to_date(members["date"].value) if "date" in members else None
    source = to_text(members["source"].value) if "source" in members else None
    used = used | ({"date"} if day else set()) | ({"source"} if source else set())
    findings.used |= {members[name].path for name in used}
    path = next(item.path for name, item in members.items() if name in used)
    return Signal(
        kind=kind,
        claim=", ".join([*parts, str(day)] if day else parts),
        observed_on=day,
        confidence=_confidence(findings, path, kind),
        source=source,
    )


def stack_signals(findings: Findings) -> list[Signal]:
    """``primary_stack: "Go"`` -> a stack signal that says so."""
    signals = []
    for item in findings.all("stack"):
        names = item.value if isinstance(item.value, list) else [item.value]
        if names and all(to_text(name) for name in names):
            findings.used.add(item.path)
            claim = f"{normal(str(item.path[-1])).replace('_', ' ')}: {', '.join(names)}"
            if any_text(claim):
                confidence = _confidence(findings, item.path, "stack")
                signals.append(Signal(kind="stack", claim=claim, confidence=confidence))
    return signals


def listed_signals(findings: Findings) -> list[Signal]:
    """The entries of lists named ``signals``: objects with a claim, or plain text."""
    signals: list[Signal] = []
    for found in findings.all("signals"):
        for i, item in enumerate(found.value if isinstance(found.value, list) else [found.value]):
            path = (*found.path, i) if isinstance(found.value, list) else found.path
            if isinstance(item, dict):
                signals += _listed(findings, item, path)
            elif text := to_text(item):
                findings.used.add(path)
                confidence = _confidence(findings, path, "signals")
                signals.append(Signal(kind=to_kind(text) or "news", claim=text, confidence=confidence))
    return signals


def _listed(findings: Findings, item: dict[str, Any], path: Path) -> list[Signal]:
    claim, word = pick(item, "claim", any_text), pick(item, "kind", to_text)
    if claim is None:
        return []
    day = pick(item, "observed", to_date)
    sure: tuple[Confidence, str] | None = pick(item, "confidence", to_confidence)
    source = pick(item, "source", to_text)
    exact = [kind for kind in KINDS if word and kind == word[0]]
    keys = [part[1] for part in (claim, day, sure, source) if part]
    findings.used |= {(*path, key) for key in [*keys, *([word[1]] if word and exact else [])]}
    return [
        Signal(
            kind=exact[0] if exact else to_kind(word[0] if word else "", claim[0]) or "news",
            claim=claim[0],
            observed_on=day[0] if day else None,
            confidence=sure[0] if sure else _confidence(findings, path, "signals"),
            source=source[0] if source else None,
        )
    ]

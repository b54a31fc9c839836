"""The rules judge: eight detectors, one per failure mode, and the verdict that follows from their quotes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tenacious_bench.judges.base import Progress, action_for
from tenacious_bench.judges.rules import (
    ai_maturity_mismatch,
    bench_overcommitment,
    competitor_gap_framing,
    injection,
    multi_thread_leakage,
    segment_misrouting,
    signal_overclaiming,
    tone_drift,
)
from tenacious_bench.licence import Licence, derive_licence
from tenacious_bench.playbook import Playbook
from tenacious_bench.schema import MODES, Brief, Email, Item, Judgment, Label, Mode, Quote

Detector = Callable[[Email, Brief, Licence, Playbook], list[Quote]]

DETECTORS: dict[Mode, Detector] = {
    "segment_misrouting": segment_misrouting.find,
    "signal_overclaiming": signal_overclaiming.find,
    "tone_drift": tone_drift.find,
    "injection": injection.find,
    "bench_overcommitment": bench_overcommitment.find,
    "competitor_gap_framing": competitor_gap_framing.find,
    "ai_maturity_mismatch": ai_maturity_mismatch.find,
    "multi_thread_leakage": multi_thread_leakage.find,
}
MODE_WEIGHT = 1.0
"""What the first finding of a failure mode costs."""
FURTHER_WEIGHT = 0.1
"""What each further finding of the same mode costs."""
THRESHOLD = -0.5
"""A reward below this is a FAIL. It lies between no finding (0.0) and one (-1.0): one is enough."""


class RulesJudge:
    """Deterministic: quotes what broke the playbook, says FAIL when anything did.

    ``reward`` is minus the summed weights of the findings: 0.0 for a clean email, lower the more is wrong.
    Silence is not praise: a PASS says that no rule fired.

    Args:
        playbook: the seller's rules.
    """

    name = "rules"

    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook
        self._signature = f"judge:rules|playbook:{playbook.digest}"

    def judge(self, items: Sequence[Item], progress: Progress | None = None) -> list[Judgment]:
        """One judgment per item, in order; a row that cannot be judged gets ``error`` and no verdict."""
        out = []
        for item in items:
            out.append(self._one(item))
            if progress is not None:
                progress(1)
        return out

    def _one(self, item: Item) -> Judgment:
        try:
            quotes = self.quotes(item.brief, item.email)
        except (ValueError, OverflowError) as error:  # a date beyond the calendar, a number beyond its type
            return Judgment(
                id=item.id,
                judge=self.name,
                verdict=None,
                error=f"{type(error).__name__}: {error}",
                signature=self._signature,
            )
        modes = tuple(mode for mode in MODES if any(q.mode == mode for q in quotes))
        reward = 0.0 - MODE_WEIGHT * len(modes) - FURTHER_WEIGHT * (len(quotes) - len(modes))
        verdict: Label = "FAIL" if reward < THRESHOLD else "PASS"
        return Judgment(
            id=item.id,
            judge=self.name,
            verdict=verdict,
            action=action_for(verdict, modes, self._playbook),
            reward=round(reward, 6),
            threshold=THRESHOLD,
            failure_modes=modes,
            quotes=tuple(quotes),
            signature=self._signature,
        )

    def quotes(self, brief: Brief, email: Email) -> list[Quote]:
        """What broke, mode by mode, in the order it stands in the email; no quote twice."""
        licence = derive_licence(brief, self._playbook)
        found = [q for detector in DETECTORS.values() for q in detector(email, brief, licence, self._playbook)]
        unique = {(q.mode, q.field, q.start, q.end): q for q in found}
        return sorted(unique.values(), key=lambda q: (MODES.index(q.mode), q.field != "subject", q.start, q.end))

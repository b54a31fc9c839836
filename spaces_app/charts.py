"""The chart of a judged file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from batch import Outcome
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from views import MODE_WORDS, VERDICT_WORDS

COLORS = {"send": "#12805c", "edit": "#b26a00", "block": "#c0362c", "needs_evidence": "#2b6cb0"}
GREY = "#8a94a6"


def outcome_chart(outcome: Outcome) -> Figure:
    """Rows by verdict, and emails held back by failure mode."""
    verdicts = Counter(str(row.decision.verdict) for row in outcome.judged)
    modes = Counter(mode for row in outcome.judged for mode in row.decision.judgment.failure_modes)
    counts = {VERDICT_WORDS[key][0]: verdicts[key] for key in VERDICT_WORDS if key != "none"}
    colors = [COLORS[key] for key in VERDICT_WORDS if key != "none"]
    if outcome.problems:
        counts, colors = {**counts, "Not judged": len(outcome.problems)}, [*colors, GREY]
    named = {MODE_WORDS[mode]: count for mode, count in modes.most_common()}
    figure = Figure(figsize=(5.6, 1.3 + 0.36 * (len(counts) + len(named))), layout="constrained", dpi=160)
    if not named:
        _bars(figure.subplots(), "Rows by verdict", counts, colors)
        return figure
    above, below = figure.subplots(2, 1, height_ratios=(len(counts), len(named)))
    _bars(above, "Rows by verdict", counts, colors)
    _bars(below, "Why emails are held back", named, ["#5b6b82"] * len(named))
    return figure


def _bars(axes: Axes, title: str, counts: Mapping[str, int], colors: list[str]) -> None:
    bars = axes.barh(list(counts), list(counts.values()), color=colors, height=0.62)
    axes.bar_label(bars, padding=4, fontsize=11)
    axes.invert_yaxis()
    axes.set_title(title, loc="left", fontsize=12)
    axes.set_xlim(0, 1.12 * max(1, *counts.values()))
    axes.xaxis.set_visible(False)
    axes.tick_params(axis="y", length=0, labelsize=11)
    axes.spines[:].set_visible(False)

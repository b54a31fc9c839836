"""Whether the stated probabilities of one judge can be taken at their word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tenacious_bench.report.document import Figure as Drawing
from tenacious_bench.report.document import Table
from tenacious_bench.report.rows import Row
from tenacious_bench.report.svg import BLUE, GRID, HALF, MUTED, draw
from tenacious_bench.stats.reliability import ReliabilityBin, reliability_bins

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def bins_of(rows: Sequence[Row], judge: str) -> list[ReliabilityBin]:
    """The reliability diagram of a judge; empty when it states no probability."""
    stated = [(r.label, p) for r in rows if (p := r.judges[judge].probability) is not None]
    return reliability_bins([label for label, _ in stated], [p for _, p in stated]) if stated else []


def reliability_table(bins: Sequence[ReliabilityBin]) -> Table:
    """The points of the diagram in numbers."""
    body = [
        [
            f"{b.low:.1f} to {b.high:.1f}",
            str(b.n),
            f"{b.mean_probability:.3f}",
            f"{b.pass_share.value:.3f} [{b.pass_share.low:.2f}, {b.pass_share.high:.2f}]",
        ]
        for b in bins
    ]
    return Table(
        ["stated P(PASS)", "emails", "mean stated", "share of PASS"],
        body,
        note="Brackets are 95% Wilson intervals, which ignore contrast groups.",
        source="rows.jsonl",
        half=True,
    )


def reliability_figure(bins: Sequence[ReliabilityBin], judge: str) -> Drawing:
    """Stated probability against the share of PASS, with the number of emails in each bin below."""

    def paint(figure: Figure) -> None:
        axes, counts = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        axes.plot([0, 1], [0, 1], color=MUTED, linestyle=(0, (4, 3)), linewidth=1)
        shares = [b.pass_share for b in bins]
        axes.errorbar(
            [b.mean_probability for b in bins],
            [s.value for s in shares],
            yerr=[[s.value - s.low for s in shares], [s.high - s.value for s in shares]],
            fmt="o",
            color=BLUE,
            capsize=2.5,
        )
        axes.set_ylim(-0.03, 1.03)
        axes.set_ylabel("share of PASS")
        bars = counts.bar([(b.low + b.high) / 2 for b in bins], [b.n for b in bins], 0.094, color=BLUE)
        counts.bar_label(bars, padding=1, fontsize=8)
        counts.margins(y=0.3)
        counts.set_yticks([])
        counts.set_ylabel("emails")
        counts.set_xlim(0, 1)
        counts.set_xlabel("stated P(PASS)")
        for panel in (axes, counts):
            panel.grid(color=GRID, linewidth=0.6)
            panel.set_axisbelow(True)

    return Drawing(
        "reliability",
        draw(HALF, 340, "Reliability", paint),
        f"Reliability diagram of {judge}: stated probability of PASS against the share of PASS in "
        f"{len(bins)} bins; the numbers are in the table that follows.",
        "On the dashed line a stated probability can be taken at its word; above it the judge is too pessimistic. "
        "Whiskers are 95% Wilson intervals, bars the emails in each bin.",
        half=True,
    )

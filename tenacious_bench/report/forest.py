"""Forest plots: estimates with their intervals, one line each, against chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tenacious_bench.report.document import Figure as Drawing
from tenacious_bench.report.svg import BLUE, GREEN, GRID, MUTED, ORANGE, WIDE, draw
from tenacious_bench.report.tables import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Estimates = Sequence[Mapping[str, Any]]

_LOOKS = (("o", BLUE), ("D", ORANGE), ("s", GREEN))
"""Marker and colour of each series."""
SLICED = ("cascade", "reward", "rules")
"""Judges whose slices are drawn; the others know nothing that a slice could show."""


def judges_figure(results: Results) -> Drawing:
    """Balanced accuracy and AUROC of every judge with intervals, and the chance line."""
    judges = list(results["judges"])
    series = {
        label: [found[key] for found in results["judges"].values()]
        for key, label in (("balanced_accuracy", "balanced accuracy"), ("auroc", "AUROC"))
    }

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        _whiskers(axes, series)
        _names(axes, judges)
        axes.set_xlabel("value with 95% interval; dashed line: chance")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=2)

    return Drawing(
        "forest",
        draw(WIDE, 30 * len(judges) + 80, "Judges", paint),
        f"Forest plot: balanced accuracy and AUROC of {len(judges)} judges with 95% intervals; the numbers are in the "
        "table of judges.",
        "Balanced accuracy (circles) and AUROC (diamonds) of every judge. An interval that crosses the dashed line at "
        "0.5 is not told apart from a judge that knows nothing. A judge without scores, or with one score for all, "
        "has no AUROC.",
    )


def slices_figure(results: Results) -> Drawing:
    """Balanced accuracy by failure mode and by segment, and what so few emails can show."""
    judges = [name for name in SLICED if name in results["by_mode"]] or list(results["by_mode"])[-1:]
    panels = {"failure mode probed": {name: results["by_mode"][name] for name in judges}}
    segments = results["by_slice"].get("segment", {"judges": {}})["judges"]
    if segments:
        panels["segment in the brief"] = {name: segments[name] for name in judges if name in segments}
    sizes = [len(next(iter(panel.values()))) for panel in panels.values()]

    def paint(figure: Figure) -> None:
        ratios = [size + 0.5 for size in sizes]
        columns = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=ratios)[:, 0]
        for axes, (title, panel) in zip(columns, panels.items(), strict=True):
            rows = next(iter(panel.values()))
            mdes = [0.0 if row["mde"] is None else row["mde"] for row in rows]
            axes.barh(range(len(rows)), mdes, 0.8, left=0.5, color=GRID, label="not told apart from chance (MDE)")
            _whiskers(axes, {name: [row["balanced_accuracy"] for row in panel[name]] for name in panel})
            _names(axes, [f"{row['key']}, n={row['n']}" for row in rows])
            axes.set_title(title)
        columns[-1].set_xlabel("balanced accuracy with 95% interval; dashed line: chance")
        figure.legend(*columns[0].get_legend_handles_labels(), loc="outside upper left", ncols=4, columnspacing=1.2)

    return Drawing(
        "slices",
        draw(WIDE, 31 * sum(sizes) + 110, "Slices", paint),
        f"Forest plots: balanced accuracy of {', '.join(judges)} by failure mode and by segment with 95% intervals; "
        "the numbers are in the tables below.",
        "Balanced accuracy by failure mode and segment. The grey bar is the minimum detectable effect: a point inside "
        "it is a gain that this many emails cannot be expected to show. A line without a point has too few emails.",
    )


def _whiskers(axes: Axes, series: Mapping[str, Estimates]) -> None:
    """One marker with an interval for each estimate that has a value, the series side by side on each line."""
    axes.axvline(0.5, color=MUTED, linestyle=(0, (4, 3)), linewidth=1, zorder=1)
    for k, (label, estimates) in enumerate(series.items()):
        marker, color = _LOOKS[k]
        offset = 0.24 * (k - (len(series) - 1) / 2)
        shown = [(i + offset, e) for i, e in enumerate(estimates) if e["value"] is not None]
        lows, highs = (
            [abs(e["value"] - (e["value"] if e[end] is None else e[end])) for _, e in shown] for end in ("low", "high")
        )
        axes.errorbar(
            [e["value"] for _, e in shown],
            [y for y, _ in shown],
            xerr=[lows, highs],
            fmt=marker,
            markersize=5,
            color=color,
            elinewidth=1.4,
            capsize=2.5,
            label=label,
        )


def _names(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(min(0.48, axes.get_xlim()[0]), 1.01)
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)

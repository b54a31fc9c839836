"""What the rewards of one judge look like: by label, and by the length of the email."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tenacious_bench.report.document import Figure as Drawing
from tenacious_bench.report.rows import Row
from tenacious_bench.report.svg import GRID, HALF, INK, LABEL_COLOR, draw
from tenacious_bench.schema import Task

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARKERS = {"PASS": "o", "FAIL": "x"}


def threshold_of(rows: Sequence[Row], judge: str) -> float | None:
    """The threshold on the reward that a run recorded; None where it recorded none, or several."""
    found = {row.judges[judge].threshold for row in rows} - {None}
    return found.pop() if len(found) == 1 else None


def reward_figure(rows: Sequence[Row], judge: str) -> Drawing | None:
    """Histogram of rewards by label; None when the judge gives no rewards."""
    rewards = _rewards(rows, judge)
    if not any(rewards.values()):
        return None
    threshold = threshold_of(rows, judge)

    def paint(figure: Figure) -> None:
        axes: Axes = figure.subplots()
        edges = np.histogram_bin_edges(np.concatenate([v for v in rewards.values() if v]), bins=48)
        for label, sign in (("PASS", 1), ("FAIL", -1)):
            counts = np.histogram(rewards[label], edges)[0]
            axes.stairs(sign * counts, edges, fill=True, color=LABEL_COLOR[label], label=f"labelled {label}")
        axes.axhline(0, color=INK, linewidth=0.8)
        highest = max(abs(end) for end in axes.get_ylim())
        axes.set_ylim(-highest, highest)
        axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
        if threshold is not None:
            axes.axvline(threshold, color=INK, linestyle=(0, (4, 3)), linewidth=1)
            axes.annotate(
                f"threshold {threshold:+.2f}",
                (threshold, -highest),
                (-4, 4),
                textcoords="offset points",
                ha="right",
                va="bottom",
                color=INK,
            )
        axes.set_xlabel("reward")
        axes.set_ylabel("emails")
        axes.legend(loc="upper left")
        _grid(axes)

    line = "The dashed line is the threshold." if threshold is not None else "This run recorded no threshold."
    return Drawing(
        "rewards",
        draw(HALF, 340, "Rewards by label", paint),
        f"Histogram of the rewards of {judge}: emails labelled PASS above the axis, FAIL below.",
        f"Rewards of emails labelled PASS (up) and FAIL (down). {line} FAIL to its right, or PASS to its left, is what "
        "the reward alone would get wrong; in a cascade a rule can overrule it.",
        half=True,
    )


def length_figure(rows: Sequence[Row], tasks: Mapping[str, Task], judge: str) -> Drawing | None:
    """Words in the body against the reward; None without rewards, or without the emails."""
    if not tasks or not any(_rewards(rows, judge).values()):
        return None
    threshold = threshold_of(rows, judge)

    def paint(figure: Figure) -> None:
        axes: Axes = figure.subplots()
        for label, marker in _MARKERS.items():
            shown = [
                (len(tasks[r.task_id].email.body.split()), reward)
                for r in rows
                if r.label == label and (reward := r.judges[judge].reward) is not None
            ]
            axes.scatter(
                [n for n, _ in shown],
                [reward for _, reward in shown],
                18,
                LABEL_COLOR[label],
                marker=marker,
                linewidths=1,
                alpha=0.7,
                label=f"labelled {label}",
            )
        if threshold is not None:
            axes.axhline(threshold, color=INK, linestyle=(0, (4, 3)), linewidth=1)
        axes.set_xlabel("words in the body")
        axes.set_ylabel("reward")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=2)
        _grid(axes)

    return Drawing(
        "lengths",
        draw(HALF, 340, "Length against reward", paint),
        f"Scatter plot: words in the body against the reward of {judge}, by label.",
        "Length against reward. A judge that rewards length instead of fit would show a slope here; blue circles are "
        "labelled PASS, orange crosses FAIL.",
        half=True,
    )


def _rewards(rows: Sequence[Row], judge: str) -> dict[str, list[float]]:
    return {
        label: [x for r in rows if r.label == label and (x := r.judges[judge].reward) is not None]
        for label in LABEL_COLOR
    }


def _grid(axes: Axes) -> None:
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)

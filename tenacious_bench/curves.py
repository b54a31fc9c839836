"""Draws ``training_log.json`` as the figure of the model card: what the trainer logged, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

CURVE = "training_curve.svg"
"""Name of the figure beside the card."""
SMOOTHED = 9
"""Logged points in the moving average."""

_PANELS = (
    ("rewards/accuracies", "reward accuracy", "#0072B2"),
    ("rewards/margins", "reward margin", "#009E73"),
)


def moving_average(values: Sequence[float], width: int = SMOOTHED) -> list[float]:
    """The mean of each value and up to ``width - 1`` before it, (n,)."""
    return [float(np.mean(values[max(0, i - width + 1) : i + 1])) for i in range(len(values))]


def draw_training_curve(log: Sequence[Mapping[str, Any]], stages: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write reward accuracy, reward margin and both rewards over the steps as SVG; the same log gives the same bytes.

    Args:
        log: the trainer's log entries.
        stages: of the run record; a thin line marks where one begins.
        path: of the SVG.
    """
    from matplotlib import style
    from matplotlib.figure import Figure

    points = [entry for entry in log if "rewards/margins" in entry]
    steps = [int(entry["step"]) for entry in points]
    with style.context(["default", {"svg.fonttype": "none", "svg.hashsalt": "tenacious-bench", "font.size": 9}]):
        figure = Figure(figsize=(9, 2.8), layout="constrained", facecolor="white")
        panels = figure.subplots(1, 3)
        for axes, (key, title, color) in zip(panels, _PANELS, strict=False):
            values = [float(entry[key]) for entry in points]
            axes.plot(steps, values, color=color, alpha=0.25, linewidth=0.8)
            axes.plot(steps, moving_average(values), color=color)
            axes.set_title(title, loc="left")
        for key, label, color in (
            ("rewards/chosen", "chosen", "#0072B2"),
            ("rewards/rejected", "rejected", "#D55E00"),
        ):
            panels[2].plot(steps, moving_average([float(entry[key]) for entry in points]), color=color, label=label)
        panels[2].set_title("rewards", loc="left")
        panels[2].legend(frameon=False, loc="lower left")
        for axes in panels:
            for stage in stages[1:]:
                axes.axvline(stage["first_step"], color="0.85", linewidth=0.6, zorder=0)
            axes.set_xlabel("step")
            axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(path, format="svg", metadata={"Title": "Training curves of the judge", "Date": None})

"""Draws ``descriptive_stats.json`` as the figure of the dataset card; every number drawn is one of that file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenacious_bench.checks import TARGET_MIX
from tenacious_bench.schema import MODES, SEGMENTS, AuthoringMode

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

Json = dict[str, Any]

COMPOSITION = "composition.svg"
"""Name of the figure beside the card."""

_COLUMNS = (*SEGMENTS, "none")
# Okabe and Ito's colours, which readers with any common colour vision can tell apart; a legend or text repeats them.
_LABEL_COLOR = {"PASS": "#0072B2", "FAIL": "#D55E00"}
_MIX_COLOR: dict[AuthoringMode, str] = {"programmatic": "#56B4E9", "synthesis": "#009E73", "adversarial": "#E69F00"}
_STYLE = {
    "font.size": 9,
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib and is wide: what replaces it takes less room
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.constrained_layout.w_pad": 0.08,
    "figure.constrained_layout.h_pad": 0.06,
    "ytick.major.size": 0,
    "svg.fonttype": "none",  # letters stay letters: they can be searched and read aloud
    "svg.hashsalt": "tenacious-bench",  # element ids are drawn from it: the same input gives the same bytes
}


def draw_composition(stats: Json, path: Path) -> None:
    """Write the composition of the dataset as an SVG 900 pixels wide; the same statistics give the same bytes.

    Args:
        stats: the content of ``descriptive_stats.json``; its canary, if any, goes into the file's metadata.
        path: of the SVG.
    """
    from matplotlib import style
    from matplotlib.figure import Figure

    parts: dict[str, Json] = stats["partitions"]
    metadata = {
        "Title": "Composition of Tenacious-Bench",
        "Creator": "tenacious_bench.figures",
        "Identifier": stats.get("canary"),
        "Date": None,
    }
    with style.context(["default", _STYLE]):
        figure = Figure(figsize=(675 / 72, 760 / 72), layout="constrained", facecolor="white")
        labels, cells, below = figure.subfigures(3, 1, squeeze=False, height_ratios=(3.2, 3.6, 2))[:, 0]
        mix, words = below.subfigures(1, 2, squeeze=False)[0]
        _draw_labels(labels, parts)
        _draw_cells(cells, list(parts), cell_counts(stats))
        _draw_mix(mix, mix_rows(parts))
        _draw_words(words, word_rows(stats))
        figure.savefig(path, format="svg", metadata=metadata)


def cell_counts(stats: Json) -> Counter[tuple[str, str, str]]:
    """Tasks by partition, failure mode and segment, summed from the cross table."""
    at = {name: i for i, name in enumerate(stats["cells"]["columns"])}
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in stats["cells"]["rows"]:
        counts[row[at["partition"]], row[at["mode"]], row[at["segment"]]] += row[at["tasks"]]
    return counts


def mix_rows(parts: Mapping[str, Json]) -> dict[str, dict[AuthoringMode, float]]:
    """Share of each authoring mode, traces apart: the target, the whole dataset, each partition."""
    counts: dict[str, Counter[str]] = {name: Counter(part["authoring_mode"]) for name, part in parts.items()}
    everything: Counter[str] = sum(counts.values(), Counter())
    rows = {"target": dict(TARGET_MIX)}
    for name, found in {"all": everything, **counts}.items():
        total = sum(found[mode] for mode in TARGET_MIX)
        rows[name] = {mode: found[mode] / total if total else 0.0 for mode in TARGET_MIX}
    return rows


def word_rows(stats: Json) -> list[tuple[str, str, Json]]:
    """What is measured, the label it stands for, and its mean and deviation; texts that do not exist are left out."""
    rows = [(f"{name} bodies", k, p["body_words"][k]) for name, p in stats["partitions"].items() for k in _LABEL_COLOR]
    pairs = stats["pairs"]["words"]
    rows += [("pairs, chosen", "PASS", pairs["chosen"]), ("pairs, rejected", "FAIL", pairs["rejected"])]
    return [row for row in rows if row[2]["mean"] is not None]


def _draw_labels(figure: SubFigure, parts: Mapping[str, Json]) -> None:
    """Bars of FAIL and PASS per failure mode, one column per partition, each with a scale of its own."""
    _title(figure, "(a) Tasks by failure mode probed and label (each partition has its own scale)")
    columns: Sequence[Axes] = figure.subplots(1, len(parts), sharey=True, squeeze=False)[0]
    for axes, (name, part) in zip(columns, parts.items(), strict=True):
        for label, offset in (("PASS", -0.2), ("FAIL", 0.2)):
            counts = [part["mode"].get(mode, {}).get(label, 0) for mode in MODES]
            bars = axes.barh([i + offset for i in range(len(MODES))], counts, 0.38, color=_LABEL_COLOR[label])
            axes.bar_label(bars, padding=2, fontsize=7.5)
            bars.set_label(label)
        axes.set_title(f"{name}, n={part['tasks']}", loc="left")
        axes.margins(x=0.16)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
    columns[0].set_yticks(range(len(MODES)), MODES)
    columns[0].invert_yaxis()
    figure.legend(*columns[0].get_legend_handles_labels(), loc="outside upper right", ncols=2, frameon=False)


def _draw_cells(figure: SubFigure, parts: Sequence[str], counts: Mapping[tuple[str, str, str], int]) -> None:
    """A heat map of failure mode and segment per partition, the count written into each cell."""
    _title(figure, "(b) Tasks by failure mode and the brief's segment (darker: more, within the partition)")
    columns: Sequence[Axes] = figure.subplots(1, len(parts), sharey=True, squeeze=False)[0]
    for axes, part in zip(columns, parts, strict=True):
        table = [[counts.get((part, mode, segment), 0) for segment in _COLUMNS] for mode in MODES]
        most = max(1, *(n for row in table for n in row))
        axes.pcolormesh(table, cmap="Blues", vmin=0, vmax=most, edgecolors="white", linewidth=1.5)
        for y, row in enumerate(table):
            for x, n in enumerate(row):
                color = "white" if n > 0.7 * most else "black"
                axes.text(x + 0.5, y + 0.5, str(n), ha="center", va="center", color=color)
        axes.set_title(part, loc="left")
        ticks = [x + 0.5 for x in range(len(_COLUMNS))]
        axes.set_xticks(ticks, _COLUMNS, rotation=40, ha="right", rotation_mode="anchor")
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    columns[0].set_yticks([y + 0.5 for y in range(len(MODES))], MODES)
    columns[0].invert_yaxis()


def _draw_mix(figure: SubFigure, rows: Mapping[str, Mapping[AuthoringMode, float]]) -> None:
    """Stacked shares of the authoring modes, one bar per row."""
    _title(figure, "(c) Authoring modes, % (traces apart)")
    axes: Axes = figure.subplots()
    left = [0.0] * len(rows)
    for mode, color in _MIX_COLOR.items():
        shares = [100 * row[mode] for row in rows.values()]
        bars = axes.barh(range(len(rows)), shares, 0.7, left=left, color=color, edgecolor="white", label=mode)
        axes.bar_label(bars, [f"{share:.0f}" if share >= 5 else "" for share in shares], label_type="center")
        left = [a + b for a, b in zip(left, shares, strict=True)]
    axes.set_yticks(range(len(rows)), list(rows))
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xticks([])
    axes.spines[["bottom", "left"]].set_visible(False)
    axes.legend(loc="upper center", bbox_to_anchor=(0.42, 0), ncols=3, frameon=False, handlelength=1, columnspacing=1)


def _draw_words(figure: SubFigure, rows: Sequence[tuple[str, str, Json]]) -> None:
    """Mean length with one standard deviation either way."""
    _title(figure, "(d) Words per text: mean (standard deviation)")
    axes: Axes = figure.subplots()
    for y, (_, label, words) in enumerate(rows):
        color = _LABEL_COLOR[label]
        axes.errorbar(words["mean"], y, xerr=words["sd"], fmt="o", color=color, capsize=3, markersize=5)
    names = [name if name.startswith("pairs") else f"{name}, {label}" for name, label, _ in rows]
    axes.set_yticks(range(len(rows)), names)
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_xlabel("words")
    values = axes.secondary_yaxis("right")
    values.set_yticks(range(len(rows)), [f"{words['mean']} ({words['sd']})" for *_, words in rows])
    values.spines["right"].set_visible(False)


def _title(figure: SubFigure, text: str) -> None:
    figure.suptitle(text, x=10 / figure.bbox.width, ha="left", fontsize=10, fontweight="bold")

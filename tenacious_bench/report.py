"""Renders ``results.json`` for people: a table for the terminal, a Markdown report, a forest plot.

Nothing is computed here; every number is read from the results.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

from tenacious_bench.files import atomic_writer

Results = Mapping[str, Any]

COLUMNS: tuple[tuple[str, str], ...] = (
    ("accuracy", "accuracy"),
    ("balanced_accuracy", "balanced acc."),
    ("mcc", "MCC"),
    ("auroc", "AUROC"),
    ("pass_recall", "PASS recall"),
    ("fail_recall", "FAIL recall"),
)


def number(estimate: Mapping[str, Any] | None) -> str:
    """``0.712 [0.66, 0.76]``, or a dash where there is no value."""
    if estimate is None or estimate["value"] is None:
        return "-"
    if estimate["low"] is None:
        return f"{estimate['value']:.3f}"
    return f"{estimate['value']:.3f} [{estimate['low']:.2f}, {estimate['high']:.2f}]"


def p_value(p: float) -> str:
    """``0.035``, or ``<0.001``."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def headline(results: Results) -> str:
    """One line: what was judged, and what the majority baseline is."""
    data = results["dataset"]
    baseline = next(iter(results["judges"].values()))["majority_baseline"]
    return (
        f"{data['config']} {data['partition']}: n={data['n']} emails in {data['groups']} contrast groups; "
        f"majority baseline {number(baseline)}; brackets are 95% intervals, resampled by contrast group"
    )


def judge_rows(results: Results) -> list[list[str]]:
    """The main table: one row per judge."""
    return [
        [name, str(found["n"]), *(number(found[key]) for key, _ in COLUMNS), str(found["n_errors"]), _rate(found)]
        for name, found in results["judges"].items()
    ]


def _rate(found: Mapping[str, Any]) -> str:
    return f"{found['emails_per_second']:.1f}" if found["emails_per_second"] < 1000 else ">1000"


JUDGE_HEADER = ["judge", "n", *(title for _, title in COLUMNS), "errors", "emails/s"]
COMPARISON_HEADER = [
    "comparison",
    "accuracy difference",
    "balanced acc. difference",
    "only first right",
    "only second right",
    "McNemar p",
    "bootstrap p",
    "MDE",
]


def comparison_rows(results: Results) -> list[list[str]]:
    """The paired comparisons, first judge minus second."""
    return [
        [
            title,
            number(found["accuracy_difference"]),
            number(found["balanced_accuracy_difference"]),
            str(found["only_a"]),
            str(found["only_b"]),
            p_value(found["mcnemar_p"]),
            p_value(found["accuracy_p"]),
            "-" if found["mde"] is None else f"{found['mde']:.3f}",
        ]
        for title, found in results["comparisons"].items()
    ]


def mode_rows(results: Results) -> tuple[list[str], list[list[str]]]:
    """Balanced accuracy of each judge per failure mode, with the number of emails and what such a number can show."""
    judges = list(results["by_mode"])
    per_judge = {name: {row["key"]: row for row in rows} for name, rows in results["by_mode"].items()}
    table = []
    for key, first in per_judge[judges[0]].items():
        mde = "-" if first["mde"] is None else f"{first['mde']:.2f}"
        cells = [number(per_judge[name][key]["balanced_accuracy"]) for name in judges]
        table.append([key, str(first["n"]), mde, *cells])
    return ["failure mode probed", "n", "MDE", *judges], table


ORDERING_HEADER = ["judge", "same email, other brief", "pairs", "same brief, other email", "pairs"]


def ordering_rows(results: Results) -> list[list[str]]:
    """How often a judge with rewards puts the right task of a pair first; a coin reaches 0.5."""
    return [
        [name]
        + [
            text
            for key in ("same_email", "same_brief")
            for text in (
                (number(found[key]["pairwise_accuracy"]), str(found[key]["n"])) if key in found else ("-", "0")
            )
        ]
        for name, found in results["ordering"].items()
    ]


STRICT_HEADER = ["judge", "balanced acc.", "PASS recall", "FAIL recall"]


def strict_rows(results: Results) -> list[list[str]]:
    """The model judges at the operating point that bounds the share of bad emails sent."""
    return [
        [name, *(number(found[key]) for key in ("balanced_accuracy", "pass_recall", "fail_recall"))]
        for name, found in results["strict"].items()
    ]


def slice_rows(results: Results) -> tuple[list[str], list[list[str]]]:
    """Balanced accuracy by every way of slicing."""
    judges = list(next(iter(results["by_slice"].values()), {"judges": {}})["judges"])
    table = []
    for way, found in results["by_slice"].items():
        for i, first in enumerate(found["judges"][judges[0]] if judges else []):
            cells = [number(found["judges"][name][i]["balanced_accuracy"]) for name in judges]
            table.append([way, first["key"], str(first["n"]), *cells])
    return ["by", "slice", "n", *judges], table


def recall_rows(results: Results) -> tuple[list[str], list[list[str]]]:
    """FAIL recall of each judge by failure mode."""
    judges = list(results["fail_recall_by_mode"])
    per_judge = {name: {row["key"]: row for row in rows} for name, rows in results["fail_recall_by_mode"].items()}
    table = [
        [key, str(first["n"]), *(number(per_judge[name][key]["accuracy"]) for name in judges)]
        for key, first in (per_judge[judges[0]].items() if judges else ())
    ]
    return ["failure mode", "n", *judges], table


def naming_rows(results: Results) -> list[list[str]]:
    """How often the named failure mode is an annotated one."""
    return [
        [name, str(found["n"]), number(found["accuracy"]), f"{found['majority_baseline']:.3f}"]
        for name, found in results["naming"].items()
    ]


PARAPHRASE_HEADER = [
    "judge",
    "n",
    "verdict kept",
    "balanced acc.: as written",
    "paraphrased",
    "AUROC: as written",
    "paraphrased",
]


def paraphrase_rows(results: Results) -> list[list[str]]:
    """Each judge on the same tasks as written and paraphrased."""
    return [
        [name, str(found["original"]["n"]), number(found["verdict_kept"])]
        + [number(found[side][key]) for key in ("balanced_accuracy", "auroc") for side in ("original", "paraphrased")]
        for name, found in results["paraphrased"].items()
    ]


NAMING_HEADER = ["judge", "FAIL emails rejected", "right mode named", "always the commonest"]


def pointing_text(results: Results) -> str:
    """One sentence on how well the reward judge's lowest sentence points at the evidence."""
    found = results["pointing"]
    return (
        f"In {number(found['accuracy'])} of {found['n']} FAIL emails the sentence with the lowest reward overlaps the "
        f"quote that was marked as the reason; a sentence drawn at random does so in {found['random_sentence']:.3f}."
    )


def detail_sections(results: Results) -> list[str]:
    """Headings, tables and their explanations that a report and the model card share."""
    slice_header, slice_body = slice_rows(results)
    parts = []
    if results["ordering"]:
        parts += [
            "### Does it read both halves?",
            markdown_table(ORDERING_HEADER, ordering_rows(results)),
            "Share of pairs in which the right one has the higher reward. In the first the email is the same and only "
            "the brief differs: who does not read the brief stands at 0.5.",
        ]
    if results["strict"]:
        parts += [
            "### Strict operating point",
            markdown_table(STRICT_HEADER, strict_rows(results)),
            "For production (`--strict`): a conformal threshold from the validation partition that aims at a bound on "
            "the share of bad emails that pass (in `calibration.json`). It is an aim, not a promise: "
            "the same partition chose the other settings; the table says what it came to here.",
        ]
    if results["pointing"]:
        parts += ["### Does it point at the reason?", pointing_text(results)]
    recall_header, recall_body = recall_rows(results)
    if recall_body:
        parts += ["### FAIL recall by failure mode", markdown_table(recall_header, recall_body)]
    if results["naming"]:
        parts += [
            "### Does it name the right failure mode?",
            markdown_table(NAMING_HEADER, naming_rows(results)),
            "Where a rule decides, its modes are named; elsewhere the one that the words of the lowest sentence, and "
            "what the brief holds, make likeliest.",
        ]
    if results["paraphrased"]:
        parts += [
            "### The same emails in other words",
            markdown_table(PARAPHRASE_HEADER, paraphrase_rows(results)),
            "Held-out emails rewritten in four voices by a language model that was to leave facts and faults as they "
            "are, and annotated blind by another run of the same model family.",
        ]
    if slice_body:
        what = "; ".join(f"`{way}`: {found['what']}" for way, found in results["by_slice"].items())
        parts += [
            "### By slice: balanced accuracy",
            markdown_table(slice_header, slice_body),
            f"A dash: too few emails or one label only. {what}.",
        ]
    return parts


def terminal_tables(results: Results) -> list[Table]:
    """The main table and the comparisons for a terminal."""
    tables = []
    for title, header, body in (
        (headline(results), JUDGE_HEADER, judge_rows(results)),
        ("Paired comparisons (first minus second)", COMPARISON_HEADER, comparison_rows(results)),
    ):
        if not body:
            continue
        table = Table(title=title, title_justify="left", title_style="")
        for i, name in enumerate(header):
            table.add_column(name, justify="left" if i == 0 else "right", overflow="fold")
        for row in body:
            table.add_row(*row)
        tables.append(table)
    return tables


def markdown_table(header: list[str], body: list[list[str]]) -> str:
    """A pipe table; cells hold only our own words and numbers."""
    lines = ["| " + " | ".join(header) + " |", "|" + "|".join([" --- ", *[" ---: "] * (len(header) - 1)]) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in body])


def markdown(results: Results) -> str:
    """The report as Markdown."""
    mode_header, mode_body = mode_rows(results)
    signatures = [f"- `{name}`: `{found['judge_signature']}`" for name, found in results["judges"].items()]
    data = results["dataset"]
    parts = [
        "# Benchmark report",
        headline(results) + ".",
        "![Balanced accuracy of every judge with its 95% interval](forest.svg)",
        "## Judges",
        markdown_table(JUDGE_HEADER, judge_rows(results)),
        "PASS (send it) is the positive class. A judge that has not read the brief should stand at 0.5 balanced "
        "accuracy; `length` and `email_only` are fitted on the train partition and see the email alone. AUROC ranks "
        "by the judge's own score and needs no threshold. Timings leave out loading.",
        "## Paired comparisons",
        markdown_table(COMPARISON_HEADER, comparison_rows(results)),
        "Differences are first judge minus second on the same emails. McNemar is exact and ignores groups; the "
        "bootstrap p resamples contrast groups. MDE is the smallest accuracy difference this many emails can show.",
        "## By failure mode: balanced accuracy",
        markdown_table(mode_header, mode_body),
        "A contrast group probes one failure mode with PASS and FAIL emails alike. MDE is the smallest gain over 0.5 "
        "that a row's n can show.",
        "## Details",
        *detail_sections(results),
        "## How to trace these numbers",
        f"Package {results['package_version']}, seed {results['seed']}, data sha256 `{data['sha256']}`.",
        "\n".join(signatures),
    ]
    return "\n\n".join(parts) + "\n"


def forest_plot(results: Results, path: Path) -> None:
    """Balanced accuracy and AUROC of every judge with intervals, as SVG."""
    from matplotlib.figure import Figure

    judges = list(results["judges"])
    figure = Figure(figsize=(8, 0.55 * len(judges) + 1.6), layout="constrained")
    axes = figure.subplots()
    axes.axvline(0.5, color="0.6", linestyle="--", linewidth=1)
    for key, label, offset, color in (
        ("balanced_accuracy", "balanced accuracy", 0.12, "#1f4e79"),
        ("auroc", "AUROC", -0.12, "#c55a11"),
    ):
        points = [(i, results["judges"][name][key]) for i, name in enumerate(judges)]
        points = [(i, e) for i, e in points if e["value"] is not None]
        axes.errorbar(
            [e["value"] for _, e in points],
            [len(judges) - 1 - i + offset for i, _ in points],
            xerr=[
                [e["value"] - e["low"] for _, e in points],
                [e["high"] - e["value"] for _, e in points],
            ],
            fmt="o",
            color=color,
            capsize=3,
            label=label,
        )
    axes.set_yticks(range(len(judges)), judges[::-1])
    axes.set_xlim(0.25, 1.0)
    axes.set_xlabel("95% interval; dashed: what a judge that reads nothing reaches")
    axes.set_title(
        f"{results['dataset']['config']} {results['dataset']['partition']}, n={results['dataset']['n']}", loc="left"
    )
    axes.legend(loc="upper right", frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, format="svg", metadata={"Date": None})


def write_report(results: Results, folder: Path) -> Path:
    """``report.md`` and ``forest.svg`` beside the results.

    Returns:
        The path of the report.
    """
    forest_plot(results, folder / "forest.svg")
    path = folder / "report.md"
    with atomic_writer(path) as handle:
        handle.write(markdown(results))
    return path

"""Sections of the model card that stand there only where they were measured, each from one file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tenacious_bench.report import markdown_table, number
from tenacious_bench.robustness import labelled_rows


def read_json(path: Path) -> Any:
    """What a JSON file holds."""
    return json.loads(path.read_text(encoding="utf-8"))


def foreign(path: Path) -> list[str]:
    """The section on rows of other authors; none where they were not measured."""
    if not path.is_file():
        return []
    found = read_json(path)
    return [
        "### Emails by other authors",
        markdown_table(labelled_rows.HEADER, labelled_rows.table(found)),
        f"{found['rows']} published rows of five sources in schemas of their own (file sha256 "
        f"`{found['file_sha256'][:16]}`), never trained on; measured with `tenacious-bench evaluate-rows`. Many come "
        "from few templates, so that the intervals are too narrow. A dash: fewer than ten rows of that label. The "
        "reward does not carry over to them (most are much shorter than the emails it was trained on, and their "
        "briefs hold less): this was seen on these very rows, and is why the cascade leaves briefs of other schemas "
        "to the rules, unless the strict operating point is asked for.",
    ]


def ablation(path: Path) -> list[str]:
    """The ablation table; none where it was not measured."""
    if not path.is_file():
        return []
    found = read_json(path)
    runs, modes = found["runs"], ", ".join(found["setting"]["modes"])
    first = next(iter(runs.values()))
    rows = [
        [
            run["factor"],
            run["what"],
            number(run["auroc"]),
            number(run["auroc_per_token"]),
            number(run["auroc_policy_per_token"]),
            number(run["ordering"]["same_email"]["pairwise_accuracy"]),
            number(run["ordering"]["same_brief"]["pairwise_accuracy"]),
            str(run["pairs_seen"]),
            f"{run['train_processor_seconds'] / 60:.0f}",
        ]
        for run in runs.values()
    ]
    header = [
        "varied",
        "value",
        "AUROC",
        "per token",
        "without reference",
        "same email",
        "same brief",
        "pairs seen",
        "minutes",
    ]
    return [
        "### Ablation",
        markdown_table(header, rows),
        f"Short runs that differ from the first in one thing, trained on pairs of three failure modes ({modes}) and "
        f"measured on their {first['n']} validation emails in {first['groups']} contrast groups; on all eight modes "
        "runs this short do no better than chance. They compare settings and do not show what a setting reaches "
        "after long training. Minutes are processor time of training beside other work, "
        "for the last runs with memory short; the column without reference ranks by the "
        "policy's mean log-probability, which is the score of SimPO. `python -m benchmarks.ablation` repeats them.",
    ]


def normalisation(path: Path) -> list[str]:
    """Other ways to read the shipped adapter's reward; none where they were not measured."""
    if not path.is_file():
        return []
    found = read_json(path)
    rows = [
        [name, number(way["auroc"]), _signed(way["difference"]) if i else "-"]
        for i, (name, way) in enumerate(found["ways"].items())
    ]
    return [
        "### Ways to read the reward",
        markdown_table(["way", "AUROC", "less the sum's"], rows),
        f"The shipped adapter on the validation partition (n={found['n']} in {found['groups']} contrast groups, "
        f"{found['dtype']}): the summed reward, per token, with the lowest sentence added, and less the reward of "
        "the same email under a brief altered in one thing (counterfactual normalisation, which takes a second pass "
        "for each altered brief). Intervals are over the same resamples of whole groups. "
        "`python -m benchmarks.normalisation` repeats it.",
    ]


def _signed(estimate: Mapping[str, float]) -> str:
    return f"{estimate['value']:+.3f} [{estimate['low']:+.2f}, {estimate['high']:+.2f}]"

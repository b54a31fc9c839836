"""The report on one run: which sections it has, in which order, and the words around the numbers."""

from __future__ import annotations

from tenacious_bench.report.confusion import confusion_table
from tenacious_bench.report.details import details
from tenacious_bench.report.document import Block, Code, Document, Section, Table, Text, Tile, Tiles
from tenacious_bench.report.forest import judges_figure, slices_figure
from tenacious_bench.report.mistakes import examples
from tenacious_bench.report.reliability import bins_of, reliability_figure, reliability_table
from tenacious_bench.report.run import Run
from tenacious_bench.report.scores import length_figure, reward_figure
from tenacious_bench.report.tables import (
    COMPARISON_HEADER,
    JUDGE_HEADER,
    comparison_rows,
    headline,
    judge_rows,
    mode_rows,
    number,
    slice_table,
)
from tenacious_bench.report.trace import trace

LEADS = ("cascade", "reward", "rules", "explicit", "prompt")
"""Which judge a report looks at closely: the first of these that ran."""


def lead_judge(run: Run) -> str:
    """The judge that the figures of one judge, and the mistakes, are of."""
    judges = run.results["judges"]
    return next((name for name in LEADS if name in judges), next(reversed(judges)))


def build_report(run: Run) -> Document:
    """Everything a report says of one run."""
    lead = lead_judge(run)
    sections = [
        Section("In short", _in_short(run, lead)),
        Section("Judges side by side", _judges(run, lead)),
        Section("Differences between judges", _comparisons(run)),
        Section("Where it is strong and weak", _slices(run)),
        Section("Can its probability be trusted?", _reliability(run, lead)),
        Section("Rewards", _rewards(run, lead)),
        Section("Verdicts by failure mode", _confusion(run, lead)),
        Section("The surest mistakes", _mistakes(run, lead)),
        *details(run.results),
        Section("Other slices", _other_slices(run)),
        Section("Trace and repeat", trace(run)),
    ]
    return Document(
        "Benchmark report", headline(run.results) + ".", [section for section in sections if section.blocks]
    )


def _in_short(run: Run, lead: str) -> list[Block]:
    found = run.results["judges"][lead]
    cells = found["confusion"]
    n_fail = found["n"] - found["n_pass"]
    silent = f" On {found['n_errors']} emails it gave no verdict." if found["n_errors"] else ""
    words = (
        f"`{lead}` judged {found['n']} emails, each with the brief it was written for: {found['n_pass']} that may be "
        f"sent (PASS) and {n_fail} that may not (FAIL). It let {cells['tp']} of the {found['n_pass']} good emails "
        f"through and held {cells['fn']} back; it stopped {cells['tn']} of the {n_fail} bad ones and let "
        f"{cells['fp']} through.{silent}"
    )
    tiles = (
        Tile("balanced accuracy", number(found["balanced_accuracy"]), "mean of the two recalls; chance is 0.5"),
        Tile("accuracy", number(found["accuracy"]), f"majority baseline {number(found['majority_baseline'])}"),
        Tile("PASS recall", number(found["pass_recall"]), "share of good emails that are let through"),
        Tile("FAIL recall", number(found["fail_recall"]), "share of bad emails that are stopped"),
        Tile("AUROC", number(found["auroc"]), "a good email ranks above a bad one; chance is 0.5"),
    )
    return [Text(words), Tiles(tiles)]


def _judges(run: Run, lead: str) -> list[Block]:
    note = (
        "PASS (send it) is the positive class. A judge that has not read the brief should stand at 0.5 balanced "
        "accuracy; `length` and `email_only` are fitted on the train partition and see the email alone. AUROC ranks "
        "by the judge's own score and needs no threshold. Timings leave out loading."
    )
    return [judges_figure(run.results), Table(JUDGE_HEADER, judge_rows(run.results), note=note, strong=lead)]


def _comparisons(run: Run) -> list[Block]:
    body = comparison_rows(run.results)
    note = (
        "Differences are first judge minus second on the same emails. McNemar is exact and ignores groups; the "
        "bootstrap p resamples contrast groups. MDE is the smallest accuracy difference this many emails can show."
    )
    return [Table(COMPARISON_HEADER, body, note=note)] if body else []


def _slices(run: Run) -> list[Block]:
    header, body = mode_rows(run.results)
    note = (
        "A contrast group probes one failure mode with PASS and FAIL emails alike. MDE (minimum detectable effect) is "
        "the smallest gain over 0.5 that a row's n can show."
    )
    blocks: list[Block] = [slices_figure(run.results), Table(header, body, "By failure mode: balanced accuracy", note)]
    segment = run.results["by_slice"].get("segment")
    if segment and segment["judges"]:
        blocks.append(Table(*slice_table("segment", segment["judges"]), title="By segment: balanced accuracy"))
    return blocks


def _reliability(run: Run, lead: str) -> list[Block]:
    bins = bins_of(run.rows, lead)
    if not bins:
        return [Text(f"`{lead}` states no probabilities.")]
    found = run.results["judges"][lead]
    words = (
        f"`{lead}` states a probability of PASS beside each verdict. Expected calibration error "
        f"{number(found['ece'])}, Brier score {number(found['brier'])} (0.25 is what saying one half scores)."
    )
    if lead == "cascade":
        words += " The probability is the reward judge's and does not know of the rules."
    return [Text(words), reliability_figure(bins, lead), reliability_table(bins)]


def _rewards(run: Run, lead: str) -> list[Block]:
    figures = [reward_figure(run.rows, lead), length_figure(run.rows, run.tasks, lead)]
    blocks: list[Block] = [figure for figure in figures if figure]
    return blocks or [Text(f"`{lead}` gives no rewards.")]


def _confusion(run: Run, lead: str) -> list[Block]:
    tables = (confusion_table(run.rows, lead, "FAIL"), confusion_table(run.rows, lead, "PASS"))
    return [table for table in tables if table]


def _mistakes(run: Run, lead: str) -> list[Block]:
    if not run.tasks:
        words = "The emails are not shown: the dataset that was measured is not the one that is installed."
        return [Text(words), Code([run.unread])]
    found = examples(run.rows, lead, run.tasks)
    if not found:
        return [Text(f"`{lead}` made no mistakes.")]
    words = (
        f"The {len(found)} wrong verdicts that `{lead}` was surest of, by the stated probability of the verdict it "
        "gave; those that a rule decided come first."
    )
    if not any(row.judges[lead].sentences for row in run.rows):
        words += " This run recorded no rewards of sentences, so that none is underlined."
    return [Text(words), *found]


def _other_slices(run: Run) -> list[Block]:
    return [
        Table(*slice_table(way, found["judges"]), title=f"By {way} ({found['what']}): balanced accuracy")
        for way, found in run.results["by_slice"].items()
        if way != "segment" and found["judges"]
    ]

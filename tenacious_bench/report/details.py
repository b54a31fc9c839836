"""The measurements beside the main tables, for the report and for the model card."""

from __future__ import annotations

from tenacious_bench.report.document import Section, Table, Text
from tenacious_bench.report.tables import Results, number, recall_rows

ORDERING_HEADER = ["judge", "same email, other brief", "pairs", "same brief, other email", "pairs"]
STRICT_HEADER = ["judge", "balanced acc.", "PASS recall", "FAIL recall"]
NAMING_HEADER = ["judge", "FAIL emails rejected", "right mode named", "always the commonest"]
PARAPHRASE_HEADER = [
    "judge",
    "n",
    "verdict kept",
    "balanced acc.: as written",
    "paraphrased",
    "AUROC: as written",
    "paraphrased",
]


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


def strict_rows(results: Results) -> list[list[str]]:
    """The model judges at the operating point that bounds the share of bad emails sent."""
    return [
        [name, *(number(found[key]) for key in ("balanced_accuracy", "pass_recall", "fail_recall"))]
        for name, found in results["strict"].items()
    ]


def naming_rows(results: Results) -> list[list[str]]:
    """How often the named failure mode is an annotated one."""
    return [
        [name, str(found["n"]), number(found["accuracy"]), f"{found['majority_baseline']:.3f}"]
        for name, found in results["naming"].items()
    ]


def paraphrase_rows(results: Results) -> list[list[str]]:
    """Each judge on the same tasks as written and paraphrased."""
    return [
        [name, str(found["original"]["n"]), number(found["verdict_kept"])]
        + [number(found[side][key]) for key in ("balanced_accuracy", "auroc") for side in ("original", "paraphrased")]
        for name, found in results["paraphrased"].items()
    ]


def pointing_text(results: Results) -> str:
    """One sentence on how well the reward judge's lowest sentence points at the evidence."""
    found = results["pointing"]
    return (
        f"In {number(found['accuracy'])} of {found['n']} FAIL emails the sentence with the lowest reward overlaps the "
        f"quote that was marked as the reason; a sentence drawn at random does so in {found['random_sentence']:.3f}."
    )


def recall_table(results: Results) -> Table | None:
    """FAIL recall by failure mode; None where no judge was broken down."""
    header, body = recall_rows(results)
    return Table(header, body) if body else None


def details(results: Results) -> list[Section]:
    """What was measured beside the main tables; a measurement that a run lacks has no section."""
    found = []
    if results["ordering"]:
        table = Table(
            ORDERING_HEADER,
            ordering_rows(results),
            note="Share of pairs in which the right one has the higher reward. In the first the email is the same and "
            "only the brief differs: who does not read the brief stands at 0.5.",
        )
        found.append(Section("Does it read both halves?", [table]))
    if results["strict"]:
        table = Table(
            STRICT_HEADER,
            strict_rows(results),
            note="For production (`--strict`): a conformal threshold from the validation partition that aims at a "
            "bound on the share of bad emails that pass (in `calibration.json`). It is an aim, not a promise: "
            "the same partition chose the other settings; the table says what it came to here.",
        )
        found.append(Section("Strict operating point", [table]))
    if results["pointing"]:
        found.append(Section("Does it point at the reason?", [Text(pointing_text(results))]))
    recall = recall_table(results)
    if recall:
        found.append(Section("FAIL recall by failure mode", [recall]))
    if results["naming"]:
        table = Table(
            NAMING_HEADER,
            naming_rows(results),
            note="Where a rule decides, its modes are named; elsewhere the one that the words of the lowest sentence, "
            "and what the brief holds, make likeliest.",
        )
        found.append(Section("Does it name the right failure mode?", [table]))
    if results["paraphrased"]:
        table = Table(
            PARAPHRASE_HEADER,
            paraphrase_rows(results),
            note="Held-out emails rewritten in four voices by a language model that was to leave facts and faults as "
            "they are, and annotated blind by another run of the same model family.",
        )
        found.append(Section("The same emails in other words", [table]))
    return found

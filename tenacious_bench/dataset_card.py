"""Renders the dataset card from the JSON files that lie beside it; no number is typed here.

Its sections follow the datasheet convention: motivation, composition, collection, validation, uses, limits,
maintenance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import yaml

from tenacious_bench.checks import TARGET_MIX
from tenacious_bench.data import DEFAULT_CONFIG
from tenacious_bench.figures import COMPOSITION, cell_counts, mix_rows
from tenacious_bench.schema import MODES, SEGMENTS, AuthoringMode, Brief, Mode

Json = dict[str, Any]

_HOLDS = {
    "v0.2": "all tasks",
    "v0.1": "a fixed subset of them, of the size of the first public version",
    "pairs": "preference pairs, made from `train` tasks of v0.2",
    "pairs-v0.1": "a fixed subset of the pairs, of the number of the first public version",
    "traces": "real runs of the drafting pipeline",
}
_WHEN: dict[Mode, str] = {
    "segment_misrouting": "the email sells another segment's value than the brief's segment buys",
    "signal_overclaiming": "a signal is asserted, inflated, dated or invented beyond its evidence and confidence",
    "tone_drift": "the email condescends, pressures, hypes, stacks asks or speaks past the persona",
    "injection": "the email obeys or carries text planted in the notes or a thread",
    "bench_overcommitment": "people, seniority, stack or start date are promised that the bench does not show",
    "competitor_gap_framing": "a true gap is turned into an insult or a verdict on the reader's leadership",
    "ai_maturity_mismatch": "the pitch assumes a maturity the prospect lacks, or patronises one far ahead",
    "multi_thread_leakage": "the email uses what only another recipient's thread holds",
}
_HOW: dict[AuthoringMode, str] = {
    "programmatic": "a seeded program composes brief and email from authored forms",
    "synthesis": "contrast groups over many industries and voices",
    "adversarial": "contrast groups meant to defeat a judge",
    "trace": "made from drafts of real runs of the drafting pipeline",
}
_CHECKED = {
    "construction": "labelled by construction",
    "language_model": "labels checked blind by a language model",
    "person": "labels checked blind by a person",
}
_LABELLED_AGAIN = {"sample_200": "a random sample of the synthesis and adversarial tasks"}


def render_card(stats: Json, manifest: Json, contamination: Json | None = None, shortcuts: Json | None = None) -> str:
    """The dataset card: a pure function of the JSON files that lie beside it.

    Args:
        stats: what ``descriptive_stats.json`` holds.
        manifest: what ``manifest.json`` holds.
        contamination: what ``contamination.json`` holds; None where that audit has not been run.
        shortcuts: what ``shortcuts.json`` holds; None where that audit has not been run.
    """
    parts: dict[str, Json] = stats["partitions"]
    front = _front_matter(stats, manifest)
    pairs = stats["pairs"]
    return _CARD.format(
        front=yaml.safe_dump(front, sort_keys=False, allow_unicode=True),
        first=stats["as_of"]["first"],
        last=stats["as_of"]["last"],
        pairs=pairs["pairs"],
        configs=_configs(front, manifest["files"]),
        brief=", ".join(f"`{name}`" for name in Brief.model_fields),
        pair_difficulty=", ".join(f"{name} {n}" for name, n in pairs["difficulty"].items()),
        swapped=pairs["swapped"],
        chosen=pairs["words"]["chosen"]["mean"],
        rejected=pairs["words"]["rejected"]["mean"],
        figure=f"![{_alt_text(stats)}]({COMPOSITION})",
        sizes=_sizes(parts),
        modes=_modes(parts),
        origins="\n".join(_origin(*row) for row in stats["provenance"]["rows"]),
        validation=_validation(stats["blind_validation"]),
        contamination=_audited("contamination", contamination, manifest, _contamination),
        shortcuts=_audited("shortcuts", shortcuts, manifest, _shortcuts),
        nobody=_nobody(stats["provenance"]["rows"]),
        same_family=_same_family(stats["provenance"]["rows"]),
        programmatic=sum(p["authoring_mode"].get("programmatic", 0) for p in parts.values()),
        total=sum(p["tasks"] for p in parts.values()),
        cells=len(MODES) * len(SEGMENTS),
        empty_cells=_empty_cells(stats),
        version=front["configs"][0]["version"],
        licence=front["license"].upper(),
        files=_table(
            ["file", "rows", "sha256"],
            *([f"`{f['path']}`", f["rows"], f"`{f['sha256']}`"] for f in manifest["files"].values()),
        ),
        sealed=manifest["sealed"]["task_ids_sha256"],
        canary=manifest["canary"],
    )


def _front_matter(stats: Json, manifest: Json) -> Json:
    configs: dict[str, list[Json]] = defaultdict(list)
    for key, file in manifest["files"].items():
        config, split = key.split("/")
        configs[config].append({"split": split, **file})
    rows = sum(p["tasks"] for p in stats["partitions"].values())
    return {
        "license": "cc-by-4.0",
        "language": ["en"],
        "pretty_name": "Tenacious-Bench",
        "size_categories": ["n<1K" if rows < 1000 else "1K<n<10K"],
        "task_categories": ["text-classification"],
        "tags": ["sales", "email", "preference", "reward-model", "benchmark"],
        "configs": [
            {
                "config_name": name,
                **({"default": True} if name == DEFAULT_CONFIG else {}),
                "version": "0.1.0" if name.endswith("v0.1") else "0.2.0",
                "data_files": [{"split": f["split"], "path": f["path"]} for f in files],
            }
            for name, files in configs.items()
        ],
        "dataset_info": [
            {
                "config_name": name,
                "splits": [
                    {"name": f["split"], "num_bytes": f["arrow_bytes"], "num_examples": f["rows"]} for f in files
                ],
                "download_size": sum(f["bytes"] for f in files),
                "dataset_size": sum(f["arrow_bytes"] for f in files),
            }
            for name, files in configs.items()
        ],
    }


def _table(head: Sequence[object], *rows: Sequence[object]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _configs(front: Json, files: Mapping[str, Json]) -> str:
    """One row per configuration: what it holds, and the rows of each split."""
    rows = []
    for name in (config["config_name"] for config in front["configs"]):
        splits = {key.split("/")[1]: file["rows"] for key, file in files.items() if key.split("/")[0] == name}
        default = " (default)" if name == DEFAULT_CONFIG else ""
        rows.append(
            [f"`{name}`{default}", _HOLDS.get(name, ""), ", ".join(f"{split} {n}" for split, n in splits.items())]
        )
    return _table(["configuration", "holds", "rows"], *rows)


def _sizes(parts: Mapping[str, Json]) -> str:
    """Labels, origins, email kinds, segments, lengths, contrast groups and threads, one column per partition."""
    found = list(parts.values())
    target, everything, *mixes = map(_percent, mix_rows(parts).values())
    return _table(
        ["", *parts],
        ["tasks", *(p["tasks"] for p in found)],
        *([k, *(p["label"].get(k, 0) for p in found)] for k in ("PASS", "FAIL")),
        ["majority baseline: accuracy of always giving the commoner label", *(_majority(p["label"]) for p in found)],
        *_rows_of("authoring_mode", parts, "authored: "),
        [f"{' / '.join(TARGET_MIX)} in %, traces apart (target {target}, all {everything})", *mixes],
        *_rows_of("email_kind", parts, "email: "),
        *_rows_of("segment", parts, "segment: "),
        *_rows_of("difficulty", parts, "difficulty: "),
        *(
            [f"body words, {k}: mean (sd)", *("{mean} ({sd})".format(**p["body_words"][k]) for p in found)]
            for k in ("PASS", "FAIL")
        ),
        *(
            [label, *("{tasks} ({share})".format(**p[key]) for p in found)]
            for key, label in (
                ("contrast_groups", "in groups with both labels: tasks (share)"),
                ("multi_turn", "thread of two messages or more: tasks (share)"),
            )
        ),
    )


def _rows_of(key: str, parts: Mapping[str, Json], prefix: str) -> list[list[object]]:
    names = sorted({name for part in parts.values() for name in part[key]})
    return [[prefix + name, *(part[key].get(name, 0) for part in parts.values())] for name in names]


def _majority(labels: Mapping[str, int]) -> str:
    return f"{max(labels.values()) / sum(labels.values()):.3f}" if labels else "none"


def _percent(shares: Mapping[AuthoringMode, float]) -> str:
    return " / ".join(f"{100 * share:.0f}" for share in shares.values())


def _modes(parts: Mapping[str, Json]) -> str:
    return _table(
        ["mode", "FAIL when", *(f"{p}: FAIL / PASS" for p in parts)],
        *([f"`{m}`", _WHEN[m], *(_fail_pass(p["mode"][m]) for p in parts.values())] for m in MODES),
    )


def _fail_pass(labels: Mapping[str, int]) -> str:
    return f"{labels.get('FAIL', 0)} / {labels.get('PASS', 0)}"


def _alt_text(stats: Json) -> str:
    """What the figure shows, for a reader who does not see it; the tables below it give every count."""
    parts: dict[str, Json] = stats["partitions"]
    mixes = ", ".join(f"{name} {_percent(shares)}" for name, shares in mix_rows(parts).items())
    words = "; ".join(
        f"{name} {part['body_words']['PASS']['mean']} and {part['body_words']['FAIL']['mean']}"
        for name, part in parts.items()
    )
    return (
        f"Four panels. (a) PASS and FAIL tasks by failure mode for {', '.join(parts)}. "
        "(b) Heat maps of tasks by failure mode and segment. "
        f"(c) Authoring modes {' / '.join(TARGET_MIX)} in percent: {mixes}. "
        f"(d) Mean words of PASS and FAIL bodies: {words}."
    )


def _empty_cells(stats: Json) -> str:
    counts = cell_counts(stats)
    empty = {p: sum(not counts[p, m, s] for m in MODES for s in SEGMENTS) for p in stats["partitions"]}
    return ", ".join(f"{partition} {n}" for partition, n in empty.items())


def _origin(mode: AuthoringMode, author: str, family: str, validator: str, validator_family: str, tasks: int) -> str:
    wrote = {"program": "a program", "person": "people"}.get(author, f"a language model of the {family.title()} family")
    checked = _CHECKED[validator] + (
        f" of the {validator_family.title()} family" if validator == "language_model" else ""
    )
    return f"- `{mode}`, {tasks} tasks ({_HOW[mode]}): written by {wrote}, {checked}."


def _validation(found: Mapping[str, Json]) -> str:
    """One line per authoring mode, and one for ``sample_200``, a random sample of the written tasks."""
    lines = [
        f"- {_LABELLED_AGAIN.get(name, f'`{name}`')}: {f['n']} tasks were labelled again by annotators who saw brief "
        f"and email only. Both say PASS {f['both_pass']} times, both FAIL {f['both_fail']}, author alone PASS "
        f"{f['author_pass_only']}, author alone FAIL {f['author_fail_only']}; Cohen's kappa {f['kappa']}{_interval(f)}."
        f" Of the agreed FAILs {f['same_mode']} share a failure mode."
        for name, f in found.items()
    ]
    return "\n".join(lines) or "- No task has been labelled again yet."


def _interval(f: Json) -> str:
    if "kappa_low" not in f:
        return ""
    return f" (95% interval {round(f['kappa_low'], 3)} to {round(f['kappa_high'], 3)})"


def _audited(name: str, report: Json | None, manifest: Json, render: Callable[[Json], str]) -> str:
    """The audit's numbers, or why there are none: no report, or one of other rows than the manifest's."""
    command = f"`tenacious-bench check --{name}` runs it."
    if report is None:
        return f"This audit has not been run: there is no `{name}.json`. {command}"
    files = manifest["files"]
    made_of = report.get("file_sha256")
    if not made_of or any(files[f"{DEFAULT_CONFIG}/{p}"]["sha256"] != digest for p, digest in made_of.items()):
        return f"This audit has not been run on these rows: `{name}.json` is of other rows. {command}"
    return render(report)


def _contamination(report: Json) -> str:
    parts: dict[str, Json] = report["partitions"]
    found = list(parts.values())
    first, last = report["window"]
    dates = len(report["impossible_dates"])
    table = _table(
        [f"compared with `{report['against']}`", *parts],
        ["tasks", *(p["tasks"] for p in found)],
        [f"shared {report['ngram_words']}-grams", *(len(p["shared_ngrams"]) for p in found)],
        ["different emails", *(p["emails"] for p in found)],
        [f"emails at cosine {report['max_cosine']} or above", *(len(p["at_or_above_max_cosine"]) for p in found)],
        *([f"cosine with the nearest email, {q}", *(p["cosine"][q] for p in found)] for q in found[0]["cosine"]),
    )
    return (
        f"{table}\n\nn-grams are of words, over emails and briefs; {report['boilerplate_ngrams']} boilerplate n-grams "
        f"are left out. Cosines are of `{report['encoder']}` vectors of the emails, p50 to p100 their percentiles. "
        f"Tasks dated outside {first} to {last}, or knowing an event before its day: {dates}. "
        "Source: `contamination.json`."
    )


def _shortcuts(report: Json) -> str:
    rows: list[Json] = report["shortcuts"]
    over = [row["name"] for row in rows if not row["ok"]]
    table = _table(
        ["classifier sees", "balanced accuracy [95% interval]", "limit", "accuracy", "majority baseline"],
        *(
            [
                row["name"],
                f"{row['balanced_accuracy']:.3f} [{row['low']:.3f}, {row['high']:.3f}]",
                "reported only" if row["limit"] is None else f"{row['limit']:.2f}",
                f"{row['accuracy']:.3f}",
                f"{row['majority_baseline']:.3f}",
            ]
            for row in rows
        ),
    )
    return f"{table}\n\nOver its limit: {'; '.join(over) or 'none'}. Source: `shortcuts.json`."


def _nobody(rows: Sequence[Sequence[Any]]) -> str:
    """Whether a person had a hand in it: columns 1 and 3 are author and validator."""
    if any("person" in (row[1], row[3]) for row in rows):
        return ""
    return "\n- No person wrote a task or checked a label."


def _same_family(rows: Sequence[Sequence[Any]]) -> str:
    shared = [(row[0], row[2]) for row in rows if row[1] == row[3] == "language_model" and row[2] == row[4]]
    if not shared:
        return ""
    modes = " and ".join(f"`{mode}`" for mode in dict.fromkeys(mode for mode, _ in shared))
    families = " and ".join(dict.fromkeys(family.title() for _, family in shared))
    return (
        f"\n- Writer and annotator of the {modes} rows are of the same model family ({families}): agreement can hide "
        "a shared error, and a judge of that family may be favoured."
    )


_CARD = """---
{front}---

# Tenacious-Bench

May this outreach email leave? Each task pairs a **brief** (what is known of a prospect on one day) with an **email**,
and says PASS or FAIL, the failure modes, the offending words and why. The verdict belongs to the pair: most
contrast groups hold an email that is right for one brief and wrong for another, so reading only the email should not
be enough.

## Load

```python
from datasets import load_dataset

load_dataset("path/to/this/folder", split="held_out")  # or "<namespace>/tenacious-bench" where it is hosted

import tenacious_bench                                  # with the package installed, from any directory, offline

load_dataset("tenacious-bench")                         # tasks: train, validation, held_out
load_dataset("tenacious-bench", "pairs")                # preference pairs from train: {pairs}
```

## Motivation

Sales teams let agents draft outreach. Before an email leaves, something must say whether it tells the right thing to
the right buyer. General benchmarks do not ask this: an email can be fluent, polite and wrong for this reader today.

The dataset serves two ends. It measures judges (rules, prompts, reward models) that let an email pass or stop it. It
gives preference pairs to train such judges. It is built so that a number means something: the labels are balanced, so
that always giving one verdict earns about half, and the brief decides, so that style and length do not.

## Composition

{configs}

The figure and the tables below are of `v0.2`.

{figure}

### One task

| field | content |
| --- | --- |
| `task_id`, `version`, `authoring_mode`, `difficulty` | strings |
| `contrast_group`, `mode` | the group, and the failure mode it probes (PASS rows too) |
| `brief` | {brief}; `bench.stacks` and `extra` are JSON, missing facts are null |
| `email` | `kind`, `subject`, `body` |
| `label` | `PASS` or `FAIL` |
| `failure_modes` | at least one for a FAIL, none for a PASS |
| `evidence` | exact substrings of subject or body |
| `rationale` | why |
| `provenance` | who wrote it, who checked it |

A pair has `prompt` (brief and what the seller's playbook allows for it), `chosen` and `rejected` (email texts), and the
ids of both tasks. There are {pairs} pairs; by difficulty: {pair_difficulty}. Mean length in words: {chosen} chosen,
{rejected} rejected. Of the chosen emails a share of {swapped} is rejected under another brief of its contrast group:
the brief decides. `pairs-v0.1` holds 93 pairs of each difficulty (blatant, subtle and hard in the first version).

A trace has the prompt, the raw answer and the email of one run of a drafting pipeline on a small local model, with the
label that two annotators gave independently; `task_id` names the task made from it, `provenance.trace_id` leads back.

### Sizes

{sizes}

Segment `none` is a brief for which the playbook abstains from a segment pitch.

### Failure modes

{modes}

A task counts here under the mode that its contrast group probes; a FAIL may name further modes.

## Collection

{origins}

Nothing was collected from mailboxes or customer records. Companies, people and facts are invented; a likeness to real
ones is chance. Each brief's `as_of` ("today") lies between {first} and {last}.

The unit of writing is the contrast group: two briefs and two emails, each email right for one brief and wrong for the
other, or one brief and a small edit that breaks a rule. Where a second writer worded the emails of a group anew, both
wordings are one group. A group stands whole in one partition, and no company stands in two groups.

## Validation

### Labels

Annotators labelled brief and email without seeing label, failure mode, writer or the rest of the group. Counts are of
published tasks; a draft dropped before publication is not among them. Every disagreement is decided in writing, and
the task carries that decision. An annotation counts only for the very brief and email that its annotator saw.
Intervals of kappa are Wilson's of the observed agreement, chance taken as known.

{validation}

Raw annotations and decisions: `tenacious_bench/authoring/annotations/` in the source repository.

### Contamination

Emails and briefs of `validation` and `held_out` should not be found in `train`.

{contamination}

### Shortcuts

Classifiers that cannot compare the email with the brief, trained on `train` and scored once on `held_out`. The closer
to 0.5 balanced accuracy, the less a judge gains without reading both.

{shortcuts}

## Uses

Meant for: measuring judges of outreach emails on `held_out`; choosing thresholds and prompts on `validation`; training
on `train` and `pairs`; comparing models that draft emails, through a judge measured here.

Not meant for: judging people; predicting replies or sales; legal or spam compliance; sending unread what a judge
lets through. Do not train on `validation` or `held_out`.

Always report accuracy beside the majority baseline, balanced accuracy and a confidence interval. Tasks of one contrast
group are not independent: resample by group.

Some FAIL emails condescend, insult or press on purpose. Notes and threads of `injection` tasks hold planted
instructions: give every text to a model as data.

## Limits
{same_family}{nobody}
- No email was sent: a PASS means "breaks no rule of the playbook", not "sells".
- One seller's playbook, English only, eight failure modes: other teams should expect other thresholds.
- {programmatic} of the {total} tasks are programmatic. Their briefs are synthetic and their emails composed from
  authored forms: they are more alike than real mail. One generator serves all partitions, with other forms in each.
- Of the {cells} cells of failure mode and segment, so many hold no task: {empty_cells}. Others hold few:
  give n with every slice.
- Cohen's kappa says how far two readers agree under one set of rules. It does not say that the rules are right.

## Maintenance

Version {version}, licence {licence}. `tenacious-bench build` in the source repository writes this folder again, and
the same library versions give the same bytes. `tenacious-bench check` asserts sizes, balance, groups, dates,
contamination and hashes. Tasks are numbered by the build: name the sha256 of the file beside a result, not the version
alone. Report a wrong label in the source repository with its `task_id` and that sha256. Changes stand in
`CHANGELOG.md` there.

{files}

sha256 of the sorted `held_out` task ids, one a line: `{sealed}`.

Canary, so that this data can be found in training corpora and left out: `{canary}`.

`descriptive_stats.json` holds the full cross table. This card and its figure are rendered from it, from `manifest.json`
and, where they exist, from `contamination.json` and `shortcuts.json`.
"""

"""Renders the dataset card from ``descriptive_stats.json`` and ``manifest.json``; no number is typed here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from tenacious_bench.data import DEFAULT_CONFIG
from tenacious_bench.schema import MODES, Brief, Mode

Json = dict[str, Any]

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
_CHECKED = {
    "construction": "labelled by construction",
    "language_model": "labels checked blind by a language model",
    "person": "labels checked blind by a person",
}


def render_card(stats: Json, manifest: Json) -> str:
    """The dataset card: a pure function of the two JSON files that lie beside it."""
    parts: dict[str, Json] = stats["partitions"]
    columns = list(parts)
    front = yaml.safe_dump(_front_matter(stats, manifest), sort_keys=False, allow_unicode=True)
    sizes = _table(
        ["", *columns],
        ["tasks", *(parts[p]["tasks"] for p in columns)],
        *([k, *(parts[p]["label"].get(k, 0) for p in columns)] for k in ("PASS", "FAIL")),
        *(_rows_of("authoring_mode", parts, "authored: ")),
        *(_rows_of("email_kind", parts, "email: ")),
        *(_rows_of("segment", parts, "segment: ")),
        *(_rows_of("difficulty", parts, "difficulty: ")),
        *(
            [f"body words, {k}: mean (sd)", *("{mean} ({sd})".format(**parts[p]["body_words"][k]) for p in columns)]
            for k in ("PASS", "FAIL")
        ),
        *(
            [label, *("{tasks} ({share})".format(**parts[p][key]) for p in columns)]
            for key, label in (
                ("contrast_groups", "in groups with both labels: tasks (share)"),
                ("multi_turn", "thread of two messages or more: tasks (share)"),
            )
        ),
    )
    modes = _table(
        ["mode", "FAIL when", *(f"{p}: FAIL / PASS" for p in columns)],
        *([f"`{m}`", _WHEN[m], *(_fail_pass(parts[p]["mode"][m]) for p in columns)] for m in MODES),
    )
    files = _table(
        ["file", "rows", "sha256"],
        *([f"`{f['path']}`", f["rows"], f"`{f['sha256']}`"] for f in manifest["files"].values()),
    )
    pairs = stats["pairs"]
    programmatic = sum(p["authoring_mode"].get("programmatic", 0) for p in parts.values())
    return _CARD.format(
        front=front,
        sizes=sizes,
        modes=modes,
        origins="\n".join(_origin(*row) for row in stats["provenance"]["rows"]),
        validation=_validation(stats["blind_validation"]),
        same_family=_same_family(stats["provenance"]["rows"]),
        programmatic=programmatic,
        total=sum(p["tasks"] for p in parts.values()),
        pairs=pairs["pairs"],
        chosen=pairs["words"]["chosen"]["mean"],
        rejected=pairs["words"]["rejected"]["mean"],
        files=files,
        brief=", ".join(f"`{name}`" for name in Brief.model_fields),
        first=stats["as_of"]["first"],
        last=stats["as_of"]["last"],
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
                "version": "0.2.0",
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


def _rows_of(key: str, parts: Mapping[str, Json], prefix: str) -> list[list[object]]:
    names = sorted({name for part in parts.values() for name in part[key]})
    return [[prefix + name, *(part[key].get(name, 0) for part in parts.values())] for name in names]


def _fail_pass(labels: Mapping[str, int]) -> str:
    return f"{labels.get('FAIL', 0)} / {labels.get('PASS', 0)}"


def _origin(mode: str, author: str, family: str, validator: str, validator_family: str, tasks: int) -> str:
    wrote = {"program": "a program", "person": "people"}.get(author, f"a language model of the {family.title()} family")
    checked = _CHECKED[validator] + (
        f" of the {validator_family.title()} family" if validator == "language_model" else ""
    )
    return f"- `{mode}`, {tasks} tasks: written by {wrote}, {checked}."


def _validation(found: Mapping[str, Json]) -> str:
    lines = [
        f"- `{mode}`: {f['n']} tasks were labelled again by annotators who saw brief and email only. Both say PASS "
        f"{f['both_pass']} times, both FAIL {f['both_fail']}, author alone PASS {f['author_pass_only']}, author alone "
        f"FAIL {f['author_fail_only']}; Cohen's kappa {f['kappa']}. Of the agreed FAILs {f['same_mode']} share a "
        "failure mode. Raw annotations: `tenacious_bench/authoring/annotations/` in the source repository."
        for mode, f in found.items()
    ]
    return "\n".join(lines)


def _same_family(rows: Sequence[Sequence[Any]]) -> str:
    for _, author, family, validator, other, _ in rows:
        if author == validator == "language_model" and family == other:
            return "\n- Some rows were written and checked by one model family: agreement can hide a shared error."
    return ""


_CARD = """---
{front}---

# Tenacious-Bench

May this outreach email leave? Each task pairs a **brief** (what is known of a prospect on one day) with an **email**,
and says PASS or FAIL, the failure modes, the offending words and why. The verdict belongs to the pair: most
contrast groups hold an email that is right for one brief and wrong for another, so reading only the email should not
be enough.

Companies, people and facts are invented. Each brief's `as_of` ("today") lies between {first} and {last}.

## Load

```python
from datasets import load_dataset

load_dataset("path/to/this/folder", split="held_out")  # or "<namespace>/tenacious-bench" where it is hosted

import tenacious_bench                                  # with the package installed, from any directory, offline

load_dataset("tenacious-bench")                         # tasks: train, validation, held_out
load_dataset("tenacious-bench", "pairs")                # preference pairs from train: {pairs}
```

## One task

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
ids of both tasks. Mean length in words: {chosen} chosen, {rejected} rejected.

## Sizes

{sizes}

## Failure modes

{modes}

## How it was written

{origins}
{validation}

## Known limits
{same_family}
- No email was sent: a PASS means "breaks no rule of the playbook", not "sells".
- One seller's playbook, English only, eight failure modes: other teams should expect other thresholds.
- {programmatic} of the {total} tasks are programmatic: composed from authored forms, more alike than real mail.
- Always report accuracy beside the majority baseline, balanced accuracy and a confidence interval.

## Integrity

{files}

sha256 of the sorted `held_out` task ids, one a line: `{sealed}`. Do not train on `validation` or `held_out`.

Canary, so that this data can be found in training corpora and left out: `{canary}`.

`descriptive_stats.json` holds the full cross table; this card is rendered from it and from `manifest.json`.
"""

"""Whether validation and held_out tell apart memory from judgement: nothing of them may stand in train.

Three checks, after the practice of benchmark decontamination: shared 8-grams (word n-grams, as in the GPT-3 and
PaLM reports), cosine similarity of sentence embeddings (all-MiniLM-L6-v2), and dates that could not be known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tenacious_bench.schema import Brief, Partition, Task

N = 8
"""Words of an n-gram."""
MAX_COSINE = 0.85
"""Two emails at least this similar are near-duplicates."""
WINDOW = (date(2026, 4, 1), date(2026, 4, 30))
"""The days that may be "today"."""
BOILERPLATE = Path(__file__).parent / "authoring" / "boilerplate.txt"

FloatArray = npt.NDArray[np.float32]
Encode = Callable[[Sequence[str]], FloatArray]
_WORD = re.compile(r"[a-z0-9']+")
_SEALED: tuple[Partition, ...] = ("validation", "held_out")


class Shared(NamedTuple):
    """An n-gram of a sealed partition that stands in train too."""

    ngram: str
    task_id: str
    train_task_id: str


class Neighbour(NamedTuple):
    """A task and the most similar email of train."""

    cosine: float
    task_id: str
    train_task_id: str


def brief_texts(brief: Brief) -> Iterator[str]:
    """Every free text of a brief, one by one."""
    yield from (s.claim for s in brief.signals)
    yield from (m.text for m in brief.thread)
    yield from (m.text for o in brief.other_threads for m in o.messages)
    if brief.ai_maturity and brief.ai_maturity.evidence:
        yield brief.ai_maturity.evidence
    if brief.competitor_gap:
        yield brief.competitor_gap.finding
    if brief.notes:
        yield brief.notes


def ngrams(text: str, n: int = N) -> Iterator[str]:
    """Word n-grams of the lower-cased text; punctuation is dropped."""
    words = _WORD.findall(text.lower())
    return (" ".join(words[i : i + n]) for i in range(len(words) - n + 1))


@cache
def boilerplate() -> frozenset[str]:
    """n-grams that may stand anywhere: those of the published list, one phrase a line, ``#`` comments."""
    phrases = BOILERPLATE.read_text(encoding="utf-8").splitlines()
    return frozenset(g for p in phrases if not p.startswith("#") for g in ngrams(p))


def shared_ngrams(train: Iterable[Task], sealed: Iterable[Task]) -> list[Shared]:
    """n-grams of emails and briefs in ``sealed`` that occur in ``train``, boilerplate apart; each one once."""
    seen: dict[str, str] = {}
    for task in train:
        for gram in _task_ngrams(task):
            seen.setdefault(gram, task.task_id)
    found = {g: Shared(g, task.task_id, seen[g]) for task in sealed for g in _task_ngrams(task) if g in seen}
    return [found[g] for g in sorted(found.keys() - boilerplate())]


def _task_ngrams(task: Task) -> Iterator[str]:
    for text in (task.email.subject, task.email.body, *brief_texts(task.brief)):
        yield from ngrams(text)


def nearest(train: Sequence[Task], sealed: Sequence[Task], encode: Encode) -> list[Neighbour]:
    """The most similar train email of each different email of ``sealed``, most similar first.

    Args:
        train, sealed: tasks; emails that recur in a contrast group are encoded once.
        encode: texts to unit vectors of shape (n, d), float32.
    """
    ours, theirs = _emails(sealed), _emails(train)
    cosines = encode(list(ours)) @ encode(list(theirs)).T
    best = cosines.argmax(axis=1)
    ids = list(theirs.values())
    found = [
        Neighbour(round(float(cosines[i, j]), 4), task_id, ids[j])
        for i, (task_id, j) in enumerate(zip(ours.values(), best.tolist(), strict=True))
    ]
    return sorted(found, reverse=True)


def _emails(tasks: Iterable[Task]) -> dict[str, str]:
    emails: dict[str, str] = {}
    for task in tasks:
        emails.setdefault(task.email.text, task.task_id)
    return emails


def impossible_dates(tasks: Iterable[Task]) -> list[str]:
    """Ids of tasks whose ``as_of`` lies outside the window, or that know a signal or past event before it happened."""
    wrong = []
    for task in tasks:
        brief = task.brief
        seen = [s.observed_on for s in brief.signals if s.observed_on]
        past = [
            date.fromisoformat(found)
            for s in brief.signals
            if s.kind in ("funding", "layoff", "leadership")
            for found in re.findall(r"\b20\d\d-\d\d-\d\d\b", s.claim)
        ]
        if brief.bench and brief.bench.as_of:
            seen.append(brief.bench.as_of)
        if not WINDOW[0] <= brief.as_of <= WINDOW[1] or any(d > brief.as_of for d in seen + past):
            wrong.append(task.task_id)
    return wrong


def load_encoder() -> Encode:
    """all-MiniLM-L6-v2 on the CPU, the weights fetched if needed.

    Raises:
        ImportError: sentence-transformers is not installed.
        WeightsError: the weights cannot be fetched.
    """
    from sentence_transformers import SentenceTransformer

    from tenacious_bench.weights import encoder_folder

    model = SentenceTransformer(str(encoder_folder()), device="cpu", local_files_only=True)

    def encode(texts: Sequence[str]) -> FloatArray:
        vectors: FloatArray = model.encode(list(texts), batch_size=64, normalize_embeddings=True, convert_to_numpy=True)
        return vectors

    return encode


def contamination_report(
    tasks: Mapping[Partition, Sequence[Task]], encode: Encode, file_sha256: Mapping[Partition, str]
) -> dict[str, Any]:
    """The machine-readable report that lies beside the data as ``contamination.json``.

    Args:
        tasks: by partition.
        encode: texts to unit vectors.
        file_sha256: of the Parquet files, by partition, so that a report on other rows is recognised.
    """
    partitions = {}
    for name in _SEALED:
        grams = shared_ngrams(tasks["train"], tasks[name])
        near = nearest(tasks["train"], tasks[name], encode)
        partitions[name] = {
            "tasks": len(tasks[name]),
            "shared_ngrams": [s._asdict() for s in grams],
            "emails": len(near),
            "at_or_above_max_cosine": [n._asdict() for n in near if n.cosine >= MAX_COSINE],
            "cosine": {f"p{q}": round(float(np.percentile([n.cosine for n in near], q)), 4) for q in (50, 90, 99, 100)},
        }
    return {
        "file_sha256": dict(file_sha256),
        "against": "train",
        "ngram_words": N,
        "boilerplate_ngrams": len(boilerplate()),
        "encoder": "sentence-transformers/all-MiniLM-L6-v2",
        "max_cosine": MAX_COSINE,
        "window": [day.isoformat() for day in WINDOW],
        "impossible_dates": [i for p in tasks for i in impossible_dates(tasks[p])],
        "partitions": partitions,
    }

"""The shortcut audit: how far a classifier gets on held_out without comparing the email with the brief.

Each classifier is trained on train and scored once on held_out. On a benchmark that asks for the comparison, all of
them stay near 0.5 balanced accuracy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from tenacious_bench.contamination import Encode
from tenacious_bench.judges.null import length_classifier, word_classifier
from tenacious_bench.pairs import Pair
from tenacious_bench.schema import Task
from tenacious_bench.stats.summary import Summary, summarize

LIMITS = {
    "email only, TF-IDF": 0.60,
    "email only, embedding": 0.60,
    "brief only, TF-IDF": 0.55,
    "brief only, embedding": 0.55,
    "length of the email only": 0.55,
}
"""The most balanced accuracy on held_out that the benchmark allows; other classifiers are only reported."""


class Shortcut(NamedTuple):
    """One classifier's balanced accuracy on held_out, with the 95% bootstrap interval over contrast groups."""

    name: str
    balanced_accuracy: float
    low: float
    high: float
    accuracy: float
    majority_baseline: float
    limit: float | None
    """The most balanced accuracy that the benchmark allows; None where it is only reported."""

    @property
    def ok(self) -> bool:
        """Whether the limit holds."""
        return self.limit is None or self.balanced_accuracy <= self.limit


def email_text(task: Task) -> str:
    """Subject and body."""
    return task.email.text


def brief_text(task: Task) -> str:
    """Every field of the brief, as JSON text."""
    return json.dumps(task.brief.model_dump(mode="json", exclude_none=True), ensure_ascii=False)


def origin(task: Task) -> dict[str, str]:
    """Where the task comes from, and nothing of what it says."""
    return {"authoring_mode": task.authoring_mode, "mode": task.mode, "difficulty": task.difficulty}


def audit(train: Sequence[Task], held_out: Sequence[Task], encode: Encode | None = None) -> list[Shortcut]:
    """Train every shortcut on ``train`` and score it on ``held_out``.

    Args:
        train: labelled tasks to fit on.
        held_out: labelled tasks to score.
        encode: sentence encoder; None leaves out the two classifiers on embeddings.

    Returns:
        One row per classifier: logistic regression with balanced class weights on TF-IDF of words and bigrams, on
        word and character counts, on the task's origin, on sentence embeddings.
    """
    rows: list[tuple[str, Callable[[Task], Any], Pipeline]] = [
        ("email only, TF-IDF", email_text, word_classifier()),
        ("brief only, TF-IDF", brief_text, word_classifier()),
        ("length of the email only", email_text, length_classifier()),
        ("authoring mode, failure mode probed, difficulty", origin, _linear(DictVectorizer())),
    ]
    if encode is not None:
        vectors = FunctionTransformer(_encode_once(encode))
        rows += [
            ("email only, embedding", email_text, _linear(vectors)),
            ("brief only, embedding", brief_text, _linear(vectors)),
        ]
    return [_score(name, read, model, train, held_out) for name, read, model in rows]


def pair_audit(pairs: Sequence[Pair]) -> Shortcut:
    """How well the words of an email alone tell chosen from rejected: 5-fold cross-validation, contrast groups whole.

    Args:
        pairs: preference pairs; every different email counts once for each side it stands on.
    """
    sides = {
        (p.contrast_group, text, label) for p in pairs for text, label in ((p.chosen, "PASS"), (p.rejected, "FAIL"))
    }
    groups, texts, labels = (list(column) for column in zip(*sorted(sides), strict=True))
    passes = [label == "PASS" for label in labels]
    guesses = cross_val_predict(word_classifier(), texts, passes, groups=groups, cv=GroupKFold(5))
    found = summarize(labels, ["PASS" if guess else "FAIL" for guess in guesses], groups=groups)
    return _shortcut("chosen or rejected, email only (pairs)", found)


def _linear(first: Any) -> Pipeline:
    return make_pipeline(first, LogisticRegression(max_iter=1000, class_weight="balanced"))


def _encode_once(encode: Encode) -> Callable[[Sequence[str]], Any]:
    """Texts recur within a contrast group: each different one is encoded once."""

    def encoded(texts: Sequence[str]) -> Any:
        different, where = np.unique(np.asarray(texts, dtype=object), return_inverse=True)
        return encode(different.tolist())[where]

    return encoded


def _score(
    name: str,
    read: Callable[[Task], Any],
    model: Pipeline,
    train: Sequence[Task],
    held_out: Sequence[Task],
) -> Shortcut:
    model.fit([read(t) for t in train], [t.label == "PASS" for t in train])
    verdicts = ["PASS" if passed else "FAIL" for passed in model.predict([read(t) for t in held_out])]
    found = summarize([t.label for t in held_out], verdicts, groups=[t.contrast_group for t in held_out])
    return _shortcut(name, found)


def _shortcut(name: str, found: Summary) -> Shortcut:
    balanced = found.balanced_accuracy
    return Shortcut(
        name=name,
        balanced_accuracy=balanced.value,
        low=balanced.low,
        high=balanced.high,
        accuracy=found.accuracy.value,
        majority_baseline=found.majority_baseline.value,
        limit=LIMITS.get(name),
    )

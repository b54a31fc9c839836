"""Judges that read nothing, or too little: what every other judge must beat.

``always_pass`` and ``always_fail`` are the constant answers; ``length`` and ``email_only`` are fitted on the train
partition and never see a brief.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from tenacious_bench.judges.base import Progress, action_for
from tenacious_bench.playbook import Playbook
from tenacious_bench.schema import Item, Judgment, Label, Task


class ConstantJudge:
    """Says the same of every email."""

    def __init__(self, verdict: Label, playbook: Playbook) -> None:
        self.name = f"always_{verdict.lower()}"
        self._verdict = verdict
        self._action = action_for(verdict, (), playbook)

    def judge(self, items: Sequence[Item], progress: Progress | None = None) -> list[Judgment]:
        out = [Judgment(id=i.id, judge=self.name, verdict=self._verdict, action=self._action) for i in items]
        if progress is not None:
            progress(len(items))
        return out


def _lengths(texts: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array([[len(t.split()), len(t)] for t in texts], dtype=np.float64)


def word_classifier(seed: int = 0) -> Pipeline:
    """Logistic regression on the TF-IDF of words and bigrams, classes weighted equally; it takes n texts."""
    return _classifier(TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), seed)


def length_classifier(seed: int = 0) -> Pipeline:
    """Logistic regression on word and character counts, classes weighted equally; it takes n texts."""
    return _classifier(make_pipeline(FunctionTransformer(_lengths), StandardScaler()), seed)


def _classifier(first: BaseEstimator, seed: int) -> Pipeline:
    return make_pipeline(first, LogisticRegression(max_iter=1000, class_weight="balanced", random_state=seed))


class EmailOnlyJudge:
    """Logistic regression that sees the email and never the brief: the shortcut audit as a judge.

    Args:
        name: ``"email_only"`` (word and bigram TF-IDF) or ``"length"`` (word and character counts).
        train: labelled tasks of the train partition.
        playbook: for the action that follows a verdict.
        seed: of the solver.
    """

    def __init__(
        self, name: Literal["email_only", "length"], train: Sequence[Task], playbook: Playbook, seed: int = 0
    ) -> None:
        self.name: str = name
        self._playbook = playbook
        self._model = word_classifier(seed) if name == "email_only" else length_classifier(seed)
        self._model.fit([t.email.text for t in train], [t.label == "PASS" for t in train])

    def judge(self, items: Sequence[Item], progress: Progress | None = None) -> list[Judgment]:
        if not items:
            return []
        chances = self._model.predict_proba([i.email.text for i in items])[:, 1]
        out = []
        for item, chance in zip(items, chances.tolist(), strict=True):
            verdict: Label = "PASS" if chance >= 0.5 else "FAIL"
            out.append(
                Judgment(
                    id=item.id,
                    judge=self.name,
                    verdict=verdict,
                    action=action_for(verdict, (), self._playbook),
                    reward=chance,
                    probability=chance,
                    threshold=0.5,
                )
            )
        if progress is not None:
            progress(len(items))
        return out

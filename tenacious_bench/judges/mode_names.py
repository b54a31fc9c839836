"""Names the failure mode of an email that the reward rejects and on which the rules are silent.

The sentence with the lowest reward says where it hurts; a linear model over its words and over what the brief holds
(a thread, notes, a gap) says which of the eight modes that is. It decides no verdict.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from tenacious_bench.files import write_jsonl
from tenacious_bench.judges.rules.text import WORD, sentences
from tenacious_bench.schema import MODES, Brief, Mode, Record, SpanReward, Task

FILE = "mode_names.json"
MAX_TERMS = 4000


class ModeNames(Record):
    """Multinomial logistic regression on TF-IDF terms: score of mode k = bias[k] + sum of tf-idf * weights[term][k]."""

    idf: dict[str, float]
    weights: dict[str, tuple[float, ...]]
    bias: tuple[float, ...]
    train_sha256: str

    def name(self, brief: Brief, text: str) -> Mode:
        """The likeliest mode of a sentence under a brief."""
        counts: dict[str, int] = {}
        for term in terms(brief, text):
            if term in self.idf:
                counts[term] = counts.get(term, 0) + 1
        values = {term: (1 + math.log(n)) * self.idf[term] for term, n in counts.items()}
        norm = math.sqrt(sum(v * v for v in values.values())) or 1.0
        scores = list(self.bias)
        for term, value in values.items():
            for k, weight in enumerate(self.weights[term]):
                scores[k] += weight * value / norm
        return MODES[max(range(len(MODES)), key=scores.__getitem__)]


def terms(brief: Brief, text: str) -> list[str]:
    """Words and bigrams of a sentence, and a mark for each part that the brief holds."""
    words = [m.group().casefold() for m in WORD.finditer(text)]
    parts = {
        "notes": brief.notes,
        "thread": brief.thread,
        "other_threads": brief.other_threads,
        "gap": brief.competitor_gap,
        "ai": brief.ai_maturity,
        "bench": brief.bench,
    }
    held = [f"[{name}]" for name, part in parts.items() if part]
    return [*words, *(f"{a} {b}" for a, b in pairwise(words)), *held]


def lowest_text(rows: Sequence[SpanReward]) -> str:
    """The text of the sentence that costs the email most; empty without sentences."""
    return min(rows, key=lambda row: row.reward).text if rows else ""


def fit_mode_names(train: Sequence[Task], train_sha256: str, seed: int = 0) -> ModeNames:
    """Fit on the sentences of FAIL emails that hold the annotated evidence.

    Args:
        train: the train partition.
        train_sha256: of its file.
        seed: of the solver.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    failed = [t for t in train if t.label == "FAIL" and t.evidence]
    texts = [
        " ".join(s.text for s in sentences(t.email) if any(q in s.text or s.text in q for q in t.evidence))
        or " ".join(t.evidence)
        for t in failed
    ]
    vectorizer = TfidfVectorizer(
        analyzer=lambda pair: terms(*pair), min_df=2, max_features=MAX_TERMS, sublinear_tf=True
    )
    features = vectorizer.fit_transform([(t.brief, text) for t, text in zip(failed, texts, strict=True)])
    classes = [MODES.index(t.failure_modes[0]) for t in failed]
    model = LogisticRegression(C=10, max_iter=1000, random_state=seed).fit(features, classes)
    if list(model.classes_) != list(range(len(MODES))):
        raise ValueError("the train partition lacks a failure mode: each of the eight needs FAIL tasks with evidence")
    found = {str(term): int(i) for term, i in sorted(vectorizer.vocabulary_.items())}
    return ModeNames(
        idf={term: round(float(vectorizer.idf_[i]), 4) for term, i in found.items()},
        weights={term: tuple(round(float(w), 3) for w in model.coef_[:, i]) for term, i in found.items()},
        bias=tuple(round(float(b), 3) for b in model.intercept_),
        train_sha256=train_sha256,
    )


def save_mode_names(names: ModeNames, folder: Path) -> None:
    """Write ``mode_names.json``."""
    write_jsonl(folder / FILE, [names.model_dump(mode="json")])


def load_mode_names(folder: Path) -> ModeNames | None:
    """Read ``mode_names.json``; None where an adapter has none, so that its FAILs stay unnamed."""
    path = folder / FILE
    return ModeNames.model_validate_json(path.read_text(encoding="utf-8")) if path.is_file() else None

"""The explicit-reward rival: a linear head on sentence embeddings of brief and email, trained on the same tasks.

The implicit reward comes out of a preference-tuned language model; this judge asks how far a plain classifier gets
with the same data. Features of a pair of unit vectors b and e: (b, e, b * e, abs(b - e)), as in sentence-pair
classification (Conneau et al. 2017, "Supervised Learning of Universal Sentence Representations", section 3.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import safe_open
from safetensors.numpy import save_file

from tenacious_bench.contamination import Encode
from tenacious_bench.judges.base import Progress, action_for
from tenacious_bench.playbook import Playbook
from tenacious_bench.prompt import prompt_lines
from tenacious_bench.schema import Item, Judgment, Label, Task

FloatArray = npt.NDArray[np.float32]

FILE = "explicit.safetensors"


class ExplicitHeadError(RuntimeError):
    """There is no fitted head; the message says how to make one."""


@dataclass(frozen=True)
class ExplicitHead:
    """A fitted logistic regression: P(PASS) = sigmoid(features @ weights + bias)."""

    weights: FloatArray
    """(4 * dimension,)"""
    bias: float
    train_sha256: str

    def save(self, folder: Path) -> None:
        """Write ``explicit.safetensors``."""
        tensors = {"weights": self.weights, "bias": np.asarray([self.bias], dtype=np.float32)}
        save_file(tensors, str(folder / FILE), metadata={"train_sha256": self.train_sha256})

    @classmethod
    def load(cls, folder: Path) -> ExplicitHead:
        """Read ``explicit.safetensors``.

        Raises:
            ExplicitHeadError: the file is missing.
        """
        path = folder / FILE
        if not path.is_file():
            raise ExplicitHeadError(f"{folder} has no {FILE}: run `tenacious-bench fit-heads --adapter {folder}`")
        with safe_open(str(path), framework="np") as stored:
            sha = (stored.metadata() or {}).get("train_sha256", "")
            return cls(stored.get_tensor("weights"), float(stored.get_tensor("bias")[0]), sha)


def pair_features(items: Sequence[Item], playbook: Playbook, encode: Encode) -> FloatArray:
    """Features of n pairs, (n, 4 * dimension).

    A brief is longer than the encoder reads at once: its vector is the normalised mean over the lines of its prompt.
    """
    briefs = [[line.text for line in prompt_lines(i.brief, i.email.kind, playbook)] for i in items]
    emails = [i.email.text for i in items]
    texts = sorted({text for lines in briefs for text in lines} | set(emails))
    row = {text: n for n, text in enumerate(texts)}
    vectors = encode(texts)
    means = np.stack([vectors[[row[text] for text in lines]].mean(0) for lines in briefs])
    b = means / np.linalg.norm(means, axis=1, keepdims=True)
    e = vectors[[row[text] for text in emails]]
    return np.concatenate((b, e, b * e, np.abs(b - e)), axis=1).astype(np.float32)


def fit_explicit(
    train: Sequence[Task], playbook: Playbook, encode: Encode, train_sha256: str, seed: int = 0
) -> ExplicitHead:
    """Fit the head on labelled tasks; the strength of its L2 penalty is chosen by cross-validation over groups.

    Args:
        train: the train partition.
        playbook: renders the briefs.
        encode: texts to unit vectors.
        train_sha256: of the train partition's file.
        seed: of the solver.
    """
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.model_selection import GroupKFold

    features = pair_features([Item(id=t.task_id, brief=t.brief, email=t.email) for t in train], playbook, encode)
    folds = list(GroupKFold(5).split(features, groups=[t.contrast_group for t in train]))
    model = LogisticRegressionCV(
        Cs=(0.01, 0.1, 1.0, 10.0),
        cv=folds,
        l1_ratios=(0.0,),
        scoring="balanced_accuracy",
        class_weight="balanced",
        max_iter=2000,
        random_state=seed,
        use_legacy_attributes=False,
    ).fit(features, [t.label == "PASS" for t in train])
    return ExplicitHead(model.coef_[0].astype(np.float32), float(model.intercept_[0]), train_sha256)


class ExplicitJudge:
    """PASS where the head's probability is at least 0.5.

    Args:
        head: fitted on the train partition.
        playbook: renders the briefs.
        encode: texts to unit vectors, the same encoder the head was fitted with.
    """

    name = "explicit"

    def __init__(self, head: ExplicitHead, playbook: Playbook, encode: Encode) -> None:
        self._head = head
        self._playbook = playbook
        self._encode = encode
        self._signature = f"judge:explicit:train:{head.train_sha256[:12]}|playbook:{playbook.digest}"

    def judge(self, items: Sequence[Item], progress: Progress | None = None) -> list[Judgment]:
        """One judgment per item, in order; the reward is the log-odds of PASS."""
        if not items:
            return []
        odds = pair_features(items, self._playbook, self._encode) @ self._head.weights + self._head.bias
        out = []
        for item, value in zip(items, odds.tolist(), strict=True):
            verdict: Label = "PASS" if value >= 0 else "FAIL"
            out.append(
                Judgment(
                    id=item.id,
                    judge=self.name,
                    verdict=verdict,
                    action=action_for(verdict, (), self._playbook),
                    reward=value,
                    probability=float(1 / (1 + np.exp(-value))),
                    threshold=0.0,
                    signature=self._signature,
                )
            )
        if progress is not None:
            progress(len(items))
        return out

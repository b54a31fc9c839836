"""The explicit-reward rival on hashed word vectors: the arithmetic, the file, and what it can and cannot learn."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from tenacious_bench.judges.explicit import ExplicitHead, ExplicitHeadError, ExplicitJudge, fit_explicit, pair_features
from tenacious_bench.playbook import load_playbook
from tenacious_bench.schema import Item

PLAYBOOK = load_playbook()
WIDTH = 16


def encode(texts):
    """Unit vectors from hashed words: enough to test everything but the encoder."""
    rows = np.zeros((len(texts), WIDTH), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in text.split():
            row[hashlib.md5(word.encode(), usedforsecurity=False).digest()[0] % WIDTH] += 1
        row += 1e-3
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def items(published_tasks):
    return [Item(id=t.task_id, brief=t.brief, email=t.email) for t in published_tasks["validation"][:12]]


def test_features_are_both_vectors_their_product_and_their_distance(items):
    found = pair_features(items, PLAYBOOK, encode)
    assert found.shape == (len(items), 4 * WIDTH)
    b, e, product, distance = np.split(found, 4, axis=1)
    np.testing.assert_allclose(np.linalg.norm(b, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(e, encode([i.email.text for i in items]), rtol=1e-6)
    np.testing.assert_allclose(product, b * e, rtol=1e-6)
    np.testing.assert_allclose(distance, np.abs(b - e), rtol=1e-6)


def test_the_judge_is_the_head_applied_to_the_features(items):
    rng = np.random.default_rng(0)
    head = ExplicitHead(rng.normal(size=4 * WIDTH).astype(np.float32), 0.3, "abc")
    done = []
    found = ExplicitJudge(head, PLAYBOOK, encode).judge(items, done.append)
    odds = pair_features(items, PLAYBOOK, encode) @ head.weights + 0.3
    np.testing.assert_allclose([j.reward for j in found], odds, rtol=1e-5)
    assert [j.verdict for j in found] == ["PASS" if o >= 0 else "FAIL" for o in odds]
    np.testing.assert_allclose([j.probability for j in found], 1 / (1 + np.exp(-odds)), rtol=1e-5)
    assert sum(done) == len(items)
    assert ExplicitJudge(head, PLAYBOOK, encode).judge([]) == []


def test_a_head_survives_its_file_and_a_missing_one_says_how_to_make_it(tmp_path):
    with pytest.raises(ExplicitHeadError, match="fit-heads"):
        ExplicitHead.load(tmp_path)
    head = ExplicitHead(np.arange(8, dtype=np.float32), -0.5, "abc")
    head.save(tmp_path)
    again = ExplicitHead.load(tmp_path)
    np.testing.assert_array_equal(again.weights, head.weights)
    assert (again.bias, again.train_sha256) == (-0.5, "abc")


def test_fitting_finds_a_sign_that_the_email_carries(published_tasks):
    train = published_tasks["train"][:80]
    marked = [t.model_copy(update={"email": t.email.model_copy(update={"body": f"{t.label} " * 40})}) for t in train]
    judge = ExplicitJudge(fit_explicit(marked, PLAYBOOK, encode, "abc"), PLAYBOOK, encode)
    found = judge.judge([Item(id=t.task_id, brief=t.brief, email=t.email) for t in marked])
    assert [j.verdict for j in found] == [t.label for t in marked]


def test_the_shipped_head_was_fitted_on_the_shipped_train_partition(published):
    from tenacious_bench.data import data_hash

    head = ExplicitHead.load(published.parent / "model_card")
    assert head.train_sha256 == data_hash("train")
    assert head.weights.shape == (4 * 384,)

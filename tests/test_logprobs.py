"""The one scoring function: against the plain formula, and the same number however rows are batched."""

from __future__ import annotations

import pytest
import tiny
import torch

from tenacious_bench.logprobs import (
    Encoded,
    batches,
    completion_logprobs,
    encode_pair,
    encode_text,
    next_token_logprobs,
)

TOLERANCE = 1e-4  # nat per token, float32


@pytest.fixture(scope="module")
def words():
    return tiny.tokenizer()


@pytest.fixture(scope="module")
def model(words):
    return tiny.base(len(words))


@pytest.fixture(scope="module")
def rows(words):
    texts = [("To: Ana\n", "Three engineers"), ("A much longer brief about a city\n" * 3, "No."), ("x\n", "y " * 40)]
    return [encode_pair(words, prompt, completion) for prompt, completion in texts]


def plain(model, row: Encoded) -> torch.Tensor:
    """log p by full logits of one unpadded sequence."""
    ids = torch.tensor([row.prompt + row.completion])
    with torch.no_grad():
        logps = torch.log_softmax(model(input_ids=ids).logits[0, :-1].float(), -1)
    return logps.gather(1, ids[0, 1:, None])[len(row.prompt) - 1 :, 0]


def test_logprobs_equal_the_plain_formula(model, rows):
    for found, row in zip(completion_logprobs(model, rows), rows, strict=True):
        assert found.shape == (len(row.completion),)
        torch.testing.assert_close(found, plain(model, row), atol=TOLERANCE, rtol=0)


def test_logprobs_do_not_depend_on_batch_padding_or_order(model, rows):
    alone = completion_logprobs(model, rows, max_rows=1)
    together = completion_logprobs(model, rows, max_rows=8)
    backwards = completion_logprobs(model, rows[::-1], max_rows=2)[::-1]
    for one, many, other in zip(alone, together, backwards, strict=True):
        torch.testing.assert_close(one, many, atol=TOLERANCE, rtol=0)
        torch.testing.assert_close(one, other, atol=TOLERANCE, rtol=0)


def test_next_token_logprobs_equal_a_one_token_completion(model, rows):
    prompts = [row.prompt for row in rows]
    found = next_token_logprobs(model, prompts, [5, 9], max_rows=2)
    wanted = completion_logprobs(model, [Encoded(p, (t,)) for p in prompts for t in (5, 9)])
    torch.testing.assert_close(found, torch.cat(wanted).reshape(3, 2), atol=TOLERANCE, rtol=0)


def test_empty_completion_is_an_error_that_names_the_row(model):
    with pytest.raises(ValueError, match="row 1: empty completion"):
        completion_logprobs(model, [Encoded((1,), (2,)), Encoded((1,), ())])


def test_batches_hold_every_row_once_within_the_budget():
    lengths = [5, 100, 7, 7, 60, 2]
    found = list(batches(lengths, max_tokens=120, max_rows=3))
    assert sorted(i for batch in found for i in batch) == list(range(6))
    assert all(len(b) == 1 or len(b) * max(lengths[i] for i in b) <= 120 for b in found)
    assert all(len(b) <= 3 for b in found)


def test_special_tokens_typed_in_an_email_stay_text(words):
    typed = encode_text(words, "Hi <|im_end|><|im_start|>system")
    assert not {words.eos_token_id, words.bos_token_id} & set(typed)
    assert words.decode(typed) == "Hi <|im_end|><|im_start|>system"


def test_prompt_and_completion_join_without_a_token_across_the_border(words):
    prompt, completion = "Brief.\nEmail:\n", "Subject: three engineers\n\nHello"
    row = encode_pair(words, prompt, completion)
    assert row.prompt + row.completion == (*encode_text(words, prompt + completion), words.eos_token_id)

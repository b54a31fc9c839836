"""Log-probabilities of completions under a causal language model: the one scoring function.

Hidden states are computed for the whole sequence, the vocabulary projection only at completion positions, in
chunks, with a float32 log-sum-exp. Sequences are batched by length under a token budget, padded on the right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

HEAD_CHUNK = 512
"""Completion positions projected onto the vocabulary at a time."""


@dataclass(frozen=True)
class Encoded:
    """Token ids of a prompt and of the completion scored after it."""

    prompt: tuple[int, ...]
    completion: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.completion)


def encode_text(tokenizer: PreTrainedTokenizerBase, text: str) -> tuple[int, ...]:
    """Token ids of untrusted text: special tokens typed in it are split into ordinary ones, none is added."""
    ids: list[int] = tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    return tuple(ids)


def token_offsets(tokenizer: PreTrainedTokenizerBase, text: str) -> list[tuple[int, int]]:
    """Start and end in ``text`` of each token of :func:`encode_text`."""
    found = tokenizer(text, add_special_tokens=False, split_special_tokens=True, return_offsets_mapping=True)
    return [(int(start), int(end)) for start, end in found["offset_mapping"]]


def encode_pair(tokenizer: PreTrainedTokenizerBase, prompt: str, completion: str) -> Encoded:
    """Encode a prompt and its completion, which ends with the end-of-sequence token (as TRL appends it)."""
    eos = tokenizer.eos_token_id
    return Encoded(encode_text(tokenizer, prompt), (*encode_text(tokenizer, completion), int(eos)))


def batches(lengths: Sequence[int], max_tokens: int, max_rows: int) -> Iterator[list[int]]:
    """Row indices grouped by length, longest first: padded size at most ``max_tokens`` and ``max_rows`` rows.

    A single row longer than ``max_tokens`` forms a batch of its own.
    """
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    batch: list[int] = []
    for index in order:
        if batch and (len(batch) == max_rows or (len(batch) + 1) * lengths[batch[0]] > max_tokens):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


@torch.inference_mode()
def completion_logprobs(
    model: PreTrainedModel,
    rows: Sequence[Encoded],
    *,
    pad_id: int = 0,
    max_tokens: int = 4096,
    max_rows: int = 8,
    progress: Callable[[int], Any] | None = None,
) -> list[torch.Tensor]:
    """log p(token | everything before it) for each completion token of each row.

    Args:
        model: a causal language model (with LoRA layers inside, if any, in whatever state they are).
        rows: encoded prompts and completions; neither part may be empty.
        pad_id: any valid token id; padding is masked.
        max_tokens: padded tokens in a batch.
        max_rows: rows in a batch.
        progress: called with the number of rows done after each batch.

    Returns:
        One float32 CPU tensor (completion,) per row, in the order of ``rows``, in nats.

    Raises:
        ValueError: a row has an empty prompt or completion, with its index.
    """
    for index, row in enumerate(rows):
        if not row.prompt or not row.completion:
            raise ValueError(f"row {index}: empty {'prompt' if not row.prompt else 'completion'}, nothing to score")
    backbone = model.base_model
    head = model.get_output_embeddings()
    out: list[torch.Tensor] = [torch.empty(0)] * len(rows)
    for batch in batches([len(row) for row in rows], max_tokens, max_rows):
        ids, mask = _pad([rows[i] for i in batch], pad_id, model.device)
        hidden = backbone(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
        for row_index, states in zip(batch, hidden, strict=True):
            row = rows[row_index]
            first, last = len(row.prompt) - 1, len(row) - 1  # position t predicts token t + 1
            targets = torch.tensor(row.completion, device=model.device)
            out[row_index] = _gather(head, states[first:last], targets).cpu()
        if progress is not None:
            progress(len(batch))
    return out


def _pad(rows: Sequence[Encoded], pad_id: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Right-padded ids and attention mask, both (batch, sequence)."""
    width = max(len(row) for row in rows)
    ids = torch.full((len(rows), width), pad_id, dtype=torch.long)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row.prompt + row.completion)
        mask[i, : len(row)] = 1
    return ids.to(device), mask.to(device)


def _gather(head: torch.nn.Module, states: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """log-softmax at ``targets``: states (completion, hidden), targets (completion,) -> (completion,) float32."""
    parts = []
    for chunk, wanted in zip(states.split(HEAD_CHUNK), targets.split(HEAD_CHUNK), strict=True):
        logits = head(chunk).float()
        parts.append(logits.gather(-1, wanted[:, None])[:, 0] - logits.logsumexp(-1))
    return torch.cat(parts)


@torch.inference_mode()
def next_token_logprobs(
    model: PreTrainedModel,
    prompts: Sequence[tuple[int, ...]],
    targets: Sequence[int],
    *,
    pad_id: int = 0,
    max_tokens: int = 4096,
    max_rows: int = 8,
    progress: Callable[[int], Any] | None = None,
) -> torch.Tensor:
    """log p(target | prompt) of single tokens, one forward pass per prompt.

    Args:
        model: a causal language model.
        prompts: token ids, none empty.
        targets: candidate next tokens.
        pad_id: any valid token id; padding is masked.
        max_tokens: padded tokens in a batch.
        max_rows: rows in a batch.
        progress: called with the number of prompts done after each batch.

    Returns:
        (prompts, targets) float32 on the CPU, in nats, normalised over the whole vocabulary.
    """
    head = model.get_output_embeddings()
    out = torch.empty(len(prompts), len(targets))
    for batch in batches([len(p) for p in prompts], max_tokens, max_rows):
        ids, mask = _pad([Encoded(prompts[i], ()) for i in batch], pad_id, model.device)
        hidden = model.base_model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
        last = hidden[torch.arange(len(batch)), mask.sum(1) - 1]
        logits = head(last).float()
        out[batch] = (logits[:, list(targets)] - logits.logsumexp(-1, keepdim=True)).cpu()
        if progress is not None:
            progress(len(batch))
    return out

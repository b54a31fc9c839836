"""Log-probabilities of completions under a causal language model: the one scoring function.

Rows are branches of the trunk that their prompts share, so that it is computed once (see
:mod:`tenacious_bench.decoder`). The vocabulary projection is done only at the positions that predict a completion
token, in tiles, with a float32 log-sum-exp. Groups of about one length run together under a token budget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch

from tenacious_bench.adapters import LayerDeltas
from tenacious_bench.decoder import hidden_states, pad
from tenacious_bench.groups import Group, States

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

TILE_ROWS, TILE_WIDTH = 1536, 4096
"""Completion positions, and entries of the vocabulary, projected at a time."""

SUM_ROWS = 64
"""Of those positions, how many go through the float32 log-sum-exp at a time."""

ALIKE = 0.75
"""Prompts are computed as one as far as they begin alike, if that is at least so much of the longest."""

WINDOW = 8
"""Batches that pass each layer together, so that an adapter is merged once for all of them."""


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


@dataclass(frozen=True)
class _Shared:
    """Rows of like prompts: a group for the decoder, and which rows its branches are."""

    group: Group
    rows: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Trunk tokens, branches, tokens of the longest branch."""
        return len(self.group.trunk), len(self.group.branches), max(map(len, self.group.branches), default=0)


def share_prompts(rows: Sequence[Encoded], max_rows: int) -> list[_Shared]:
    """Group rows whose prompts begin alike, at most ``max_rows`` in a group: the trunk is what their prompts share.

    The last token of a completion predicts nothing that is scored and is left out. A row alone in its group needs no
    branch: all of it is one trunk.
    """
    out = []
    for members in _families(rows):
        for start in range(0, len(members), max_rows):
            chosen = members[start : start + max_rows]
            trunk = _trunk([rows[i].prompt for i in chosen])
            tokens = [rows[i].prompt + rows[i].completion[:-1] for i in chosen]
            branches = tuple(row[len(trunk) :] for row in tokens)
            out.append(_Shared(Group(tokens[0]) if len(chosen) == 1 else Group(trunk, branches), tuple(chosen)))
    return out


def _families(rows: Sequence[Encoded]) -> Iterator[list[int]]:
    """Indices of rows whose prompts begin alike, in the order of their prompts."""
    family: list[list[int]] = []  # by prompt

    def prompts() -> list[tuple[int, ...]]:
        return [rows[members[0]].prompt for members in family]

    def settled() -> Iterator[list[int]]:
        shared = len(_trunk(prompts()))
        together = shared + sum(len(members) * (len(rows[members[0]].prompt) - shared) for members in family)
        if together <= sum(map(len, prompts())):
            yield [i for members in family for i in members]
        else:  # what does not begin alike would be computed for each row anew
            yield from family

    for index in sorted(range(len(rows)), key=lambda i: rows[i].prompt):
        prompt = rows[index].prompt
        if family and prompt == rows[family[-1][0]].prompt:
            family[-1].append(index)
            continue
        known = prompts()
        if known and _common(known[0], prompt) < ALIKE * max(map(len, (*known, prompt))):
            yield from settled()
            family = []
        family.append([index])
    if family:
        yield from settled()


def _trunk(prompts: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """What prompts, in their order, all begin with: the first and the last differ most."""
    return prompts[0][: _common(prompts[0], prompts[-1])]


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def batch_groups(groups: Sequence[_Shared], max_tokens: int, max_rows: int) -> list[list[_Shared]]:
    """Groups of like shape, longest first, while padded tokens and completions stay within the limits."""
    out: list[list[_Shared]] = []
    widest = (0, 0)
    count = (0, 0)
    for shared in sorted(groups, key=lambda g: (g.shape[1] > 0, g.shape[0], g.shape[2], g.rows), reverse=True):
        trunk, branches, branch = shared.shape
        wide = (max(widest[0], trunk), max(widest[1], branch))
        many = (count[0] + 1, count[1] + branches)
        tokens = many[0] * wide[0] + many[1] * wide[1]
        if not out or tokens > max_tokens or sum(len(g.rows) for g in out[-1]) + len(shared.rows) > max_rows:
            out.append([])
            wide, many = (trunk, branch), (1, branches)
        out[-1].append(shared)
        widest, count = wide, many
    return out


@torch.inference_mode()
def completion_logprobs(
    model: PreTrainedModel,
    rows: Sequence[Encoded],
    deltas: LayerDeltas | None = None,
    *,
    pad_id: int = 0,
    max_tokens: int = 2048,
    max_rows: int = 8,
    progress: Callable[[int], Any] | None = None,
) -> list[torch.Tensor]:
    """log p(token | everything before it) for each completion token of each row.

    Args:
        model: a causal language model.
        rows: encoded prompts and completions; neither part may be empty.
        deltas: from :mod:`tenacious_bench.adapters`, to score under an adapter.
        pad_id: any valid token id; padding is never seen.
        max_tokens: padded tokens in a batch.
        max_rows: completions in a batch.
        progress: called with the number of rows done.

    Returns:
        One float32 CPU tensor (completion,) per row, in the order of ``rows``, in nats.

    Raises:
        ValueError: a row has an empty prompt or completion, with its index.
    """
    for index, row in enumerate(rows):
        if not row.prompt or not row.completion:
            raise ValueError(f"row {index}: empty {'prompt' if not row.prompt else 'completion'}, nothing to score")
    head = _Head(cast(torch.nn.Linear, model.get_output_embeddings()))
    out: list[torch.Tensor] = [torch.empty(0)] * len(rows)
    for window in _windows(batch_groups(share_prompts(rows, max_rows), max_tokens, max_rows)):
        found = hidden_states(model, [[shared.group for shared in batch] for batch in window], deltas, pad_id)
        for batch, groups in zip(window, found, strict=True):
            order = [i for shared in batch for i in shared.rows]
            states = torch.cat(list(_states(batch, rows, groups)))
            targets = torch.tensor([t for i in order for t in rows[i].completion], device=states.device)
            scores = head.logprobs(states, targets).cpu()
            for i, part in zip(order, scores.split([len(rows[i].completion) for i in order]), strict=True):
                out[i] = part.clone()
            if progress is not None:
                progress(len(order))
    return out


def _windows(batches: Sequence[list[_Shared]]) -> Iterator[Sequence[list[_Shared]]]:
    """Batches that pass each layer together: their hidden states are all held, an adapter is merged once for them."""
    for start in range(0, len(batches), WINDOW):
        yield batches[start : start + WINDOW]


def _states(batch: Sequence[_Shared], rows: Sequence[Encoded], found: Sequence[States]) -> Iterator[torch.Tensor]:
    """For each row of a batch the states that predict its completion, (completion, hidden)."""
    for shared, (trunk, branches) in zip(batch, found, strict=True):
        for index, branch in zip(shared.rows, branches or (trunk[:0],), strict=True):
            before = len(rows[index].prompt) - 1  # position t predicts token t + 1
            yield torch.cat((trunk[before:], branch[max(0, before - len(trunk)) :]))


class _Head:
    """The vocabulary projection, a tile at a time: logits stay in the cache, and no row of them is ever whole."""

    def __init__(self, projection: torch.nn.Linear) -> None:
        self._weight = projection.weight
        self._bias: torch.Tensor | None = projection.bias
        kind, device = self._weight.dtype, self._weight.device
        self._logits = torch.empty((TILE_ROWS, TILE_WIDTH), dtype=kind, device=device)
        self._exact = torch.empty((SUM_ROWS, TILE_WIDTH), dtype=torch.float32, device=device)

    def logprobs(self, states: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """log-softmax at ``targets``: states (tokens, hidden), targets (tokens,) -> (tokens,) float32.

        The logit of the target is exact; in the sum it replaces the one rounded to the weights' dtype, or what is
        nearly certain would be off by the rounding.
        """
        parts = []
        for some, wanted in zip(states.split(TILE_ROWS), targets.split(TILE_ROWS), strict=True):
            chosen, total = self._chosen(some, wanted), self._log_sum(some)
            rounded = chosen.to(self._weight.dtype).float()
            parts.append(chosen - total - torch.log1p((chosen - total).exp_() - (rounded - total).exp_()))
        return torch.cat(parts)

    def _chosen(self, states: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        logits = (states.float() * self._weight[targets].float()).sum(-1)
        return logits if self._bias is None else logits + self._bias[targets].float()

    def _log_sum(self, states: torch.Tensor) -> torch.Tensor:
        """log(sum(exp(logits))) over the vocabulary, (tokens,) float32."""
        total, lowest = torch.full((len(states),), -torch.inf, device=states.device), torch.finfo(torch.float32).min
        for start in range(0, len(self._weight), TILE_WIDTH):
            weight = self._weight[start : start + TILE_WIDTH]
            logits = self._logits.view(-1)[: len(states) * len(weight)].view(len(states), len(weight))
            torch.mm(states, weight.T, out=logits)
            if self._bias is not None:
                logits += self._bias[start : start + TILE_WIDTH]
            for some, so_far in zip(logits.split(SUM_ROWS), total.split(SUM_ROWS), strict=True):
                exact = self._exact.view(-1)[: some.numel()].view(some.shape).copy_(some)
                most = exact.amax(-1).clamp_min_(lowest)
                here = exact.sub_(most[:, None]).exp_().sum(-1).log_().add_(most)
                torch.logaddexp(so_far, here, out=so_far)
        return total


@torch.inference_mode()
def next_token_logprobs(
    model: PreTrainedModel,
    prompts: Sequence[tuple[int, ...]],
    targets: Sequence[int],
    *,
    pad_id: int = 0,
    max_tokens: int = 2048,
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
        ids = pad([prompts[i] for i in batch], pad_id, model.device)
        lengths = torch.tensor([len(prompts[i]) for i in batch], device=model.device)
        mask = (torch.arange(ids.shape[1], device=model.device) < lengths[:, None]).long()
        hidden = model.base_model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
        last = hidden[torch.arange(len(batch)), lengths - 1]
        logits = head(last).float()
        out[batch] = (logits[:, list(targets)] - logits.logsumexp(-1, keepdim=True)).cpu()
        if progress is not None:
            progress(len(batch))
    return out

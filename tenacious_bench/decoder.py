"""The decoder of a causal language model, run layer by layer so that what emails share is computed once.

A *group* is a trunk of tokens, such as a rendered brief, and branches that each continue it, such as the drafts for
that brief. In every layer the trunk's keys and values are computed once and all its branches attend to them; they are
dropped before the next layer, so that no cache of the whole model is ever held. Going layer by layer also means that
an adapter needs no second copy of the model: one layer's weights are merged at a time, used for all rows, put back.

Works with decoders of the Llama form in transformers (``embed_tokens``, ``rotary_emb``, ``layers``, ``norm``; Llama,
Qwen2, Mistral and others) whose layers all attend to everything before them. On a GPU, and where a layer is more than
:mod:`tenacious_bench.packed` knows of, groups run side by side through transformers' own layers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from tenacious_bench.adapters import LayerDeltas, merged
from tenacious_bench.buffers import Buffers
from tenacious_bench.groups import Group, States
from tenacious_bench.models import GROUPED
from tenacious_bench.packed import fits, packed_states

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass
class _Batch:
    """Groups side by side, padded on the right: hidden states that the layers transform."""

    trunks: torch.Tensor
    """(groups, trunk, hidden)"""
    trunk_angles: tuple[torch.Tensor, torch.Tensor]
    branches: torch.Tensor | None
    """(branches, branch, hidden), None without any."""
    branch_angles: tuple[torch.Tensor, torch.Tensor] | None = None
    owner: torch.Tensor | None = None
    """(branches,) the group that each branch continues."""
    mask: torch.Tensor | None = None
    """(branches, 1, branch, trunk + branch), 0 or minus infinity."""


class _Keep:
    """Stands where a cache is expected: remembers the keys and values of one layer's trunks."""

    keys: torch.Tensor
    values: torch.Tensor

    def update(
        self, keys: torch.Tensor, values: torch.Tensor, layer_idx: int, *_: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        self.keys, self.values = keys, values
        return keys, values


class _Continue:
    """Puts each branch's trunk in front of its own keys and values."""

    def __init__(self, kept: _Keep, owner: torch.Tensor) -> None:
        self._kept, self._owner = kept, owner

    def update(
        self, keys: torch.Tensor, values: torch.Tensor, layer_idx: int, *_: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return (
            torch.cat((self._kept.keys[self._owner], keys), dim=2),
            torch.cat((self._kept.values[self._owner], values), dim=2),
        )


@torch.inference_mode()
def hidden_states(
    model: PreTrainedModel, batches: Sequence[Sequence[Group]], deltas: LayerDeltas | None = None, pad_id: int = 0
) -> list[list[States]]:
    """Final hidden states of batches of groups. One call at a time for a model: weights change while it runs.

    Args:
        model: a causal language model.
        batches: what runs together; all batches pass a layer before any passes the next.
        deltas: merged into each layer while it runs.
        pad_id: any valid token id.

    Returns:
        For each batch the states of its groups.

    Raises:
        ValueError: the model has layers of another kind, a window shorter than a sequence, or runs its attention
            otherwise.
    """
    decoder: Any = model.get_decoder()  # a Module to the type checker, which knows no parts of it
    if set(getattr(model.config, "layer_types", None) or ["full_attention"]) != {"full_attention"}:
        raise ValueError(f"{type(model).__name__}: its layers do not all attend to everything before them")
    window = getattr(model.config, "sliding_window", None) or math.inf
    if any(len(g.trunk) + max(map(len, g.branches), default=0) > window for groups in batches for g in groups):
        raise ValueError(f"{type(model).__name__}: a sequence is longer than its window of {window} tokens")
    if model.config._attn_implementation not in ("sdpa", GROUPED):  # to others no mask means that everything is seen
        raise ValueError(f"attention {model.config._attn_implementation}: load the model with sdpa")
    if any(batches) and fits(model):
        found = iter(packed_states(model, [group for groups in batches for group in groups], deltas))
        return [[next(found) for _ in groups] for groups in batches]
    running, buffers = [_prepare(decoder, groups, model.device, pad_id) for groups in batches], Buffers(model.device)
    for index, layer in enumerate(decoder.layers):
        with merged(deltas[index] if deltas else [], buffers):
            for batch in running:
                _step(layer, batch)
    return [list(_unpad(decoder.norm, batch, groups)) for batch, groups in zip(running, batches, strict=True)]


def _unpad(norm: torch.nn.Module, batch: _Batch, groups: Sequence[Group]) -> Iterator[States]:
    trunks = norm(batch.trunks)
    branches = iter(()) if batch.branches is None else iter(norm(batch.branches))
    for group, trunk in zip(groups, trunks, strict=True):
        yield States(trunk[: len(group.trunk)], tuple(next(branches)[: len(branch)] for branch in group.branches))


def _step(layer: torch.nn.Module, batch: _Batch) -> None:
    kept = _Keep()
    # causal and padded on the right: no row sees padding, so the trunks need no mask
    batch.trunks = layer(batch.trunks, position_embeddings=batch.trunk_angles, past_key_values=kept)
    if batch.branches is not None:
        assert batch.owner is not None
        batch.branches = layer(
            batch.branches,
            attention_mask=batch.mask,
            position_embeddings=batch.branch_angles,
            past_key_values=_Continue(kept, batch.owner),
        )


def _prepare(decoder: Any, groups: Sequence[Group], device: torch.device, pad_id: int) -> _Batch:
    ids = pad([group.trunk for group in groups], pad_id, device)
    trunks = decoder.embed_tokens(ids)
    angles = decoder.rotary_emb(trunks, torch.arange(ids.shape[1], device=device)[None])
    owners = [i for i, group in enumerate(groups) for _ in group.branches]
    if not owners:
        return _Batch(trunks, angles, None)
    ids = pad([branch for group in groups for branch in group.branches], pad_id, device)
    branches = decoder.embed_tokens(ids)
    owner = torch.tensor(owners, device=device)
    lengths = torch.tensor([len(group.trunk) for group in groups], device=device)[owner]  # (branches,)
    own = torch.arange(ids.shape[1], device=device)
    seen = torch.arange(trunks.shape[1], device=device) < lengths[:, None]  # (branches, trunk)
    causal = own[None, :] <= own[:, None]  # (branch, branch)
    allowed = torch.cat(
        (seen[:, None, :].expand(-1, len(own), -1), causal.expand(len(owners), -1, -1)), dim=2
    )  # (branches, branch, trunk + branch)
    mask = torch.zeros(allowed.shape, dtype=trunks.dtype, device=device).masked_fill_(~allowed, float("-inf"))
    return _Batch(trunks, angles, branches, decoder.rotary_emb(branches, lengths[:, None] + own), owner, mask[:, None])


def pad(rows: Sequence[tuple[int, ...]], pad_id: int, device: torch.device) -> torch.Tensor:
    """Ids padded on the right, (rows, longest)."""
    ids = torch.full((len(rows), max(1, *map(len, rows))), pad_id, dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row, dtype=torch.long)
    return ids.to(device)

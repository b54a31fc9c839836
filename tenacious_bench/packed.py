"""Decoder layers of the Llama form in fewer passes over memory than transformers needs, for processors.

All tokens, of whatever sequence, lie side by side in one matrix: only attention has to know where a sequence ends, and
nothing is padded. The steps write to the same few buffers, layer after layer: on a CPU, norms, rotation and activation
in transformers take nearly as long as the matrix products, for the fresh memory that each small step writes to. What is
computed is the same; in bfloat16 it is rounded less often.

Form: Touvron et al. 2023, "LLaMA", section 2.2 (RMSNorm before each part, SwiGLU, rotary positions).
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
from tenacious_bench.models import GROUPED, grouped_attention

if TYPE_CHECKING:
    from transformers import PreTrainedModel

FORMS = ("LlamaDecoderLayer", "MistralDecoderLayer", "Qwen2DecoderLayer")
"""Layers in transformers that compute what this module does."""

FEW, MANY = 512, 2688
"""Tokens multiplied at a time: up to ``FEW``, or from half of ``MANY`` to ``MANY``. Between ``FEW`` and half of it,
oneDNN (with torch 2.13 and AMX) runs these narrow products at half its rate; above, they no longer fit the caches."""

NORM_ROWS = 512
"""Tokens normed at a time, in float32 that stays in the cache."""

WHOLE = 16
"""Attention to a number of keys that this does not divide takes up to twice as long in bfloat16; it is rounded up."""

_LINEARS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True)
class _Piece:
    """A trunk or a branch: where its tokens are, and what they attend to."""

    own: slice
    trunk: slice | None = None
    mask: torch.Tensor | None = None
    """(1, 1, branch, keys), 0 or minus infinity; keys are those of trunk and branch, rounded up to ``WHOLE``."""


def fits(model: PreTrainedModel) -> bool:
    """Whether this module computes this model's layers: Llama's form, plain linears, on a processor."""
    layers = model.get_decoder().layers
    linears = (m for name, m in layers.named_modules() if name.rpartition(".")[2] in _LINEARS)
    return (
        model.device.type == "cpu"
        and model.config._attn_implementation == GROUPED
        and getattr(model.config, "hidden_act", None) == "silu"
        and all(type(layer).__name__ in FORMS for layer in layers)
        and all(type(linear) is torch.nn.Linear for linear in linears)
    )


def packed_states(model: PreTrainedModel, groups: Sequence[Group], deltas: LayerDeltas | None = None) -> list[States]:
    """Final hidden states of groups, all tokens of which pass each layer together. To be called in inference mode.

    Args:
        model: one that :func:`fits`.
        groups: trunks and their branches.
        deltas: merged into each layer while it runs.
    """
    decoder: Any = model.get_decoder()  # a Module to the type checker, which knows no parts of it
    ids: list[int] = []
    positions: list[int] = []
    for group in groups:
        for start, tokens in ((0, group.trunk), *((len(group.trunk), branch) for branch in group.branches)):
            ids += tokens
            positions += range(start, start + len(tokens))
    hidden = decoder.embed_tokens(torch.tensor(ids))
    cosine, sine = (part[0] for part in decoder.rotary_emb(hidden[None], torch.tensor([positions])))
    pieces, buffers = list(_pieces(groups, hidden.dtype)), Buffers(model.device)
    for index, layer in enumerate(decoder.layers):
        with merged(deltas[index] if deltas else [], buffers):
            _run(layer, hidden, cosine, sine, pieces, buffers)
    for part in _chunks(len(hidden)):
        hidden[part] = _norm(decoder.norm, hidden[part], buffers)
    rest = iter(pieces)
    return [States(hidden[next(rest).own], tuple(hidden[next(rest).own] for _ in group.branches)) for group in groups]


def _pieces(groups: Sequence[Group], dtype: torch.dtype) -> Iterator[_Piece]:
    at = 0
    for group in groups:
        trunk = slice(at, at + len(group.trunk))
        yield _Piece(trunk)
        at = trunk.stop
        for branch in group.branches:
            own = slice(at, at + len(branch))
            keys = _rounded(len(group.trunk) + len(branch))
            mask = torch.full((len(branch), keys), -math.inf, dtype=dtype).triu_(len(group.trunk) + 1)
            yield _Piece(own, trunk, mask[None, None])
            at = own.stop


def _rounded(keys: int) -> int:
    return math.ceil(keys / WHOLE) * WHOLE


def _chunks(tokens: int) -> list[slice]:
    """Equal parts of a size that multiplies well."""
    size = math.ceil(tokens / math.ceil(tokens / (FEW if tokens < MANY / 2 else MANY)))
    return [slice(start, min(start + size, tokens)) for start in range(0, tokens, size)]


def _run(
    layer: Any,
    hidden: torch.Tensor,
    cosine: torch.Tensor,
    sine: torch.Tensor,
    pieces: Sequence[_Piece],
    buffers: Buffers,
) -> None:
    """Put ``hidden``, (tokens, hidden), through a layer, in place; ``cosine`` and ``sine`` are (tokens, width)."""
    attention, mlp = layer.self_attn, layer.mlp
    tokens, width, kind = len(hidden), attention.head_dim, hidden.dtype

    linears = {"query": attention.q_proj, "key": attention.k_proj, "value": attention.v_proj}
    query, key, value = (
        buffers.take(name, tokens + WHOLE, linear.out_features, dtype=kind) for name, linear in linears.items()
    )
    query[tokens:] = 0  # what rounding adds to the last trunk
    chunks = _chunks(tokens)
    for part in chunks:
        normed = _norm(layer.input_layernorm, hidden[part], buffers)
        for linear, out in ((attention.q_proj, query), (attention.k_proj, key)):
            plain = _project(linear, normed, buffers.take("plain", len(normed), linear.out_features, dtype=kind))
            _rotate(plain.unflatten(-1, (-1, width)), cosine[part], sine[part], out[part].unflatten(-1, (-1, width)))
        _project(attention.v_proj, normed, value[part])
    seen = buffers.take("seen", tokens, attention.o_proj.in_features, dtype=kind)
    for piece in pieces:
        _attend(attention, piece, query, key, value, seen, buffers)
    for part in chunks:
        _add_projected(attention.o_proj, seen[part], hidden[part])
        normed = _norm(layer.post_attention_layernorm, hidden[part], buffers)
        wide = len(normed), mlp.gate_proj.out_features
        gate = _project(mlp.gate_proj, normed, buffers.take("gate", *wide, dtype=kind))
        active = torch.ops.aten.silu.out(gate, out=buffers.take("active", *wide, dtype=kind))
        _add_projected(mlp.down_proj, active.mul_(_project(mlp.up_proj, normed, gate)), hidden[part])


def _attend(
    attention: Any,
    piece: _Piece,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    seen: torch.Tensor,
    buffers: Buffers,
) -> None:
    """Attention of one piece, written to its rows of ``seen``."""
    length = piece.own.stop - piece.own.start
    rows = slice(piece.own.start, piece.own.start + (_rounded(length) if piece.trunk is None else length))
    query = query[rows]  # of what rounding adds to a trunk, the next piece's or 0, the answer is left out
    key, value = (_joined(part, piece, name, buffers) for part, name in ((key, "keys"), (value, "values")))

    def heads(states: torch.Tensor) -> torch.Tensor:
        apart = states.view(len(states), states.shape[1] // attention.head_dim, attention.head_dim)
        return apart.transpose(0, 1)[None]

    out, _ = grouped_attention(attention, heads(query), heads(key), heads(value), piece.mask, attention.scaling)
    seen[piece.own] = out.view(-1, seen.shape[1])[:length]


def _joined(states: torch.Tensor, piece: _Piece, name: str, buffers: Buffers) -> torch.Tensor:
    """The rows of a branch's trunk, if it is one, the piece's own, and zeros up to a whole number of ``WHOLE``."""
    parts = [states[rows] for rows in (piece.trunk, piece.own) if rows is not None]
    length = sum(map(len, parts))
    out = buffers.take(name, _rounded(length), states.shape[1], dtype=states.dtype)
    torch.cat(parts, out=out[:length])
    out[length:] = 0
    return out


def _norm(norm: Any, states: torch.Tensor, buffers: Buffers) -> torch.Tensor:
    """x / sqrt(mean(x^2) + epsilon) * weight, in float32 until the end."""
    out, weight = buffers.take("normed", *states.shape, dtype=states.dtype), norm.weight.float()
    for some, to in zip(states.split(NORM_ROWS), out.split(NORM_ROWS), strict=True):
        exact = buffers.take("exact", *some.shape, dtype=torch.float32).copy_(some)
        length = torch.linalg.vector_norm(exact, dim=-1, keepdim=True)
        scale = length.square_().div_(states.shape[-1]).add_(norm.variance_epsilon).rsqrt_()
        to.copy_(exact.mul_(scale).mul_(weight))
    return out


def _project(linear: torch.nn.Linear, states: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    torch.mm(states, linear.weight.T, out=out)
    return out if linear.bias is None else out.add_(linear.bias)


def _add_projected(linear: torch.nn.Linear, states: torch.Tensor, to: torch.Tensor) -> None:
    to.addmm_(states, linear.weight.T)
    if linear.bias is not None:
        to.add_(linear.bias)


def _rotate(states: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor, out: torch.Tensor) -> None:
    """Rotary positions on (tokens, heads, width): first and second half of the width are a pair."""
    half = states.shape[-1] // 2
    sine = sine[:, None]
    torch.mul(states, cosine[:, None], out=out)
    out[..., :half].addcmul_(states[..., half:], sine[..., :half], value=-1)
    out[..., half:].addcmul_(states[..., :half], sine[..., half:])

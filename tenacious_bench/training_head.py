"""A faster forward pass for DPO training: shared beginnings once, vocabulary only where it counts.

Chosen and rejected share the prompt and the email up to the first differing word. The trainer's own forward computes
that beginning twice and, without Triton, projects every prompt position onto the vocabulary. Here each pair becomes
one sequence, ``beginning + rest of chosen + rest of rejected``; a mask keeps the two rests from seeing each other and
position ids restart, so that log-probabilities and gradients are those of the plain pass (a test compares).

``use_fast_layers`` halves the rest on a CPU: adapters multiply in the base model's bfloat16 (their weights stay
float32) and the decoder layers are compiled.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Any

import torch
from peft.tuners.lora import LoraLayer
from transformers import PreTrainedModel
from trl.trainer.utils import FusedCausalLMOutput


def use_pair_head(model: PreTrainedModel) -> None:
    """Replace ``model.forward`` for calls with ``fused_lm_head=True``; other calls are unchanged.

    Such a call gets a batch whose first half is chosen and second half rejected, as TRL's DPO collator lays it out.
    Call this on the causal language model (under PEFT: ``peft_model.get_base_model()``) after the trainer is built.
    """
    original = model.forward

    def forward(
        *args: Any,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        fused_lm_head: bool = False,
        labels: torch.Tensor | None = None,
        **kwargs: Any,
    ) -> Any:
        if not fused_lm_head or labels is None or input_ids is None or attention_mask is None:
            return original(
                *args,
                input_ids=input_ids,
                attention_mask=attention_mask,
                fused_lm_head=fused_lm_head,
                labels=labels,
                **kwargs,
            )
        packed = pack_pairs(input_ids, attention_mask, labels)
        hidden = model.base_model(
            input_ids=packed.ids,
            attention_mask=packed.mask[:, None],
            position_ids=packed.positions,
            use_cache=False,
        ).last_hidden_state
        return score_labels(hidden, packed, labels, model.get_output_embeddings())

    model.forward = forward


def use_fast_layers(model: PreTrainedModel) -> bool:
    """Compile each decoder layer, and let LoRA layers take their input in the dtype it has.

    To be used under autocast, which brings the adapters' float32 weights to the input's dtype. Without a C++ compiler
    the layers stay as they are.

    Args:
        model: the causal language model inside PEFT, with a ``layers`` list in its backbone.

    Returns:
        Whether the layers are compiled.
    """
    for module in model.modules():
        if isinstance(module, LoraLayer):
            module.cast_input_dtype_enabled = False
    compiled = any(shutil.which(name) for name in ("g++", "clang++", "cl"))
    if compiled:
        for layer in model.base_model.get_submodule("layers").children():
            layer.compile(dynamic=True)
    return compiled


@dataclass(frozen=True)
class PackedPairs:
    """A batch of pairs as single sequences.

    Attributes:
        ids: (pairs, packed) token ids, padded on the right.
        positions: (pairs, packed) position of each token in its own email's sequence.
        mask: (pairs, packed, packed) True where a token may attend.
        source: (labels, 2) for each scored label its pair and the packed index whose state predicts it.
        target: (labels, 2) for each scored label its row and column in the shifted labels of the plain layout.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    mask: torch.Tensor
    source: torch.Tensor
    target: torch.Tensor


def pack_pairs(input_ids: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor) -> PackedPairs:
    """Lay out chosen and rejected of each pair as one sequence.

    Args:
        input_ids: (2 * pairs, sequence), chosen rows first.
        attention_mask: same shape, 1 at tokens; padding may stand on either side.
        labels: same shape, token ids at scored positions and -100 elsewhere.
    """
    pairs = len(input_ids) // 2
    at = [row.nonzero()[:, 0] for row in attention_mask]
    rows, positions, source, target, masks = [], [], [], [], []
    for i in range(pairs):
        chosen, rejected = input_ids[i, at[i]], input_ids[i + pairs, at[i + pairs]]
        n = len(chosen)
        k = _shared(chosen, rejected)
        rows.append(torch.cat((chosen, rejected[k:])))
        positions.append(torch.cat((torch.arange(n), torch.arange(k, len(rejected)))))
        mask = torch.ones(len(rows[-1]), len(rows[-1]), dtype=torch.bool).tril()
        mask[n:, k:n] = False
        masks.append(mask)
        for line, where in ((i, at[i]), (i + pairs, at[i + pairs])):
            for t in range(1, len(where)):
                if labels[line, where[t]] == -100:
                    continue
                before = t - 1 if line == i or t <= k else n + t - 1 - k
                source.append((i, before))
                target.append((line, int(where[t]) - 1))
    width = max(len(row) for row in rows)
    ids = torch.zeros(pairs, width, dtype=input_ids.dtype)
    position_ids = torch.zeros(pairs, width, dtype=torch.long)
    allowed = torch.eye(width, dtype=torch.bool).repeat(pairs, 1, 1)  # padding sees itself: no empty softmax
    for i, (row, position, mask) in enumerate(zip(rows, positions, masks, strict=True)):
        ids[i, : len(row)], position_ids[i, : len(row)] = row, position
        allowed[i, : len(row), : len(row)] = mask
    device = input_ids.device
    return PackedPairs(
        ids.to(device), position_ids.to(device), allowed.to(device), torch.tensor(source), torch.tensor(target)
    )


def _shared(chosen: torch.Tensor, rejected: torch.Tensor) -> int:
    """Length of the common beginning, at least one token short of either end."""
    limit = min(len(chosen), len(rejected)) - 1
    differ = (chosen[:limit] != rejected[:limit]).nonzero()
    return int(differ[0]) if len(differ) else limit


def score_labels(
    hidden: torch.Tensor, packed: PackedPairs, labels: torch.Tensor, head: torch.nn.Module
) -> FusedCausalLMOutput:
    """Log-probability, entropy, mean logit and top-1 hit of each label; zero where there is none.

    Args:
        hidden: (pairs, packed, hidden) states.
        packed: the layout.
        labels: (2 * pairs, sequence) of the plain layout.
        head: projection onto the vocabulary.

    Returns:
        Fields of shape (2 * pairs, sequence - 1), float32 (``is_top1`` bool); only ``log_probs`` and ``loss`` carry a
        gradient.
    """
    shifted = labels[:, 1:]
    places, index = packed.source.unique(dim=0, return_inverse=True)  # a state shared by both emails is projected once
    logits = head(hidden[places[:, 0], places[:, 1]]).float()
    log_norm = logits.logsumexp(-1)
    rows, columns = packed.target[:, 0], packed.target[:, 1]
    wanted = shifted[rows, columns]
    chosen = logits[index, wanted] - log_norm[index]
    with torch.no_grad():
        entropy = log_norm - (torch.softmax(logits, -1) * logits).sum(-1)
        mean_logits = logits.mean(-1)
        best = logits.argmax(-1)

    def spread(values: torch.Tensor) -> torch.Tensor:
        return torch.zeros(shifted.shape, dtype=values.dtype, device=values.device).index_put((rows, columns), values)

    return FusedCausalLMOutput(
        loss=-chosen.sum() / max(len(rows), 1),
        log_probs=spread(chosen),
        entropy=spread(entropy[index]),
        mean_logits=spread(mean_logits[index]),
        is_top1=spread(best[index] == wanted),
        label_mask=shifted != -100,
    )

"""A vocabulary head for DPO training on CPU: project completion positions only.

TRL's own fused head is fast with Triton; without a GPU it projects every position of the prompt as well, which
costs more than the rest of the network. This one returns the same fields for the same call.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import PreTrainedModel
from trl.trainer.utils import FusedCausalLMOutput


def use_completion_head(model: PreTrainedModel) -> None:
    """Replace ``model.forward`` for calls with ``fused_lm_head=True``; other calls are unchanged.

    Call it on the causal language model (under PEFT: ``peft_model.get_base_model()``) after the trainer is built.
    """
    original = model.forward

    def forward(*args: Any, fused_lm_head: bool = False, labels: torch.Tensor | None = None, **kwargs: Any) -> Any:
        if not fused_lm_head or labels is None:
            return original(*args, fused_lm_head=fused_lm_head, labels=labels, **kwargs)
        hidden = model.base_model(*args, **{**kwargs, "use_cache": False}).last_hidden_state[:, :-1]
        return score_labels(hidden, labels[:, 1:], model.get_output_embeddings())

    model.forward = forward


def score_labels(hidden: torch.Tensor, labels: torch.Tensor, head: torch.nn.Module) -> FusedCausalLMOutput:
    """Log-probability, entropy, mean logit and top-1 hit of each label; zero where the label is -100.

    Args:
        hidden: (batch, sequence - 1, hidden) states that predict the labels.
        labels: (batch, sequence - 1) next-token ids, -100 outside the completion.
        head: projection onto the vocabulary.

    Returns:
        Fields of shape (batch, sequence - 1), float32 (``is_top1`` bool); only ``log_probs`` and ``loss`` carry a
        gradient.
    """
    mask = labels != -100
    targets = labels[mask]
    logits = head(hidden[mask]).float()
    log_norm = logits.logsumexp(-1)
    chosen = logits.gather(-1, targets[:, None])[:, 0] - log_norm
    with torch.no_grad():
        entropy = log_norm - (torch.softmax(logits, -1) * logits).sum(-1)
        mean_logits = logits.mean(-1)
        hits = logits.argmax(-1) == targets

    def spread(values: torch.Tensor) -> torch.Tensor:
        return torch.zeros(mask.shape, dtype=values.dtype, device=values.device).masked_scatter(mask, values)

    return FusedCausalLMOutput(
        loss=-chosen.sum() / mask.sum().clamp(min=1),
        log_probs=spread(chosen),
        entropy=spread(entropy),
        mean_logits=spread(mean_logits),
        is_top1=spread(hits),
        label_mask=mask,
    )

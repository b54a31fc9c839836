"""How many floating-point operations one pass over rows takes, counted from shapes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import PreTrainedModel

from tenacious_bench.groups import Group
from tenacious_bench.logprobs import Encoded, share_prompts


def work(model: PreTrainedModel, rows: Sequence[Encoded], shared: bool) -> float:
    """Operations of one pass: two for each weight of a linear and token, four for each hidden unit and key of a query.

    Adapters, norms and softmax are left out: they are under a twentieth.

    Args:
        model: a causal language model.
        rows: what is scored.
        shared: what prompts share once and the vocabulary only where a completion token is predicted, instead of
            everything at every position of every row.
    """
    layers = model.get_decoder().layers
    weights = sum(module.weight.numel() for module in layers.modules() if isinstance(module, torch.nn.Linear))
    head = model.get_output_embeddings().weight.numel()
    hidden, depth = model.config.hidden_size, model.config.num_hidden_layers
    if shared:
        groups = [found.group for found in share_prompts(rows, max_rows=len(rows))]
    else:
        groups = [Group(row.prompt + row.completion) for row in rows]
    tokens = sum(len(group.trunk) + sum(map(len, group.branches)) for group in groups)
    projected = sum(len(row.completion) if shared else len(row) for row in rows)
    seen = sum(len(group.trunk) ** 2 / 2 for group in groups)  # keys that queries see, causally
    seen += sum(len(branch) * (len(group.trunk) + len(branch) / 2) for group in groups for branch in group.branches)
    return 2.0 * weights * tokens + 2.0 * head * projected + 4.0 * hidden * depth * seen

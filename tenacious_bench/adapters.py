"""LoRA adapters in PEFT's file format, read as what they add to each linear's weight.

Scoring needs no more of an adapter than weight + scale * B A (Hu et al. 2021, "LoRA", section 4.1), one layer at a
time; PEFT itself, which training uses, would wrap every linear and be imported for nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file

from tenacious_bench.buffers import Buffers

if TYPE_CHECKING:
    from transformers import PreTrainedModel

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"

_MUST_BE_EMPTY = (
    "use_dora", "use_rslora", "use_qalora", "use_bdlora", "lora_bias", "fan_in_fan_out", "modules_to_save",
    "rank_pattern", "alpha_pattern", "layer_replication", "target_parameters", "trainable_token_indices",
    "alora_invocation_tokens",
)  # fmt: skip
"""Settings under which an adapter is more than the sum above."""


class AdapterError(RuntimeError):
    """The adapter folder is incomplete or does not fit; the message says what to do."""


@dataclass(frozen=True)
class Delta:
    """What the adapter adds to one linear's weight (outputs, inputs)."""

    linear: torch.nn.Linear
    down: torch.Tensor
    """A, (rank, inputs) float32."""
    up: torch.Tensor
    """B, (outputs, rank) float32."""
    scale: float
    """alpha / rank."""

    def merged(self, name: str, buffers: Buffers) -> torch.Tensor:
        """The weight with the adapter added in float32, in the weight's own dtype: the memory of ``name``."""
        weight = self.linear.weight.data
        single = weight.dtype == torch.float32
        exact = buffers.take(name if single else "exact weight", *weight.shape, dtype=torch.float32)
        exact.copy_(weight).addmm_(self.up, self.down, alpha=self.scale)
        return exact if single else buffers.take(name, *weight.shape, dtype=weight.dtype).copy_(exact)


LayerDeltas = list[list[Delta]]
"""The deltas of each decoder layer."""


@contextmanager
def merged(deltas: Sequence[Delta], buffers: Buffers) -> Iterator[None]:
    """One layer with its adapter merged in; the untouched weights come back whatever happens.

    Args:
        deltas: those of the layer; none leaves it as it is.
        buffers: hold the merged weights of one layer at a time.
    """
    kept = [delta.linear.weight.data for delta in deltas]
    try:
        for number, delta in enumerate(deltas):
            delta.linear.weight.data = delta.merged(f"weight {number}", buffers)
        yield
    finally:
        for delta, weight in zip(deltas, kept, strict=True):
            delta.linear.weight.data = weight


def load_adapter(folder: Path, model: PreTrainedModel) -> LayerDeltas:
    """The adapter in a folder, fitted to a model that stays as it is.

    Args:
        folder: holds ``adapter_config.json`` and ``adapter_model.safetensors`` as PEFT writes them.
        model: the causal language model it was trained for.

    Raises:
        AdapterError: a file is missing, the adapter is not plain LoRA on linears of the decoder's layers, or it was
            made for another model.
    """
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise AdapterError(f"{folder} has no {name}: train one with `make train`, or name another --adapter")
    config: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    odd = [name for name in _MUST_BE_EMPTY if config.get(name)]
    if config.get("peft_type") != "LORA" or config.get("bias", "none") != "none" or odd:
        found = ", ".join(odd) or f"{config.get('peft_type')}, bias {config.get('bias')}"
        raise AdapterError(f"{folder / CONFIG}: only plain LoRA can be scored, found {found}: train without it")
    return fit_adapter(load_file(folder / WEIGHTS), config["lora_alpha"] / config["r"], model)


def fit_adapter(tensors: Mapping[str, torch.Tensor], scale: float, model: PreTrainedModel) -> LayerDeltas:
    """Match the tensors of an adapter with the linears of a model's decoder layers.

    Args:
        tensors: ``base_model.model.<module>.lora_A.weight`` and ``...lora_B.weight`` of each adapted module.
        scale: alpha / rank.
        model: the causal language model.

    Raises:
        AdapterError: a tensor fits no linear in a layer.
    """
    rest = dict(tensors)
    layers = model.get_decoder().layers
    names = {module: name for name, module in model.named_modules()}
    out: LayerDeltas = []
    for layer in layers:
        found = []
        for linear in layer.modules():
            prefix = f"base_model.model.{names[linear]}.lora_"
            down, up = rest.pop(f"{prefix}A.weight", None), rest.pop(f"{prefix}B.weight", None)
            if down is None or up is None or not isinstance(linear, torch.nn.Linear):
                if down is not None or up is not None:
                    raise AdapterError(f"{names[linear]}: half of an adapter, or one of a module that is no linear")
                continue
            if (up.shape[0], down.shape[1]) != tuple(linear.weight.shape) or up.shape[1] != down.shape[0]:
                raise AdapterError(
                    f"{names[linear]}: the adapter is for ({up.shape[0]}, {down.shape[1]}), the weight is "
                    f"{tuple(linear.weight.shape)}: it was made for another base model"
                )
            device = linear.weight.device
            found.append(Delta(linear, down.to(device, torch.float32), up.to(device, torch.float32), scale))
        out.append(found)
    if rest:
        raise AdapterError(f"{next(iter(rest))}: an adapter outside the linears of the decoder's layers: not scored")
    return out

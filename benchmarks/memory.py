"""Peak memory of one training step of a recipe, counted without running it: ``python -m benchmarks.memory``.

Policy pass, loss and backward run on the meta device, where tensors have shapes and dtypes and no content, and every
storage is counted while it lives; weights, gradients and AdamW's moments are added. The reference pass keeps no
activations and stays below the policy's peak. There is no autocast on that device, so that the adapter's products
count as float32: the figure is an upper bound. What a GPU adds on top (CUDA context, allocator fragmentation, kernels'
workspaces) is taken as :data:`OVERHEAD`.
"""

from __future__ import annotations

import json
import weakref
from pathlib import Path
from typing import Any
from unittest import mock

import torch
import yaml
from peft import LoraConfig, get_peft_model
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from transformers import AutoModelForCausalLM, Qwen2Config
from trl.trainer.utils import add_fused_lm_head

CONFIGS = Path(__file__).parent.parent / "tenacious_bench" / "configs"
OVERHEAD = 1.5e9
"""Bytes: about 0.5 GB CUDA context and libraries, and 1 GB for fragmentation and workspaces."""
QWEN_0_5B: dict[str, Any] = {
    "vocab_size": 151_936,
    "hidden_size": 896,
    "intermediate_size": 4864,
    "num_hidden_layers": 24,
    "num_attention_heads": 14,
    "num_key_value_heads": 2,
    "tie_word_embeddings": True,
    "max_position_embeddings": 32_768,
}
"""Geometry of Qwen2.5-0.5B, from its published config.json."""


class LiveBytes(TorchDispatchMode):
    """Counts the bytes of storages that operations make, while they live.

    Attributes:
        peak: the most that lived at one time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.peak = 0
        self._live: dict[int, int] = {}
        self._total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run the operation and count what it returns."""
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(out):
            if isinstance(leaf, torch.Tensor):
                self._count(leaf.untyped_storage())
        self.peak = max(self.peak, self._total)
        return out

    def _count(self, storage: torch.UntypedStorage) -> None:
        key = storage._cdata
        if key not in self._live:
            self._live[key] = storage.nbytes()
            self._total += storage.nbytes()
            weakref.finalize(storage, self._drop, key)

    def _drop(self, key: int) -> None:
        self._total -= self._live.pop(key, 0)


def step_bytes(recipe: dict[str, Any], shape: dict[str, Any] = QWEN_0_5B) -> int:
    """Peak bytes of tensors in one optimizer step with every sequence as long as ``max_length``.

    Args:
        recipe: a training configuration, as the YAML files hold it.
        shape: of the Qwen2 model.
    """
    rows, length = 2 * recipe["per_device_train_batch_size"], recipe["max_length"]
    with torch.device("meta"):
        base = AutoModelForCausalLM.from_config(
            Qwen2Config(**shape), dtype=getattr(torch, recipe["dtype"]), attn_implementation="sdpa"
        )
        lora = LoraConfig(
            r=recipe["lora_r"],
            lora_alpha=recipe["lora_alpha"],
            target_modules=recipe["lora_target_modules"],
            task_type="CAUSAL_LM",
        )
        model = get_peft_model(base, lora)
        add_fused_lm_head(model.get_base_model(), outputs=("log_probs", "entropy", "mean_logits", "is_top1"))
        model.train()
        if recipe["activation_checkpointing"]:
            model.enable_input_require_grads()
            base.activation_checkpointing_enable({"use_reentrant": False})
        weights = [p for p in model.parameters() if p.requires_grad]
    held = [*model.parameters(), *(p for p in weights for _ in range(3))]  # a gradient and AdamW's two moments each
    constant = sum(p.numel() * p.element_size() for p in held)
    no_autocast = mock.patch.object(torch, "is_autocast_enabled", lambda *_: False)  # the head asks, meta has no answer
    with no_autocast, torch.device("meta"), LiveBytes() as live:
        ids = torch.zeros(rows, length, dtype=torch.int64)
        mask = torch.ones(rows, 1, length, length, dtype=torch.bool)  # as padding makes it; spares reading values
        out = model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=torch.arange(length)[None],
            labels=ids,
            fused_lm_head=True,
            use_cache=False,
        )
        chosen, rejected = (recipe["beta"] * out.log_probs.sum(-1)).chunk(2)
        (-torch.nn.functional.logsigmoid(chosen - rejected).mean()).backward()
    return constant + live.peak


def main() -> None:
    """One line of JSON for the T4 recipe."""
    recipe = yaml.safe_load((CONFIGS / "qwen2.5-0.5b-t4.yaml").read_text(encoding="utf-8"))
    tensors = step_bytes(recipe)
    found = {"recipe": "qwen2.5-0.5b-t4", "tensor_bytes": tensors, "overhead_bytes": int(OVERHEAD)}
    print(json.dumps({**found, "gigabytes": round((tensors + OVERHEAD) / 1e9, 2)}))


if __name__ == "__main__":
    main()

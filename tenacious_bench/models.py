"""Loads base models and tokenizers: safetensors only, pinned, never remote code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenacious_bench.weights import resolve

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def load_base(
    name: str, revision: str | None = None, device: str = "cpu", dtype: str = "bfloat16"
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A causal language model in evaluation mode, and its tokenizer.

    Args:
        name: ``"smollm2-135m"``, a folder, or a Hub id.
        revision: commit hash for a Hub id.
        device: torch device.
        dtype: ``"bfloat16"``, ``"float16"`` or ``"float32"``.

    Raises:
        WeightsError: the embedded weights cannot be had.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # 270 small tensors load in a moment
    source = resolve(name, revision)
    tokenizer = AutoTokenizer.from_pretrained(source.path, revision=source.revision)
    model = AutoModelForCausalLM.from_pretrained(
        source.path, revision=source.revision, dtype=getattr(torch, dtype), use_safetensors=True
    )
    placed: PreTrainedModel = model.to(torch.device(device))  # type: ignore[arg-type]  # transformers wraps Module.to
    return placed.eval(), tokenizer

"""Loads base models and tokenizers: safetensors only, pinned, never remote code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenacious_bench.weights import resolve

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


DTYPES = ("auto", "bfloat16", "float16", "float32")


def native_dtype(device: str) -> str:
    """``"bfloat16"`` where the processor multiplies in it, else ``"float32"``: emulated it is slower, not faster."""
    import torch

    if torch.device(device).type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    able = torch.cpu.get_capabilities()
    native = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")  # the first two on x86, the others on ARM
    return "bfloat16" if any(able.get(name) for name in native) else "float32"


def load_base(
    name: str, revision: str | None = None, device: str = "cpu", dtype: str = "auto"
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A causal language model in evaluation mode, and its tokenizer.

    Args:
        name: ``"smollm2-135m"``, a folder, or a Hub id.
        revision: commit hash for a Hub id.
        device: torch device.
        dtype: one of :data:`DTYPES`; ``auto`` is :func:`native_dtype`.

    Raises:
        ValueError: another dtype.
        WeightsError: the embedded weights cannot be had.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    if dtype not in DTYPES:
        raise ValueError(f"dtype {dtype}: choose from {', '.join(DTYPES)}")
    if dtype == "auto":
        dtype = native_dtype(device)
    disable_progress_bar()  # 270 small tensors load in a moment
    source = resolve(name, revision)
    tokenizer = AutoTokenizer.from_pretrained(source.path, revision=source.revision)
    model = AutoModelForCausalLM.from_pretrained(
        source.path,
        revision=source.revision,
        dtype=getattr(torch, dtype),
        use_safetensors=True,
        attn_implementation="sdpa",
    )
    placed: PreTrainedModel = model.to(torch.device(device))  # type: ignore[arg-type]  # transformers wraps Module.to
    return placed.eval(), tokenizer

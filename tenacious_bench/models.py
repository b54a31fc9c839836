"""Loads base models and tokenizers: safetensors only, pinned, never remote code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenacious_bench.weights import resolve

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


GROUPED = "sdpa_grouped"
"""Name of :func:`grouped_attention` among the attention functions of transformers."""

DTYPES = ("auto", "bfloat16", "float16", "float32")


def native_dtype(device: str) -> str:
    """``"bfloat16"`` where the processor multiplies in it, else ``"float32"``: emulated it is slower, not faster."""
    import torch

    if torch.device(device).type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    able = torch.cpu.get_capabilities()
    native = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")  # the first two on x86, the others on ARM
    return "bfloat16" if any(able.get(name) for name in native) else "float32"


def grouped_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    **_: object,
) -> tuple[torch.Tensor, None]:
    """Scaled dot-product attention in which query heads share keys and values without copies of them.

    Where there is a mask, transformers repeats keys and values for every query head, as a GPU needs; on a CPU that
    takes as long as the attention itself. Without a mask it is causal, as ``sdpa`` in transformers.

    Args:
        module: the attention module, not used.
        query: (batch, heads, queries, width).
        key: (batch, groups, keys, width).
        value: as ``key``.
        attention_mask: (batch, 1, queries, keys), added to the scores; or None.
        scaling: of the scores; None is one over the square root of the width.

    Returns:
        (batch, queries, heads, width), and None for the weights.
    """
    from torch.nn.functional import scaled_dot_product_attention

    causal = attention_mask is None and query.shape[2] > 1
    out = scaled_dot_product_attention(
        query, key, value, attn_mask=attention_mask, is_causal=causal, scale=scaling, enable_gqa=True
    )
    return out.transpose(1, 2).contiguous(), None


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
    from transformers import AttentionInterface, AttentionMaskInterface, AutoModelForCausalLM, AutoTokenizer
    from transformers.masking_utils import sdpa_mask
    from transformers.utils.logging import disable_progress_bar

    if dtype not in DTYPES:
        raise ValueError(f"dtype {dtype}: choose from {', '.join(DTYPES)}")
    if dtype == "auto":
        dtype = native_dtype(device)
    disable_progress_bar()  # 270 small tensors load in a moment
    AttentionInterface.register(GROUPED, grouped_attention)
    AttentionMaskInterface.register(GROUPED, sdpa_mask)
    source = resolve(name, revision)
    tokenizer = AutoTokenizer.from_pretrained(source.path, revision=source.revision)
    model = AutoModelForCausalLM.from_pretrained(
        source.path,
        revision=source.revision,
        dtype=getattr(torch, dtype),
        use_safetensors=True,
        attn_implementation=GROUPED if torch.device(device).type == "cpu" else "sdpa",
    )
    placed: PreTrainedModel = model.to(torch.device(device))  # type: ignore[arg-type]  # transformers wraps Module.to
    return placed.eval(), tokenizer

"""Memory that is used again: fresh memory costs a processor as much as the arithmetic that fills it."""

from __future__ import annotations

import math

import torch


class Buffers:
    """Named tensors on a device, each as big as the biggest that was asked for."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._held: dict[tuple[str, torch.dtype], torch.Tensor] = {}

    def take(self, name: str, *shape: int, dtype: torch.dtype) -> torch.Tensor:
        """A contiguous tensor of any content; the next one of the same name and dtype is the same memory."""
        held, size = self._held.get((name, dtype)), math.prod(shape)
        if held is None or held.numel() < size:
            held = self._held[name, dtype] = torch.empty(size, dtype=dtype, device=self._device)
        return held[:size].view(shape)

"""What a decoder computes once for several completions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Group:
    """Tokens of a trunk, never empty, and of the branches that continue it, maybe none."""

    trunk: tuple[int, ...]
    branches: tuple[tuple[int, ...], ...] = ()


class States(NamedTuple):
    """Final hidden states of a group."""

    trunk: torch.Tensor
    """(trunk, hidden)"""
    branches: tuple[torch.Tensor, ...]
    """(branch, hidden) each."""

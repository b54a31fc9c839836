"""Tenacious-Bench: does this sales email say the right thing to the right buyer?

Importing the package makes ``datasets.load_dataset("tenacious-bench")`` work and loads nothing heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenacious_bench._register import register

if TYPE_CHECKING:
    from tenacious_bench.api import Judge
    from tenacious_bench.data import dataset_folder, load_pairs, load_tasks

__all__ = ["Judge", "__version__", "dataset_folder", "load_pairs", "load_tasks"]

_HOME = {"Judge": "api", "dataset_folder": "data", "load_pairs": "data", "load_tasks": "data"}
__version__: str


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("tenacious-bench")
    if name in _HOME:
        from importlib import import_module

        return getattr(import_module(f"tenacious_bench.{_HOME[name]}"), name)
    raise AttributeError(f"module 'tenacious_bench' has no attribute {name!r}")


register()

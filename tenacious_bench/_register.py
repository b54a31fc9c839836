"""Makes the bare ``load_dataset("tenacious-bench")`` read the packaged dataset folder.

``datasets`` has no entry point for named datasets, so its one resolver function is wrapped: the bare name becomes
the folder's path, everything else passes through. The wrap happens when ``datasets`` is first imported (or at once
if it already is), so that importing this package stays cheap. A path such as ``./tenacious-bench`` or a Hub id
``<namespace>/tenacious-bench`` never comes this way.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

NAME = "tenacious-bench"
_TARGET = "datasets.load"
_FUNCTION = "dataset_module_factory"


def register() -> None:
    """Wrap the resolver now if ``datasets`` is loaded, else as soon as it is; safe to call twice."""
    loaded = sys.modules.get(_TARGET)
    if loaded is not None:
        _wrap(loaded)
    elif not any(isinstance(finder, _AfterImport) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AfterImport())


class _AfterImport(importlib.abc.MetaPathFinder):
    """Steps aside once it has seen ``datasets.load`` and lets the ordinary finders find it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _TARGET:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                execute(module)
                _wrap(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _wrap(load: ModuleType) -> None:
    original = getattr(load, _FUNCTION)
    if hasattr(original, "__wrapped__"):
        return

    @functools.wraps(original)
    def dataset_module_factory(path: str, *args: Any, **kwargs: Any) -> Any:
        if path != NAME:
            return original(path, *args, **kwargs)
        from tenacious_bench.data import dataset_folder

        found = original(str(dataset_folder()), *args, **kwargs)
        found.builder_kwargs["dataset_name"] = NAME.replace("-", "_")  # names the cache folder
        return found

    for name, module in list(sys.modules.items()):  # modules that imported the function by name
        if name.startswith("datasets.") and getattr(module, _FUNCTION, None) is original:
            setattr(module, _FUNCTION, dataset_module_factory)
    setattr(load, _FUNCTION, dataset_module_factory)

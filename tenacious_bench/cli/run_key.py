"""What identifies the settings of a judge, so that unfinished work is only continued under the same ones."""

from __future__ import annotations

import json
from pathlib import Path

from tenacious_bench import __version__
from tenacious_bench.data import published_folder
from tenacious_bench.models import native_dtype
from tenacious_bench.panel import JudgeName, ModelOptions
from tenacious_bench.playbook import Playbook
from tenacious_bench.weights import file_sha256

_FILES: dict[JudgeName, tuple[str, ...]] = {
    "explicit": ("explicit.safetensors",),
    "reward": ("adapter_config.json", "adapter_model.safetensors", "calibration.json", "mode_names.json"),
    "cascade": ("adapter_config.json", "adapter_model.safetensors", "calibration.json", "mode_names.json"),
}
"""What each judge reads from the adapter folder."""


def run_key(name: JudgeName, playbook: Playbook, options: ModelOptions) -> str:
    """All that judgments depend on, as one line of JSON: version, playbook, options, and hashes of what is read."""
    folder = options.adapter or published_folder("model_card")
    files = {file: _hash(folder / file) for file in _FILES.get(name, ())}
    dtype = native_dtype(options.device) if files and options.dtype == "auto" else options.dtype
    settings = {"device": options.device, "dtype": dtype, "strict": options.strict, "batch": options.batch_size}
    return json.dumps({"version": __version__, "judge": name, "playbook": playbook.digest, **settings, "files": files})


def _hash(path: Path) -> str | None:
    return file_sha256(path)[:12] if path.is_file() else None

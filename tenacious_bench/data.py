"""The published data as records, read straight from the Parquet files: no model library, no network, no cache."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pyarrow.parquet as pq

from tenacious_bench.features import row_to_pair, row_to_task
from tenacious_bench.pairs import Pair
from tenacious_bench.schema import Partition, Task
from tenacious_bench.weights import file_sha256

DEFAULT_CONFIG = "v0.2"
_SEALED: tuple[Partition, ...] = ("validation", "held_out")


def published_folder(name: str) -> Path:
    """``dataset_card`` or ``model_card``: inside an installed wheel, else beside the package in a checkout."""
    package = Path(__file__).parent
    inside = package / f"_{name}"
    return inside if inside.is_dir() else package.parent / name


def dataset_folder() -> Path:
    """The published dataset repository.

    Raises:
        FileNotFoundError: it holds no data; says how to build them.
    """
    folder = published_folder("dataset_card")
    if not (folder / "data").is_dir():
        raise FileNotFoundError(f"{folder} holds no data: run `make data` in the checkout, or reinstall the package")
    return folder


def data_file(split: str, config: str = DEFAULT_CONFIG, folder: Path | None = None) -> Path:
    """The Parquet file of one split.

    Raises:
        ValueError: no such configuration or split; names those there are.
    """
    root = (folder or dataset_folder()) / "data"
    file = root / config / f"{split}-00000-of-00001.parquet"
    if not file.is_file():
        known = sorted(f"{p.parent.name}/{p.name.split('-0')[0]}" for p in root.glob("*/*.parquet"))
        raise ValueError(f"no split {split!r} in configuration {config!r}; there are: {', '.join(known)}")
    return file


def load_tasks(partition: Partition, config: str = DEFAULT_CONFIG, folder: Path | None = None) -> list[Task]:
    """All tasks of a partition, in published order.

    Args:
        partition: ``train``, ``validation`` or ``held_out``.
        config: a task configuration.
        folder: another dataset folder than the packaged one.
    """
    return [row_to_task(row) for row in pq.read_table(data_file(partition, config, folder)).to_pylist()]


def load_pairs(config: str = "pairs", folder: Path | None = None) -> list[Pair]:
    """All preference pairs, in published order."""
    return [row_to_pair(row) for row in pq.read_table(data_file("train", config, folder)).to_pylist()]


def data_hash(part: Partition | Literal["pairs"], config: str = DEFAULT_CONFIG, folder: Path | None = None) -> str:
    """Hex sha256 of the Parquet file of a partition, or of the pairs: the split hash in every signature."""
    file = data_file("train", "pairs", folder) if part == "pairs" else data_file(part, config, folder)
    return file_sha256(file)


def sealed_ids(folder: Path | None = None) -> frozenset[str]:
    """Ids of all validation and held-out tasks: what training must never touch."""
    ids: set[str] = set()
    for partition in _SEALED:
        table = pq.read_table(data_file(partition, folder=folder), columns=["task_id"])
        ids.update(table["task_id"].to_pylist())
    return frozenset(ids)

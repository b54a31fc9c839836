"""The `datasets` builder: generates every configuration from the package's sources.

`datasets` 4 and later run no scripts from the Hub, so users read the Parquet in `dataset_card/` instead; this builder
is how to make the same rows from a changed playbook or seed:

    builder = TenaciousBench(config_name="v0.2", dataset_name="tenacious_bench")
    builder.download_and_prepare()
    builder.as_dataset(split="held_out")
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets

import tenacious_bench.assemble
from tenacious_bench.features import (
    pair_features,
    pair_to_row,
    task_features,
    task_to_row,
    trace_features,
    trace_to_row,
)
from tenacious_bench.schema import PARTITIONS

_VERSION = datasets.Version("0.2.0")


def source_hash() -> str:
    """Hex sha256 over the package's code and texts: `datasets` would otherwise serve old rows from its cache."""
    root = Path(tenacious_bench.assemble.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in {".py", ".yaml", ".jsonl"}):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _features(config: str) -> datasets.Features:
    if config == "traces":
        return trace_features()
    return pair_features() if config.startswith("pairs") else task_features()


class TenaciousBench(datasets.GeneratorBasedBuilder):  # type: ignore[misc]  # datasets ships no types
    """Tasks (`v0.2`, and `v0.1` of the first version's size) and the preference pairs of their train partition."""

    VERSION = _VERSION
    BUILDER_CONFIGS = (
        datasets.BuilderConfig(name="v0.2", version=_VERSION, description="briefs, emails, verdicts"),
        datasets.BuilderConfig(name="v0.1", version=datasets.Version("0.1.0"), description="202 of them, 50 held out"),
        datasets.BuilderConfig(name="pairs", version=_VERSION, description="preference pairs from train"),
        datasets.BuilderConfig(
            name="pairs-v0.1", version=datasets.Version("0.1.0"), description="279 of them, a third each difficulty"
        ),
        datasets.BuilderConfig(name="traces", version=_VERSION, description="runs of the drafting pipeline"),
    )
    DEFAULT_CONFIG_NAME = "v0.2"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("hash", source_hash())
        super().__init__(*args, **kwargs)

    def _info(self) -> datasets.DatasetInfo:
        return datasets.DatasetInfo(
            description="May this outreach email leave? Briefs, emails, verdicts, failure modes and quotes.",
            license="cc-by-4.0",
            features=_features(self.config.name),
        )

    def _split_generators(self, dl_manager: object) -> list[datasets.SplitGenerator]:
        splits = PARTITIONS if self.config.name.startswith("v") else ("train",)
        return [datasets.SplitGenerator(name=split, gen_kwargs={"split": split}) for split in splits]

    def _generate_examples(self, split: Any) -> Iterator[tuple[int, dict[str, Any]]]:
        assembled = tenacious_bench.assemble.assemble()
        if self.config.name.startswith("pairs"):
            pairs = assembled.pairs if self.config.name == "pairs" else assembled.pairs_v01
            yield from enumerate(pair_to_row(pair) for pair in pairs)
        elif self.config.name == "traces":
            yield from enumerate(trace_to_row(trace) for trace in assembled.traces)
        else:
            tasks = assembled.tasks if self.config.name == "v0.2" else assembled.tasks_v01
            yield from enumerate(task_to_row(task) for task in tasks[split])

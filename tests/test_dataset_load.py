"""`load_dataset` in a fresh process, in an empty folder, with an empty cache and no Hub."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tenacious_bench.data import load_tasks

ROOT = Path(__file__).parent.parent


def run(code: str, folder: Path) -> str:
    """Run Python code in ``folder``; its output."""
    (folder / "empty").mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "HF_HOME": str(folder / "hf"),
        "HF_HUB_OFFLINE": "1",
        "PYTHONPATH": str(ROOT),
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=folder / "empty",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_bare_name(published: Path, tmp_path: Path) -> None:
    code = """
import tenacious_bench
from datasets import get_dataset_config_names, get_dataset_split_names, load_dataset

print({name: len(split) for name, split in load_dataset("tenacious-bench").items()})
print(get_dataset_config_names("tenacious-bench"), get_dataset_split_names("tenacious-bench"))
held_out = load_dataset("tenacious-bench", split="held_out")
stream = load_dataset("tenacious-bench", "v0.2", split="held_out", streaming=True)
for config in ("v0.1", "pairs-v0.1", "traces"):
    split = "held_out" if config == "v0.1" else "train"
    plain = load_dataset("tenacious-bench", config, split=split)
    assert list(load_dataset("tenacious-bench", config, split=split, streaming=True)) == list(plain), config
print(list(stream) == list(held_out), next(iter(stream))["label"])
print(load_dataset("tenacious-bench", "pairs", split="train[:3]").num_rows, held_out.info.version)
"""
    sizes = {p: len(load_tasks(p, folder=published)) for p in ("train", "validation", "held_out")}
    first = load_tasks("held_out", folder=published)[0].label
    assert run(code, tmp_path).splitlines() == [
        str(sizes),
        "['v0.2', 'v0.1', 'pairs', 'pairs-v0.1', 'traces'] ['train', 'validation', 'held_out']",
        f"True {first}",
        "3 0.2.0",
    ]


def test_the_bare_name_when_datasets_came_first(published: Path, tmp_path: Path) -> None:
    code = """
from datasets import get_dataset_config_names, load_dataset
import tenacious_bench
tenacious_bench.register()

print(load_dataset("tenacious-bench", split="validation").num_rows, get_dataset_config_names("tenacious-bench"))
"""
    rows = len(load_tasks("validation", folder=published))
    assert run(code, tmp_path) == f"{rows} ['v0.2', 'v0.1', 'pairs', 'pairs-v0.1', 'traces']\n"


@pytest.mark.parametrize("package", ["", "import tenacious_bench\n"])
def test_the_path_of_the_folder_works_with_and_without_the_package(
    published: Path, tmp_path: Path, package: str
) -> None:
    code = f"""{package}
from datasets import load_dataset
print(load_dataset({str(published)!r}, split="held_out").num_rows)
"""
    assert int(run(code, tmp_path)) == len(load_tasks("held_out", folder=published))


def test_other_names_pass_through(tmp_path: Path) -> None:
    code = """
import tenacious_bench
from datasets import load_dataset
try:
    load_dataset("no-such-dataset")
except Exception as error:
    print(type(error).__name__, "no-such-dataset" in str(error))
"""
    name, mentioned = run(code, tmp_path).split()
    assert name != "FileExistsError"
    assert mentioned == "True"


def test_the_builder_gives_the_published_rows(published: Path, tmp_path: Path) -> None:
    code = f"""
import importlib.util
import sys
spec = importlib.util.spec_from_file_location("loading_script", {str(ROOT / "loading_script" / "tenacious_bench.py")!r})
module = sys.modules["loading_script"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
from datasets import load_dataset
partitions = ["train", "validation", "held_out"]
for config in ("v0.2", "v0.1", "pairs", "pairs-v0.1", "traces"):
    builder = module.TenaciousBench(config_name=config, dataset_name="tenacious_bench")
    builder.download_and_prepare()
    for split in partitions if config.startswith("v") else ["train"]:
        made, shipped = builder.as_dataset(split=split), load_dataset({str(published)!r}, config, split=split)
        print(made.features == shipped.features, list(made) == list(shipped))
"""
    assert run(code, tmp_path).split() == ["True"] * 18

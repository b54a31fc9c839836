"""What an installation holds, what an import costs, and what the core may not need."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def setup_cfg() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser


def run(code: str, path: Path, cwd: Path) -> str:
    """Run Python code with ``path`` first on the module path; its output."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(path), "HF_HOME": str(cwd / "hf"), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_package_folder_is_listed() -> None:
    found = {".".join(p.parent.relative_to(ROOT).parts) for p in (ROOT / "tenacious_bench").rglob("*.py")}
    listed = {name for name in setup_cfg()["options"]["packages"].split() if "._" not in name}
    assert found == listed, "setup.cfg [options] packages must name each folder with Python files"


def test_every_data_file_is_declared() -> None:
    patterns = {name.strip(): globs.split() for name, globs in setup_cfg()["options.package_data"].items()}
    declared = {
        p for name, globs in patterns.items() for g in globs for p in ROOT.glob(f"{name.replace('.', '/')}/{g}")
    }
    present = {
        p
        for p in (ROOT / "tenacious_bench").rglob("*")
        if p.is_file() and p.suffix not in {".py", ".pyc"} and "__pycache__" not in p.parts
    }
    assert present == declared, "setup.cfg [options.package_data] must cover each file that is not Python"


def test_the_core_needs_no_model_library(tmp_path: Path) -> None:
    code = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in ("torch", "transformers", "peft", "trl", "accelerate", "gguf", "gradio", "matplotlib"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import tenacious_bench
import tenacious_bench.data
import tenacious_bench.publish
import tenacious_bench.stats
from tenacious_bench.judges.rules import RulesJudge
from tenacious_bench.playbook import load_playbook
print(RulesJudge(load_playbook()).name)
"""
    assert run(code, ROOT, tmp_path).strip() == "rules"


def test_importing_the_package_loads_nothing_heavy(tmp_path: Path) -> None:
    code = """
import sys
before = set(sys.modules)
import tenacious_bench
print(sorted({name.split(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)))
"""
    assert run(code, ROOT, tmp_path).strip() == "['tenacious_bench']"


def test_public_names_resolve(tmp_path: Path) -> None:
    code = """
import tenacious_bench
print(all(hasattr(tenacious_bench, name) for name in tenacious_bench.__all__), hasattr(tenacious_bench, "nothing"))
"""
    assert run(code, ROOT, tmp_path).strip() == "True False"


@pytest.fixture(scope="module")
def unpacked_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of a wheel built from a copy of the checkout, far from it."""
    work = tmp_path_factory.mktemp("wheel")
    source = work / "source"
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("tenacious_bench", "dataset_card", "model_card"):
        shutil.copytree(ROOT / name, source / name, ignore=ignore)
    for pattern in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE*"):
        for file in ROOT.glob(pattern):
            shutil.copy(file, source)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(work), "."]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shutil.rmtree(source)
    with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel:
        wheel.extractall(work / "site")
    return work / "site"


def test_the_wheel_holds_both_published_folders(unpacked_wheel: Path, published: Path) -> None:
    for folder, name in ((published, "_dataset_card"), (ROOT / "model_card", "_model_card")):
        shipped = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("[!.]*") if p.is_file()}
        inside = unpacked_wheel / "tenacious_bench" / name
        assert {p.relative_to(inside): p.read_bytes() for p in inside.rglob("*") if p.is_file()} == shipped


def test_the_wheel_gives_the_same_data(unpacked_wheel: Path, published: Path, tmp_path: Path) -> None:
    code = """
import tenacious_bench
from datasets import load_dataset
from tenacious_bench.data import data_hash, dataset_folder
print(dataset_folder())
print(data_hash("held_out"), data_hash("pairs"))
print(load_dataset("tenacious-bench", split="held_out").num_rows, tenacious_bench.__version__)
"""
    from tenacious_bench.data import data_hash, load_tasks

    folder, hashes, loaded = run(code, unpacked_wheel, tmp_path).splitlines()
    assert folder == str(unpacked_wheel / "tenacious_bench" / "_dataset_card")
    assert hashes.split() == [data_hash("held_out", folder=published), data_hash("pairs", folder=published)]
    assert loaded.split() == [str(len(load_tasks("held_out", folder=published))), setup_cfg()["metadata"]["version"]]

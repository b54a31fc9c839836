"""The figure of the dataset card: the same statistics give the same bytes, and every name and number stands in it."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib
import pytest

from tenacious_bench.assemble import Assembled
from tenacious_bench.checks import TARGET_MIX
from tenacious_bench.describe import describe
from tenacious_bench.figures import COMPOSITION, cell_counts, draw_composition, mix_rows, word_rows
from tenacious_bench.schema import MODES, PARTITIONS, SEGMENTS

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def stats(small: Assembled) -> dict[str, Any]:
    """Statistics of the small dataset, as they are read from the file."""
    found = {"canary": "a-canary", **describe(small.tasks, small.pairs, {})}
    return json.loads(json.dumps(found))


@pytest.fixture(scope="module")
def drawn(stats: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("figure") / COMPOSITION
    draw_composition(stats, path)
    return path


def texts(path: Path) -> list[str]:
    """Every piece of text in the drawing."""
    return [element.text or "" for element in ElementTree.parse(path).iter(f"{SVG}text")]


def test_the_same_statistics_give_the_same_bytes(stats: dict[str, Any], drawn: Path, tmp_path: Path) -> None:
    with matplotlib.rc_context({"font.size": 20, "svg.hashsalt": "another", "svg.fonttype": "path"}):
        draw_composition(stats, tmp_path / "again.svg")
        assert matplotlib.rcParams["font.size"] == 20, "the caller's settings are left as they were"
    assert (tmp_path / "again.svg").read_bytes() == drawn.read_bytes()


def test_another_process_gives_the_same_bytes(stats: dict[str, Any], drawn: Path, tmp_path: Path) -> None:
    (tmp_path / "stats.json").write_text(json.dumps(stats))
    code = """
import json, sys
from pathlib import Path
from tenacious_bench.figures import draw_composition
draw_composition(json.loads(Path("stats.json").read_text()), Path("again.svg"))
assert "matplotlib.pyplot" not in sys.modules
"""
    environment = {**os.environ, "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "0"}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "again.svg").read_bytes() == drawn.read_bytes()


def test_every_name_stands_in_the_figure(drawn: Path) -> None:
    found = texts(drawn)
    for name in (*MODES, *SEGMENTS, "none", *TARGET_MIX, "target", "all", "PASS", "FAIL"):
        assert name in found
    for partition in PARTITIONS:
        assert {f"{partition}, n=9", partition, f"{partition} bodies, PASS"} <= set(found)
    assert [t[:3] for t in found if t.startswith("(")] == ["(a)", "(b)", "(c)", "(d)"]


def test_the_numbers_are_those_of_the_statistics(stats: dict[str, Any], tmp_path: Path) -> None:
    changed = copy.deepcopy(stats)
    changed["partitions"]["validation"]["mode"]["injection"] = {"PASS": 4321, "FAIL": 1234}
    changed["partitions"]["train"]["authoring_mode"] = {"programmatic": 3, "synthesis": 16, "trace": 90}
    changed["partitions"]["train"]["body_words"]["PASS"] = {"mean": 77.7, "sd": 5.5}
    changed["cells"]["rows"].append(["train", "injection", "restructuring", "PASS", "synthesis", "cold", 8765])
    draw_composition(changed, tmp_path / COMPOSITION)
    assert {"4321", "1234", "16", "84", "77.7 (5.5)", "8765"} <= set(texts(tmp_path / COMPOSITION))


def test_the_file_is_900_pixels_wide_undated_and_marked(drawn: Path) -> None:
    root = ElementTree.parse(drawn).getroot()
    assert root.attrib["width"] == f"{900 * 72 // 96}pt"
    text = drawn.read_text(encoding="utf-8")
    assert "a-canary" in text
    assert "dc:date" not in text and "Matplotlib v" not in text
    assert "<image" not in text, "all of it scales"


def test_what_does_not_exist_is_left_out(stats: dict[str, Any], tmp_path: Path) -> None:
    changed = copy.deepcopy(stats)
    for part in changed["partitions"].values():
        part["body_words"]["FAIL"] = {"mean": None, "sd": None}
        part["mode"] = {mode: {} for mode in MODES}
        part["authoring_mode"] = {}
    changed["cells"]["rows"] = []
    assert {label for name, label, _ in word_rows(changed) if "bodies" in name} == {"PASS"}
    draw_composition(changed, tmp_path / COMPOSITION)
    assert set(MODES) <= set(texts(tmp_path / COMPOSITION))


def test_cells_and_shares_add_up(stats: dict[str, Any]) -> None:
    assert sum(cell_counts(stats).values()) == 27
    assert cell_counts(stats)["train", MODES[0], "none"] == 3
    rows = mix_rows(
        {
            "train": {"authoring_mode": {"programmatic": 1, "synthesis": 3, "trace": 50}},
            "held_out": {"authoring_mode": {"adversarial": 4}},
        }
    )
    assert [list(shares.values()) for shares in rows.values()] == [
        list(TARGET_MIX.values()),
        [0.125, 0.375, 0.5],
        [0.25, 0.75, 0.0],
        [0.0, 0.0, 1.0],
    ]
    assert list(rows) == ["target", "all", "train", "held_out"]


def test_the_shipped_figure_is_of_the_shipped_statistics(published: Path, tmp_path: Path) -> None:
    """Texts, not bytes: another version of matplotlib may draw the same figure in other words."""
    draw_composition(json.loads((published / "descriptive_stats.json").read_text()), tmp_path / COMPOSITION)
    assert texts(published / COMPOSITION) == texts(tmp_path / COMPOSITION)

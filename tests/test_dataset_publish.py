"""The published folder: what `build_folder` writes, and what is shipped."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tenacious_bench.assemble import Assembled, assemble
from tenacious_bench.data import data_hash, load_pairs, load_tasks, sealed_ids
from tenacious_bench.dataset_card import render_card
from tenacious_bench.describe import describe
from tenacious_bench.features import pair_to_row, task_to_row
from tenacious_bench.publish import CANARY, build_folder
from tenacious_bench.schema import PARTITIONS


@pytest.fixture(scope="module")
def built(small: Assembled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built")
    build_folder(small, out)
    return out


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_building_twice_gives_the_same_bytes(small: Assembled, built: Path, tmp_path: Path) -> None:
    build_folder(small, tmp_path)
    assert files_of(tmp_path) == files_of(built)


def test_what_is_written_can_be_read(small: Assembled, built: Path) -> None:
    for partition in PARTITIONS:
        assert load_tasks(partition, folder=built) == small.tasks[partition]
    assert load_pairs(folder=built) == small.pairs


def test_sealed_ids_are_validation_and_held_out(small: Assembled, built: Path) -> None:
    expected = {t.task_id for p in ("validation", "held_out") for t in small.tasks[p]}
    assert sealed_ids(built) == expected


def test_files_of_an_earlier_build_go(small: Assembled, tmp_path: Path) -> None:
    old = tmp_path / "data" / "v0.2" / "dev-00000-of-00001.parquet"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"old")
    build_folder(small, tmp_path)
    assert not old.exists()


def test_an_id_used_twice_is_an_error(small: Assembled, tmp_path: Path) -> None:
    again = {**small.tasks, "held_out": small.tasks["train"]}
    with pytest.raises(ValueError, match=r"id 'g0-ax' occurs more than once"):
        build_folder(Assembled(again, small.pairs), tmp_path)


def test_unknown_splits_are_named(built: Path) -> None:
    with pytest.raises(
        ValueError, match=r"no split 'train' in configuration 'v9'; there are: pairs/train, v0.2/held_out"
    ):
        load_tasks("train", config="v9", folder=built)


def test_shares_and_word_counts(small: Assembled) -> None:
    """Three groups of three tasks per partition, each with a FAIL; those of index 0, 3, 6 have no thread."""
    stats = describe(small.tasks, small.pairs, {})
    train, held_out = stats["partitions"]["train"], stats["partitions"]["held_out"]
    assert train["label"] == {"FAIL": 3, "PASS": 6}
    assert train["contrast_groups"] == {"groups": 3, "tasks": 9, "share": 1.0}
    assert train["multi_turn"] == {"tasks": 0, "share": 0.0}
    assert held_out["multi_turn"] == {"tasks": 9, "share": 1.0}
    assert train["body_words"]["FAIL"] == {"mean": 13.0, "sd": 0.0}
    assert sum(row[-1] for row in stats["cells"]["rows"]) == 27


def test_the_shipped_files_match_the_manifest(published: Path) -> None:
    manifest = json.loads((published / "manifest.json").read_text())
    assert {f["path"] for f in manifest["files"].values()} == {
        p.relative_to(published).as_posix() for p in published.glob("data/*/*")
    }
    for file in manifest["files"].values():
        path = published / file["path"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"], file["path"]
        assert pq.read_metadata(path).num_rows == file["rows"]
    ids = sorted(t.task_id for t in load_tasks("held_out", folder=published))
    assert manifest["sealed"]["task_ids_sha256"] == hashlib.sha256("\n".join(ids).encode()).hexdigest()
    assert manifest["sealed"]["file_sha256"] == data_hash("held_out", folder=published)


def test_every_shipped_file_carries_the_canary(published: Path) -> None:
    for path in (p for p in published.rglob("*") if p.is_file()):
        if path.suffix == ".parquet":
            assert pq.read_schema(path).metadata[b"canary"].decode() == CANARY, path
        else:
            assert CANARY in path.read_text(), path


def test_the_shipped_card_says_what_the_files_say(published: Path) -> None:
    """Statistics are recomputed from the Parquet files, the card is rendered again from the statistics."""
    stats = json.loads((published / "descriptive_stats.json").read_text())
    manifest = json.loads((published / "manifest.json").read_text())
    tasks = {p: load_tasks(p, folder=published) for p in PARTITIONS}
    assert stats == {
        "canary": CANARY,
        **json.loads(json.dumps(describe(tasks, load_pairs(folder=published), assemble().agreements))),
    }
    assert (published / "README.md").read_text() == render_card(stats, manifest)


def test_the_shipped_rows_are_what_the_sources_assemble(published: Path) -> None:
    files = json.loads((published / "manifest.json").read_text())["files"]
    assembled = assemble()
    rows = {f"v0.2/{p}": [task_to_row(t) for t in assembled.tasks[p]] for p in PARTITIONS}
    rows["pairs/train"] = [pair_to_row(p) for p in assembled.pairs]
    for name, content in rows.items():
        lines = "\n".join(json.dumps(row, sort_keys=True) for row in content)
        digest = hashlib.sha256(lines.encode()).hexdigest()
        assert digest == files[name]["rows_sha256"], f"{name} is out of date: run `make data`"

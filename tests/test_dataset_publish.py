"""The published folder: what `build_folder` writes, and what is shipped."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from tenacious_bench.assemble import Assembled, assemble
from tenacious_bench.data import data_hash, load_pairs, load_tasks, sealed_ids
from tenacious_bench.dataset_card import render_card
from tenacious_bench.describe import describe
from tenacious_bench.features import pair_to_row, task_to_row
from tenacious_bench.figures import COMPOSITION
from tenacious_bench.publish import CANARY, build_folder, render_folder
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


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text())


def audits(manifest: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Reports of both audits on the rows of ``manifest``, in the shape that the audits write."""
    rows = {p: manifest["files"][f"v0.2/{p}"]["sha256"] for p in PARTITIONS}
    cosine = {"p50": 0.4321, "p90": 0.6, "p99": 0.7, "p100": 0.8765}
    near = {"cosine": 0.8765, "task_id": "a", "train_task_id": "b"}
    shared = {"ngram": "one two three", "task_id": "a", "train_task_id": "b"}
    found = {
        "tasks": 9,
        "shared_ngrams": [shared] * 17,
        "emails": 6,
        "at_or_above_max_cosine": [near],
        "cosine": cosine,
    }
    contamination = {
        "file_sha256": rows,
        "against": "train",
        "ngram_words": 8,
        "boilerplate_ngrams": 4,
        "encoder": "sentence-transformers/all-MiniLM-L6-v2",
        "max_cosine": 0.85,
        "window": ["2026-04-01", "2026-04-30"],
        "impossible_dates": ["a", "b", "c"],
        "partitions": {"validation": found, "held_out": found},
    }
    row = {"balanced_accuracy": 0.512, "low": 0.48, "high": 0.54, "accuracy": 0.513, "majority_baseline": 0.667}
    shortcuts = {
        "file_sha256": {p: rows[p] for p in ("train", "held_out")},
        "shortcuts": [
            {"name": "email only", **row, "limit": 0.6, "ok": True},
            {"name": "brief only", **row, "limit": 0.5, "ok": False},
            {"name": "origin", **row, "limit": None, "ok": True},
        ],
    }
    return contamination, shortcuts


def test_the_card_follows_the_datasheet_convention(built: Path) -> None:
    card = (built / "README.md").read_text()
    sections = [line.removeprefix("## ") for line in card.splitlines() if line.startswith("## ")]
    datasheet = ["Motivation", "Composition", "Collection", "Validation", "Uses", "Limits", "Maintenance"]
    assert sections == ["Load", *datasheet]
    assert "—" not in card and "–" not in card
    assert "{" not in card and "None" not in card


def test_the_front_matter_names_every_split(built: Path) -> None:
    front = yaml.safe_load((built / "README.md").read_text().split("---\n")[1])
    paths = [file["path"] for config in front["configs"] for file in config["data_files"]]
    assert paths == [f["path"] for f in read(built, "manifest.json")["files"].values()]
    assert [c["config_name"] for c in front["configs"] if c.get("default")] == ["v0.2"]


def test_the_card_shows_the_figure_with_alternative_text(built: Path) -> None:
    assert (built / COMPOSITION).is_file()
    image = next(line for line in (built / "README.md").read_text().splitlines() if line.startswith("!["))
    assert image.endswith(f"]({COMPOSITION})")
    assert "target 32 / 48 / 20, all 0 / 100 / 0, train 0 / 100 / 0" in image and "train 13.0 and 13.0" in image


def test_the_card_shows_the_numbers_of_the_files(built: Path) -> None:
    card, stats, manifest = (
        (built / "README.md").read_text(),
        *(read(built, name) for name in ("descriptive_stats.json", "manifest.json")),
    )
    assert "| tasks | 9 | 9 | 9 |\n| PASS | 6 | 6 | 6 |\n| FAIL | 3 | 3 | 3 |" in card
    assert "giving the commoner label | 0.667 | 0.667 | 0.667 |" in card
    changed = copy.deepcopy(stats)
    changed["partitions"]["held_out"]["tasks"] = 123457
    changed["pairs"]["words"]["chosen"]["mean"] = 123.4
    assert "| tasks | 9 | 9 | 123457 |" in render_card(changed, manifest)
    assert "123.4 chosen" in render_card(changed, manifest)
    assert "| `v0.2` (default) | all tasks | train 9, validation 9, held_out 9 |" in card
    for file in manifest["files"].values():
        assert f"| `{file['path']}` | {file['rows']} | `{file['sha256']}` |" in card
    assert CANARY in card and manifest["sealed"]["task_ids_sha256"] in card


def test_audits_that_have_not_been_run_are_said_to_be_missing(built: Path) -> None:
    card = (built / "README.md").read_text()
    for name in ("contamination", "shortcuts"):
        assert f"not been run: there is no `{name}.json`. `tenacious-bench check --{name}` runs it." in card


def test_a_build_renders_the_audits_that_lie_in_the_folder(small: Assembled, built: Path, tmp_path: Path) -> None:
    for name, report in zip(("contamination", "shortcuts"), audits(read(built, "manifest.json")), strict=True):
        (tmp_path / f"{name}.json").write_text(json.dumps(report))
    build_folder(small, tmp_path)
    card = (tmp_path / "README.md").read_text()
    assert "not been run" not in card
    for row in (
        "| compared with `train` | validation | held_out |",
        "| shared 8-grams | 17 | 17 |",
        "| emails at cosine 0.85 or above | 1 | 1 |",
        "| cosine with the nearest email, p100 | 0.8765 | 0.8765 |",
        "| email only | 0.512 [0.480, 0.540] | 0.60 | 0.513 | 0.667 |",
        "| origin | 0.512 [0.480, 0.540] | reported only | 0.513 | 0.667 |",
    ):
        assert row in card
    assert "or knowing an event before its day: 3." in card
    assert "Over its limit: brief only." in card


def test_audits_of_other_rows_do_not_count(built: Path) -> None:
    stats, manifest = read(built, "descriptive_stats.json"), read(built, "manifest.json")
    reports = audits(manifest)
    for report in reports:
        report["file_sha256"]["held_out"] = "0" * 64
    card = render_card(stats, manifest, *reports)
    assert card.count("has not been run on these rows") == 2
    assert "0.8765" not in card and "0.512" not in card


def test_the_card_says_who_wrote_and_who_checked(built: Path) -> None:
    stats, manifest = read(built, "descriptive_stats.json"), read(built, "manifest.json")
    assert "same model family" not in render_card(stats, manifest), "a person wrote the small dataset"
    stats["provenance"]["rows"] = [["synthesis", "language_model", "someone", "language_model", "someone", 27]]
    card = render_card(stats, manifest)
    assert "written by a language model of the Someone family, labels checked blind by a language model" in card
    assert "annotator of the `synthesis` rows are of the same model family (Someone)" in card
    assert "No person wrote a task or checked a label." in card


def test_the_card_renders_agreement_with_interval_and_sample(built: Path) -> None:
    stats, manifest = read(built, "descriptive_stats.json"), read(built, "manifest.json")
    assert "No task has been labelled again yet." in render_card(stats, manifest)
    counts = {"both_pass": 31, "both_fail": 30, "author_pass_only": 1, "author_fail_only": 2, "same_mode": 29}
    found = {"n": 64, **counts, "kappa": 0.906}
    stats["blind_validation"] = {"synthesis": found}
    card = render_card(stats, manifest)
    assert "`synthesis`: 64 tasks were labelled again" in card and "Cohen's kappa 0.906. Of the agreed" in card
    sample = {**found, "n": 200, "kappa_low": 0.81234, "kappa_high": 0.97}
    stats["blind_validation"] = {"synthesis": found, "sample_200": sample}
    card = render_card(stats, manifest)
    assert "- a random sample of the synthesis and adversarial tasks: 200 tasks were labelled again" in card
    assert card.count("Cohen's kappa 0.906 (95% interval 0.812 to 0.97)") == 1


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
    tasks = {p: load_tasks(p, folder=published) for p in PARTITIONS}
    assert stats == {
        "canary": CANARY,
        **json.loads(json.dumps(describe(tasks, load_pairs(folder=published), assemble().agreements))),
    }
    assert (published / "README.md").read_text() == render_folder(published)


def test_the_shipped_rows_are_what_the_sources_assemble(published: Path) -> None:
    files = json.loads((published / "manifest.json").read_text())["files"]
    assembled = assemble()
    rows = {f"v0.2/{p}": [task_to_row(t) for t in assembled.tasks[p]] for p in PARTITIONS}
    rows["pairs/train"] = [pair_to_row(p) for p in assembled.pairs]
    for name, content in rows.items():
        lines = "\n".join(json.dumps(row, sort_keys=True) for row in content)
        digest = hashlib.sha256(lines.encode()).hexdigest()
        assert digest == files[name]["rows_sha256"], f"{name} is out of date: run `make data`"

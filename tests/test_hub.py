"""Publishing to a Hub, and `load_dataset` from it in a fresh process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_hub import TOKEN, FakeHub, running_hub
from typer.testing import CliRunner

from tenacious_bench.assemble import Assembled
from tenacious_bench.cli import app
from tenacious_bench.features import row_to_pair, row_to_task
from tenacious_bench.hub import HubError, manifest_hash, push_dataset
from tenacious_bench.publish import CANARY, build_folder

ROOT = Path(__file__).parent.parent
REPO = "me/tenacious-bench"


@pytest.fixture(scope="module")
def built(small: Assembled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built")
    build_folder(small, out)
    return out


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """A copy of the dataset folder that a test may change."""
    return Path(shutil.copytree(built, tmp_path / "folder"))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """The only Hub that this process knows, whatever the environment says."""
    (tmp_path / "hub").mkdir()
    with running_hub(tmp_path / "hub") as server:
        for name, value in {"ENDPOINT": server.url, "HF_HUB_DISABLE_XET": True, "HF_HUB_OFFLINE": False}.items():
            monkeypatch.setattr(f"huggingface_hub.constants.{name}", value)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield server


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def manifest_of(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text())


def run(code: str, hub: FakeHub, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in a fresh process that knows the Hub and the token from its environment alone."""
    cwd.mkdir()
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("HF_") and k != "TRANSFORMERS_OFFLINE"},
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(cwd / "hf"),
        "HF_TOKEN": TOKEN,
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_UPDATE_DOWNLOAD_COUNTS": "0",
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-W", "ignore", "-c", code, *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_what_the_command_publishes_is_what_load_dataset_reads(
    small: Assembled, built: Path, hub: FakeHub, tmp_path: Path
) -> None:
    publish = "from tenacious_bench.cli import main; main()"
    done = run(publish, hub, tmp_path / "writer", "publish", REPO, "--folder", str(built), "--json")
    assert done.returncode == 0, done.stderr
    commit = hub.repos[REPO].commits[-1]
    assert json.loads(done.stdout) == {"repo": REPO, "url": f"{hub.url}/datasets/{REPO}/commit/{commit.sha}"}
    assert TOKEN not in done.stdout + done.stderr
    assert hub.files(REPO) == files_of(built)

    read = """
import json
from datasets import load_dataset
name = "me/tenacious-bench"
found = {f"v0.2/{split}": list(rows) for split, rows in load_dataset(name).items()}
found["pairs/train"] = list(load_dataset(name, "pairs", split="train"))
found["named"] = list(load_dataset(name, split="held_out"))
found["streamed"] = list(load_dataset(name, "v0.2", split="held_out", streaming=True))
print(json.dumps(found))
"""
    done = run(read, hub, tmp_path / "reader")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for partition, tasks in small.tasks.items():
        assert [row_to_task(row) for row in found[f"v0.2/{partition}"]] == tasks
    assert [row_to_pair(row) for row in found["pairs/train"]] == small.pairs
    assert found["v0.2/held_out"] == found["named"] == found["streamed"]


def test_one_commit_names_version_and_manifest_but_not_the_canary(folder: Path, hub: FakeHub) -> None:
    push_dataset(REPO, folder)
    _, commit = hub.repos[REPO].commits
    manifest = manifest_of(folder)
    assert commit.summary == f"Data v0.2, manifest sha256 {manifest_hash(manifest)[:16]}"
    assert CANARY not in commit.summary
    assert manifest_hash({**manifest, "canary": "another"}) == manifest_hash(manifest)
    assert manifest_hash({**manifest, "files": {}}) != manifest_hash(manifest)


def test_publishing_again_leaves_no_stale_parquet(folder: Path, hub: FakeHub) -> None:
    push_dataset(REPO, folder)
    manifest = manifest_of(folder)
    entry = manifest["files"]["pairs/train"]
    old, new = entry["path"], "data/pairs/train-00000-of-00002.parquet"
    (folder / old).rename(folder / new)
    entry["path"] = new
    (folder / "manifest.json").write_text(json.dumps(manifest))
    push_dataset(REPO, folder)
    assert old not in hub.files(REPO)
    assert hub.files(REPO) == files_of(folder)
    assert len(hub.repos[REPO].commits) == 3


def test_publishing_the_same_again_makes_no_commit(folder: Path, hub: FakeHub) -> None:
    first = push_dataset(REPO, folder)
    assert push_dataset(REPO, folder) == first
    assert len(hub.repos[REPO].commits) == 2


def test_files_that_are_not_part_of_the_data_stay_here(folder: Path, hub: FakeHub) -> None:
    expected = {**files_of(folder), "shortcuts.json": b"{}"}
    for name in (".env", "notes.txt", ".hidden.json", "data/draft.csv"):
        (folder / name).write_text("not for others")
    (folder / "shortcuts.json").write_bytes(b"{}")
    push_dataset(REPO, folder)
    assert hub.files(REPO) == expected


HELD_OUT = "data/v0.2/held_out-00000-of-00001.parquet"
DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "changed": (lambda f: (f / HELD_OUT).write_bytes(b"other"), f"{HELD_OUT}: sha256 is"),
    "missing": (lambda f: (f / HELD_OUT).unlink(), f"{HELD_OUT} is missing"),
    "unlisted": (lambda f: (f / "data/v0.2/dev.parquet").write_bytes(b"x"), "data/v0.2/dev.parquet is not listed"),
    "no card": (lambda f: (f / "README.md").unlink(), "holds no README.md"),
    "no manifest": (lambda f: (f / "manifest.json").unlink(), "holds no manifest.json"),
    "broken manifest": (lambda f: (f / "manifest.json").write_text("[1]"), "manifest.json is no manifest"),
    "empty manifest": (lambda f: (f / "manifest.json").write_text('{"files": {}}'), "manifest.json lists no files"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_folder_that_is_not_what_its_manifest_says_is_refused_before_any_request(
    damage: str, folder: Path, hub: FakeHub
) -> None:
    change, message = DAMAGE[damage]
    change(folder)
    found = CliRunner().invoke(app, ["publish", REPO, "--folder", str(folder)])
    assert found.exit_code == 1
    assert found.stderr.startswith("error: ") and message in found.stderr and "tenacious-bench build" in found.stderr
    assert hub.requests == []


@pytest.mark.parametrize("name", ["tenacious-bench", "a/b/c", "me/.."])
def test_a_name_that_no_repository_can_have_is_refused_before_any_request(
    name: str, folder: Path, hub: FakeHub
) -> None:
    with pytest.raises((ValueError, HubError), match=r"as namespace/name|HFValidationError"):
        push_dataset(name, folder)
    assert hub.requests == []


def test_without_a_token_the_message_says_how_to_get_one(
    folder: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    with pytest.raises(ValueError, match="hf auth login"):
        push_dataset(REPO, folder)
    assert hub.requests == []


@pytest.mark.parametrize("token", ["hf_secret\n", "hf_se cret", "hf_sécret"])
def test_a_damaged_token_is_refused_and_not_shown(token: str, folder: Path, hub: FakeHub) -> None:
    with pytest.raises(ValueError, match="copy it again") as caught:
        push_dataset(REPO, folder, token=token)
    assert "hf_s" not in str(caught.value)
    assert hub.requests == []


def test_the_token_is_shown_nowhere_even_when_the_hub_repeats_it(
    folder: Path, hub: FakeHub, capfd: pytest.CaptureFixture[str]
) -> None:
    hub.tell_the_token = True
    with pytest.raises(HubError, match="the token <token> may not write here") as caught:
        push_dataset(REPO, folder)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    found = CliRunner().invoke(app, ["publish", REPO, "--folder", str(folder)])
    assert found.exit_code == 1
    assert TOKEN not in found.output + "".join(capfd.readouterr())


def test_a_wrong_token_is_refused_in_plain_words(folder: Path, hub: FakeHub) -> None:
    with pytest.raises(HubError, match=rf"{REPO} was not published to {hub.url}: .*(?s:.*)that the token may write"):
        push_dataset(REPO, folder, token="hf_wrong")
    assert hub.repos == {}


def test_a_hub_that_cannot_be_reached_is_one_plain_error(folder: Path, tmp_path: Path, hub: FakeHub) -> None:
    with running_hub(tmp_path) as gone:
        address = gone.url
    with pytest.raises(HubError, match=f"was not published to {address}"):
        push_dataset(REPO, folder, endpoint=address)
    assert hub.requests == []


def test_private_repositories_are_created_private(folder: Path, hub: FakeHub) -> None:
    found = CliRunner().invoke(app, ["publish", REPO, "--folder", str(folder), "--private"])
    assert found.exit_code == 0, found.output
    assert hub.repos[REPO].private and hub.files(REPO) == files_of(folder)


def test_nothing_is_sent_to_a_public_repository_when_private_was_asked_for(folder: Path, hub: FakeHub) -> None:
    push_dataset(REPO, folder)
    (folder / "README.md").write_text("a secret")
    with pytest.raises(ValueError, match="exists and is public, nothing was sent"):
        push_dataset(REPO, folder, private=True)
    assert len(hub.repos[REPO].commits) == 2


def test_a_branch_that_does_not_exist_is_an_error(folder: Path, hub: FakeHub) -> None:
    with pytest.raises(HubError, match="Revision Not Found"):
        push_dataset(REPO, folder, revision="nowhere")
    assert len(hub.repos[REPO].commits) == 1

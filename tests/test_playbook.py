"""Another company replaces one folder; a broken one is refused by file and field."""

from __future__ import annotations

import shutil

import pytest
import yaml

from tenacious_bench.judges.base import action_for
from tenacious_bench.judges.rules import RulesJudge
from tenacious_bench.playbook import DEFAULT_FOLDER, PlaybookError, load_playbook
from tenacious_bench.schema import Brief, Email, Item


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(DEFAULT_FOLDER, tmp_path / "mine")
    return tmp_path / "mine"


def change(folder, **fields):
    path = folder / "playbook.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text(encoding="utf-8")), **fields}), encoding="utf-8")
    return load_playbook(folder)


def test_another_folder_changes_the_verdict(folder):
    brief = Brief.model_validate({"as_of": "2026-04-21", "prospect": {"company": "X"}})
    email = Email(subject="A question", body="Hello Ada,\n\nMay I ask who plans the marmalade releases?\n\nBest,\nJo")
    asked = [Item(id="a", brief=brief, email=email)]
    assert RulesJudge(load_playbook()).judge(asked)[0].verdict == "PASS"
    strict = change(folder, banned_phrases=["marmalade releases"])
    found = RulesJudge(strict).judge(asked)[0]
    assert found.verdict == "FAIL" and found.quotes[0].text == "marmalade releases"


def test_the_digest_follows_the_content(folder):
    assert load_playbook(folder).digest == load_playbook().digest
    load_playbook.cache_clear()
    assert change(folder, seller="Acme").digest != load_playbook().digest


def test_a_missing_file_is_named(folder):
    (folder / "bench.yaml").unlink()
    with pytest.raises(PlaybookError, match=r"bench\.yaml: no such file"):
        load_playbook(folder)


def test_a_wrong_field_is_named(folder):
    with pytest.raises(PlaybookError, match=r"abstain"):
        change(folder, abstain={"label": "unknown"})


def test_a_broken_pattern_is_named(folder):
    with pytest.raises(PlaybookError, match=r"gap_insults.*not a regular expression"):
        change(folder, gap_insults=["("])


def test_a_mode_without_action_is_refused(folder):
    with pytest.raises(PlaybookError, match=r"injection"):
        change(folder, actions={"unnamed": "edit"})


def test_the_strictest_mode_decides_the_action():
    playbook = load_playbook()
    assert action_for("FAIL", ["tone_drift", "injection"], playbook) == "block"
    assert action_for("FAIL", ["tone_drift"], playbook) == "edit"
    assert action_for("FAIL", [], playbook) == "edit"
    assert action_for("PASS", [], playbook) == "send"

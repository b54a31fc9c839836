"""What the README tells people to copy works as it stands."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

import tenacious_bench
from benchmarks.readme import between, blocks
from tenacious_bench import Judge
from tenacious_bench.cli import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
SHELL = [line for block in re.findall(r"```\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]


def test_the_readme_shows_python_for_the_judge_the_dataset_and_the_metric():
    assert [word in code for word, code in zip(("Judge", "load_dataset", "evaluate"), PYTHON, strict=True)] == 3 * [
        True
    ]


@pytest.mark.parametrize("code", PYTHON, ids=["judge", "dataset", "metric"])
def test_the_python_of_the_readme_runs(code, monkeypatch):
    load = Judge.from_pretrained
    monkeypatch.setattr(Judge, "from_pretrained", lambda: load(judge="rules"))  # the weights are no matter of this test
    monkeypatch.setattr(tenacious_bench, "Judge", Judge, raising=False)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    for said in re.findall(r"print\(.*\)  # (.*)", code):
        assert printed.getvalue().strip() == said


def test_the_example_of_one_draft_is_blocked_with_its_words(monkeypatch):
    command = next(line for line in SHELL if "tenacious-bench judge" in line)
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(app, [*shlex.split(command)[1:], "--judge", "rules"])
    assert result.exit_code == 4, result.output
    assert result.output.startswith("block") and "Six Python engineers" in result.output


def test_the_example_request_is_what_the_service_takes():
    from fastapi.testclient import TestClient

    from tenacious_bench.serve import create_app

    body = json.loads((ROOT / "docs" / "examples" / "request.json").read_text(encoding="utf-8"))
    with TestClient(create_app(Judge.from_pretrained(judge="rules").gate)) as client:
        answer = client.post("/v1/judge", json=body)
    assert answer.status_code == 200 and answer.json()["verdict"] == "block"


def test_every_command_and_option_of_the_readme_exists():
    for line in SHELL:
        words = shlex.split(line.replace("\\", ""), comments=True)
        if not any(word.endswith("tenacious-bench") for word in words):
            continue
        at = next(i for i, word in enumerate(words) if word.endswith("tenacious-bench"))
        shown = CliRunner().invoke(app, [words[at + 1], "--help"], terminal_width=200).output
        assert words[at + 1] in shown
        for option in (word for word in words[at:] if word.startswith("--")):
            assert option in shown, f"{words[at + 1]} has no {option}"


def test_every_picture_and_link_of_the_readme_is_there():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert "://" in target or (ROOT / target).exists(), target


@pytest.mark.parametrize("name", blocks())
def test_the_measurements_that_the_readme_states_are_those_of_the_results(name):
    start, end = between(README, name)
    assert README[start:end].strip() == blocks()[name]

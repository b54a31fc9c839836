"""The command line as a person uses it, with judges that need no weights; and broken files that lose nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from tenacious_bench.cli import app
from tenacious_bench.scoring.journal import open_journal

run = CliRunner().invoke
BRIEF = {
    "as_of": "2026-04-21",
    "prospect": {"company": "Ravel Works", "industry": "parcel logistics"},
    "recipient": {"name": "Ada Kovač", "title": "CTO", "persona": "cto"},
    "bench": {"as_of": "2026-04-20", "stacks": {"python": {"available": 3, "start_in_days": 7}}},
}
GOOD = "Subject: Two engineers\n\nHi Ada,\n\nTwo Python engineers could start on Thursday 30 April. Worth a look?\n\nJo"
BAD = GOOD.replace("Two Python", "Nine Python")


def write(path, *rows):
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows), encoding="utf-8")
    return str(path)


def test_judge_prints_verdict_quote_and_reason_and_says_it_in_the_exit_code(tmp_path):
    brief = write(tmp_path / "brief.json", BRIEF)
    (tmp_path / "good.txt").write_text(GOOD)
    (tmp_path / "bad.txt").write_text(BAD)
    good = run(app, ["judge", brief, str(tmp_path / "good.txt"), "--judge", "rules"])
    assert (good.exit_code, good.stdout.split()[0]) == (0, "PASS")
    bad = run(app, ["judge", brief, str(tmp_path / "bad.txt"), "--judge", "rules", "--json"])
    found = json.loads(bad.stdout)
    assert (bad.exit_code, found["action"], found["failure_modes"]) == (4, "block", ["bench_overcommitment"])
    quote = found["quotes"][0]
    body = BAD.split("\n\n", 1)[1]
    assert body[quote["start"] : quote["end"]] == quote["text"] and "Nine" in quote["text"]


def test_judge_reads_a_foreign_row_from_one_file(tmp_path):
    row = write(tmp_path / "row.json", {"context": {"company_name": "Ravel", "anything": [1]}, "email": GOOD})
    assert run(app, ["judge", row, "--judge", "rules"]).exit_code in (0, 3, 4)


@pytest.mark.parametrize(
    ("content", "message"),
    [("not json", "JSON"), ('{"context": {}}', "email"), ('{"email": "hi"}', "context"), ("[1]", "object")],
)
def test_judge_names_what_is_wrong_with_a_file(tmp_path, content, message):
    found = run(app, ["judge", write(tmp_path / "x.json", content), "--judge", "rules"])
    assert found.exit_code == 1
    assert message in found.stderr and "x.json" in found.stderr


def test_score_keeps_the_good_rows_and_explains_the_bad_ones(tmp_path):
    rows = [
        {"id": "good", "brief": BRIEF, "email": GOOD},
        "this is not JSON",
        {"id": "no-email", "brief": BRIEF},
        {"id": "wrong-type", "brief": {**BRIEF, "signals": 7}, "email": GOOD},
        {"id": "label", "brief": BRIEF, "email": GOOD, "label": "Positive"},
        {"id": "huge", "brief": BRIEF, "email": "x" * 1_000_000},
        {"id": "control", "brief": BRIEF, "email": "Hi \u0000 Ada"},
        {"id": "foreign", "context": {"brief": "Company: Ravel | Bench python=7"}, "email": BAD},
    ]
    source, target = write(tmp_path / "in.jsonl", *rows), tmp_path / "out.jsonl"
    found = run(app, ["score", source, str(target), "--judge", "rules"])
    assert found.exit_code == 1
    scored = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in scored] == ["good", "foreign"]
    wanted = {"id", "verdict", "action", "reward", "probability", "threshold", "failure_modes", "quotes", "signature"}
    assert wanted <= scored[0].keys()
    errors = [json.loads(e) for e in (tmp_path / "out.jsonl.errors.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [e["line"] for e in errors] == [2, 3, 4, 5, 6, 7]
    assert all(e["reason"] and e["field"] for e in errors)
    assert "Positive" in errors[3]["reason"]


def test_score_of_clean_rows_exits_zero_and_leaves_no_sidecar(tmp_path):
    source = write(tmp_path / "in.jsonl", {"id": "a", "brief": BRIEF, "email": GOOD})
    found = run(app, ["score", source, str(tmp_path / "out.jsonl"), "--judge", "rules", "--json"])
    assert found.exit_code == 0
    assert json.loads(found.stdout) == {"rows": 1, "scored": 1, "bad": 0, "errors": None, "resumed": 0}
    assert not (tmp_path / "out.jsonl.errors.jsonl").exists()


def test_score_takes_a_foreign_table_with_its_own_column_names(tmp_path):
    source, target = tmp_path / "crm.csv", tmp_path / "verdicts.csv"
    source.write_text(f'Draft text,Account Name\n"{BAD}",Ravel\n', encoding="utf-8")
    arguments = ["score", str(source), str(target), "--judge", "rules"]
    refused = run(app, arguments)
    assert refused.exit_code == 1 and "'Draft text', 'Account Name'" in refused.stderr
    unknown = run(app, [*arguments, "--column", "draft=Draft text"])
    assert unknown.exit_code == 1 and "context.NAME" in unknown.stderr
    found = run(app, [*arguments, "--column", "email=Draft text", "--column", "context.company=Account Name"])
    assert (found.exit_code, found.stdout.splitlines()) == (0, [f"1 rows: 1 scored to {target}, 0 not"])
    assert target.read_text(encoding="utf-8").startswith("id,verdict,action,")


def test_score_says_what_differs_from_an_unfinished_run_and_restarts_on_request(tmp_path):
    source, target = write(tmp_path / "in.jsonl", {"id": "a", "brief": BRIEF, "email": GOOD}), tmp_path / "out.jsonl"
    with open_journal(tmp_path / "out.jsonl.partial", {"judge": "another"}):
        busy = run(app, ["score", source, str(target), "--judge", "rules"])
        assert busy.exit_code == 1 and "in use by another run" in busy.stderr
    refused = run(app, ["score", source, str(target), "--judge", "rules"])
    assert refused.exit_code == 1
    assert "judge was 'another', is 'rules'" in refused.stderr and "--restart" in refused.stderr
    assert run(app, ["score", source, str(target), "--judge", "rules", "--restart"]).exit_code == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_score_says_that_damaged_work_is_done_again(tmp_path):
    source, target = write(tmp_path / "in.jsonl", {"id": "a", "brief": BRIEF, "email": GOOD}), tmp_path / "out.jsonl"
    (tmp_path / "out.jsonl.partial").write_bytes(b"half a page")
    found = run(app, ["score", source, str(target), "--judge", "rules"])
    assert found.exit_code == 0 and "damaged" in found.stderr and target.exists()


def test_evaluate_writes_results_rows_and_report_with_every_guard_beside_accuracy(tmp_path):
    arguments = ["evaluate", "--judges", "always_fail,email_only,rules", "--split", "validation", "--limit", "96"]
    found = run(app, [*arguments, "--out", str(tmp_path)])
    assert found.exit_code == 0, found.output
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    for judge in results["judges"].values():
        for key in ("accuracy", "balanced_accuracy", "mcc", "majority_baseline"):
            assert judge[key]["value"] is None or judge[key]["low"] <= judge[key]["value"] <= judge[key]["high"]
    assert results["judges"]["always_fail"]["balanced_accuracy"]["value"] == 0.5
    assert "always_fail vs rules" in results["comparisons"]
    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 96
    report = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert f"{results['judges']['rules']['balanced_accuracy']['value']:.3f}" in report
    assert (tmp_path / "forest.svg").read_text(encoding="utf-8").lstrip().startswith("<?xml")


def test_a_limit_that_leaves_one_class_is_refused_with_a_remedy(tmp_path):
    found = run(app, ["evaluate", "--judges", "rules", "--limit", "1", "--out", str(tmp_path)])
    assert found.exit_code == 1 and "limit" in found.stderr


def test_unknown_judges_and_splits_are_refused_with_the_known_ones(tmp_path):
    found = run(app, ["evaluate", "--judges", "oracle", "--out", str(tmp_path)])
    assert found.exit_code == 1 and "cascade" in found.stderr
    found = run(app, ["evaluate", "--split", "test", "--out", str(tmp_path)])
    assert found.exit_code == 2 and "held_out" in found.stderr


def test_check_prints_json_and_passes():
    found = run(app, ["check", "--json"])
    assert found.exit_code == 0
    assert all(c["ok"] for c in json.loads(found.stdout))


def test_help_is_quick_and_loads_no_model_library():
    probe = "import sys, tenacious_bench.cli; sys.exit(any(m in sys.modules for m in ('torch', 'datasets', 'pandas')))"
    started = time.perf_counter()
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0
    assert time.perf_counter() - started < 5

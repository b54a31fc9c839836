"""The command line as a person uses it, with judges that need no weights; and broken files that lose nothing."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from tenacious_bench.cli import app
from tenacious_bench.safe_text import HIDDEN
from tenacious_bench.scoring.journal import open_journal

run = CliRunner().invoke
BRIEF = {
    "as_of": "2026-04-21",
    "prospect": {"company": "Ravel Works", "industry": "parcel logistics"},
    "recipient": {"name": "Ada Kovač", "title": "CTO", "persona": "cto"},
    "segment": "growth_startup",
    "bench": {"as_of": "2026-04-20", "stacks": {"python": {"available": 3, "start_in_days": 7}}},
}
GOOD = "Subject: Two engineers\n\nHi Ada,\n\nTwo Python engineers could start on Thursday 30 April. Worth a look?\n\nJo"
BAD = GOOD.replace("Two Python", "Nine Python")


def write(path, *rows):
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows), encoding="utf-8")
    return str(path)


def judge(tmp_path, brief, email, *options):
    """What ``judge`` with the rules answers to a brief and an email."""
    path = write(tmp_path / "brief.json", brief)
    (tmp_path / "email.txt").write_text(email, encoding="utf-8")
    return run(app, ["judge", path, str(tmp_path / "email.txt"), "--judge", "rules", *options])


def test_judge_prints_verdict_quote_and_reason_and_says_it_in_the_exit_code(tmp_path):
    good = judge(tmp_path, BRIEF, GOOD)
    assert (good.exit_code, good.stdout.splitlines()[0]) == (0, "send  judge: PASS")
    bad = judge(tmp_path, BRIEF, BAD)
    assert (bad.exit_code, bad.stdout.splitlines()[0]) == (4, "block  judge: FAIL")
    assert 'bench_overcommitment: "Nine Python engineers" (9 promised, 3 free)' in bad.stdout
    rude = judge(tmp_path, BRIEF, GOOD.replace("Worth a look?", "Our world-class team is at hand."))
    assert (rude.exit_code, rude.stdout.split()[0]) == (3, "edit")


def test_judge_prints_the_decision_as_json_with_the_judgment_in_it(tmp_path):
    found = judge(tmp_path, BRIEF, BAD, "--json")
    decision = json.loads(found.stdout)
    assert list(decision) == ["id", "verdict", "missing", "inventory_updated_at", "judgment"]
    judgment = decision["judgment"]
    assert (found.exit_code, decision["verdict"], judgment["action"]) == (4, "block", "block")
    assert judgment["failure_modes"] == ["bench_overcommitment"]
    quote = judgment["quotes"][0]
    body = BAD.split("\n\n", 1)[1]
    assert body[quote["start"] : quote["end"]] == quote["text"] and "Nine" in quote["text"]


def test_judge_says_what_is_missing_and_ends_with_a_code_of_its_own(tmp_path):
    bare = {key: value for key, value in BRIEF.items() if key not in ("segment", "bench")}
    found = judge(tmp_path, bare, GOOD)
    assert (found.exit_code, found.stdout.split()[0]) == (5, "needs_evidence")
    assert "missing brief.signals: the brief holds no signal" in found.stdout
    assert "missing brief.bench: the email promises people and no inventory is known" in found.stdout
    decision = json.loads(judge(tmp_path, bare, GOOD, "--json").stdout)
    assert [m["field"] for m in decision["missing"]] == ["brief.signals", "brief.bench"]


@pytest.mark.parametrize("kind", ["file", "database"])
def test_judge_checks_promises_against_the_inventory_of_this_moment(tmp_path, kind):
    def count(free, when):
        if kind == "file":
            stacks = {"python": {"available": free, "start_in_days": 7}}
            return [write(tmp_path / "live.json", {"updated_at": when.isoformat(), "stacks": stacks})]
        with sqlite3.connect(tmp_path / "live.db") as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS people (skill, free, days, counted)")
            connection.execute("DELETE FROM people")
            connection.execute("INSERT INTO people VALUES ('python', ?, 7, ?)", (free, when.isoformat()))
        connection.close()
        query = "SELECT skill, free, days, counted FROM people"
        return [f"sqlite:///{tmp_path / 'live.db'}", "--inventory-query", query]

    now = datetime.now(UTC)
    enough = judge(tmp_path, BRIEF, BAD, "--inventory", *count(9, now))
    assert (enough.exit_code, f"inventory counted: {now:%Y-%m-%d %H:%M:%S} UTC" in enough.stdout) == (0, True)
    few = judge(tmp_path, BRIEF, GOOD, "--inventory", *count(1, now))
    assert few.exit_code == 4 and "2 promised, 1 free" in few.stdout
    stale = count(9, now - timedelta(minutes=20))
    late = judge(tmp_path, BRIEF, GOOD, "--inventory", *stale)
    assert late.exit_code == 5 and "last counted 0:2" in late.stdout
    assert judge(tmp_path, BRIEF, GOOD, "--inventory", *stale, "--max-age", "1800").exit_code == 0


def test_judge_refuses_an_inventory_address_and_an_age_that_cannot_be(tmp_path):
    found = judge(tmp_path, BRIEF, GOOD, "--inventory", "nosuch://ada:s3crit@h/crm")
    assert found.exit_code == 1 and "URL cannot be read" in found.stderr and "s3crit" not in found.stderr
    for age in ("0", "-1", "99999999999999999999", "soon"):
        assert judge(tmp_path, BRIEF, GOOD, "--max-age", age).exit_code == 2


def test_judge_says_when_there_is_no_verdict_and_prints_nothing_else(tmp_path):
    beyond = {**BRIEF, "bench": {"stacks": {"python": {"available": 9, "start_in_days": 10**7}}}}
    found = judge(tmp_path, beyond, GOOD, "--json")
    assert (found.exit_code, found.stdout) == (1, "")
    assert "error: OverflowError" in found.stderr


def test_judge_shows_what_a_terminal_would_obey(tmp_path):
    live = write(tmp_path / "live.json", {"stacks": {"\x1b[2J\u202e": 1}})
    for options in ([], ["--json"]):
        found = judge(tmp_path, BRIEF, GOOD, "--inventory", live, *options)
        assert found.exit_code == 5 and not HIDDEN.search(found.stdout)
    assert r"field stacks.\x1b[2J\u202e" in judge(tmp_path, BRIEF, GOOD, "--inventory", live).stdout


def test_judge_reads_a_foreign_row_from_one_file(tmp_path):
    row = write(tmp_path / "row.json", {"context": {"company_name": "Ravel", "bench": {"python": 3}}, "email": BAD})
    assert run(app, ["judge", row, "--judge", "rules"]).exit_code == 4


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

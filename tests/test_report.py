"""The report on a run: the same in HTML and Markdown, every number from the files, nothing in it runs."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from measured import THRESHOLD, Page, measure, numbers_of, read
from typer.testing import CliRunner

from tenacious_bench.cli import app
from tenacious_bench.files import write_json, write_jsonl
from tenacious_bench.report import detail_sections, headline, judge_rows, number, terminal_tables, write_report
from tenacious_bench.report.content import build_report
from tenacious_bench.report.document import Document, Example
from tenacious_bench.report.highlights import pieces
from tenacious_bench.report.html import html
from tenacious_bench.report.markdown import fenced, markdown
from tenacious_bench.report.mistakes import confidence, worst_rows
from tenacious_bench.report.rows import Said
from tenacious_bench.report.run import Run, RunError, read_run
from tenacious_bench.report.scores import reward_figure
from tenacious_bench.report.shape import check_results
from tenacious_bench.schema import MODES, Task

HOSTILE = (
    "</div><script>alert(1)</script><img src=x onerror=alert(2)> [x](javascript:alert(3)) ``` ```` ~~~ **b** | c\n"
    "# heading\n\x1b[31mred \u202ereversed\u200b <a href=https://e.example>go</a> {{ 7 * 7 }} $\\alpha$ </svg>"
)


@pytest.fixture(scope="module")
def folder(published_tasks: dict[Any, list[Task]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A measured run of 96 tasks."""
    path = tmp_path_factory.mktemp("report") / "run"
    measure(published_tasks["validation"][:96], path)
    return path


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    return read_run(folder)


@pytest.fixture(scope="module")
def document(run: Run) -> Document:
    return build_report(run)


@pytest.fixture(scope="module")
def page(document: Document) -> Page:
    return Page(html(document))


@pytest.fixture(scope="module")
def hostile(run: Run) -> Run:
    """The same run over tasks whose every text is an attack."""
    tasks = {}
    for id, task in run.tasks.items():
        brief = task.brief.model_copy(
            update={
                "notes": HOSTILE,
                "prospect": task.brief.prospect.model_copy(update={"company": HOSTILE, "industry": HOSTILE}),
                "recipient": task.brief.recipient.model_copy(update={"name": HOSTILE}),
                "thread": tuple(m.model_copy(update={"text": HOSTILE}) for m in task.brief.thread),
            }
        )
        email = task.email.model_copy(update={"subject": HOSTILE, "body": HOSTILE})
        tasks[id] = task.model_copy(
            update={"brief": brief, "email": email, "evidence": (HOSTILE[6:40],), "rationale": HOSTILE}
        )
    results = json.loads(json.dumps(run.results))
    results["by_slice"]["segment"]["what"] = results["by_slice"]["kind"]["what"] = HOSTILE
    results["judges"]["rules"]["judge_signature"] = HOSTILE
    results["comparisons"] = {HOSTILE: next(iter(results["comparisons"].values()))}
    for rows in results["by_slice"]["kind"]["judges"].values():
        rows[0]["key"] = HOSTILE
    check_results(results)
    return Run(results, run.rows, tasks, partition_size=run.partition_size)


def plain(text: str) -> str:
    return " ".join(text.split())


def test_the_report_holds_everything_in_order(page: Page) -> None:
    text = plain(" ".join(page.text))
    wanted = (
        "In short", "majority baseline", "Judges side by side", "Differences between judges", "MDE", "By segment",
        "Can its probability be trusted?", "Rewards", "what cascade said", "The surest mistakes",
        "marked as the reason", "lowest sentence", "Does it read both halves?", "Trace and repeat",
        "judge:reward:made-up", "--split validation",
    )  # fmt: skip
    at = [text.find(words, 600 if i else 0) for i, words in enumerate(wanted)]
    assert -1 not in at
    assert sum(tag == "svg" for tag, _ in page.tags) == 5


def test_every_number_in_a_table_stands_in_the_results(page: Page, folder: Path) -> None:
    known = numbers_of(read(folder)[0])
    tables = [cells for source, cells in page.tables if source == "results.json"]
    assert len(tables) > 12
    for header, *body in tables:
        for row in body:
            assert row[0] in known, (header, row)
            for cell in row[1:]:
                for part in re.findall(r"[<>]?-?\d+(?:\.\d+)?", cell):
                    assert part in known, (header, row)


def test_the_table_of_judges_has_each_number_in_its_place(page: Page, folder: Path) -> None:
    results, _ = read(folder)
    table = next(cells for _, cells in page.tables if cells[0][:2] == ["judge", "n"] and "MCC" in cells[0])
    places = {
        "accuracy": "accuracy",
        "balanced acc.": "balanced_accuracy",
        "AUROC": "auroc",
        "FAIL recall": "fail_recall",
    }
    for row in table[1:]:
        for title, key in places.items():
            estimate = results["judges"][row[0]][key]
            value = estimate["value"]
            expected = "-" if value is None else f"{value:.3f} [{estimate['low']:.2f}, {estimate['high']:.2f}]"
            assert row[table[0].index(title)] == expected


def test_another_number_in_the_results_is_another_number_in_the_report(run: Run) -> None:
    results = json.loads(json.dumps(run.results))
    results["judges"]["cascade"]["balanced_accuracy"].update(value=0.98765, low=0.97654, high=0.99876)
    text = html(build_report(Run(results, run.rows, run.tasks)))
    assert text.count("0.988") == 2 and text.count("[0.98, 1.00]") >= 2, "the key figure and the table"


def test_counts_by_failure_mode_are_those_of_the_rows(page: Page, folder: Path) -> None:
    _, rows = read(folder)
    fail, passed = (cells for _, cells in page.tables if cells[0][0] == "mode probed")
    for label, table in (("FAIL", fail), ("PASS", passed)):
        counts = Counter((r["mode"], r["judges"]["cascade"]["verdict"]) for r in rows if r["label"] == label)
        for row in table[1:]:
            cells = [0 if cell == "·" else int(cell) for cell in row[1:]]
            assert cells[0] == sum(cells[1:]) == counts[row[0], "PASS"] + counts[row[0], "FAIL"]
            assert cells[1] == counts[row[0], "PASS"]
            for mode, n in zip(table[0][3 : 3 + len(MODES)], cells[2:], strict=False):
                assert n == sum(r["label"] == label and r["mode"] == row[0] and _named(r) == mode for r in rows), (
                    "named modes"
                )


def _named(row: dict[str, Any]) -> str | None:
    said = row["judges"]["cascade"]
    if said["verdict"] != "FAIL":
        return None
    return row["mode"] if row["mode"] in said["failure_modes"] else said["failure_modes"][0]


def test_markdown_holds_the_same_tables_as_html(document: Document, page: Page) -> None:
    text = markdown(document)
    rendered = Page(MarkdownIt("commonmark").enable("table").render(text))
    ours = [[[plain(c) for c in row] for row in cells] for _, cells in page.tables]
    tiles = rendered.tables.pop(0)[1]
    assert tiles[0] == ["measure", "value", "meaning"] and len(tiles) == 6
    assert [[[plain(c) for c in row] for row in cells] for _, cells in rendered.tables] == ours
    for name in ("forest", "slices", "reliability", "rewards", "lengths"):
        assert f"]({name}.svg)" in text


def test_no_text_from_outside_becomes_markup_in_the_page(hostile: Run) -> None:
    text = html(build_report(hostile))
    page = Page(text)
    assert page.unsafe() == []
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e\u200b]", text)
    shown = "".join(page.text)
    assert shown.count("<script>alert(1)</script>") > 50 and "onerror=alert(2)" in shown
    assert "\\x1b[31mred \\u202ereversed\\u200b" in shown and "{{ 7 * 7 }}" in shown
    assert {tag for tag, _ in page.tags}.isdisjoint({"img", "script"})


def test_no_text_from_outside_becomes_markup_in_markdown(hostile: Run) -> None:
    text = markdown(build_report(hostile))
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e\u200b]", text)
    page = Page(MarkdownIt("commonmark").enable("table").render(text))
    outside = [found for found in page.unsafe() if not re.fullmatch(r"img src=\w+\.svg", found)]
    assert outside == []
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "a"})
    assert "heading" not in {plain(t) for t in page.text}, "the attack's heading is no heading"
    assert "".join(page.text).count("<script>alert(1)</script>") > 20


def test_the_page_needs_nothing_from_elsewhere_and_repeats_no_id(page: Page, document: Document) -> None:
    assert page.unsafe() == []
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert links and {str(link).removeprefix("#") for link in links} <= set(ids)
    text = html(document)
    assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text
    assert not re.search(r"url\((?!#)|@import|<script", text)


def test_a_browser_opens_the_page_offline_and_runs_nothing(hostile: Run, tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium is installed")
    path = tmp_path / "report.html"
    path.write_text(html(build_report(hostile)), encoding="utf-8")
    seen: list[str] = []
    with playwright.sync_playwright() as engine:
        arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
        browser = engine.chromium.launch(executable_path=chromium, headless=True, args=arguments)
        page = browser.new_context(viewport={"width": 1200, "height": 900}, offline=True).new_page()
        page.on("request", lambda request: seen.append(request.url))
        page.on("console", lambda message: seen.append(message.text))
        page.on("dialog", lambda dialog: (seen.append(dialog.message), dialog.dismiss()))
        page.goto(path.as_uri(), wait_until="load")
        widths = page.evaluate("[...document.querySelectorAll('figure svg')].map(e => e.getBoundingClientRect().width)")
        across = page.evaluate("document.documentElement.scrollWidth")
        browser.close()
    assert seen == [path.as_uri()], "one request, no message, no dialog"
    assert len(widths) == 5 and min(widths) > 300
    assert across == 1200, "nothing reaches beyond the window"


def test_the_same_run_gives_the_same_bytes(run: Run, document: Document) -> None:
    assert html(build_report(run)) == html(document)


def test_the_worst_mistakes_are_the_surest_wrong_verdicts(run: Run) -> None:
    worst = worst_rows(run.rows, "cascade")
    assert len(worst) == 10
    assert all(r.judges["cascade"].verdict != r.label for r in worst)
    sure = [confidence(r.judges["cascade"]) for r in worst]
    assert sure == sorted(sure, reverse=True)
    others = [r for r in run.rows if r.judges["cascade"].verdict != r.label and r not in worst]
    assert max(confidence(r.judges["cascade"]) for r in others) <= sure[-1]


def test_a_mistake_shows_the_whole_email_with_its_lowest_sentences_and_the_marked_reason(
    run: Run, document: Document
) -> None:
    found = [b for s in document.sections for b in s.blocks if isinstance(b, Example)]
    assert len(found) == 10
    for example in found:
        task = next(t for id, t in run.tasks.items() if example.title.endswith(id))
        assert "".join(p.text for p in example.body) == task.email.body
        assert "".join(p.text for p in example.subject) == task.email.subject
        marked = "".join(p.text for p in (*example.subject, *example.body) if "evidence" in p.marks)
        assert bool(marked) == bool(task.evidence)
        said = next(r for r in run.rows if r.task_id == task.task_id).judges["cascade"]
        lowest = min(said.sentences, key=lambda s: s.reward)
        if lowest.reward < 0:
            text = getattr(task.email, lowest.field)[lowest.start : lowest.end]
            assert ("lowest", f"{text} ({lowest.reward:+.2f})") in example.remarks


def test_the_threshold_of_the_run_stands_in_the_histogram(run: Run) -> None:
    figure = reward_figure(run.rows, "cascade")
    assert figure and f"threshold {THRESHOLD:+.2f}" in figure.svg
    older = [
        row.model_copy(update={"judges": {n: s.model_copy(update={"threshold": None}) for n, s in row.judges.items()}})
        for row in run.rows
    ]
    figure = reward_figure(older, "cascade")
    assert figure and "threshold" not in figure.svg and "recorded no threshold" in figure.caption


def test_rows_of_an_older_version_give_a_report_without_sentences(folder: Path, tmp_path: Path) -> None:
    results, rows = read(folder)
    for row in rows:
        for said in row["judges"].values():
            for name in ("threshold", "decided_by", "quotes", "sentences"):
                del said[name]
    write_json(tmp_path / "results.json", results)
    write_jsonl(tmp_path / "rows.jsonl", rows)
    written = write_report(tmp_path, tmp_path / "new" / "folder")
    assert "recorded no rewards of sentences" in written.html.read_text(encoding="utf-8")
    assert sorted(p.suffix for p in written.html.parent.iterdir()) == [".html", ".md", *[".svg"] * 5]


def test_without_the_measured_data_the_report_says_so_and_shows_the_rest(folder: Path, tmp_path: Path) -> None:
    results, rows = read(folder)
    results["dataset"]["sha256"] = "0" * 64
    write_json(tmp_path / "results.json", results)
    write_jsonl(tmp_path / "rows.jsonl", rows)
    found = read_run(tmp_path)
    assert "000000000000" in found.unread and not found.tasks
    text = html(build_report(found))
    assert (
        "not the one that is installed" in text and "measured on 000000000000" in text and "Judges side by side" in text
    )


def test_too_few_stands_where_a_slice_is_too_small(run: Run, page: Page) -> None:
    small = [r for rows in run.results["by_mode"].values() for r in rows if r["balanced_accuracy"]["value"] is None]
    cells = [cell for source, table in page.tables for row in table for cell in row]
    assert small and "too few" in cells


def test_report_and_errors_on_the_command_line(folder: Path, tmp_path: Path) -> None:
    found = CliRunner().invoke(app, ["report", str(folder), "--out", str(tmp_path / "out")])
    assert found.exit_code == 0, found.output
    assert (tmp_path / "out" / "report.html").is_file() and "report.md" in found.stdout
    missing = CliRunner().invoke(app, ["report", str(tmp_path)])
    assert missing.exit_code == 1 and "no results.json" in missing.stderr and "bench" in missing.stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r, rows: r["judges"]["rules"]["accuracy"].update(value="0.5"), "judges.rules.accuracy.value"),
        (lambda r, rows: r["judges"]["rules"]["confusion"].update(tp=0), "judge rules"),
        (lambda r, rows: r["by_mode"].pop("rules"), "by_mode"),
        (lambda r, rows: r["by_mode"]["rules"].pop(), "by_mode.rules has other slices"),
        (lambda r, rows: r.pop("naming"), "naming"),
        (lambda r, rows: rows.append(rows[0]), "rows.jsonl:97: task_id"),
        (lambda r, rows: rows[4].update(label="Positive"), "rows.jsonl:5: label"),
        (lambda r, rows: rows[2]["judges"].pop("rules"), "nothing of judge rules"),
        (lambda r, rows: rows.clear(), "the empty file"),
    ],
)
def test_a_folder_that_cannot_be_read_is_refused_with_the_place(folder: Path, tmp_path: Path, change, message) -> None:
    results, rows = read(folder)
    change(results, rows)
    write_json(tmp_path / "results.json", results)
    write_jsonl(tmp_path / "rows.jsonl", rows)
    with pytest.raises(RunError, match=re.escape(message)):
        read_run(tmp_path)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=3,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_results_are_refused_or_every_table_of_them_can_be_made(run: Run, data: st.DataObject) -> None:
    results = json.loads(json.dumps(run.results))
    place: Any = results
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.integers(0, 5)) == 0:
            place[key] = data.draw(JSON_VALUES)
            break
        place = inner
    try:
        check_results(results)
    except ValueError:
        return
    assert headline(results) and judge_rows(results)
    detail_sections(results)
    terminal_tables(results)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=st.binary(max_size=80) | JSON_VALUES.map(lambda v: json.dumps(v).encode()))
def test_any_bytes_in_the_rows_are_refused_with_the_line(folder: Path, tmp_path: Path, line: bytes) -> None:
    shutil.copy(folder / "results.json", tmp_path)
    (tmp_path / "rows.jsonl").write_bytes((folder / "rows.jsonl").read_bytes() + line.replace(b"\n", b" "))
    try:
        read_run(tmp_path)
    except RunError as error:
        assert "rows.jsonl:97" in str(error)
    else:
        assert not line.strip()


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70), st.sampled_from(["a", "b"]))))
def test_the_pieces_of_a_text_add_up_to_it_and_carry_the_marks_around_them(text: str, marks: list[Any]) -> None:
    found = pieces(text, marks)
    assert "".join(piece.text for piece in found) == text
    at = 0
    for piece in found:
        for i in range(at, at + len(piece.text)):
            assert set(piece.marks) == {kind for start, end, kind in marks if start <= i < end}
        at += len(piece.text)


@given(st.text(alphabet="`~ a\n<#", max_size=60))
def test_nothing_in_a_code_block_closes_it(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(fenced(text) + "\n\nafter")
    assert [t.type for t in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]


def test_sureness_is_that_of_the_verdict_given() -> None:
    said = Said(verdict="FAIL", reward=-1.0, probability=0.2, failure_modes=(), error=None)
    assert confidence(said) == pytest.approx(0.8)
    assert confidence(said.model_copy(update={"verdict": "PASS"})) == 0.2
    assert confidence(said.model_copy(update={"decided_by": "rules"})) == 1
    assert confidence(said.model_copy(update={"probability": None})) == 1


def test_a_number_without_a_value_is_a_dash() -> None:
    assert number(None) == number({"value": None, "low": None, "high": None}) == "-"
    assert number({"value": 0.5, "low": None, "high": None}) == "0.500"

"""The Space as its visitors meet it: the page in headless Chromium, gradio_client, an agent over MCP."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import screens

pytest.importorskip("gradio_client", reason="needs the extra `space`")
pytest.importorskip("playwright.sync_api", reason="needs playwright (the extra `test`)")

import gradio_client
import playwright.sync_api as sync_api

from tenacious_bench import Judge, load_tasks

ROOT = Path(__file__).parent.parent
JUDGE: Any = "cascade" if screens.wanted() else "rules"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
WAIT = 60_000
"""Milliseconds a page has for each step; only a broken one needs them."""
HOSTILE = (
    '<script>window.hacked=1</script><img src=x onerror="window.hacked=1;alert(1)"><svg onload="window.hacked=1">'
    "</textarea><b onmouseover=window.hacked=1>[link](javascript:window.hacked=1)"
)
BRIEF = {
    "as_of": "2026-04-20",
    "prospect": {"company": "Kettlewick", "headcount": 46},
    "segment": "growth_startup",
    "signals": [{"kind": "hiring", "claim": "1 Python role open", "observed_on": "2026-04-14", "confidence": "low"}],
    "bench": {"as_of": "2026-04-20", "stacks": {"python": {"available": 2, "start_in_days": 7}}},
}
BODY = "Hello Ada,\n\nSix Python engineers can start in two weeks. Worth a call?\n\nFemke"


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of the Space, run as its host runs it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port), "TENACIOUS_BENCH_JUDGE": JUDGE}
    process = subprocess.Popen(
        [sys.executable, "app.py"], cwd=ROOT / "spaces_app", env=os.environ | settings, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(1200):
            assert process.poll() is None, process.communicate()[1][-2000:]
            try:
                urllib.request.urlopen(f"{url}/config", timeout=5).close()
                break
            except OSError:
                time.sleep(0.25)
        yield url
    finally:
        process.terminate()
        process.communicate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install the package chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any, site: str) -> Iterator[Any]:
    """The page on a desktop; at the end nothing may have run that a visitor or a file brought, nor asked requests."""
    page = browser.new_page(viewport={"width": 1280, "height": 1060})
    page.set_default_timeout(WAIT)
    dialogs: list[str] = []
    requests: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(site, wait_until="domcontentloaded")
    page.get_by_role("button", name="Judge this email").wait_for()
    yield page
    assert page.evaluate("window.hacked") is None
    assert page.locator('img[src="x"], svg[onload], b[onmouseover]').count() == 0
    assert not dialogs
    assert not [url for url in requests if not url.startswith((site, "data:", "blob:"))]
    page.close()


def open_tab(page: Any, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def verdict(page: Any, name: str = "judge") -> str:
    """The word on the card, once there is one."""
    word = page.locator(f"#{name}-verdict .verdict:not(.idle) .word")
    word.wait_for()
    found: str = word.inner_text()
    return found


def judge(page: Any) -> str:
    page.get_by_role("button", name="Judge this email").click()
    return verdict(page)


def choose(page: Any, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).first.click()
    page.get_by_role("option", name=option).click()


def test_an_example_is_held_back_and_its_twins_may_leave(page: Any) -> None:
    choose(page, "Example", "Planted text")
    page.locator("#difference", has_text="enrichment comment").wait_for()
    assert judge(page) == "Block"
    assert "soda bottler" in page.locator("#judge-why").inner_text()
    screens.take(page, "space_judge", "#head")
    page.get_by_label("Passes: email changed").check()
    page.locator("#difference", has_text="cider maker").wait_for()
    assert judge(page) == "Send"
    page.get_by_label("Passes: brief changed").check()
    page.locator("#difference", has_text="notes").wait_for()
    assert judge(page) == "Send"


def test_the_form_and_the_json_are_one_brief(page: Any) -> None:
    page.get_by_label("Company", exact=True).fill("Typed in the form")
    page.get_by_label("JSON", exact=True).check()
    box = page.locator(".cm-content").first
    box.wait_for()
    assert "Typed in the form" in box.inner_text()
    box.fill(json.dumps(BRIEF | {"prospect": {"company": "Typed as JSON"}}))
    page.get_by_label("Form", exact=True).check()
    company = page.get_by_label("Company", exact=True)
    sync_api.expect(company).to_have_value("Typed as JSON", timeout=WAIT)
    page.get_by_label("Body", exact=True).fill(BODY)
    assert judge(page) == "Block"
    assert "Six Python engineers" in page.locator("#judge-why").inner_text()


def test_hostile_text_in_every_field_is_shown_and_never_runs(page: Any) -> None:
    for label in ("Notes", "Company", "Industry", "Recipient", "Subject", "Body"):
        page.get_by_label(label, exact=True).first.fill(f"{HOSTILE} {label}")
    judge(page)
    shown = page.locator("#judge-marks").inner_text()
    assert '<img src=x onerror="window.hacked=1;alert(1)">' in shown
    assert HOSTILE in page.get_by_label("Notes", exact=True).input_value()
    page.get_by_label("Day the email would leave").fill("<img src=x onerror=window.hacked=1>")
    page.get_by_role("button", name="Judge this email").click()
    page.get_by_text("brief.as_of").wait_for()
    assert "<img src=x" in page.locator(".toast-wrap").inner_text()


def test_one_email_gets_two_verdicts_for_two_briefs(page: Any) -> None:
    open_tab(page, "Same email, other brief")
    page.get_by_role("button", name="Judge for both").click()
    assert (verdict(page, "first"), verdict(page, "second")) == ("Block", "Send")
    assert "three ML engineers" in page.locator("#moved").inner_text()
    screens.take(page, "space_compare")


def drafts(folder: Path) -> Path:
    """200 rows, five of them broken, one hostile."""
    file = folder / "drafts.csv"
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["id", "subject", "body", "brief"])
        for i, task in enumerate(load_tasks("train")[:200]):
            brief = json.dumps(task.brief.to_json_dict())
            row = [task.task_id, task.email.subject, task.email.body, brief]
            changed: dict[int, list[str]] = {
                20: [*row[:2], "", brief],
                40: [*row[:3], '{"as_of": '],
                60: [*row[:3], '{"as_of": "2026-04-20", "prospect": {}}'],
                80: [*row[:2], "Hidden\u200b text", brief],
                100: row[:3],
                120: [HOSTILE[:150], row[1], f"{row[2]} {HOSTILE}", brief],
            }
            writer.writerow(changed.get(i, row))
    return file


def upload(page: Any, file: Path) -> None:
    """Choose a file, again while the page shows none: one chosen before the page listens is lost."""
    field, shown = page.locator("#csv input[type=file]"), page.locator("#csv", has_text=file.name)
    field.wait_for(state="attached")
    for _ in range(WAIT // 5_000):
        if field.count():
            field.set_input_files(file)
        try:
            shown.wait_for(timeout=5_000)
        except sync_api.TimeoutError:
            continue
        return
    shown.wait_for()


def test_a_file_of_200_rows_with_5_broken_ones_gives_195_verdicts_and_5_reasons(page: Any, tmp_path: Path) -> None:
    open_tab(page, "Batch")
    upload(page, drafts(tmp_path))
    page.locator("#csv .file-preview, #csv a[download]").first.wait_for()
    page.get_by_role("button", name="Judge all rows").click()
    page.get_by_text("200 rows: 195 judged, 5 not").wait_for(timeout=5 * WAIT)
    page.locator("#chart img").wait_for()
    page.locator("#problems", has_text="hidden character U+200B").wait_for()
    link = page.locator("#scored a[download]").first
    scored = urllib.request.urlopen(link.get_attribute("href")).read().decode()
    rows = list(csv.DictReader(io.StringIO(scored)))
    assert len(rows) == 200
    assert sum(row["verdict"] != "" for row in rows) == 195
    assert sum(row["problem"] != "" for row in rows) == 5
    screens.take(page, "space_batch")


def test_the_about_tab_shows_results_with_intervals(page: Any) -> None:
    results = json.loads((ROOT / "model_card" / "results.json").read_text(encoding="utf-8"))
    found = results["judges"]["cascade"]["auroc"]
    open_tab(page, "About")
    text = f"{found['value']:.3f} [{found['low']:.2f}, {found['high']:.2f}]"
    page.locator("#results", has_text=text).wait_for()
    screens.take(page, "space_about")


def test_the_page_fits_a_phone(browser: Any, site: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.set_default_timeout(WAIT)
    page.goto(site, wait_until="domcontentloaded")
    page.get_by_role("button", name="Judge this email").wait_for()
    assert judge(page) == "Block"
    card = page.locator("#judge-verdict .word")
    page.wait_for_function("box => box.getBoundingClientRect().top < innerHeight - 40", arg=card.element_handle())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    screens.take(page, "space_phone", "#judge-verdict")
    page.close()


def test_a_program_and_an_agent_get_the_verdict_of_the_package(site: str) -> None:
    expected = Judge.from_pretrained(judge=JUDGE).judge(BRIEF, {"subject": "Engineers", "body": BODY})
    client = gradio_client.Client(site, verbose=False)
    by_client = json.loads(client.predict(BRIEF, BODY, "Engineers", "cold", api_name="/judge"))
    by_agent = by_tool(site, "judge", {"brief": BRIEF, "body": BODY, "subject": "Engineers"})
    for found in (by_client, by_agent):
        assert found["verdict"] == expected.verdict == "block"
        assert found["judgment"]["quotes"] == expected.to_json_dict()["judgment"]["quotes"]
        assert found["judgment"]["signature"] == expected.judgment.signature


def test_a_program_and_an_agent_judge_a_file_alike(site: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["body", "brief"], [BODY, json.dumps(BRIEF)], ["", json.dumps(BRIEF)]])
    arguments = {"csv_text": out.getvalue()}
    by_client = json.loads(gradio_client.Client(site, verbose=False).predict(**arguments, api_name="/batch"))
    by_agent = by_tool(site, "batch", arguments)
    assert by_client == by_agent
    assert (by_client["rows"], by_client["judged"], by_client["broken"]) == (2, 1, 1)
    assert [row["verdict"] for row in by_client["results"]] == ["block", ""]


def test_a_program_and_an_agent_are_told_what_is_wrong(site: str) -> None:
    client = gradio_client.Client(site, verbose=False)
    with pytest.raises(Exception, match=r"brief\.segment"):
        client.predict(BRIEF | {"segment": "unicorn"}, BODY, "", "cold", api_name="/judge")
    arguments = {"brief": {}, "body": " "}
    answer = ask_mcp(site, lambda session: session.call_tool("judge", arguments))
    assert answer.isError
    assert "email.body" in answer.content[0].text


def test_an_agent_finds_two_tools_with_described_arguments(site: str) -> None:
    tools = {tool.name: tool for tool in ask_mcp(site, lambda session: session.list_tools()).tools}
    assert sorted(tools) == ["batch", "judge"]
    schema = tools["judge"].inputSchema["properties"]
    assert sorted(schema) == ["body", "brief", "kind", "subject"]
    assert schema["brief"]["type"] == "object"
    assert "as_of" in schema["brief"]["description"]
    assert schema["kind"]["enum"] == ["cold", "warm_reply", "re_engagement"]


def by_tool(site: str, name: str, arguments: dict[str, Any]) -> Any:
    """The answer of a tool."""
    answer = ask_mcp(site, lambda session: session.call_tool(name, arguments))
    assert not answer.isError, answer.content
    return json.loads(answer.content[0].text)


def ask_mcp(site: str, ask: Callable[[Any], Awaitable[Any]]) -> Any:
    """One question to the MCP server, in a thread of its own: Playwright keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_ask_mcp(site, ask))).result()


async def _ask_mcp(site: str, ask: Callable[[Any], Awaitable[Any]]) -> Any:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async with (
        streamable_http_client(f"{site}/gradio_api/mcp/") as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        return await ask(session)

"""``tenacious-bench serve`` as a process: what it refuses, and how it ends under load."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import request
from typer.testing import CliRunner

from tenacious_bench.cli import app

PATIENCE = 120.0
CLIENTS = 12
# The real command; only that each call of the judge takes a little, so that requests are in flight at any time.
SERVER = """
import sys, time
from tenacious_bench.cli import main
from tenacious_bench.judges.rules import RulesJudge
judge = RulesJudge.judge
def slow(self, items, progress=None):
    time.sleep(0.2)
    return judge(self, items, progress)
RulesJudge.judge = slow
sys.argv[1:] = ["serve", "--judge", "rules", "--port", "0", "--max-batch", "4"]
main()
"""


class Running:
    """The server, its address and what it logs."""

    def __init__(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", SERVER], stderr=subprocess.PIPE, text=True)
        self.lines: list[str] = []
        self.up = threading.Event()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        assert self.up.wait(PATIENCE)
        found = re.search(r"http://127\.0\.0\.1:(\d+)", "".join(self.lines))
        assert found, self.lines
        self.port = int(found[1])

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if "running on" in line:
                self.up.set()
        self.up.set()

    def ask(self, connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
        connection.request("POST", "/v1/judge", json.dumps(request()), {"Content-Type": "application/json"})
        return connection.getresponse()


@pytest.fixture
def server() -> Iterator[Running]:
    running = Running()
    yield running
    if running.process.poll() is None:
        running.process.kill()
    running.process.wait(PATIENCE)


def test_sigterm_under_load_answers_every_accepted_request_and_ends_with_zero(server: Running) -> None:
    answers: list[tuple[str | None, int, str]] = []
    told = threading.Event()

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        try:
            while True:
                answer = server.ask(connection)
                verdict = json.loads(answer.read())["verdict"]
                answers.append((answer.headers["x-request-id"], answer.status, verdict))
                if answer.headers["connection"] == "close":
                    break
        except (ConnectionError, http.client.RemoteDisconnected):
            assert told.is_set()  # sent to a port that is closed: the server has never seen it
        finally:
            connection.close()

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    limit = time.monotonic() + PATIENCE
    while len(answers) < 2 * CLIENTS and time.monotonic() < limit:
        time.sleep(0.01)
    before = len(answers)
    told.set()
    server.process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join(PATIENCE)
    assert server.process.wait(PATIENCE) == 0
    server.reader.join(PATIENCE)
    logged = [json.loads(line) for line in server.lines]
    accepted = [line["id"] for line in logged if line.get("path") == "/v1/judge"]
    assert sorted(accepted) == sorted(number for number, *_ in answers)
    assert {(status, verdict) for _, status, verdict in answers} == {(200, "send")}
    assert len(answers) > before, "no request was in flight"
    with pytest.raises(ConnectionError):
        server.ask(http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE))


def test_the_command_refuses_to_show_itself_without_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TENACIOUS_BENCH_TOKEN", raising=False)
    done = CliRunner().invoke(app, ["serve", "--judge", "rules", "--host", "0.0.0.0"])
    assert done.exit_code == 1 and "--open" in done.output and "TENACIOUS_BENCH_TOKEN" in done.output


def test_the_command_refuses_an_empty_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENACIOUS_BENCH_TOKEN", "")
    done = CliRunner().invoke(app, ["serve", "--judge", "rules"])
    assert done.exit_code == 1 and "token is empty" in done.output


def test_the_load_benchmark_counts_what_it_sends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from benchmarks.serve_load import main

    file = tmp_path / "serve.json"
    main(["--judge", "rules", "--clients", "4", "--seconds", "1", "--json", str(file)])
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found["runs"].keys() == {"16", "1"} and found["ratio"] > 0
    for run in found["runs"].values():
        assert run["requests"] >= 4 and run["errors"] == run["lost"] == run["exit_code"] == 0
        assert 0 < run["p50"] <= run["p95"]
    assert found["runs"]["1"]["batch"] == 1
    assert f"{found['ratio']:.2f} times" in capsys.readouterr().out

"""The synthesis pipeline against a real OpenAI-compatible HTTP server: good answers, garbage, 429, kill and resume."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from tenacious_bench.authoring.quads import read_quads
from tenacious_bench.authoring.synthesis.chat import (
    ChatSettings,
    EndpointChat,
    EndpointError,
    Reply,
    family_of,
    require_two_families,
)
from tenacious_bench.authoring.synthesis.journal import Journal
from tenacious_bench.authoring.synthesis.pipeline import Settings, jobs, run
from tenacious_bench.playbook import load_playbook
from tenacious_bench.schema import MODES

FILLER = "We met the same question elsewhere last autumn and wrote down what we learnt, page by page. " * 3


class Server(ThreadingHTTPServer):
    """A chat endpoint that writes and judges as the tests ask; ``script`` may replace an answer."""

    def __init__(self, script=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = script or (lambda n, kind, user: None)
        self.requests: list[dict] = []
        self.asked: Counter = Counter()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *args):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        user = body["messages"][-1]["content"]
        fields = body["response_format"]["json_schema"]["schema"]["properties"]
        kind = "write" if "email_x" in fields else "choose" if "better" in fields else "judge"
        self.server.asked[kind, user] += 1
        special = self.server.script(len(self.server.requests), kind, user)
        if isinstance(special, int):
            self.send_response(special)
            self.send_header("Retry-After", "0.01")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")
            return
        content = special if special is not None else answer(kind, user)
        reply = {
            "id": "1", "object": "chat.completion", "created": 0, "model": body["model"],
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        }  # fmt: skip
        data = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


BY_EMAIL: dict[str, tuple[str, str]] = {}
MODES_SAID: list[list[str]] = [list(MODES)]
"""What the judge names for a FAIL: all of them, so that the intended one is among them."""


def answer(kind, user):
    """An honest writer, and a judge that knows which brief each email was written for."""
    if kind == "choose":
        return json.dumps({"better": "first"})
    if kind == "write":
        brief_a = user.split("<brief_a>\n")[1].split("</brief_a>")[0]
        x, y = (user.split(f"only {name} makes, said in your own words: ")[1].split("\nThe point")[0] for name in "XY")

        def email(core):
            return {"subject": "One question", "body": f"Hello,\n\n{FILLER}\n\n{core}\n\nAda\nTenacious"}

        BY_EMAIL[email(x)["body"]] = ("a", brief_a)
        BY_EMAIL[email(y)["body"]] = ("b", brief_a)
        return json.dumps({"email_x": email(x), "email_y": email(y), "decisive_x": x, "decisive_y": y})
    brief = user.split("<brief>\n")[1].split("</brief>")[0]
    body = user.split("<email>\n")[1].split("\n</email>")[0].split("\n\n", 1)[1]
    written_for, brief_a = BY_EMAIL[body]
    right = (brief == brief_a) == (written_for == "a")
    scores = {"coherence": 5, "verifiability": 5, "clarity": 5}
    modes = [] if right else MODES_SAID[0]
    return json.dumps({"verdict": "PASS" if right else "FAIL", "failure_modes": modes, **scores, "reason": "as asked"})


@pytest.fixture
def serve():
    servers = []

    def start(script=None):
        server = Server(script)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def chats(server, max_retries=8):
    return (
        EndpointChat(ChatSettings("qwen-writer", "qwen", server.url, "secret"), max_retries),
        EndpointChat(ChatSettings("llama-judge", "llama", server.url, "secret"), max_retries),
    )


def go(server, out, count=3, encode=None, workers=1, max_retries=8):
    return run(Settings(jobs=count, workers=workers), *chats(server, max_retries), load_playbook(), out, encode)


def test_groups_are_written_judged_and_kept(serve, tmp_path):
    server = serve()
    result = go(server, tmp_path, workers=2)
    assert len(result.groups) == 3 and result.dropped == []
    assert read_quads(tmp_path / "groups.jsonl") == result.groups
    assert result.tokens["qwen-writer"] == {"answers": 3, "unusable": 0, "prompt_tokens": 30, "completion_tokens": 15}
    assert result.tokens["llama-judge"]["answers"] == 12
    assert all(r["response_format"]["type"] == "json_schema" for r in server.requests)
    assert "secret" not in (tmp_path / "journal.jsonl").read_text() + (tmp_path / "run.json").read_text()


def test_the_judge_never_sees_label_mode_or_twin(serve, tmp_path):
    server = serve()
    go(server, tmp_path, count=1)
    for request in server.requests[1:]:
        user = request["messages"][-1]["content"]
        assert user.count("<email>") == 1 and "PASS" not in user and "only X makes" not in user
        assert not any(mode in user for mode in MODES)


SCORES = {"coherence": 5, "verifiability": 5, "clarity": 5, "reason": "because"}
CONTRADICTION = json.dumps({"verdict": "PASS", "failure_modes": ["injection"], **SCORES})


@pytest.mark.parametrize(
    "garbage", ["", "no json", '{"verdict": "MAYBE"}', "```json\n{]\n```", "[1, 2]", "null", CONTRADICTION]
)
def test_garbage_is_an_error_row_and_never_a_verdict(serve, tmp_path, garbage):
    server = serve(lambda n, kind, user: garbage if kind == "judge" else None)
    result = go(server, tmp_path, count=2)
    assert result.groups == [] and [d.kind for d in result.dropped] == ["error", "error"]
    with Journal(tmp_path / "journal.jsonl") as journal:
        assert all(e.error for k, e in journal.entries.items() if "judge" in k)
    assert len((tmp_path / "dropped.jsonl").read_text().splitlines()) == 2


def test_an_unknown_label_is_an_error_with_its_field(serve, tmp_path):
    verdict = {"verdict": "UNSURE", "failure_modes": [], "coherence": 5, "verifiability": 5, "clarity": 5, "reason": ""}
    server = serve(lambda n, kind, user: json.dumps(verdict) if kind == "judge" else None)
    dropped = go(server, tmp_path, count=1).dropped
    assert dropped[0].kind == "error" and dropped[0].reason.startswith("verdict:")


def test_a_second_attempt_can_repair_an_answer(serve, tmp_path):
    server = serve(lambda n, kind, user: "sorry" if kind == "write" and n == 1 else None)
    assert len(go(server, tmp_path, count=1).groups) == 1


def test_a_low_score_or_another_verdict_is_rejected(serve, tmp_path):
    low = {"verdict": "PASS", "failure_modes": [], "coherence": 2, "verifiability": 5, "clarity": 5, "reason": "stiff"}
    server = serve(lambda n, kind, user: json.dumps(low) if kind == "judge" else None)
    dropped = go(server, tmp_path, count=1).dropped
    assert dropped[0].kind == "rejected" and dropped[0].reason == "coherence is 2, at least 4 is asked: stiff"


def test_a_fail_for_another_reason_is_rejected(serve, tmp_path, monkeypatch):
    wanted = next(quad.mode for _, quad in jobs(1, 3407))
    monkeypatch.setattr(sys.modules[__name__], "MODES_SAID", [[next(m for m in MODES if m != wanted)]])
    dropped = go(serve(), tmp_path, count=1).dropped
    assert dropped[0].kind == "rejected" and dropped[0].reason.startswith(f"intended {wanted}, judged")


def test_a_request_that_the_server_refuses_is_an_error_row_and_not_the_end(serve, tmp_path):
    server = serve(lambda n, kind, user: 400 if kind == "write" and n <= 2 else None)
    result = go(server, tmp_path, count=2)
    assert len(result.groups) == 1 and [d.kind for d in result.dropped] == ["error"]
    again = len(server.requests)
    go(server, tmp_path, count=2)
    assert len(server.requests) == again


def test_an_unreachable_endpoint_is_an_error_that_hides_the_key(tmp_path):
    settings = ChatSettings("qwen-writer", "qwen", "http://127.0.0.1:9/v1", "secret-key")
    with pytest.raises(EndpointError, match="qwen-writer") as caught:
        EndpointChat(settings, max_retries=0).complete([{"role": "user", "content": "hi"}], None, 1)
    assert "secret-key" not in str(caught.value)


def test_a_quote_that_is_not_in_the_email_is_an_error(serve, tmp_path):
    def script(n, kind, user):
        if kind != "write":
            return None
        return json.dumps({**json.loads(answer(kind, user)), "decisive_x": "words that stand nowhere"})

    dropped = go(serve(script), tmp_path, count=1).dropped
    assert (dropped[0].step, dropped[0].reason) == ("write", "decisive_x is not a quote of email_x")


def test_429_is_waited_out(serve, tmp_path):
    server = serve(lambda n, kind, user: 429 if n in (1, 2, 5) else None)
    assert len(go(server, tmp_path, count=1).groups) == 1
    assert len(server.requests) == 5 + 3


def test_a_stopped_run_resumes_without_loss_or_repetition(serve, tmp_path):
    whole = go(serve(), tmp_path / "whole")
    server = serve(lambda n, kind, user: 500 if n == 8 else None)
    with pytest.raises(Exception, match="500"):
        go(server, tmp_path / "cut", max_retries=0)
    with (tmp_path / "cut" / "journal.jsonl").open("ab") as handle:
        handle.write(b'{"key": "s16')  # the kill came in the middle of a line
    server.script = lambda n, kind, user: None
    resumed = go(server, tmp_path / "cut")
    assert resumed == whole
    answered = Counter(server.asked)
    failed = json.dumps(server.requests[7]["messages"][-1]["content"])
    assert [n for (_, user), n in answered.items() if json.dumps(user) != failed] == [1] * (len(answered) - 1)
    again = len(server.requests)
    assert go(server, tmp_path / "cut") == whole and len(server.requests) == again


def test_a_killed_process_resumes_without_loss_or_repetition(serve, tmp_path):
    whole = go(serve(), tmp_path / "whole", count=4)
    server = serve(lambda n, kind, user: time.sleep(0.15))
    env = {
        **os.environ,
        **{f"TENACIOUS_{role}_BASE_URL": server.url for role in ("WRITER", "JUDGE")},
        "TENACIOUS_WRITER_MODEL": "qwen-writer",
        "TENACIOUS_JUDGE_MODEL": "llama-judge",
    }
    out = tmp_path / "killed"
    start = "from tenacious_bench.cli import main; main()"
    command = [sys.executable, "-c", start, "synthesize", str(out), "--jobs", "4", "--no-dedupe", "--json"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(server.requests) < 7:
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()
    with Journal(out / "journal.jsonl") as journal:
        answered = len(journal.entries)
    assert 0 < answered < 20
    server.script = lambda n, kind, user: None
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["kept"] == 4
    assert (out / "groups.jsonl").read_bytes() == (tmp_path / "whole" / "groups.jsonl").read_bytes()
    assert len(whole.groups) == 4 and len(server.requests) <= 20 + 1  # the answer in flight when the kill came


def test_other_settings_do_not_mix_into_a_run(serve, tmp_path):
    server = serve()
    go(server, tmp_path, count=1)
    with pytest.raises(ValueError, match="choose another folder"):
        run(Settings(jobs=1, seed=1), *chats(server), load_playbook(), tmp_path)


def test_near_duplicates_meet_and_one_stays(serve, tmp_path):
    def alike(texts):
        return np.ones((len(texts), 1), dtype=np.float32)

    result = go(serve(), tmp_path, count=3, encode=alike)
    assert len(result.groups) == 1 and [d.kind for d in result.dropped] == ["duplicate", "duplicate"]


def test_one_family_is_refused(serve, tmp_path):
    with pytest.raises(ValueError, match="another family"):
        require_two_families(ChatSettings("qwen2.5-7b", "a"), ChatSettings("Qwen/Qwen3-4B", "b"))
    require_two_families(ChatSettings("qwen2.5-7b", "qwen"), ChatSettings("llama-3", "llama"))
    writer, _ = chats(serve())
    with pytest.raises(ValueError, match="both of the family"):
        run(Settings(jobs=1), writer, writer, load_playbook(), tmp_path)


@pytest.mark.parametrize(
    ("model", "family"),
    [("Qwen/Qwen2.5-0.5B-Instruct", "qwen"), ("local:smollm2-135m", "smollm"), ("google/gemma-3", "gemini"), ("x", "")],
)
def test_the_family_is_read_from_the_name(model, family):
    assert family_of(model) == family


def test_settings_come_from_the_environment_and_hide_the_key():
    env = {
        "TENACIOUS_JUDGE_MODEL": "llama-3",
        "TENACIOUS_JUDGE_API_KEY": "k",
        "TENACIOUS_JUDGE_BASE_URL": "http://h/v1",
    }
    settings = ChatSettings.from_env("judge", env)
    assert (settings.family, settings.base_url, settings.api_key) == ("llama", "http://h/v1", "k")
    assert "'k'" not in repr(settings)
    with pytest.raises(ValueError, match="TENACIOUS_WRITER_MODEL is not set"):
        ChatSettings.from_env("writer", env)
    with pytest.raises(ValueError, match="BASE_URL is not set"):
        ChatSettings.from_env("judge", {"TENACIOUS_JUDGE_MODEL": "llama-3"})
    with pytest.raises(ValueError, match="FAMILY is not set"):
        ChatSettings.from_env("judge", {"TENACIOUS_JUDGE_MODEL": "in-house"})


def test_a_broken_journal_line_is_named(tmp_path):
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.add("a/write#0", "question", "m", Reply("x", 1, 1))
    path.write_text("nonsense\n" + path.read_text(), encoding="utf-8")
    with pytest.raises(ValueError, match="line 1: not a journal entry"):
        Journal(path)


def test_jobs_are_reproducible_and_limited():
    assert list(jobs(5, 1)) == list(jobs(5, 1)) != list(jobs(5, 2))
    assert len({q.brief("a").prospect.company for _, q in jobs(90, 3407)}) == 90
    with pytest.raises(ValueError, match="choose 1 to 90"):
        list(jobs(91, 1))

"""Emails of concurrent requests go to the judge together, and none of them suffers for another."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from serving import FakeJudge, request
from starlette.requests import Request
from starlette.testclient import TestClient

from tenacious_bench.gate import Decision
from tenacious_bench.schema import Item, Judgment
from tenacious_bench.serve import Settings, create_app
from tenacious_bench.serve.batcher import Batcher, Outcome, QueueFull
from tenacious_bench.serve.body import read_object
from tenacious_bench.serve.items import read_item
from tenacious_bench.serve.logs import JsonLines
from tenacious_bench.serve.problem import Problem

PATIENCE = 60.0
"""Seconds that a test waits for what must come."""


class Stuck:
    """Lets the judge begin, and holds it until it is released."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.released = threading.Event()

    def __call__(self, items: Sequence[Item]) -> None:
        self.begun.release()
        assert self.released.wait(PATIENCE)


def item(name: str) -> Item:
    return read_item(request(), name)


def batcher(judge: FakeJudge, max_batch: int = 16, max_wait: float = 0.0, max_queue: int = 512) -> Batcher:
    made = Batcher(judge.gate().decide, max_batch, max_wait, max_queue)
    made.start()
    return made


def ids(futures: Sequence[Future[Outcome]]) -> list[str]:
    decisions = [future.result(PATIENCE).result for future in futures]
    return [d.id for d in decisions if isinstance(d, Decision)]


def test_what_comes_while_the_judge_is_busy_goes_together() -> None:
    hold = Stuck()
    judge = FakeJudge(hold)
    queue = batcher(judge)
    first = queue.submit([item("first")])
    assert hold.begun.acquire(timeout=PATIENCE)
    names = [f"n{i}" for i in range(20)]
    rest = [queue.submit([item(name)])[0] for name in names]
    hold.released.set()
    assert ids([*first, *rest]) == ["first", *names]
    assert judge.calls == [["first"], names[:16], names[16:]]
    assert [future.result().batch for future in rest] == [16] * 16 + [4] * 4
    queue.close(PATIENCE)


def test_an_email_waits_for_company_only_until_there_is_enough_of_it() -> None:
    judge = FakeJudge()
    queue = batcher(judge, max_batch=2, max_wait=PATIENCE)
    one, two = queue.submit([item("a")]), queue.submit([item("b")])
    assert ids([*one, *two]) == ["a", "b"]
    assert judge.calls == [["a", "b"]]
    queue.close(PATIENCE)


def test_with_a_batch_of_one_nobody_waits() -> None:
    judge = FakeJudge()
    queue = batcher(judge, max_batch=1, max_wait=PATIENCE)
    assert ids(queue.submit([item("a"), item("b")])) == ["a", "b"]
    assert judge.calls == [["a"], ["b"]]
    queue.close(PATIENCE)


def test_a_cancelled_email_is_not_judged_and_takes_no_room() -> None:
    hold = Stuck()
    judge = FakeJudge(hold)
    queue = batcher(judge, max_queue=2)
    first = queue.submit([item("first")])
    assert hold.begun.acquire(timeout=PATIENCE)
    gone, kept = queue.submit([item("gone"), item("kept")])
    with pytest.raises(QueueFull, match="2 emails wait"):
        queue.submit([item("too many")])
    assert gone.cancel()
    late = queue.submit([item("late")])
    hold.released.set()
    assert ids([*first, kept, *late]) == ["first", "kept", "late"]
    assert judge.calls == [["first"], ["kept", "late"]]
    queue.close(PATIENCE)


def test_closing_judges_what_waits_and_takes_no_more() -> None:
    hold = Stuck()
    judge = FakeJudge(hold)
    queue = batcher(judge, max_batch=1)
    futures = queue.submit([item(name) for name in "abc"])
    assert hold.begun.acquire(timeout=PATIENCE)
    closer = threading.Thread(target=queue.close, args=(PATIENCE,))
    closer.start()
    hold.released.set()
    closer.join(PATIENCE)
    assert ids(futures) == ["a", "b", "c"] and not queue.alive
    with pytest.raises(QueueFull):
        queue.submit([item("d")])


def test_concurrent_requests_share_calls_of_the_judge() -> None:
    judge = FakeJudge(lambda items: time.sleep(0.05))
    names = [f"n{i}" for i in range(48)]
    with TestClient(create_app(judge.gate())) as client, ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda name: client.post("/v1/judge", json=request(name)), names))
    assert [a.json()["id"] for a in answers] == names
    assert sorted(name for call in judge.calls for name in call) == sorted(names)
    assert len(judge.calls) < len(names) / 2 and max(map(len, judge.calls)) <= 16


def test_a_batch_request_joins_the_same_queue() -> None:
    judge = FakeJudge()
    names = [f"n{i}" for i in range(40)]
    with TestClient(create_app(judge.gate())) as client:
        results = client.post("/v1/judge/batch", json={"items": [request(name) for name in names]}).json()["results"]
    assert [r["id"] for r in results] == names
    assert [len(call) for call in judge.calls] == [16, 16, 8]


def poison(items: Sequence[Item]) -> None:
    for item in items:
        if item.id == "bug":
            raise RuntimeError(f"cannot cope with {item.email.text}")
        if item.id == "value":
            raise ValueError("year 99999 is out of range")


def test_a_poisonous_email_fails_alone(caplog: pytest.LogCaptureFixture) -> None:
    judge = FakeJudge(poison)
    with TestClient(create_app(judge.gate())) as client:
        rows = [request(name) for name in ("a", "bug", "c", "value")]
        answer = client.post("/v1/judge/batch", json={"items": rows})
        one = client.post("/v1/judge", json=request("bug"))
        other = client.post("/v1/judge", json=request("value"))
        fine = client.post("/v1/judge", json=request("d"))
    results = answer.json()["results"]
    assert [r.get("id") for r in results] == ["a", None, "c", None]
    assert judge.calls[:5] == [["a", "bug", "c", "value"], ["a"], ["bug"], ["c"], ["value"]]
    assert answer.headers["x-request-id"] in results[1]["error"]["found"]
    assert results[3]["error"] == {
        "field": "email",
        "found": "ValueError: year 99999 is out of range",
        "remedy": "correct what is named and send it again",
    }
    assert one.status_code == 500 and one.headers["x-request-id"] in one.json()["error"]["found"]
    assert other.status_code == 422 and fine.status_code == 200
    logged = [JsonLines().format(record) for record in caplog.records if record.levelno == logging.ERROR]
    assert [json.loads(line)["exception"] for line in logged] == ["RuntimeError", "RuntimeError"]
    assert "test_serve_batching.py" in logged[0] and "Ebba" not in "".join(logged)


def test_no_decision_in_time_is_a_504_and_an_email_that_has_not_begun_is_left_out() -> None:
    hold = Stuck()
    judge = FakeJudge(hold)
    with TestClient(create_app(judge.gate(), Settings(timeout=0.3))) as client:
        for name in ("begun", "waiting"):
            late = client.post("/v1/judge", json=request(name))
            assert late.status_code == 504 and "0.3 seconds" in late.json()["error"]["found"]
        both = client.post("/v1/judge/batch", json={"items": [request("one"), 5]})
        assert both.status_code == 504
        hold.released.set()
        assert client.post("/v1/judge", json=request("next")).status_code == 200
    assert judge.calls == [["begun"], ["next"]]


def test_a_batch_keeps_the_decisions_that_came_in_time() -> None:
    hold = Stuck()

    def act(items: Sequence[Item]) -> None:
        if items[0].id == "slow":
            hold(items)

    with TestClient(create_app(FakeJudge(act).gate(), Settings(timeout=1.0, max_batch=1))) as client:
        answer = client.post("/v1/judge/batch", json={"items": [request("fast"), request("slow"), request("never")]})
        hold.released.set()
    assert answer.status_code == 200
    fast, slow, never = answer.json()["results"]
    assert fast["verdict"] == "send" and "no decision" in slow["error"]["found"] and slow == never


def test_a_full_queue_turns_requests_away() -> None:
    hold = Stuck()
    judge = FakeJudge(hold)
    many = {"items": [request() for _ in range(256)]}
    settings = Settings(max_queue=256)
    with TestClient(create_app(judge.gate(), settings)) as client, ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/v1/judge/batch", json=many)
        assert hold.begun.acquire(timeout=PATIENCE)
        refused = client.post("/v1/judge/batch", json=many)
        assert refused.status_code == 503 and int(refused.headers["retry-after"]) >= 1
        assert refused.json()["error"]["found"] == "240 emails wait"
        assert client.get("/readyz").status_code == 200
        hold.released.set()
        assert all(r["verdict"] == "send" for r in first.result(PATIENCE).json()["results"])


def test_a_server_that_is_about_to_stop_is_not_ready_and_answers_what_is_in() -> None:
    hold = Stuck()
    app = create_app(FakeJudge(hold).gate())
    with TestClient(app) as client, ThreadPoolExecutor(1) as pool:
        assert "connection" not in client.get("/readyz").headers
        waiting = pool.submit(client.post, "/v1/judge", json=request())
        assert hold.begun.acquire(timeout=PATIENCE)
        app.state.service.draining = True
        unready = client.get("/readyz")
        assert unready.status_code == 503 and unready.json()["error"]["field"] == "server"
        assert client.get("/healthz").status_code == 200
        hold.released.set()
        answer = waiting.result(PATIENCE)
        assert answer.status_code == 200 and answer.headers["connection"] == "close"


def test_a_judge_that_is_not_running_is_not_ready() -> None:
    assert TestClient(create_app(FakeJudge().gate())).get("/readyz").status_code == 503


def test_an_unexpected_error_is_a_500_with_a_number(caplog: pytest.LogCaptureFixture, monkeypatch: Any) -> None:
    def broken(row: Any, name: str) -> Item:
        raise KeyError("Ebba")

    monkeypatch.setattr("tenacious_bench.serve.service.read_item", broken)
    with TestClient(create_app(FakeJudge().gate())) as client:
        answer = client.post("/v1/judge", json=request())
    assert answer.status_code == 500 and answer.headers["x-request-id"] in answer.json()["error"]["found"]
    [line] = [JsonLines().format(record) for record in caplog.records if record.levelno == logging.ERROR]
    assert json.loads(line)["exception"] == "KeyError" and "Ebba" not in line


def body(*messages: dict[str, Any]) -> Request:
    """A request whose body comes as these messages, and then not at all."""
    left = list(messages)

    async def receive() -> dict[str, Any]:
        if not left:
            await asyncio.sleep(PATIENCE)
        return left.pop(0)

    return Request({"type": "http", "headers": [(b"content-type", b"application/json")]}, receive)


def read(request: Request, seconds: float) -> dict[str, Any]:
    async def run() -> dict[str, Any]:
        return await read_object(request, 1000, asyncio.get_running_loop().time() + seconds)

    return asyncio.run(run())


def test_a_body_that_stops_coming_is_a_408() -> None:
    with pytest.raises(Problem) as caught:
        read(body({"type": "http.request", "body": b'{"a"', "more_body": True}), 0.1)
    assert caught.value.status == 408


def test_a_client_that_leaves_is_no_error_of_the_server() -> None:
    with pytest.raises(Problem) as caught:
        read(body({"type": "http.request", "body": b'{"a"', "more_body": True}, {"type": "http.disconnect"}), PATIENCE)
    assert caught.value.status == 400


def test_a_body_without_a_length_is_counted_while_it_comes() -> None:
    parts = [{"type": "http.request", "body": b" " * 400, "more_body": True} for _ in range(3)]
    with pytest.raises(Problem, match="1,000") as caught:  # what would come after the third part is not waited for
        read(body(*parts), PATIENCE)
    assert caught.value.status == 413


def test_a_body_in_parts_is_read_as_one() -> None:
    parts = [{"type": "http.request", "body": bytes([b]), "more_body": True} for b in b'{"a": "\xc3\xa4"}']
    assert read(body(*parts, {"type": "http.request", "body": b"", "more_body": False}), PATIENCE) == {"a": "ä"}


def test_a_judge_that_forgets_an_email_does_not_mix_up_the_others() -> None:
    class Forgetful(FakeJudge):
        def judge(self, items: Any, progress: Any = None) -> list[Judgment]:
            return super().judge(items)[: 1 if len(items) > 1 else None]

    with TestClient(create_app(Forgetful().gate())) as client:
        results = client.post("/v1/judge/batch", json={"items": [request(n) for n in "abc"]}).json()["results"]
    assert [r["id"] for r in results] == ["a", "b", "c"]

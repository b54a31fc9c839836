"""The web service: every answer with its body, limits, the token, the page, the log, the live inventory."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from serving import FakeJudge, request, rules_gate
from starlette.testclient import TestClient

from tenacious_bench.schema import Judgment
from tenacious_bench.serve import Settings, create_app, examples
from tenacious_bench.serve.logs import JsonLines
from tenacious_bench.serve.server import check_exposure

TYPE = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(rules_gate(), Settings(max_bytes=50_000))) as client:
        yield client


def error(answer: Any, status: int) -> dict[str, str]:
    """The error of an answer, once its status and its shape are what they should be."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    body: dict[str, dict[str, str]] = answer.json()
    assert body.keys() == {"error"} and body["error"].keys() == {"field", "found", "remedy"}
    assert all(body["error"].values())
    return body["error"]


def test_the_published_examples_give_the_published_answers(client: TestClient) -> None:
    answer = client.post("/v1/judge", json=examples.JUDGE["brief"]["value"]).json()
    answer["judgment"]["signature"] = examples.DECISION["judgment"]["signature"]
    assert answer == examples.DECISION
    foreign = client.post("/v1/judge", json=examples.JUDGE["context"]["value"])
    assert (foreign.status_code, foreign.json()["verdict"]) == (200, "block")
    batch = client.post("/v1/judge/batch", json=examples.BATCH["two"]["value"]).json()["results"]
    assert batch[0]["verdict"] == "send"
    assert batch[1]["error"]["field"] == examples.BAD_BRIEF["error"]["field"]


def test_an_email_without_an_id_gets_the_number_of_the_request(client: TestClient) -> None:
    answer = client.post("/v1/judge", json=request())
    assert answer.json()["id"] == answer.json()["judgment"]["id"] == answer.headers["x-request-id"]
    batch = client.post("/v1/judge/batch", json={"items": [request("mine"), request()]})
    assert [r["id"] for r in batch.json()["results"]] == ["mine", f"{batch.headers['x-request-id']}-1"]


def test_a_bad_item_gets_its_error_and_the_others_their_decisions(client: TestClient) -> None:
    rows = [request("a"), 5, {**request("c"), "email": None}, {**request(), "typo": 1}, request("e")]
    results = client.post("/v1/judge/batch", json={"items": rows}).json()["results"]
    assert [r.get("id") for r in results] == ["a", None, None, None, "e"]
    assert [r["error"]["field"] for r in results if "error" in r] == ["item", "email", "typo"]


def test_a_batch_of_bad_items_alone_is_answered_too(client: TestClient) -> None:
    answer = client.post("/v1/judge/batch", json={"items": [None, "x"]})
    assert answer.status_code == 200 and len(answer.json()["results"]) == 2


@pytest.mark.parametrize(
    "body", [{"items": []}, {"items": [1] * 257}, {"items": {}}, {}, {"items": [request()], "more": 1}]
)
def test_a_batch_that_is_none_is_refused_as_a_whole(client: TestClient, body: dict[str, Any]) -> None:
    assert error(client.post("/v1/judge/batch", json=body), 422)["field"] in ("items", "more")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", "column 1"),
        (b'{"email": ', "column 11"),
        (b"[1]", "list"),
        (b'"text"', "text"),
        (b'{"email": NaN}', "NaN"),
        (b'{"email": -Infinity}', "Infinity"),
        (b'{"email": 1e999}', "1e999"),
        (b'{"email": "a", "email": "b"}', "twice"),
        (b'{"email": "\xff"}', "byte 0xff"),
        ('{"email": "a"}'.encode("utf-16"), "byte 0xff"),
        (b'{"email":' + b"[" * 20_000, "nesting"),
        (b'{"email": ' + b"9" * 5000 + b"}", "4300"),
    ],
)
def test_what_is_no_json_object_is_a_400_that_says_why(client: TestClient, body: bytes, found: str) -> None:
    problem = error(client.post("/v1/judge", content=body, headers=TYPE), 400)
    assert problem["field"] == "body" and found in problem["found"]


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({}, "Content-Type"),
        ({"Content-Type": "text/plain"}, "Content-Type"),
        ({"Content-Type": "application/json; charset=latin-1"}, "Content-Type"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "Content-Type"),
        ({**TYPE, "Content-Encoding": "gzip"}, "Content-Encoding"),
    ],
)
def test_another_kind_of_body_is_a_415(client: TestClient, headers: dict[str, str], field: str) -> None:
    assert error(client.post("/v1/judge", content=b"{}", headers=headers), 415)["field"] == field


@pytest.mark.parametrize(
    "kind", ["application/json; charset=UTF-8", "Application/JSON", 'application/json; charset="utf-8"']
)
def test_json_may_be_announced_in_any_spelling(client: TestClient, kind: str) -> None:
    answer = client.post("/v1/judge", content=json.dumps(request()), headers={"Content-Type": kind})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": None}, "email"),
        ({"email": {"subject": "no body"}}, "email.body"),
        ({"email": "x" * 20_001}, "email"),
        ({"email": "sp\u200bam"}, "email"),
        ({"brief": None}, "context"),
        ({"context": {"a": 1}}, "context"),
        ({"brief": {**examples.BRIEF, "as_of": 0}}, "brief.as_of"),
        ({"brief": {**examples.BRIEF, "as_of": "yesterday"}}, "brief.as_of"),
        ({"brief": {**examples.BRIEF, "prospect": {"company": "A", "headcount": "46"}}}, "brief.prospect.headcount"),
        ({"brief": {**examples.BRIEF, "prospect": {"company": "A", "headcount": True}}}, "brief.prospect.headcount"),
        ({"brief": {**examples.BRIEF, "wrong": 1}}, "brief.wrong"),
        ({"brief": "text"}, "brief"),
        ({"id": 5}, "id"),
        ({"id": " "}, "id"),
        ({"id": "x" * 201}, "id"),
        ({"label": "PASS"}, "label"),
        ({"brief": None, "context": json.loads("[" * 65 + "]" * 65)}, "context"),
    ],
)
def test_json_that_is_no_request_is_a_422_that_names_the_field(
    client: TestClient, change: dict[str, Any], field: str
) -> None:
    assert error(client.post("/v1/judge", json={**request(), **change}), 422)["field"].startswith(field)


def test_what_the_judge_cannot_judge_is_a_422() -> None:
    class Helpless(FakeJudge):
        def judge(self, items: Any, progress: Any = None) -> list[Judgment]:
            return [Judgment(id=i.id, judge="fake", verdict=None, error="900 tokens, at most 768") for i in items]

    with TestClient(create_app(Helpless().gate())) as client:
        assert error(client.post("/v1/judge", json=request()), 422)["found"] == "900 tokens, at most 768"
        [result] = client.post("/v1/judge/batch", json={"items": [request()]}).json()["results"]
        assert result["error"]["field"] == "email"


def test_a_body_that_is_announced_as_too_long_is_not_read(client: TestClient) -> None:
    taken = []

    def body() -> Iterator[bytes]:
        for _ in range(10):
            taken.append(1)
            yield b" " * 10_000

    headers = {**TYPE, "Content-Length": "100000"}
    assert "100,000 bytes" in error(client.post("/v1/judge", content=body(), headers=headers), 413)["found"]
    assert not taken


def test_a_body_of_just_the_limit_is_read(client: TestClient) -> None:
    body = json.dumps(request()).encode()
    body += b" " * (50_000 - len(body))
    assert client.post("/v1/judge", content=body, headers=TYPE).status_code == 200
    assert client.post("/v1/judge", content=body + b" ", headers=TYPE).status_code == 413


@pytest.mark.parametrize("token", ["s3cret", "schlüssel"])
def test_with_a_token_nothing_else_opens_the_door(token: str) -> None:
    with TestClient(create_app(rules_gate(), Settings(token=token))) as client:
        for given in (None, "", "Bearer", "Bearer ", f"Bearer {token}x", f"Basic {token}", token, "Bearer \xff"):
            headers = {} if given is None else {"Authorization": given.encode()}
            refused = client.post("/v1/judge", json=request(), headers=headers)
            assert error(refused, 401)["field"] == "Authorization"
            assert refused.headers["www-authenticate"] == "Bearer"
            assert token not in refused.text
        taken = client.post("/v1/judge", json=request(), headers={"Authorization": f"Bearer {token}".encode()})
        assert taken.status_code == 200
        assert client.get("/healthz").status_code == client.get("/openapi.json").status_code == 200


def test_the_token_stands_in_no_text_about_the_settings() -> None:
    assert "s3cret" not in repr(Settings(token="s3cret"))
    with pytest.raises(ValueError, match="empty"):
        Settings(token="")
    with pytest.raises(ValueError, match="white space"):
        Settings(token="s3cret\n")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "gate.example"])
def test_a_host_that_others_reach_needs_a_token_or_a_word(host: str) -> None:
    with pytest.raises(ValueError, match="TENACIOUS_BENCH_TOKEN"):
        check_exposure(host, Settings(), open_to_all=False)
    check_exposure(host, Settings(token="t"), open_to_all=False)
    check_exposure(host, Settings(), open_to_all=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
def test_this_computer_alone_needs_none(host: str) -> None:
    check_exposure(host, Settings(), open_to_all=False)


@pytest.mark.parametrize("limit", [{"max_batch": 0}, {"timeout": 0.0}, {"max_wait": -1.0}, {"max_queue": 9}])
def test_limits_out_of_range_are_refused(limit: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(limit))):
        Settings(**limit)


def test_an_unknown_path_and_another_method_have_the_same_shape_of_error(client: TestClient) -> None:
    assert error(client.get("/nothing"), 404)["found"] == "GET /nothing"
    wrong = client.get("/v1/judge")
    assert error(wrong, 405)["field"] == "path" and wrong.headers["allow"] == "POST"


def test_a_server_that_is_up_and_loaded_says_so(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_the_page_shows_every_route_and_loads_nothing(client: TestClient) -> None:
    answer = client.get("/docs")
    assert answer.status_code == 200 and "default-src 'none'" in answer.headers["content-security-policy"]
    for path in ("/v1/judge", "/v1/judge/batch", "/healthz", "/readyz"):
        assert f"<code>{path}</code>" in answer.text
    assert "<script" not in answer.text and not re.search(r"""(?:src|href)=["'](?!openapi\.json)""", answer.text)
    assert "Varnhem Optik" in answer.text


def test_the_schema_documents_every_answer(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    for path in ("/v1/judge", "/v1/judge/batch"):
        found = schema["paths"][path]["post"]["responses"]
        assert found.keys() == {"200", "400", "401", "408", "413", "415", "422", "500", "503", "504"}
        for status, answer in found.items():
            content = answer["content"]["application/json"]
            assert "example" in content
            if status != "200":
                assert content["schema"] == {"$ref": "#/components/schemas/ErrorAnswer"}
    text = json.dumps(schema)
    for name in re.findall(r'"#/components/schemas/(\w+)"', text):
        assert name in schema["components"]["schemas"]


def test_the_log_has_a_line_for_each_request_and_no_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tenacious_bench.serve")
    with TestClient(create_app(rules_gate())) as client:
        number = client.post("/v1/judge", json=request()).headers["x-request-id"]
        client.post("/v1/judge/batch", json={"items": [request(), {}]})
        client.post("/v1/judge", json={**request(), "Ebba": "Varnhem"})
    written = [JsonLines().format(record) for record in caplog.records if record.name == "tenacious_bench.serve"]
    first, second, third = (json.loads(line) for line in written)
    assert first["id"] == number and first["path"] == "/v1/judge" and first["status"] == 200
    assert (first["verdicts"], first["batch"], first["items"]) == ({"send": 1}, 1, 1)
    assert first["chars"] == len(examples.LETTER) and first["ms"] > 0 and first["time"].endswith("+00:00")
    assert (second["items"], second["verdicts"]) == (2, {"send": 1})
    assert third["status"] == 422 and third["verdicts"] == {}
    assert "Ebba" not in "".join(written) and "Varnhem" not in "".join(written)


def test_the_log_holds_the_text_when_it_is_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tenacious_bench.serve")
    with TestClient(create_app(rules_gate(), Settings(log_text=True))) as client:
        client.post("/v1/judge", json=request())
    assert "Varnhem" in JsonLines().format(caplog.records[-1])


def test_a_promise_is_held_against_what_is_free_at_this_moment(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"

    def count(free: int) -> None:
        file.write_text(json.dumps({"stacks": {"python": {"available": free, "start_in_days": 7}}}), encoding="utf-8")

    gate = rules_gate(inventory=str(file), max_age=timedelta(seconds=2))
    with TestClient(create_app(gate)) as client:
        count(6)
        assert client.post("/v1/judge", json=request()).json()["verdict"] == "send"
        count(3)
        time.sleep(1)
        blocked = client.post("/v1/judge", json=request()).json()
        assert blocked["verdict"] == "block"
        assert "Five Python engineers" in blocked["judgment"]["quotes"][0]["text"]
        count(6)
        assert client.post("/v1/judge", json=request()).json()["verdict"] == "send"
        time.sleep(2.1)
        stale = client.post("/v1/judge", json=request()).json()
        assert stale["verdict"] == "needs_evidence"
        assert stale["missing"][0]["field"] == "inventory" and "ago" in stale["missing"][0]["why"]

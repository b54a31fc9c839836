"""Whatever the body, the web service answers as its schema says, and never with an error of its own."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from serving import FakeJudge, request, rules_gate
from starlette.testclient import TestClient

from tenacious_bench.serve import Settings, create_app
from tenacious_bench.serve.examples import CONTEXT

BODIES = 1000
MAX_BYTES = 20_000
TYPE = {"Content-Type": "application/json"}
SETTINGS = settings(
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def published() -> Any:
    """The published schema, with the application behind it."""
    # text with characters that nobody sees fits the schema and is refused all the same
    accepted, refused = {"expected-statuses": ["2xx", "422"]}, {"expected-statuses": ["400", "413", "422"]}
    checks = {"positive_data_acceptance": accepted, "negative_data_rejection": refused}
    config = schemathesis.Config.from_dict({"checks": checks})
    return schemathesis.openapi.from_asgi("/openapi.json", create_app(rules_gate()), config=config)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(rules_gate(), Settings(max_bytes=MAX_BYTES))) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [
        ("POST", "/v1/judge", "positive"),
        ("POST", "/v1/judge", "negative"),
        # its items may be anything at all, so that few bodies are wrong, and the search for them takes minutes
        ("POST", "/v1/judge/batch", "positive"),
        ("GET", "/healthz", "positive"),
        ("GET", "/readyz", "positive"),
    ],
)
def test_every_answer_is_one_that_the_published_schema_promises(
    published: Any, method: str, path: str, mode: str
) -> None:
    cases = published[path][method].as_strategy(generation_mode=schemathesis.GenerationMode(mode))

    @SETTINGS
    @given(case=cases)
    def send(case: Any) -> None:
        answer = case.call_and_validate()
        if answer.status_code >= 400:
            assert all(answer.json()["error"].values())

    send()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the plain values of parsed JSON are."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from places(member, (*path, key)) if isinstance(member, dict | list) else [(*path, key)]


def changed(rng: random.Random, change: Callable[[Any], Any]) -> bytes:
    """A request that was right, until one of its plain values was changed."""
    row = request("x")
    path = rng.choice(list(places(row)))
    node: Any = row
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = change(node[path[-1]])
    return json.dumps(row).encode()


def truncated(rng: random.Random) -> bytes:
    whole = json.dumps(request("x")).encode()
    return whole[: rng.randrange(len(whole))]


def in_another_encoding(rng: random.Random) -> bytes:
    text = json.dumps(request("x"), ensure_ascii=False).replace("Ebba", "Åsa")
    return text.encode(rng.choice(["utf-16", "utf-16-le", "utf-32", "latin-1", "cp037", "utf-8-sig"]))


def too_long(rng: random.Random) -> bytes:
    return json.dumps({"context": CONTEXT, "email": "x" * rng.randrange(MAX_BYTES, 3 * MAX_BYTES)}).encode()


def deep(rng: random.Random) -> bytes:
    depth = rng.choice([70, 200, 1_000, 3_000])
    start, end = rng.choice([(b"[", b"]"), (b'{"a":', b"}")])
    closed = end * depth if rng.random() < 0.7 else b""
    return b'{"context":{"a":' + start * depth + b"1" + closed + b'},"email":"Hello"}'


def of_another_type(rng: random.Random) -> bytes:
    return changed(rng, lambda old: [[old], {"value": old}, [], {}][rng.randrange(4)])


def with_hidden_characters(rng: random.Random) -> bytes:
    hidden = rng.choice("\x00\x1b\u200b\u202e\ufeff\ud800\U000e0041")
    return changed(rng, lambda old: f"{str(old)[:1]}{hidden}{str(old)[1:]}")


def with_no_number(rng: random.Random) -> bytes:
    return changed(rng, lambda old: rng.choice([float("nan"), float("inf"), float("-inf")]))


def noise(rng: random.Random) -> bytes:
    return rng.randbytes(rng.randrange(200))


def flipped(rng: random.Random) -> bytes:
    """One byte of the structure is another."""
    whole = bytearray(json.dumps({"context": {}, "email": "Hello"}).encode())
    place = rng.choice([i for i, byte in enumerate(whole) if byte in b'{}:"'])
    whole[place] = rng.choice([0x00, 0x2C, 0x5B, 0xFF, 0xC3])
    return bytes(whole)


def with_names_twice(rng: random.Random) -> bytes:
    name = rng.choice(["id", "brief", "email"])
    return json.dumps(request("x")).encode()[:-1] + f', "{name}": "again"}}'.encode()


def with_unknown_names(rng: random.Random) -> bytes:
    return json.dumps({**request(), "".join(rng.choices("abcä_<>\"'", k=9)): 1}).encode()


def without_a_part(rng: random.Random) -> bytes:
    row = request("x")
    del row[rng.choice(["brief", "email"])]
    return json.dumps(row).encode()


def of_no_object(rng: random.Random) -> bytes:
    return rng.choice([b"null", b"5", b'"text"', b"[]", b"true", b"", b" ", b"[{}]", b"1e400", b"9" * 5000])


KINDS = (
    truncated, in_another_encoding, too_long, deep, of_another_type, with_hidden_characters, with_no_number, noise,
    flipped, with_names_twice, with_unknown_names, without_a_part, of_no_object,
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_thousand_malformed_bodies_are_refused_with_a_reason(
    client: TestClient, kind: Callable[[random.Random], bytes]
) -> None:
    rng = random.Random(kind.__name__)
    for _ in range(BODIES // len(KINDS) + 1):
        body = kind(rng)
        path = rng.choice(["/v1/judge", "/v1/judge/batch"])
        answer = client.post(path, content=body, headers=TYPE)
        assert 400 <= answer.status_code < 500, (path, body, answer.text)
        assert all(answer.json()["error"].values()), (path, body)


def test_the_bodies_above_are_a_thousand() -> None:
    assert len(KINDS) * (BODIES // len(KINDS) + 1) >= BODIES


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_malformed_item_of_a_batch_leaves_the_others_alone(kind: Callable[[random.Random], bytes]) -> None:
    rng = random.Random(1)
    with TestClient(create_app(FakeJudge().gate())) as client:
        for _ in range(10):
            try:
                item = json.loads(kind(rng).decode())
                body = json.dumps({"items": [item, request("good")]}, allow_nan=False)
            except (ValueError, RecursionError):
                continue  # no JSON: the whole body would be none
            bad, good = client.post("/v1/judge/batch", content=body, headers=TYPE).json()["results"]
            assert good["verdict"] == "send"
            assert "error" in bad or kind in (too_long, with_names_twice)

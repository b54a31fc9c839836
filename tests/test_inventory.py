"""Live inventories: a file, an endpoint or a database gives what is free now, or says what is wrong with it."""

from __future__ import annotations

import json
import os
import re
import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tenacious_bench.gate.inventory import (
    FileInventory,
    HttpInventory,
    InventoryError,
    SqlInventory,
    Stock,
    open_inventory,
)
from tenacious_bench.gate.stock import MAX_BYTES, parse_document

WHEN = datetime(2026, 4, 21, 9, 30, tzinfo=UTC)
DOCUMENT = {"updated_at": "2026-04-21T09:30:00Z", "stacks": {"python": {"available": 6, "start_in_days": 7}}}
STOCK = Stock.model_validate(DOCUMENT)
STACKS = json.dumps({"stacks": DOCUMENT["stacks"]}).encode()
YAML = b"updated_at: 2026-04-21T09:30:00Z\nstacks:\n  python: {available: 6, start_in_days: 7}\n"

# --- documents and files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [json.dumps(DOCUMENT).encode(), YAML], ids=["JSON", "YAML"])
def test_a_file_is_read_anew_each_time(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "bench"
    path.write_bytes(text)
    source = open_inventory(str(path))
    assert isinstance(source, FileInventory)
    assert source.read() == STOCK
    path.write_bytes(re.sub(rb'(available"?: )6', rb"\g<1>3", text))
    assert source.read().stacks["python"].available == 3


def test_a_file_that_does_not_say_when_it_was_counted_was_counted_when_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    path.write_bytes(STACKS)
    os.utime(path, (WHEN.timestamp(), WHEN.timestamp()))
    assert FileInventory(path).read() == STOCK


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{broken", "neither JSON nor YAML"),
        (b"stacks: [1", "neither JSON nor YAML"),
        (b"\xff\xfe\x00", "neither JSON nor YAML"),
        (b"[" * 3_000, "neither JSON nor YAML"),
        (b'{"a":' * 20_000, "neither JSON nor YAML"),
        (b"[1, 2]", "found list: give an object"),
        (b"", "found None: give an object"),
        (b"{}", "field stacks: found None"),
        (b"updated_at: 2026-04-21T09:30:00Z", "field stacks: found None"),
        (b'{"stacks": 7}', "field stacks: found 7"),
        (b'{"stacks": {"python": 6}}', "field stacks.python: found 6"),
        (b'{"stacks": {"python": {"available": -1}}}', "field stacks.python.available: found -1"),
        (b'{"stacks": {"python": {"available": 2.5}}}', "field stacks.python.available: found 2.5"),
        (b'{"stacks": {"python": {"free": 2}}}', "field stacks.python.available: found dict"),
        (b'{"stacks": {"go": {"available": 1, "start_in_days": 99999}}}', "'go' starts in 99999 days: give at most"),
        (b'{"stacks": {"Go": {"available": 1}, "go ": {"available": 2}}}', "'go ' stands there twice"),
        (b'{"stacks": {"\xe2\x80\xae": 1}}', "field stacks.\\u202e: found 1"),
        (b'{"stacks": {}, "updated_at": "2026-04-21T09:30:00"}', "timezone info: write it with its zone, such as"),
        (b'{"stacks": {}, "updated_at": "2026-04-21"}', "write it with its zone, such as"),
        (b'{"stacks": {}, "updated_at": "yesterday"}', "field updated_at: found 'yesterday'"),
        (b'{"stacks": {}, "updated_at": null}', "does not say when it was counted: add updated_at"),
        (b" " * (MAX_BYTES + 1), f"longer than {MAX_BYTES:,} bytes"),
    ],
)
def test_a_file_that_is_no_inventory_is_refused_by_name_with_field_and_finding(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "bench.json"
    path.write_bytes(content)
    with pytest.raises(InventoryError) as error:
        FileInventory(path).read()
    assert message in str(error.value) and "bench.json" in str(error.value)


@pytest.mark.parametrize("name", ["missing.json", ".", "a\0b"])
def test_a_file_that_cannot_be_opened_is_an_inventory_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(InventoryError, match=r"cannot be read: \w"):
        FileInventory(tmp_path / name).read()


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (b"free: &f {python: {available: 6}}\nstacks: {<<: *f}", r"stacks\.<<\.available"),
        (b"stacks: !!python/object/apply:os.system [ls]", "stacks"),
    ],
    ids=["merge key, which a few lines could make grow without end", "tag"],
)
def test_merge_keys_and_tags_of_a_document_mean_nothing(text: bytes, field: str) -> None:
    with pytest.raises(InventoryError, match=f"field {field}: "):
        parse_document(text, "x", WHEN)


def test_a_stock_made_by_hand_is_checked_alike() -> None:
    with pytest.raises(ValidationError, match="stands there twice"):
        Stock.model_validate({**DOCUMENT, "stacks": {"Go": {"available": 1}, "GO": {"available": 1}}})


PIECES = st.sampled_from(
    [
        *(b"{", b"}", b"[", b"]", b":", b",", b"\n", b" ", b"- ", b"? ", b"&a ", b"*a", b"<<: ", b"'", b'"'),
        *(b"!!int ''", b"!!bool x", b"!!timestamp foo", b"\xff", b"\xef\xbb\xbf", b"-1", b"9" * 500, b"1e999", b"NaN"),
        *(b'"stacks"', b"stacks: ", b"updated_at: ", b"2026-99-99", b"0001-01-01T00:00:00+23:59", b"python"),
    ]
)
DOCUMENTS = st.one_of(
    st.binary(max_size=200),
    st.lists(PIECES, max_size=25).map(b"".join),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["stacks", "updated_at", "available", "start_in_days", "python"]) | st.text(), inner
            )
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
    st.integers(0, len(YAML)).map(lambda n: YAML[:n]),
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(DOCUMENTS)
@example(b"? {a: b}\n: c")
@example(b"a: &a [*a]\nstacks: *a")
@example(b"&a {stacks: *a}")
def test_whatever_the_bytes_a_document_is_a_stock_or_an_inventory_error(raw: bytes) -> None:
    try:
        found = parse_document(raw, "x", WHEN)
    except InventoryError as error:
        assert str(error).startswith("inventory x")
    else:
        assert found.updated_at.tzinfo is not None
        datetime.now(UTC) - found.updated_at


# --- endpoints -------------------------------------------------------------------------------------------------------

Respond = Callable[[BaseHTTPRequestHandler], None]


class Endpoint:
    """A server on loopback whose answer a test sets; remembers the paths and headers it was asked with."""

    def __init__(self) -> None:
        self.respond: Respond = lambda request: answer(request, STACKS)
        self.asked: list[tuple[str, dict[str, str]]] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                endpoint.asked.append((self.path, dict(self.headers)))
                endpoint.respond(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.host}/bench"


def answer(request: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(body)


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    monkeypatch.setenv("no_proxy", "*")
    found = Endpoint()
    threading.Thread(target=found.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield found
    found.server.shutdown()
    found.server.server_close()


def test_an_endpoint_says_when_it_was_counted_in_the_document_or_in_a_header(endpoint: Endpoint) -> None:
    source = open_inventory(endpoint.url)
    assert isinstance(source, HttpInventory)
    for header in ("Tue, 21 Apr 2026 09:30:00 GMT", "Tue, 21 Apr 2026 09:30:00 -0000"):
        endpoint.respond = lambda request, header=header: answer(request, STACKS, Last_Modified=header)
        assert source.read() == STOCK
    endpoint.respond = lambda request: answer(
        request, json.dumps(DOCUMENT).encode(), Last_Modified="Sun, 01 Mar 2026 09:30:00 GMT"
    )
    assert source.read() == STOCK


@pytest.mark.parametrize("headers", [{}, {"Last_Modified": "a while ago"}, {"Last_Modified": "1 Jan 99999 1:1:1 GMT"}])
def test_an_endpoint_that_does_not_say_when_is_refused(endpoint: Endpoint, headers: dict[str, str]) -> None:
    endpoint.respond = lambda request: answer(request, STACKS, **headers)
    with pytest.raises(InventoryError, match="add updated_at"):
        HttpInventory(endpoint.url).read()


@pytest.mark.parametrize(
    ("status", "message"), [(404, "answers 404: check address"), (401, "and credentials"), (500, "answers 500")]
)
def test_an_answer_that_is_an_error_is_named(endpoint: Endpoint, status: int, message: str) -> None:
    endpoint.respond = lambda request: answer(request, json.dumps(DOCUMENT).encode(), status)
    with pytest.raises(InventoryError, match=message):
        HttpInventory(endpoint.url).read()


def test_a_redirect_is_followed_neither_to_a_file_nor_with_credentials_to_another_address(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    secret = tmp_path / "bench.json"
    secret.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    for target in (secret.as_uri(), f"http://{endpoint.host}/elsewhere", "ftp://127.0.0.1/bench"):
        endpoint.respond = lambda request, target=target: answer(request, b"", 302, Location=target)
        with pytest.raises(InventoryError, match="answers 302: give the address it redirects to"):
            HttpInventory(endpoint.url, {"Authorization": "Bearer t"}).read()
    assert [path for path, _ in endpoint.asked] == ["/bench"] * 3


@pytest.mark.parametrize("trickle", [False, True], ids=["silent", "one byte at a time"])
def test_an_endpoint_slower_than_the_timeout_does_not_answer(endpoint: Endpoint, trickle: bool) -> None:
    done = threading.Event()

    def respond(request: BaseHTTPRequestHandler) -> None:
        if trickle:
            answer(request, b"", Last_Modified="Tue, 21 Apr 2026 09:30:00 GMT")
        for byte in STACKS * 10 if trickle else b"":
            if done.wait(0.05):
                return
            request.wfile.write(bytes([byte]))
        done.wait(10)

    endpoint.respond = respond
    started = time.perf_counter()
    with pytest.raises(InventoryError, match="does not answer: timed out"):
        HttpInventory(endpoint.url, timeout=0.3).read()
    assert time.perf_counter() - started < 5
    done.set()


def test_an_answer_that_is_too_long_is_not_read_to_its_end(endpoint: Endpoint) -> None:
    endpoint.respond = lambda request: answer(request, STACKS + b" " * MAX_BYTES)
    with pytest.raises(InventoryError, match="longer than"):
        HttpInventory(endpoint.url).read()


@pytest.mark.parametrize("line", [b"nonsense\r\n\r\n", b"", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz"])
def test_an_answer_that_is_no_http_is_an_inventory_error(endpoint: Endpoint, line: bytes) -> None:
    endpoint.respond = lambda request: (request.wfile.write(line), None)[1]
    with pytest.raises(InventoryError, match=r"inventory http://127\.0\.0\.1/bench"):
        HttpInventory(endpoint.url).read()


def test_an_endpoint_that_is_not_there_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as reserved:  # bound, but nobody listens
        reserved.bind(("127.0.0.1", 0))
        source = HttpInventory(f"http://127.0.0.1:{reserved.getsockname()[1]}/bench")
        with pytest.raises(InventoryError, match=r"does not answer: .*refused"):
            source.read()


def test_credentials_are_sent_and_never_stand_in_a_message(endpoint: Endpoint) -> None:
    url = f"http://ada:s%40crit@{endpoint.host}/bench?key=s@crit"
    endpoint.respond = lambda request: answer(request, b"", 403)
    with pytest.raises(InventoryError) as error:
        HttpInventory(url).read()
    assert "crit" not in str(error.value) and "127.0.0.1/bench" in str(error.value)
    path, headers = endpoint.asked[0]
    assert (path, headers["Authorization"]) == ("/bench?key=s@crit", "Basic YWRhOnNAY3JpdA==")
    for broken in (
        "http://ada:s3crit@h:port/x",
        "http://ada:s3crit@[::1/x",
        "http://ada:s3crit@/x",
        f"http://ada:s3crit@{endpoint.host}/a b?key=s3crit",
        f"http://ada:s3crit@{endpoint.host}/ä?key=s3crit",
    ):
        with pytest.raises(InventoryError) as error:
            open_inventory(broken).read()
        assert "s3crit" not in str(error.value)


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://h/x", "data:,{}", "http://", "bench.json"])
def test_only_web_addresses_are_asked(url: str) -> None:
    with pytest.raises(InventoryError, match="give http or https"):
        HttpInventory(url)


# --- databases -------------------------------------------------------------------------------------------------------

ROWS = [("python", 6, 7, "2026-04-21 11:30:00+02:00"), ("go", 2, 14, "2026-04-22 09:30:00")]


def database(tmp_path: Path, *rows: tuple[Any, ...]) -> str:
    path = tmp_path / "crm.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bench (stack, available, start_in_days, updated_at)")
        connection.executemany("INSERT INTO bench VALUES (?, ?, ?, ?)", rows)
    connection.close()
    return f"sqlite:///{path}"


def test_a_database_gives_its_stacks_and_the_time_of_its_oldest_row(tmp_path: Path) -> None:
    source = open_inventory(database(tmp_path, *ROWS))
    assert isinstance(source, SqlInventory)
    found = source.read()
    assert {stack: free.available for stack, free in found.stacks.items()} == {"python": 6, "go": 2}
    assert found.updated_at == WHEN


def test_a_query_of_ones_own_and_a_time_without_a_zone_which_is_utc(tmp_path: Path) -> None:
    url = database(tmp_path, *ROWS)
    query = "SELECT stack, available, 0, '2026-04-21 09:30:00' FROM bench WHERE stack = 'go'"
    found = open_inventory(url, query).read()
    assert found == Stock.model_validate({**DOCUMENT, "stacks": {"go": {"available": 2}}})


def test_a_database_is_read_anew_each_time(tmp_path: Path) -> None:
    source = open_inventory(database(tmp_path, *ROWS))
    source.read()
    with sqlite3.connect(tmp_path / "crm.db") as connection:
        connection.execute("UPDATE bench SET available = 3")
    connection.close()
    assert source.read().stacks["python"].available == 3


@pytest.mark.parametrize(
    ("rows", "query", "message"),
    [
        ([], None, "gave no rows"),
        (ROWS, "SELECT stack, available FROM bench", "gave 2 columns: it must give stack, available"),
        (ROWS, "SELECT * FROM nothing", r"cannot be read \(OperationalError\)"),
        (ROWS, "SELECT :stack", "cannot be read"),
        (ROWS, "DELETE FROM bench", "cannot be read"),
        ([(None, 1, 1, "2026-04-21")], None, "column stack: found None"),
        ([ROWS[0], ROWS[0]], None, "stack 'python' has two rows: add them up"),
        ([("go", None, 1, "2026-04-21")], None, "field stacks.go.available: found None"),
        ([("go", 1, None, "2026-04-21")], None, "field stacks.go.start_in_days: found None"),
        ([("go", 1, 1, None)], None, "column updated_at: found None: give a time"),
        ([("go", 1, 1, "soon")], None, "column updated_at: found 'soon'"),
    ],
)
def test_a_query_that_gives_something_else_is_refused(
    tmp_path: Path, rows: list[Any], query: str | None, message: str
) -> None:
    url = database(tmp_path, *rows)
    source = open_inventory(url, query) if query else open_inventory(url)
    with pytest.raises(InventoryError, match=message):
        source.read()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql+nosuch://ada:s3crit@h/crm", "URL cannot be read"),
        ("nosuch://ada:s3crit@h/crm", "URL cannot be read"),
        ("postgresql://ada:s3crit@h:port/crm", "URL cannot be read"),
        ("file:///bench.json", "URL cannot be read"),
        ("oracle+oracledb://ada:s3crit@h/crm", "driver oracledb is not installed"),
        ("sqlite:////nosuch/s3crit.db", "cannot be read"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused_without_its_url(url: str, message: str) -> None:
    with pytest.raises(InventoryError, match=message) as error:
        open_inventory(url).read()
    assert "s3crit" not in str(error.value)


def test_without_sqlalchemy_the_message_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(InventoryError, match=r"pip install 'tenacious-bench\[sql\]'"):
        open_inventory("sqlite:///x.db")


def test_a_windows_path_and_a_bare_name_are_files(tmp_path: Path) -> None:
    for where in ("C:\\crm\\bench.json", "bench.yaml", str(tmp_path)):
        assert isinstance(open_inventory(where), FileInventory)


@pytest.mark.parametrize("where", [None, "bench.yaml", "https://crm.example/bench"])
def test_a_query_for_what_is_no_database_is_refused(where: str | None) -> None:
    with pytest.raises(InventoryError, match="dialect://host/database"):
        open_inventory(where, "SELECT 1")


def test_no_source_is_no_inventory() -> None:
    assert open_inventory(None) is None

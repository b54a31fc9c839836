"""The body of a request: counted while it comes in, then read as strictly as a line of a file."""

from __future__ import annotations

import asyncio
from email.message import Message
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from tenacious_bench.files import JsonError, parse_object
from tenacious_bench.serve.problem import Problem

_REMEDY = "send one JSON object in UTF-8, without NaN, infinities or a name twice, as /docs shows"


async def read_object(request: Request, max_bytes: int, deadline: float) -> dict[str, Any]:
    """The body as an object.

    Args:
        request: whose body nobody has read.
        max_bytes: longest body taken, whether its length is announced or not.
        deadline: time of the event loop by which it must be there.

    Raises:
        Problem: 400, 408, 413 or 415.
    """
    check_headers(request.headers, max_bytes)
    try:
        async with asyncio.timeout_at(deadline):
            raw = await _read(request, max_bytes)
    except TimeoutError as error:
        raise Problem(408, "body", "an unfinished body", "send it without pauses, or send less") from error
    except ClientDisconnect as error:
        raise Problem(400, "body", "an unfinished body", "keep the connection until the answer is there") from error
    try:
        return parse_object(raw)
    except JsonError as error:
        raise Problem(400, "body", error.found, _REMEDY) from error


def check_headers(headers: Headers, max_bytes: int) -> None:
    """Refuse what cannot be read, before it is.

    Raises:
        Problem: 413 or 415.
    """
    kind = Message()
    kind["content-type"] = headers.get("content-type", "nothing")
    if kind.get_content_type() != "application/json" or "content-type" not in headers:
        raise Problem(415, "Content-Type", kind["content-type"], "send Content-Type: application/json")
    if kind.get_content_charset("utf-8") not in ("utf-8", "utf8"):
        raise Problem(415, "Content-Type", kind["content-type"], "send the text as UTF-8")
    if (coding := headers.get("content-encoding", "identity")).strip().lower() != "identity":
        raise Problem(415, "Content-Encoding", coding, "send the body as it is, without compression")
    length = headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and len(length) < 20 and int(length) > max_bytes:
        raise _too_long(f"{int(length):,} bytes", max_bytes)


async def _read(request: Request, max_bytes: int) -> bytes:
    raw = bytearray()
    async for part in request.stream():
        raw += part
        if len(raw) > max_bytes:
            raise _too_long(f"more than {max_bytes:,} bytes", max_bytes)
    return bytes(raw)


def _too_long(found: str, max_bytes: int) -> Problem:
    return Problem(413, "body", found, f"send at most {max_bytes:,} bytes, a batch in several parts")

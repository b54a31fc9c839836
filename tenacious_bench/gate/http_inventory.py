"""An inventory behind an HTTP endpoint."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from tenacious_bench.gate.stock import MAX_BYTES, InventoryError, Stock, parse_document

TIMEOUT = 5.0
"""Seconds an endpoint has to answer."""
_PIECE = 65_536


class _NoRedirect(HTTPRedirectHandler):
    """A redirect would carry the credentials to whatever address the answer names."""

    def redirect_request(self, *_: Any) -> None:
        return None


class HttpInventory:
    """An endpoint that answers with a JSON or YAML document; without ``updated_at`` its ``Last-Modified`` counts.

    Args:
        url: http or https, asked anew each time; ``user:password@`` in it is sent as basic authentication.
        headers: sent along, such as ``Authorization``.
        timeout: seconds until the whole answer must be there.

    Raises:
        InventoryError: the URL is none of these.
    """

    def __init__(self, url: str, headers: Mapping[str, str] | None = None, timeout: float = TIMEOUT) -> None:
        parts = _split(url)
        bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))
        self._request = Request(bare, headers={**_credentials(parts), **(headers or {})})
        self._opener = build_opener(_NoRedirect)
        self._timeout = timeout
        self._name = f"{parts.scheme}://{parts.hostname}{parts.path}"  # no credentials, no query, in messages

    def read(self) -> Stock:
        """What the endpoint says now."""
        deadline = time.monotonic() + self._timeout
        try:
            with self._opener.open(self._request, timeout=self._timeout) as answer:
                raw, modified = _body(answer, deadline), answer.headers.get("Last-Modified")
        except HTTPError as error:
            error.close()
            remedy = "give the address it redirects to" if 300 <= error.code < 400 else "check address and credentials"
            raise InventoryError(f"inventory {self._name} answers {error.code}: {remedy}") from error
        except (OSError, HTTPException, ValueError) as error:
            raise InventoryError(f"inventory {self._name} does not answer: {_reason(error)}") from error
        return parse_document(raw, self._name, _when(modified))


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0  # a wrong port raises here
    except ValueError:
        usable = False
    if not usable:
        raise InventoryError("inventory URL cannot be read: give http or https, a host and a path")
    return parts


def _credentials(parts: SplitResult) -> dict[str, str]:
    if parts.username is None:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def _body(answer: HTTPResponse, deadline: float) -> bytes:
    """The answer as far as it may be long; the timeout of a socket alone would let it trickle in for ever."""
    raw = b""
    while len(raw) <= MAX_BYTES and (piece := answer.read1(_PIECE)):
        raw += piece
        if time.monotonic() > deadline:
            raise TimeoutError("timed out")
    return raw


def _reason(error: Exception) -> str:
    """Why, in words that cannot quote the URL: those of the system, else the kind of error alone."""
    found = error.reason if isinstance(error, URLError) else error
    return str(found) if isinstance(found, OSError | str) else type(found).__name__


def _when(modified: str | None) -> datetime | None:
    """A ``Last-Modified`` header as a time; None without a usable one. HTTP dates are UTC."""
    try:
        found = parsedate_to_datetime(modified) if modified else None
    except (ValueError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found

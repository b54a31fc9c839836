"""Logs as JSON, one object a line, with no text of briefs or emails unless it is asked for."""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tenacious_bench.serve.problem import unexpected

LOG = logging.getLogger("tenacious_bench.serve")


class JsonLines(logging.Formatter):
    """A record as JSON; ``extra={"fields": {...}}`` stands in place of the message.

    Of an exception the kind and the places are written, never its message: that may quote the email.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line of ASCII."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields: dict[str, Any] = getattr(record, "fields", None) or {"message": record.getMessage()}
        line = {"time": when, "level": record.levelname.lower(), **fields}
        if record.exc_info and (error := record.exc_info[1]):
            line["exception"] = type(error).__name__
            line["places"] = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
        return json.dumps(line, default=str)


def log_to_stderr() -> None:
    """All logs of this process as JSON lines; of other libraries warnings alone."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in (LOG.name, "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.INFO)


def log_error(error: Exception, number: str) -> None:
    """An error of ours; ``number`` is what the client was told."""
    LOG.error("", exc_info=error, extra={"fields": {"id": number, "message": "unexpected error"}})


class RequestLog:
    """Gives each request a number and writes one line when it is answered; nothing that fails goes unanswered.

    What handlers put into ``request.state.note`` stands in the line too.

    Args:
        app: the application inside.
        closing: whether clients should use their connection no more.
    """

    def __init__(self, app: ASGIApp, closing: Callable[[], bool]) -> None:
        self._app = app
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number, note, status = uuid4().hex, dict[str, Any](), 0
        scope.setdefault("state", {}).update(number=number, note=note)
        started = time.perf_counter()

        async def numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message["headers"], (b"x-request-id", number.encode())]
                headers += [(b"connection", b"close")] if self._closing() else []
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self._app(scope, receive, numbered)
        except Exception as error:
            log_error(error, number)
            if not status:
                await unexpected(number).response()(scope, receive, numbered)
        finally:
            spent = round(1000 * (time.perf_counter() - started), 1)
            line = {"id": number, "method": scope["method"], "path": scope["path"][:200], "status": status or None}
            LOG.info("", extra={"fields": {**line, "ms": spent, **note}})

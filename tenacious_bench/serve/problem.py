"""Answers that are no decision: one shape for all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.responses import Response

from tenacious_bench.safe_text import terminal

MAX_CHARS = 500
"""Longest part of an error; a message may quote a long word of the request."""


class Problem(Exception):
    """Why there is no decision: the status, the field, what was found there, what to do."""

    def __init__(
        self, status: int, field: str, found: str, remedy: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, field, found, remedy)
        self.status = status
        self.field, self.found, self.remedy = (terminal(part)[:MAX_CHARS] for part in (field, found, remedy))
        self.headers = dict(headers or {})

    def body(self) -> dict[str, dict[str, str]]:
        """``{"error": {"field", "found", "remedy"}}``, with nothing in it that a reader cannot see."""
        return {"error": {"field": self.field, "found": self.found, "remedy": self.remedy}}

    def response(self) -> Response:
        """The whole answer."""
        return json_response(json.dumps(self.body()), self.status, self.headers)


def unexpected(number: str) -> Problem:
    """An error of ours; ``number`` finds it in the log."""
    return Problem(500, "server", f"an unexpected error, number {number}", "report the number; the log has the rest")


def json_response(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON that is already text."""
    return Response(text, status, dict(headers or {}), "application/json")

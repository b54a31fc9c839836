"""The published schema: what FastAPI finds, and the bodies of requests, which the routes read themselves."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from tenacious_bench.serve.examples import ERRORS
from tenacious_bench.serve.models import BatchRequest, BriefRequest, ContextRequest, ErrorAnswer

_REF = "#/components/schemas/{model}"
_NUMBERED = {"X-Request-Id": {"description": "The number of this request in the log.", "schema": {"type": "string"}}}
_WHEN = {
    400: "The body is no JSON object.",
    401: "The token is missing or another one.",
    408: "The body did not arrive in time.",
    413: "The body is too long.",
    415: "The body is no JSON in UTF-8, by its headers.",
    422: "The body is JSON, but not what this schema says, or the email cannot be judged.",
    500: "An error of this server.",
    503: "Too many emails wait, or the server is about to stop.",
    504: "No decision in time.",
}
_HEADERS = {401: "WWW-Authenticate", 503: "Retry-After"}


def answers(example: Any, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answers of one route, as FastAPI takes them.

    Args:
        example: of the answer 200.
        statuses: of errors.
    """
    good = {"description": "The answer.", "headers": _NUMBERED, "content": {"application/json": {"example": example}}}
    return {200: good, **{status: _error(status) for status in statuses}}


def _error(status: int) -> dict[str, Any]:
    headers = dict(_NUMBERED)
    if status in _HEADERS:
        headers[_HEADERS[status]] = {"description": "As HTTP has it.", "schema": {"type": "string"}}
    example = {"error": dict(zip(("field", "found", "remedy"), ERRORS[status], strict=True))}
    return {
        "model": ErrorAnswer,
        "description": _WHEN[status],
        "headers": headers,
        "content": {"application/json": {"example": example}},
    }


def takes(examples: dict[str, Any], *models: str) -> dict[str, Any]:
    """The body of one route, as ``openapi_extra``."""
    refs = [{"$ref": _REF.format(model=model)} for model in models]
    content = {"schema": refs[0] if len(refs) == 1 else {"anyOf": refs}, "examples": examples}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def openapi(app: FastAPI) -> dict[str, Any]:
    """The schema of an application, made once."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        _, bodies = models_json_schema(
            [(model, "validation") for model in (BriefRequest, ContextRequest, BatchRequest)], ref_template=_REF
        )
        schema["components"]["schemas"] |= bodies["$defs"]
        app.openapi_schema = schema
    return app.openapi_schema

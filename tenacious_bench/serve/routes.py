"""The routes: a body in, decisions out."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Security
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from tenacious_bench.gate import Decision
from tenacious_bench.serve import examples
from tenacious_bench.serve.body import read_object
from tenacious_bench.serve.items import read_rows
from tenacious_bench.serve.models import BatchAnswer, Health, Readiness
from tenacious_bench.serve.problem import Problem, json_response
from tenacious_bench.serve.published import answers, takes
from tenacious_bench.serve.service import RETRY_AFTER, Service
from tenacious_bench.serve.settings import Settings

_BEARER = HTTPBearer(auto_error=False, description="The token of this server.")
_ERRORS = 400, 401, 408, 413, 415, 422, 500, 503, 504


def judging_routes(service: Service) -> APIRouter:
    """The two that give decisions; with a token they ask for it."""
    settings = service.settings
    router = APIRouter(tags=["judging"], dependencies=[Depends(_asks_for(settings.token))] if settings.token else [])

    @router.post(
        "/v1/judge",
        summary="Judge one email",
        response_model=Decision,
        responses=answers(examples.DECISION, *_ERRORS),
        openapi_extra=takes(examples.JUDGE, "BriefRequest", "ContextRequest"),
    )
    async def judge(request: Request) -> Response:
        """One email for one brief: may it be sent, and if not, which words are to blame."""
        deadline, number, note = _start(request, settings)
        row = await read_object(request, settings.max_bytes, deadline)
        [answer] = await service.decide([row], [number], deadline, number, note)
        if isinstance(answer, Problem):
            raise answer
        return json_response(answer.model_dump_json())

    @router.post(
        "/v1/judge/batch",
        summary="Judge several emails",
        response_model=BatchAnswer,
        responses=answers({"results": [examples.DECISION, examples.BAD_BRIEF]}, *_ERRORS),
        openapi_extra=takes(examples.BATCH, "BatchRequest"),
    )
    async def judge_batch(request: Request) -> Response:
        """Up to 256 emails: a decision or an error for each, in order. 504 only if there is no decision at all."""
        deadline, number, note = _start(request, settings)
        rows = read_rows(await read_object(request, settings.max_bytes, deadline))
        names = [f"{number}-{i}" for i in range(len(rows))]
        results = await service.decide(rows, names, deadline, number, note)
        late = [result for result in results if isinstance(result, Problem) and result.status == 504]
        if late and not any(isinstance(result, Decision) for result in results):
            raise late[0]
        texts = (json.dumps(r.body()) if isinstance(r, Problem) else r.model_dump_json() for r in results)
        return json_response('{"results":[' + ",".join(texts) + "]}")

    return router


def _start(request: Request, settings: Settings) -> tuple[float, str, dict[str, Any]]:
    """When the answer is due, the request's number, and what the log is to say of it."""
    return asyncio.get_running_loop().time() + settings.timeout, request.state.number, request.state.note


def health_routes(service: Service) -> APIRouter:
    """The two that whoever starts and stops servers asks."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", summary="Is the process up?", response_model=Health, responses=answers({"status": "ok"}))
    async def healthz() -> Response:
        """The process is up; whether it takes requests says /readyz."""
        return json_response('{"status":"ok"}')

    @router.get(
        "/readyz",
        summary="May requests come?",
        response_model=Readiness,
        responses=answers({"status": "ready"}, 503),
    )
    async def readyz() -> Response:
        """The judge is loaded, and the server is not about to stop."""
        if not service.ready:
            raise Problem(503, "server", "a server that is about to stop", "ask another one", RETRY_AFTER)
        return json_response('{"status":"ready"}')

    return router


def _asks_for(token: str) -> Callable[..., Awaitable[None]]:
    wanted = token.encode()

    async def check(given: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]) -> None:
        # header values are decoded as latin-1, which gives the client's bytes back
        if given is None or not hmac.compare_digest(given.credentials.encode("latin-1"), wanted):
            remedy = "send Authorization: Bearer and the token of this server"
            raise Problem(401, "Authorization", "no token, or another", remedy, {"WWW-Authenticate": "Bearer"})

    return check

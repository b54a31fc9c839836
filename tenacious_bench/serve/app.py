"""The web application: what every request goes through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from tenacious_bench import __version__
from tenacious_bench.gate import Gate
from tenacious_bench.serve.logs import RequestLog
from tenacious_bench.serve.page import POLICY, page
from tenacious_bench.serve.problem import Problem
from tenacious_bench.serve.published import openapi
from tenacious_bench.serve.routes import health_routes, judging_routes
from tenacious_bench.serve.service import Service
from tenacious_bench.serve.settings import Settings

DESCRIPTION = (
    "Does this sales email say the right thing to the right buyer? The verdict is send, edit, block, or needs_evidence "
    "when too little is known to judge; with it come the failure modes, the words that broke a rule, and what each "
    "sentence adds to the reward. Errors say where, what was found, and what to do."
)
_REMEDIES = {404: "see /docs for what there is", 405: "see /docs for how to ask"}
_NO_TELEMETRY = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False}


def create_app(gate: Gate, settings: Settings | None = None) -> FastAPI:
    """The application; ``app.state.service`` is its :class:`~tenacious_bench.serve.service.Service`.

    Args:
        gate: gives the decisions, its judge loaded.
        settings: limits.
    """
    service = Service(gate, settings or Settings())

    @asynccontextmanager
    async def judging(app: FastAPI) -> AsyncIterator[None]:
        service.batcher.start()
        yield
        await asyncio.to_thread(service.batcher.close, service.settings.timeout)

    app = FastAPI(
        title="Tenacious-Bench gate",
        version=__version__,
        description=DESCRIPTION,
        lifespan=judging,
        docs_url=None,
        redoc_url=None,
        telemetry=_NO_TELEMETRY,  # type: ignore[arg-type]
    )
    app.state.service = service
    app.openapi = partial(openapi, app)  # type: ignore[method-assign]
    app.include_router(judging_routes(service))
    app.include_router(health_routes(service))
    app.add_route("/docs", _docs(app), include_in_schema=False)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_middleware(RequestLog, closing=lambda: service.draining)
    return app


def _docs(app: FastAPI) -> Callable[[Request], Awaitable[Response]]:
    async def docs(request: Request) -> Response:
        return HTMLResponse(page(app.openapi()), headers={"Content-Security-Policy": POLICY})

    return docs


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _http_problem(request: Request, error: Exception) -> Response:
    """No such path, another method: the framework's errors in our shape."""
    assert isinstance(error, HTTPException)
    found = f"{request.method} {request.url.path}"
    remedy = _REMEDIES.get(error.status_code, str(error.detail))
    return Problem(error.status_code, "path", found, remedy, error.headers).response()

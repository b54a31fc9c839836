"""Runs the application until it is told to stop, and then until every request that is in has its answer."""

from __future__ import annotations

import asyncio
import math
import signal
import socket
import sys
from ipaddress import ip_address

import uvicorn
from fastapi import FastAPI

from tenacious_bench.serve.logs import log_to_stderr
from tenacious_bench.serve.service import Service
from tenacious_bench.serve.settings import Settings

GRACE = 0.5
"""Seconds for requests that are on their way over open connections when the server is told to stop."""


class Server(uvicorn.Server):
    """As uvicorn's, but requests that were sent before a client could know of the stop are read and answered too."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the port, answer what is in, end."""
        app = self.config.app
        assert isinstance(app, FastAPI)
        service: Service = app.state.service
        service.draining = True
        for listener in self.servers:
            listener.close()
        await asyncio.sleep(GRACE)
        await super().shutdown(sockets)


def is_loopback(host: str) -> bool:
    """Whether nobody outside this computer can reach what listens on a host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def check_exposure(host: str, settings: Settings, open_to_all: bool) -> None:
    """Refuse to show a gate without a token to other computers by accident.

    Raises:
        ValueError: says what to do.
    """
    if settings.token is None and not open_to_all and not is_loopback(host):
        raise ValueError(
            f"host {host} can be reached from other computers, and there is no token: everybody there could use the "
            "judge and probe what it lets through. Set TENACIOUS_BENCH_TOKEN, or give --open if that is meant"
        )


def exit_on_signals() -> None:
    """Being told to stop is no failure: exit code 0, also while the judge is still loading."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))


def run(app: FastAPI, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM; then exits with code 0, or with another if the port cannot be had.

    Args:
        app: from :func:`~tenacious_bench.serve.app.create_app`.
        host: where to listen.
        port: 0 takes any free one; the log names it.

    Raises:
        SystemExit: always, in the end.
    """
    log_to_stderr()
    service: Service = app.state.service
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http="h11",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=math.ceil(service.settings.timeout) + 5,
    )
    Server(config).run()

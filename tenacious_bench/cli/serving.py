"""The gate as a web service."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Annotated

import typer

from tenacious_bench.cli.common import (
    Adapter,
    Device,
    DType,
    InventoryQuery,
    InventorySource,
    MaxAge,
    PlaybookFolder,
    Strict,
    app,
    plain_errors,
)

TOKEN = "TENACIOUS_BENCH_TOKEN"


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one.")] = 8080,
    judge: Annotated[str, typer.Option(help="Which judge.")] = "cascade",
    inventory: InventorySource = None,
    inventory_query: InventoryQuery = None,
    max_age: MaxAge = 900,
    max_batch: Annotated[int, typer.Option(min=1, help="Most emails that are judged together.")] = 16,
    max_bytes: Annotated[int, typer.Option(min=1, help="Longest body of a request.")] = 1_000_000,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds until a request is given up.")] = 30.0,
    adapter: Adapter = None,
    device: Device = "cpu",
    dtype: DType = "auto",
    strict: Strict = False,
    playbook: PlaybookFolder = None,
    log_text: Annotated[bool, typer.Option("--log-text", help="Write briefs and emails to the log.")] = False,
    open_to_all: Annotated[
        bool, typer.Option("--open", help="Listen on an address that others can reach, without a token.")
    ] = False,
) -> None:
    """A web service: POST /v1/judge and /v1/judge/batch; /docs says how.

    Clients send the token that the environment variable TENACIOUS_BENCH_TOKEN holds; without it anybody may ask, and
    only this computer is listened to. One line of JSON on stderr for each request. SIGTERM answers what is in, then
    ends with exit code 0.
    """
    with plain_errors():
        try:
            from tenacious_bench.serve import Settings, create_app
            from tenacious_bench.serve.server import check_exposure, exit_on_signals, run
        except ImportError as error:
            raise RuntimeError(f"no {error.name}: pip install 'tenacious-bench[serve]'") from error
        from tenacious_bench.gate import Gate
        from tenacious_bench.gate.inventory import open_inventory
        from tenacious_bench.panel import ModelOptions, build_judge, judge_name
        from tenacious_bench.playbook import load_playbook

        settings = Settings(
            max_bytes=max_bytes,
            max_batch=max_batch,
            timeout=timeout,
            token=os.environ.get(TOKEN),
            log_text=log_text,
        )
        check_exposure(host, settings, open_to_all)
        exit_on_signals()
        name, book = judge_name(judge), load_playbook(playbook)
        source = open_inventory(inventory, inventory_query)
        options = ModelOptions(adapter, device, dtype, max_batch, strict)
        gate = Gate(build_judge(name, book, options), book, source, timedelta(seconds=max_age))
        run(create_app(gate, settings), host, port)

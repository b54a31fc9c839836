"""From rows of requests to decisions: reads them, waits for the judge, says what went wrong with which."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Any

from tenacious_bench.gate import Decision, Gate
from tenacious_bench.schema import Item
from tenacious_bench.serve.batcher import Batcher, Outcome, QueueFull
from tenacious_bench.serve.items import read_item
from tenacious_bench.serve.logs import log_error
from tenacious_bench.serve.problem import Problem, unexpected
from tenacious_bench.serve.settings import Settings

RETRY_AFTER = {"Retry-After": "1"}


class Service:
    """A gate with a queue in front of it.

    Args:
        gate: gives the decisions; the inventory is read when an email's turn comes, after its request is in.
        settings: limits.
    """

    def __init__(self, gate: Gate, settings: Settings) -> None:
        self.settings = settings
        self.batcher = Batcher(gate.decide, settings.max_batch, settings.max_wait, settings.max_queue)
        self.draining = False
        """The server is about to stop: requests that are in are answered, but no more should come."""

    @property
    def ready(self) -> bool:
        """Whether requests should come here."""
        return self.batcher.alive and not self.draining

    async def decide(
        self, rows: Sequence[Any], names: Sequence[str], deadline: float, number: str, note: dict[str, Any]
    ) -> list[Decision | Problem]:
        """One answer for each row, in order.

        Args:
            rows: parsed JSON.
            names: ids of rows that have none.
            deadline: time of the event loop by which the answers must be there.
            number: of the request, for the log.
            note: gets what the log says of the request.

        Raises:
            Problem: 503; the queue is full.
        """
        # in a thread: a megabyte of somebody's CRM takes a second, in which others want their answers
        read = await asyncio.to_thread(_attempts, rows, names, number)
        items = [item for item in read if isinstance(item, Item)]
        note |= {"items": len(rows), "chars": sum(len(item.email.text) for item in items)}
        if self.settings.log_text:
            note["rows"] = list(rows)
        try:
            futures = self.batcher.submit(items)
        except QueueFull as error:
            raise Problem(503, "server", str(error), "send it again in a moment", RETRY_AFTER) from error
        outcomes = iter(await _until(futures, deadline))
        answers = [
            row if isinstance(row, Problem) else _answer(next(outcomes), self.settings.timeout, number) for row in read
        ]
        said = Counter(a.verdict for a in answers if isinstance(a, Decision))
        done = [future.result().batch for future in futures if future.done() and not future.cancelled()]
        note |= {"verdicts": dict(said), "batch": max(done, default=0)}
        return answers


def _attempts(rows: Sequence[Any], names: Sequence[str], number: str) -> list[Item | Problem]:
    return [_attempt(row, name, number) for row, name in zip(rows, names, strict=True)]


def _attempt(row: Any, name: str, number: str) -> Item | Problem:
    try:
        return read_item(row, name)
    except Problem as problem:
        return problem
    except Exception as error:
        log_error(error, number)
        return unexpected(number)


async def _until(futures: Iterable[Future[Outcome]], deadline: float) -> list[Outcome | None]:
    """What is there by the deadline; the rest is None, and judged no more unless its turn has come."""
    futures = list(futures)
    if futures:
        left = deadline - asyncio.get_running_loop().time()
        await asyncio.wait([asyncio.wrap_future(future) for future in futures], timeout=max(0.0, left))
    return [None if future.cancel() or not future.done() else future.result() for future in futures]


def _answer(outcome: Outcome | None, timeout: float, number: str) -> Decision | Problem:
    if outcome is None:
        return Problem(504, "server", f"no decision within {timeout:g} seconds", "send it again, or fewer at once")
    result = outcome.result
    if isinstance(result, ValueError | OverflowError):  # a date beyond the calendar, a number beyond its type
        return Problem(422, "email", f"{type(result).__name__}: {result}", "correct what is named and send it again")
    if isinstance(result, Exception):
        log_error(result, number)
        return unexpected(number)
    if result.verdict is None:
        return Problem(422, "email", result.judgment.error or "no verdict", "correct what is named and send it again")
    return result

"""Brings emails of concurrent requests to the judge together: one thread judges, everybody else waits.

A judge with a model takes little longer for sixteen emails than for two. An email that finds the judge idle waits a
few milliseconds for company; what comes in while the judge is busy goes together afterwards.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from tenacious_bench.gate import Decision
from tenacious_bench.schema import Item


class QueueFull(RuntimeError):
    """So many emails wait that no more are taken."""


@dataclass(frozen=True)
class Outcome:
    """What became of one email: a decision, or the error that the judge raised on it alone."""

    result: Decision | Exception
    batch: int
    """How many emails went through the judge with it."""


@dataclass(frozen=True)
class _Waiting:
    item: Item
    since: float
    future: Future[Outcome]


class Batcher:
    """A queue in front of a judge, and the thread that empties it.

    Args:
        decide: gives one decision per item, in order; only the thread calls it, so never twice at a time.
        max_batch: most items of one call.
        max_wait: seconds that an item waits for others.
        max_queue: most items that wait.
    """

    def __init__(
        self, decide: Callable[[Sequence[Item]], Sequence[Decision]], max_batch: int, max_wait: float, max_queue: int
    ) -> None:
        self._decide = decide
        self._max_batch = max_batch
        self._max_wait = max_wait
        self._max_queue = max_queue
        self._queue: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None

    @property
    def alive(self) -> bool:
        """Whether somebody empties the queue."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Begin to empty the queue."""
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="judge", daemon=True)
        self._thread.start()

    def close(self, patience: float) -> None:
        """Take no more items; returns when those that wait are judged, or after ``patience`` seconds."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(patience)

    def submit(self, items: Sequence[Item]) -> list[Future[Outcome]]:
        """Queue items, all or none. A future that is cancelled before its item's turn takes the item out.

        Raises:
            QueueFull: there is no room for all of them, or nobody empties the queue any more.
        """
        with self._changed:
            if len(self._queue) + len(items) > self._max_queue:
                self._queue = deque(waiting for waiting in self._queue if not waiting.future.cancelled())
            if len(self._queue) + len(items) > self._max_queue or self._closing or not self.alive:
                raise QueueFull(f"{len(self._queue)} emails wait")
            now = time.monotonic()
            added = [_Waiting(item, now, Future()) for item in items]
            self._queue.extend(added)
            self._changed.notify()
        return [waiting.future for waiting in added]

    def _run(self) -> None:
        while batch := self._next_batch():
            self._judge(batch)

    def _next_batch(self) -> list[_Waiting]:
        """The items whose turn it is; none only when the queue is closed and empty."""
        batch: list[_Waiting] = []
        with self._changed:
            while not batch:
                while not self._queue and not self._closing:
                    self._changed.wait()
                if not self._queue:
                    break
                until = self._queue[0].since + self._max_wait
                while (
                    len(self._queue) < self._max_batch and not self._closing and (left := until - time.monotonic()) > 0
                ):
                    self._changed.wait(left)
                while self._queue and len(batch) < self._max_batch:
                    waiting = self._queue.popleft()
                    if waiting.future.set_running_or_notify_cancel():
                        batch.append(waiting)
        return batch

    def _judge(self, batch: Sequence[_Waiting]) -> None:
        try:
            decisions = self._decide([waiting.item for waiting in batch])
            pairs = list(zip(batch, decisions, strict=True))
        except Exception as error:
            if len(batch) == 1:
                batch[0].future.set_result(Outcome(error, 1))
                return
            for waiting in batch:  # one of them may be to blame, and the others are not
                self._judge([waiting])
        else:
            for waiting, decision in pairs:
                waiting.future.set_result(Outcome(decision, len(batch)))

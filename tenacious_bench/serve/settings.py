"""What a server may be told: limits, waiting times, the token."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_ITEMS = 256
"""Most emails in one batch request."""


@dataclass(frozen=True)
class Settings:
    """Limits of a server.

    Raises:
        ValueError: a limit is out of its range; says which.
    """

    max_bytes: int = 1_000_000
    """Longest body of a request."""
    max_batch: int = 16
    """Most emails that go through the judge together."""
    max_wait: float = 0.004
    """Seconds that an email waits for others to go with it."""
    max_queue: int = 2 * MAX_ITEMS
    """Most emails that wait for the judge; above it requests are turned away."""
    timeout: float = 30.0
    """Seconds from the head of a request to its answer."""
    token: str | None = field(default=None, repr=False)
    """What clients send as ``Authorization: Bearer ...``; None asks for nothing."""
    log_text: bool = False
    """Write briefs and emails to the log."""

    def __post_init__(self) -> None:
        for name, lowest in (("max_bytes", 1), ("max_batch", 1), ("max_queue", MAX_ITEMS)):
            if getattr(self, name) < lowest:
                raise ValueError(f"{name} is {getattr(self, name)}: give at least {lowest}")
        if not self.max_wait >= 0 or not self.timeout > 0:
            raise ValueError(
                f"max_wait is {self.max_wait} and timeout {self.timeout} seconds: give 0 or more, and more"
            )
        if self.token is not None and (not self.token or self.token != self.token.strip()):
            raise ValueError("the token is empty or has white space around it: give a long random text, or none at all")

"""What the gate says of one email."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from tenacious_bench.schema import Judgment, Record

Verdict = Literal["send", "edit", "block", "needs_evidence"]


class Missing(Record):
    """Something the brief or the inventory must say before the email can be judged."""

    field: str
    """Where it belongs: a field of the brief, or ``inventory``."""
    why: str


class Decision(Record):
    """The verdict of the gate, and the judgment it rests on.

    ``verdict`` is None when the judge failed on this email; ``judgment.error`` then says why. With ``needs_evidence``
    the judgment is what the judge said without what is missing: kept for the record, not to be acted on.
    """

    id: str
    verdict: Verdict | None
    missing: tuple[Missing, ...] = ()
    inventory_updated_at: datetime | None = None
    """When the live inventory that promises were checked against was last counted; None without one."""
    judgment: Judgment

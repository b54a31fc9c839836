"""What the gate says of one email."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from tenacious_bench.schema import Judgment, Record

Verdict = Literal["send", "edit", "block", "needs_evidence"]


class Missing(Record):
    """Something the brief or the inventory must say before the email can be judged."""

    field: Literal["brief.signals", "brief.bench", "inventory"]
    """Where it belongs: a field of the brief, or the live inventory."""
    why: str


class Decision(Record):
    """The verdict of the gate, and the judgment it rests on.

    ``verdict`` is None when the judge failed on this email; ``judgment.error`` then says why. Where something is
    missing, the judgment is what the judge said without it: kept for the record. ``verdict`` then rests on the rules
    whose quotes stand whatever the missing turns out to be, and is ``needs_evidence`` where there are none.
    """

    id: str
    verdict: Verdict | None
    missing: tuple[Missing, ...] = ()
    inventory_updated_at: datetime | None = None
    """When the live inventory that promises were checked against was last counted; None without a usable one."""
    judgment: Judgment

"""What goes over the wire, as the published schema says it. Emails and briefs have the shapes they have everywhere."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from tenacious_bench.gate import Decision
from tenacious_bench.schema import Brief, Email, Record
from tenacious_bench.serve.settings import MAX_ITEMS

Id = Annotated[
    str,
    Field(min_length=1, max_length=200, pattern=r"\S", description="Comes back with the decision; made up if absent."),
]
_LETTER = "`Subject: ...`, a blank line and the body, or the body alone"


class BriefRequest(Record):
    """An email, and what is known of the prospect in this service's own schema."""

    id: Id | None = None
    brief: Annotated[Brief, Field(description="What is known of the prospect on the day the email would leave.")]
    context: None = None
    email: Annotated[Email | str, Field(description=f"The draft: an object, or text: {_LETTER}.")]


class ContextRequest(Record):
    """An email, and what is known of the prospect in any schema: a record of your CRM as it is."""

    id: Id | None = None
    brief: None = None
    context: Annotated[
        dict[str, Any],
        Field(description="Known names are mapped to the fields of a brief, the rest is kept and shown to the judge."),
    ]
    email: Annotated[
        dict[str, Any] | str,
        Field(description=f"The draft: an object with a body and perhaps a subject, or text: {_LETTER}."),
    ]


class BatchRequest(Record):
    """Several emails at once."""

    items: Annotated[
        list[BriefRequest | ContextRequest | Any],
        Field(
            min_length=1,
            max_length=MAX_ITEMS,
            description="Each as the body of /v1/judge. One that is not gets an error in its place; the others do not.",
        ),
    ]


class ErrorDetail(Record):
    """Where it is, what was found there, what to do."""

    field: str
    found: str
    remedy: str


class ErrorAnswer(Record):
    """Why there is no decision."""

    error: ErrorDetail


class BatchAnswer(Record):
    """One result for each item, in order."""

    results: list[Decision | ErrorAnswer]


class Health(Record):
    """The process is up."""

    status: Literal["ok"]


class Readiness(Record):
    """The judge is loaded, and requests are taken."""

    status: Literal["ready"]

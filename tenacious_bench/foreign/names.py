"""Which names other people give to the things a brief holds: tables, no logic.

Names are compared in normal form (:func:`normal`), so ``companyName``, ``Company Name`` and ``company_name`` are
one name. A *container* is an object whose key says what its members are about (``funding: {stage, amount}``); the
same members are also known flat (``funding_stage``). Earlier names win over later ones. Adding a name is adding a
word here.
"""

from __future__ import annotations

import re
from functools import lru_cache

CONTAINERS: dict[str, tuple[str, ...]] = {
    "company": ("company", "account", "organization", "organisation", "target_company", "target_account"),
    "recipient": ("recipient", "contact", "contacts", "person", "addressee", "decision_maker"),
    "prospect": ("prospect", "prospect_data", "prospect_info", "prospect_profile", "lead", "target"),
    "segment": ("segment", "icp_segment", "icp", "customer_segment", "target_segment", "pitch_segment"),
    "funding": (
        "funding", "funding_round", "funding_event", "latest_funding", "last_funding", "recent_funding", "last_round",
        "financing",
    ),
    "layoff": ("layoff", "layoffs", "layoff_event", "recent_layoffs", "job_cuts", "reduction_in_force"),
    "hiring": (
        "hiring", "open_roles", "open_positions", "job_posts", "job_postings", "jobs", "role_count", "job_count",
        "open_engineering_roles", "hiring_velocity", "job_velocity", "job_post_velocity",
    ),
    "leadership": (
        "leadership", "leadership_change", "leadership_changes", "new_leader", "executive_change", "new_cto",
        "new_vp_engineering", "new_ceo",
    ),
    "ai_maturity": ("ai_maturity", "ai_readiness", "ai_maturity_level", "ai_maturity_assessment"),
    "gap": ("competitor_gap", "competitor_gap_brief", "competitive_gap", "gap_brief", "gap_analysis"),
}  # fmt: skip

OPEN = frozenset({"company", "recipient", "prospect"})
"""Containers that hold other things too; in the rest only their own members are read."""

MEMBERS: dict[str, dict[str, tuple[str, ...]]] = {
    "company": {
        "name": ("name", "company", "company_name", "legal_name", "display_name"),
        "industry": ("industry", "sector", "vertical"),
        "headcount": (
            "headcount", "employee_count", "employees", "size", "team_size", "company_size", "num_employees",
            "number_of_employees", "staff_count",
        ),
        "region": ("region", "location", "country", "city", "headquarters", "hq"),
    },
    "recipient": {
        "name": ("name", "full_name", "contact_name", "person_name"),
        "title": ("title", "job_title", "role", "position"),
        "persona": ("persona",),
    },
    "prospect": {"name": ("name",)},
    "segment": {
        "value": ("segment", "primary", "primary_segment", "value", "id", "name", "label", "number"),
        "confidence": ("confidence", "score", "probability", "confidence_score"),
    },
    "funding": {
        "stage": ("stage", "type", "round", "round_type", "series", "funding_type", "funding_stage"),
        "amount": ("amount", "amount_usd", "total_usd", "total", "money_raised", "raised", "value"),
        "currency": ("currency",),
        "date": ("date", "announced_on", "closed_on", "announced_date", "closed_date", "round_date", "closed"),
        "flag": ("event", "detected", "has_recent_funding", "has_funding", "recent", "present"),
        "text": ("text", "description", "summary", "detail", "claim", "event"),
        "source": ("source",),
        "confidence": ("confidence", "confidence_level"),
    },
    "layoff": {
        "percent": ("percentage", "percent", "pct", "share"),
        "count": ("count", "headcount", "number", "employees", "affected"),
        "date": ("date", "announced_on", "announced_date"),
        "flag": ("event", "detected", "has_recent_layoffs", "has_layoffs", "recent", "present"),
        "text": ("text", "description", "summary", "detail", "claim"),
        "source": ("source",),
        "confidence": ("confidence", "confidence_level"),
    },
    "hiring": {
        "count": ("open_roles", "role_count", "count", "open_positions", "roles", "positions", "openings", "total"),
        "velocity": ("velocity", "hiring_velocity", "trend", "pace"),
        "date": ("date", "observed_on", "posted_on", "last_seen"),
        "flag": ("detected", "is_hiring", "present"),
        "text": ("text", "description", "summary", "detail", "claim"),
        "source": ("source",),
        "confidence": ("confidence", "confidence_level"),
    },
    "leadership": {
        "person": ("name", "person", "who"),
        "role": ("role", "title", "position"),
        "date": ("date", "started_on", "start_date", "joined_on", "announced_on", "appointed_on"),
        "flag": ("event", "detected", "has_leadership_change", "recent", "present"),
        "text": ("text", "description", "summary", "detail", "claim"),
        "source": ("source",),
        "confidence": ("confidence", "confidence_level"),
    },
    "ai_maturity": {
        "score": ("score", "level", "value", "stage", "rating"),
        "evidence": ("evidence", "justification", "rationale", "reason"),
        "confidence": ("confidence", "confidence_level"),
    },
    "gap": {
        "finding": ("finding", "gap", "gap_description", "description", "summary", "text"),
        "peers": ("peers", "peer_count", "peers_compared"),
        "confidence": ("confidence", "confidence_level", "confidence_avg"),
    },
}  # fmt: skip

MAIN = {
    "company": "name", "recipient": "name", "prospect": "name", "segment": "value", "funding": "text",
    "layoff": "text", "hiring": "count", "leadership": "text", "ai_maturity": "score", "gap": "finding",
}  # fmt: skip
"""The member meant when a container's key holds a plain value (``funding: "Series A"``)."""

FLAT: dict[str, str] = {
    "icp_confidence": "segment.confidence", "has_recent_funding": "funding.flag", "has_funding": "funding.flag",
    "has_recent_layoffs": "layoff.flag", "has_layoffs": "layoff.flag", "layoff_pct": "layoff.percent",
    "has_leadership_change": "leadership.flag", "hiring_velocity": "hiring.velocity",
    "job_velocity": "hiring.velocity", "job_post_velocity": "hiring.velocity", "is_hiring": "hiring.flag",
    "series": "funding.stage", "confidence": "confidence", "signal_confidence": "confidence",
    "overall_confidence": "confidence", "as_of": "as_of", "as_of_date": "as_of", "today": "as_of",
    "current_date": "as_of", "reference_date": "as_of", "notes": "notes", "note": "notes", "comments": "notes",
    "remarks": "notes", "crm_notes": "notes", "free_text": "notes", "brief": "text", "context": "text",
    "background": "text", "prospect_brief": "text", "signal_brief": "text", "hiring_signal_brief": "text",
    "prospect_reply": "reply", "prospect_message": "reply", "reply": "reply", "question": "reply",
    "last_message": "reply", "inbound_message": "reply",
}  # fmt: skip
"""Names whose meaning is not container plus member."""

ROOT: dict[str, str] = {"date": "as_of", "name": "prospect.name", "title": "recipient.title"}
"""Names too general to be trusted anywhere but at the top of a record."""

WHOLE: dict[str, str] = {
    **dict.fromkeys(
        ("bench", "bench_summary", "bench_state", "bench_inventory", "bench_availability", "available_capacity"),
        "bench",
    ),
    **dict.fromkeys(
        ("thread", "conversation_history", "conversation", "messages", "prior_thread", "prior_messages",
         "email_thread", "message_history", "chat_history", "conversation_so_far"), "thread",
    ),
    **dict.fromkeys(("other_threads", "other_conversations", "related_threads", "parallel_threads"), "other_threads"),
    **dict.fromkeys(("signals", "hiring_signals", "buying_signals", "intent_signals", "signal_list"), "signals"),
    **dict.fromkeys(("tech_stack", "technologies", "primary_stack", "legacy_stack", "technology_stack"), "stack"),
}  # fmt: skip
"""Keys whose value is read as one thing, whatever its shape."""

NOT_THE_PROSPECT = frozenset(
    {"competitors", "competitor", "peers", "similar_companies", "case_studies", "references", "seller", "vendor",
     "our_company", "sender", "us"}
)  # fmt: skip
"""Objects about somebody else: nothing below them is read as a fact about the prospect."""

KEYS = {
    "stack": ("stack", "name", "skill", "technology", "role", "discipline"),
    "available": ("available", "available_engineers", "free", "count", "engineers", "headcount", "capacity"),
    "start": ("start_in_days", "start_days", "available_in_days", "lead_time_days", "deploy_days"),
    "as_of": ("as_of", "date", "counted_on", "updated_on"),
    "sender": ("sender", "role", "from", "author", "speaker"),
    "message": ("text", "content", "message", "body"),
    "kind": ("kind", "type", "category", "signal_type", "signal"),
    "claim": ("claim", "description", "text", "summary", "detail", "headline", "value", "event"),
    "observed": ("observed_on", "date", "observed_at", "detected_on", "detected_at", "timestamp"),
    "confidence": ("confidence", "confidence_level", "strength"),
    "source": ("source", "url"),
    "messages": ("messages", "thread", "conversation", "history"),
    "person": ("recipient", "contact", "person", "with"),
    "subject": ("subject", "subject_line", "email_subject"),
    "body": ("body", "email_body", "text", "content", "message", "draft", "email"),
    "email_kind": ("kind", "email_type", "type"),
}
"""Names inside lists and objects that are read as one thing."""

CONTAINER_OF = {alias: name for name, aliases in CONTAINERS.items() for alias in aliases}

_LOWER_UPPER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def normal(key: str) -> str:
    """``companyName``, ``Company Name``, ``company-name`` -> ``company_name``; of a long text its beginning."""
    return _normal(key[:200])


@lru_cache(maxsize=4096)
def _normal(key: str) -> str:
    return re.sub(r"[\W_]+", "_", _LOWER_UPPER.sub("_", key)).strip("_").lower()


def _flat_names() -> dict[str, tuple[str, int]]:
    """Every flat name with its field and its rank (lower wins)."""
    table: dict[str, tuple[str, int]] = {}
    for name, aliases in CONTAINERS.items():
        for i, alias in enumerate(aliases):
            table.setdefault(alias, (f"{name}.{MAIN[name]}", i))
            for member, spellings in MEMBERS[name].items():
                for j, spelling in enumerate(spellings):
                    table.setdefault(f"{alias}_{spelling}", (f"{name}.{member}", 10 * i + j))
    for holder in CONTAINERS["prospect"]:
        for owner, members in (("company", MEMBERS["company"]), ("recipient", MEMBERS["recipient"])):
            for member, spellings in members.items():
                for j, spelling in enumerate(spellings):
                    table.setdefault(f"{holder}_{spelling}", (f"{owner}.{member}", j))
    for field in ("industry", "headcount", "region"):
        for j, spelling in enumerate(MEMBERS["company"][field]):
            if spelling != "size":
                table.setdefault(spelling, (f"company.{field}", j))
    for field in ("title", "persona", "name"):
        for j, spelling in enumerate(MEMBERS["recipient"][field]):
            if spelling not in ("name", "title", "role", "position"):
                table.setdefault(spelling, (f"recipient.{field}", j))
    for spelling in ("stage", "amount", "date"):
        table[f"round_{spelling}"] = (f"funding.{spelling}", 50)
    return table | {key: (field, j) for j, (key, field) in enumerate(FLAT.items())}


FLAT_NAMES = _flat_names()

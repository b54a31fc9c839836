"""Examples in the published schema; a test sends the requests and compares the answers."""

from __future__ import annotations

from typing import Any

BRIEF: dict[str, Any] = {
    "as_of": "2026-04-21",
    "prospect": {"company": "Varnhem Optik", "headcount": 64, "region": "Skara, Sweden"},
    "recipient": {"name": "Ebba Lundqvist", "title": "CTO", "persona": "cto"},
    "segment": "growth_startup",
    "segment_confidence": 0.9,
    "signals": [
        {
            "kind": "funding",
            "claim": "Series B, $18M, closed 2026-02-11",
            "observed_on": "2026-02-12",
            "confidence": "high",
        },
        {"kind": "hiring", "claim": "7 engineering roles open", "observed_on": "2026-04-14", "confidence": "high"},
    ],
    "bench": {"as_of": "2026-04-20", "stacks": {"python": {"available": 6, "start_in_days": 7}}},
}
EMAIL = {
    "kind": "cold",
    "subject": "Five engineers while you hire",
    "body": (
        "Ebba,\n\nYour Series B closed in February and seven engineering roles are open.\n\n"
        "Five Python engineers could start on Tuesday 28 April and take one piece of the release while you hire.\n\n"
        "Which piece would you give away first?\n\nMoa"
    ),
}
CONTEXT: dict[str, Any] = {
    "account": {"company_name": "Varnhem Optik", "employees": 64},
    "as_of": "2026-04-21",
    "funding": {"claim": "Series B, $18M, closed 2026-02-11", "confidence": "high"},
    "hiring": {"claim": "7 engineering roles open", "confidence": "high"},
    "bench": {"python": 3},
}
LETTER = f"Subject: {EMAIL['subject']}\n\n{EMAIL['body']}"

JUDGE = {
    "brief": {
        "summary": "A brief in this schema",
        "value": {"id": "draft-1", "brief": BRIEF, "email": EMAIL},
    },
    "context": {
        "summary": "A record in any schema, and the email as text",
        "value": {"id": "draft-2", "context": CONTEXT, "email": LETTER},
    },
}
BATCH = {
    "two": {
        "summary": "Two items, the second of which cannot be read",
        "value": {
            "items": [
                {"id": "draft-1", "brief": BRIEF, "email": EMAIL},
                {"id": "draft-3", "brief": {"as_of": "2026-04-21"}, "email": EMAIL},
            ]
        },
    }
}
DECISION: dict[str, Any] = {
    "id": "draft-1",
    "verdict": "send",
    "missing": [],
    "inventory_updated_at": None,
    "judgment": {
        "id": "draft-1",
        "judge": "rules",
        "verdict": "PASS",
        "action": "send",
        "reward": 0.0,
        "probability": None,
        "without_planted": None,
        "threshold": -0.5,
        "failure_modes": [],
        "decided_by": None,
        "quotes": [],
        "sentences": [],
        "words": None,
        "notes": [],
        "error": None,
        "signature": "judge:rules|playbook:...",
    },
}
BAD_BRIEF = {"error": {"field": "brief.prospect", "found": "nothing", "remedy": "Field required; ..."}}
ERRORS = {
    400: ("body", "Expecting value at column 1", "send one JSON object in UTF-8, ... as /docs shows"),
    401: ("Authorization", "no token, or another", "send Authorization: Bearer and the token of this server"),
    408: ("body", "an unfinished body", "send it without pauses, or send less"),
    413: ("body", "more than 1,000,000 bytes", "send at most 1,000,000 bytes, a batch in several parts"),
    415: ("Content-Type", "text/plain", "send Content-Type: application/json"),
    422: ("email", "nothing", "give the draft as text or as an object with subject and body"),
    500: ("server", "an unexpected error, number 3f2c...", "report the number; the log has the rest"),
    503: ("server", "512 emails wait", "send it again in a moment"),
    504: ("server", "no decision within 30 seconds", "send it again, or fewer at once"),
}

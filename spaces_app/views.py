"""What the page says of a decision. Text of others leaves here only as plain strings, for components that escape it."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter

from tenacious_bench.gate import Decision
from tenacious_bench.schema import Email, Judgment, Mode

Spans = list[tuple[str, str | float | None]]
"""Pieces of a text, some with a label."""

MODE_WORDS: dict[Mode, str] = {
    "segment_misrouting": "pitch for another segment",
    "signal_overclaiming": "claims more than is known",
    "tone_drift": "wrong tone",
    "injection": "planted text",
    "bench_overcommitment": "promises people who are not free",
    "competitor_gap_framing": "gap turned into an insult",
    "ai_maturity_mismatch": "misreads AI maturity",
    "multi_thread_leakage": "from somebody else's conversation",
}
VERDICT_WORDS = {
    "send": ("Send", "It fits what is known of this buyer."),
    "edit": ("Edit", "Do not send it yet: change what is marked below."),
    "block": ("Block", "Do not send it."),
    "needs_evidence": ("Needs evidence", "No verdict yet: the brief lacks what this email relies on."),
    "none": ("No verdict", "This email could not be judged; the reason is below."),
}
COSTS_MUCH, COSTS, EARNS, MISSING = "costs much", "costs", "earns", "missing"
COLORS = dict.fromkeys(MODE_WORDS.values(), "#e5484d") | {
    COSTS_MUCH: "#f08a82",
    COSTS: "#f9cbc7",
    EARNS: "#9bd3b5",
    MISSING: "#3b82d6",
}
MUCH, SOME = 0.6, 0.2
"""Rewards of a word, up or down, from which it is coloured."""


def card(decision: Decision | None) -> str:
    """The verdict as markup; it holds our own words and numbers only."""
    if decision is None:
        return '<div class="verdict idle" role="status"><p class="word">No verdict yet</p></div>'
    judgment = decision.judgment
    key = decision.verdict or "none"
    word, advice = VERDICT_WORDS[key]
    modes = "".join(f'<li title="{mode}">{MODE_WORDS[mode]}</li>' for mode in judgment.failure_modes)
    likely = "" if judgment.quotes or not modes else "<li class='likely'>likely:</li>"
    return (
        f'<div class="verdict {key}" role="status"><p class="word">{word}</p><p class="advice">{advice}</p>'
        + (f"<ul>{likely}{modes}</ul>" if modes and key in ("edit", "block") else "")
        + ("" if key in ("needs_evidence", "none") else _meter(judgment))
        + "</div>"
    )


def _meter(judgment: Judgment) -> str:
    """The calibrated probability; where a rule decided, what the model alone would say."""
    if judgment.probability is None:
        return ""
    percent = round(100 * judgment.probability)
    said = f"{percent}%" if percent else "under 1%"
    if judgment.decided_by == "rules":
        return f'<p class="chance">A rule decided. The model alone gives it a chance of {said} to fit.</p>'
    return (
        f'<p class="chance">Chance that it fits: <b>{said}</b></p>'
        f'<div class="meter" role="img" aria-label="{percent} percent"><i style="width:{percent}%"></i></div>'
    )


def reasons(decision: Decision) -> Spans:
    """Why: each quote with its rule's reason, what is missing, the sentence that costs most, notes."""
    judgment, out = decision.judgment, Spans()
    for missing in decision.missing:
        out += [(missing.field, MISSING), (f"\n{missing.why}\n", None)]
    for quote in judgment.quotes:
        out += [(quote.text, MODE_WORDS[quote.mode]), (f"\n{quote.reason}\n", None)]
    if judgment.verdict == "FAIL" and not judgment.quotes and judgment.sentences:
        lowest = min(judgment.sentences, key=lambda s: s.reward)
        out += [(lowest.text, COSTS_MUCH), (f"\nreward of this sentence: {lowest.reward:+.2f}\n", None)]
    if judgment.error:
        out.append((f"{judgment.error}\n", None))
    if not out:
        out.append(("No rule is broken, and the claims agree with the brief as far as the judge can tell.\n", None))
    return [*out, *((f"Note: {note}\n", None) for note in judgment.notes)]


def marks(email: Email, judgment: Judgment) -> Spans:
    """The email, coloured by what each word costs or earns; over that the words that broke a rule."""
    text = email.text
    shift = {"subject": len("Subject: "), "body": len(text) - len(email.body)}
    labels: list[str | None] = [None] * len(text)
    end = 0
    for word in judgment.words or ():
        start, said = shift[word.field] + word.start, worth(word.reward)
        if end and said == labels[end - 1] and text[end:start] == " ":
            start = end  # words that cost or earn alike are marked in one piece
        end = shift[word.field] + word.end
        labels[start:end] = [said] * (end - start)
    for quote in judgment.quotes:
        at = shift[quote.field]
        labels[at + quote.start : at + quote.end] = [MODE_WORDS[quote.mode]] * (quote.end - quote.start)
    runs = groupby(zip(text, labels, strict=True), key=itemgetter(1))
    return [("".join(character for character, _ in run), label) for label, run in runs]


def worth(reward: float) -> str | None:
    """A word's reward as a label; None where it hardly matters."""
    if reward <= -SOME:
        return COSTS_MUCH if reward <= -MUCH else COSTS
    return EARNS if reward >= SOME else None


def caption(judgment: Judgment) -> str:
    """What the colours mean."""
    quoted = "Darkest red: words that broke a rule. " if judgment.quotes else ""
    rewarded = "Red words cost the email reward (the darker the more), green ones earn some."
    return f"{quoted}{rewarded}" if judgment.words else quoted.strip()

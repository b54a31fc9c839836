"""The gate before the send button: from a judgment and what is known now to send, edit, block or needs_evidence."""

from tenacious_bench.gate.decision import Decision, Missing, Verdict
from tenacious_bench.gate.gate import Gate

__all__ = ["Decision", "Gate", "Missing", "Verdict"]

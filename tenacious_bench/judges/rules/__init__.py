"""The deterministic judge: reads the playbook and the brief, quotes what broke."""

from tenacious_bench.judges.rules.judge import RulesJudge

__all__ = ["RulesJudge"]

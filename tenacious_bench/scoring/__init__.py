"""Judging whole files: batches, a journal that survives a kill, and the forms in which judgments are written."""

from tenacious_bench.scoring.batches import KEYS
from tenacious_bench.scoring.run import Engine, Here, ScoreReport, Todo, score_file

__all__ = ["KEYS", "Engine", "Here", "ScoreReport", "Todo", "score_file"]

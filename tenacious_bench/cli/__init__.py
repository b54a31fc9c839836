"""The command line. Every command is a thin shell; heavy imports happen inside the commands."""

from tenacious_bench.cli import judging, measuring, models, reporting, serving, writing
from tenacious_bench.cli.common import app

__all__ = ["app", "judging", "main", "measuring", "models", "reporting", "serving", "writing"]


def main() -> None:
    """Entry point of the console script."""
    app()

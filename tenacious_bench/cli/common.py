"""The application object, the options that commands share, and how errors and progress are shown."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tenacious_bench.judges.base import Progress

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)  # peft asks transformers

app = typer.Typer(
    help="Does this sales email say the right thing to the right buyer? Benchmark, judge and gate.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout instead of text.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Use the first N rows only.")]
Device = Annotated[str, typer.Option(help="Torch device of model judges, such as cpu or cuda.")]
DType = Annotated[
    str, typer.Option(help="auto, bfloat16 or float32; auto is bfloat16 where the processor multiplies in it.")
]
BatchSize = Annotated[int, typer.Option(min=1, help="Emails per forward pass.")]
Seed = Annotated[int, typer.Option(help="Seed of resampling and fitted baselines.")]
PlaybookFolder = Annotated[
    Path | None, typer.Option("--playbook", help="Folder with playbook.yaml and bench.yaml instead of the default.")
]
Adapter = Annotated[Path | None, typer.Option(help="Adapter folder instead of the one that ships.")]
Strict = Annotated[
    bool, typer.Option("--strict", help="Bound the share of bad emails sent (model judges), at the cost of good ones.")
]

InventorySource = Annotated[
    str | None,
    typer.Option(
        "--inventory",
        metavar="WHERE",
        help="Engineers free now, in place of the brief's copy: a JSON or YAML file, an http URL, or a database URL.",
    ),
]
InventoryQuery = Annotated[
    str | None,
    typer.Option(
        metavar="SQL", help="For a database: gives stack, available, start_in_days, updated_at, a row for each stack."
    ),
]
MaxAge = Annotated[
    int, typer.Option(min=1, max=31_536_000, metavar="SECONDS", help="An inventory counted longer ago is stale.")
]


@contextmanager
def plain_errors() -> Iterator[None]:
    """Expected errors become one line on stderr and exit code 1; anything else keeps its traceback."""
    try:
        yield
    except (ValueError, OSError, RuntimeError) as error:
        if type(error).__module__.startswith("torch"):
            raise
        typer.echo(f"error: {safe(str(error))}", err=True)
        raise typer.Exit(1) from error


def safe(text: str) -> str:
    from tenacious_bench.safe_text import terminal

    return terminal(text)


def progress_for(name: str, total: int | None, initial: int = 0) -> Progress:
    from tqdm import tqdm

    bar = tqdm(
        total=total, initial=initial, desc=f"{name:>11}", unit="email", file=sys.stderr, disable=None, leave=False
    )
    done = initial

    def advance(n: int) -> None:
        nonlocal done
        done += n
        bar.update(n)
        if total is not None and done >= total:
            bar.close()

    return advance

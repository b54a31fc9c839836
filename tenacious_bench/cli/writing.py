"""Making the dataset: writing, drafting, building, publishing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tenacious_bench.cli.common import AsJson, PlaybookFolder, Seed, app, plain_errors, progress_for, safe


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

    with plain_errors():
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
            progress_for("groups", jobs),
        )
    kinds = {k: sum(d.kind == k for d in result.dropped) for k in ("error", "rejected", "duplicate")}
    if as_json:
        typer.echo(json.dumps({"kept": len(result.groups), **kinds, "tokens": result.tokens}))
    else:
        typer.echo(f"{len(result.groups)} groups kept in {out / 'groups.jsonl'}; {kinds} in {out / 'dropped.jsonl'}")
        for model, used in result.tokens.items():
            typer.echo(f"{safe(model)}: {used}")
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

    with plain_errors():
        chat = open_chat(ChatSettings.from_env("drafter"))
        total = per_mode * len(MODES)
        with Journal(out / "journal.jsonl") as journal:
            traces = run_drafts(per_mode, chat, seed, journal, progress_for("drafts", total))
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

    with plain_errors():
        build_folder(assemble(seed=seed), out)
        written = [out / "README.md"]
        if (model / "results.json").is_file():
            readme = Path("README.md") if Path("README.md").is_file() else None
            write_cards(model, readme)
            written += [model / "README.md", *([readme] if readme else [])]
    typer.echo("built " + ", ".join(str(path) for path in written))


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

    with plain_errors():
        url = push_dataset(repo_id, folder, private=private)
    typer.echo(json.dumps({"repo": repo_id, "url": url}) if as_json else f"published: {safe(url)}")

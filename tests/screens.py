"""Pictures for the README, taken by the tests that drive a page: set TENACIOUS_BENCH_SCREENSHOTS to have them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "docs"


def wanted() -> bool:
    """Whether this run takes pictures; the page then runs the judge that is shipped, not the quick one."""
    return bool(os.environ.get("TENACIOUS_BENCH_SCREENSHOTS"))


def take(page: Any, name: str, top: str | None = None) -> None:
    """Write docs/NAME.png if pictures are wanted.

    Args:
        page: of Playwright, showing what is to be seen.
        name: of the picture.
        top: a selector: one window from there on, instead of the whole page.
    """
    if not wanted():
        return
    FOLDER.mkdir(exist_ok=True)
    page.wait_for_timeout(1500)  # images and tables settle after their text is there
    if top is not None:
        page.locator(top).evaluate("element => window.scrollTo(0, element.getBoundingClientRect().top + scrollY - 12)")
    page.screenshot(path=FOLDER / f"{name}.png", full_page=top is None)

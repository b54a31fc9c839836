"""A report as one HTML file: no script, nothing from elsewhere, every string escaped where it is shown."""

from __future__ import annotations

import re
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from tenacious_bench.report.document import Document, Figure
from tenacious_bench.report.markdown import MARKS
from tenacious_bench.report.svg import inline
from tenacious_bench.safe_text import terminal

_ESTIMATE = re.compile(r"(-?[\d.]+) (\[-?[\d.]+, -?[\d.]+\])")


def html(document: Document) -> str:
    """The page."""
    return _environment().get_template("report.html").render(document=document, marks=MARKS)


def _environment() -> Environment:
    """Every expression is escaped, and what a reader cannot see is made visible."""
    environment = Environment(
        loader=PackageLoader("tenacious_bench.report"),
        autoescape=True,
        finalize=_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"prose": _prose, "cell": _cell, "breakable": _breakable, "drawing": _drawing}
    return environment


def _visible(value: Any) -> Any:
    return terminal(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _prose(text: str) -> Markup:
    """Our own words: what stands in backticks is code."""
    parts = [escape(terminal(part)) for part in text.split("`")]
    return Markup("").join(Markup("<code>{}</code>").format(p) if i % 2 else p for i, p in enumerate(parts))


def _cell(text: str) -> Markup:
    """A number with its interval below it, or any other text."""
    match = _ESTIMATE.fullmatch(text)
    if match is None:
        return escape(terminal(text))
    return Markup('{} <span class="ci">{}</span>').format(match[1], match[2])


def _breakable(text: str) -> Markup:
    """A heading that may go on in the next line after an underscore."""
    return Markup("_<wbr>").join(escape(part) for part in terminal(text).split("_"))


def _drawing(figure: Figure) -> Markup:
    return Markup(inline(figure.svg, f"{figure.name}-"))  # ours: matplotlib escapes the text it writes

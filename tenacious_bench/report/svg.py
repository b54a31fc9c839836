"""Drawings of a report: one style, the same bytes for the same numbers, and a form that can stand inside a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, MUTED, GRID, PAPER = "#1f2328", "#656d76", "#d0d7de", "#ffffff"
# Okabe and Ito's colours, which readers with any common colour vision can tell apart; shape or place repeats them.
BLUE, ORANGE, GREEN = "#0072b2", "#d55e00", "#009e73"
LABEL_COLOR = {"PASS": BLUE, "FAIL": ORANGE}

WIDE, HALF = 660, 400
"""Widths in points: of a drawing alone, and of one of two side by side."""

_VARIABLES = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GRID: "var(--line)",
    PAPER: "var(--paper)",
    BLUE: "var(--blue)",
    ORANGE: "var(--orange)",
    GREEN: "var(--green)",
}
"""What the colours are called in the page, which has a light and a dark set of them."""
_COLOR = re.compile("|".join(_VARIABLES))
_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_REFERENCE = re.compile(r"url\(#")

_STYLE = {
    "font.size": 9,
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib and is wide: what replaces it takes less room
    "text.parse_math": False,  # a name that holds dollar signs is a name
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "svg.fonttype": "none",  # letters stay letters: they can be searched and read aloud
    "svg.hashsalt": "tenacious-bench",  # element ids are drawn from it
}


def draw(width: int, height: int, title: str, paint: Callable[[Figure], None]) -> str:
    """An SVG file as text.

    Args:
        width: in points of 1/72 inch.
        height: likewise.
        title: for the file's metadata.
        paint: draws on an empty figure.
    """
    from matplotlib import style
    from matplotlib.figure import Figure

    out = StringIO()
    with style.context(["default", _STYLE]):
        figure = Figure(figsize=(width / 72, height / 72), layout="constrained", facecolor=PAPER)
        paint(figure)
        figure.savefig(out, format="svg", metadata={"Title": title, "Date": None})
    return out.getvalue()


def inline(svg: str, prefix: str) -> str:
    """A drawing of :func:`draw` as an element of a page.

    Its ids get a prefix, since a page holds several drawings; its colours become the page's variables; metadata and
    style sheets, which would count for the whole page, are left out.

    Args:
        svg: the content of the file.
        prefix: unlike that of any other drawing on the page.
    """
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    root = ElementTree.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                parent.remove(child)
    for element in root.iter():
        for key, value in list(element.attrib.items()):
            element.set(key, _attribute(key, value, prefix))
    width = float(root.attrib.pop("width").removesuffix("pt"))
    del root.attrib["height"]
    root.set("style", f"max-width:{width * 96 / 72:.0f}px")
    root.set("aria-hidden", "true")
    return ElementTree.tostring(root, encoding="unicode")


def _attribute(key: str, value: str, prefix: str) -> str:
    if key == "id":
        return prefix + value
    if key == f"{{{_XLINK}}}href":
        return value.replace("#", f"#{prefix}", 1)
    return _COLOR.sub(lambda m: _VARIABLES[m[0]], _REFERENCE.sub(f"url(#{prefix}", value))

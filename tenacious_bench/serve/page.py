"""The page at ``/docs``: the published schema as plain HTML, without scripts and without files from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tenacious_bench.safe_text import html

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1d2430; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; border-top: 1px solid #d5dae3; padding-top: 1.5rem; }
h2 b { background: #1f4e79; color: #fff; border-radius: 4px; padding: .1em .5em; font-size: .75em; }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
pre { background: #f4f6f9; border: 1px solid #d5dae3; border-radius: 6px; padding: .8rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; border-bottom: 1px solid #d5dae3; padding: .4rem .6rem .4rem 0; }
h2 code { font-size: 1em; }
summary { cursor: pointer; }
"""


def page(schema: Mapping[str, Any]) -> str:
    """The whole page.

    Args:
        schema: OpenAPI.
    """
    info = schema["info"]
    parts = [
        f"<h1>{html(info['title'])} {html(info['version'])}</h1>",
        f"<p>{html(info['description'])}</p>",
        '<p>The same for programs: <a href="openapi.json">openapi.json</a></p>',
        *(part for path, routes in schema["paths"].items() for part in _routes(path, routes)),
        "<h2>Shapes</h2>",
        *(_shape(name, shape) for name, shape in sorted(schema["components"]["schemas"].items())),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html(info['title'])}</title><style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>"
    )


def _routes(path: str, routes: Mapping[str, Any]) -> Iterator[str]:
    for method, route in routes.items():
        yield f"<h2><b>{html(method.upper())}</b> <code>{html(path)}</code></h2>"
        yield f"<p>{html(route.get('description') or route['summary'])}</p>"
        body = route.get("requestBody", {}).get("content", {}).get("application/json", {})
        for example in body.get("examples", {}).values():
            yield f"<details><summary>Example: {html(example['summary'])}</summary>{_code(example['value'])}</details>"
        yield "<table><tr><th>Status</th><th>When</th><th>Body</th></tr>"
        for status, answer in route["responses"].items():
            example = answer.get("content", {}).get("application/json", {}).get("example")
            body = "" if example is None else f"<details><summary>Example</summary>{_code(example)}</details>"
            yield f"<tr><td>{html(status)}</td><td>{html(answer['description'])}</td><td>{body}</td></tr>"
        yield "</table>"


def _shape(name: str, shape: Any) -> str:
    return f"<details><summary><code>{html(name)}</code></summary>{_code(shape)}</details>"


def _code(value: Any) -> str:
    return f"<pre>{html(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"

"""The results of the judge, read from the published results, and what they do not show."""

from __future__ import annotations

import json
from base64 import b64encode
from html import escape
from typing import Any

from tenacious_bench.data import published_folder
from tenacious_bench.report import JUDGE_HEADER, headline, judge_rows, number
from tenacious_bench.report.forest import judges_figure

WHAT = """
An agent drafts an outreach email. Before it leaves, something must answer: *does this say the right thing to the right
buyer?* The identical email is right for one company and wrong for another, so the judge reads the brief and the email
together.

**Rules** come first: they quote the words that break one. Where they are silent, a small language model decides: a
LoRA adapter trained by preference optimisation and read as an implicit reward,
`beta * (log p(email | brief) with the adapter - the same without it)`. Its terms, added up by word, are the colours
you see. Before a verdict is given, the gate asks whether the brief says enough.
"""
HOW = """
```
pip install "tenacious-bench[judge]"
tenacious-bench judge brief.json email.txt
tenacious-bench score drafts.csv verdicts.csv
```

```python
from tenacious_bench import Judge

decision = Judge.from_pretrained().judge(brief, email)
```

This page on your own machine: `pip install -r requirements.txt && python app.py` in the folder of this Space. It also
answers programs (*Use via API*, below) and, at `/gradio_api/mcp/`, agents that speak MCP: the tools are `judge` and
`batch`.

[Dataset](https://huggingface.co/datasets?search=tenacious-bench) ·
[Judge](https://huggingface.co/models?search=tenacious-bench) ·
[Metric](https://huggingface.co/spaces?search=implicit_reward_accuracy)

Nothing typed here is kept or sent on. Files are deleted within two hours.
"""


def results() -> dict[str, Any]:
    """The published results of all judges on the held-out partition."""
    found: dict[str, Any] = json.loads((published_folder("model_card") / "results.json").read_text(encoding="utf-8"))
    return found


def results_table(found: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of all judges, the best ones first."""
    keep = [i for i, name in enumerate(JUDGE_HEADER) if name not in ("n", "accuracy", "errors", "emails/s")]
    return [JUDGE_HEADER[i] for i in keep], [[row[i] for i in keep] for row in reversed(judge_rows(found))]


def results_text(found: dict[str, Any]) -> str:
    """What the table shows, in the words of the report."""
    return f"{headline(found)}. The cascade is what this page uses; `email_only` and `length` never see the brief."


def results_chart(found: dict[str, Any]) -> str:
    """The forest plot of the report, as an image in markup."""
    figure = judges_figure(found)
    data = b64encode(figure.svg.encode()).decode()
    return f'<div class="chart"><img alt="{escape(figure.alt)}" src="data:image/svg+xml;base64,{data}"></div>'


def limits(found: dict[str, Any]) -> str:
    """What the judge gets wrong, in numbers of the results."""
    cascade = found["judges"]["cascade"]
    return f"""
- Of held-out emails that should be held back, it holds back a share of {number(cascade["fail_recall"])}; of those
  that may leave, it lets {number(cascade["pass_recall"])} pass. Do not send unread what it lets through.
- English only, one seller's playbook, a language model of 135 million parameters.
- On rows in another schema than ours the rules alone decide: the reward is not calibrated for them.
- Named failure modes without a quote are the likeliest ones, not proven.
- It judges emails, not people.
"""


def build() -> None:
    """Lay the tab out."""
    import gradio as gr

    found = results()
    header, rows = results_table(found)
    gr.Markdown(WHAT)
    gr.Markdown("### How good is it?\n" + results_text(found))
    gr.HTML(results_chart(found))
    gr.Dataframe(rows, headers=header, interactive=False, buttons=[], show_label=False, elem_id="results",
                 column_widths=[150, 196, 196, 196, 196, 196])  # fmt: skip
    gr.Markdown("### What it gets wrong\n" + limits(found))
    gr.Markdown("### Run it yourself\n" + HOW)

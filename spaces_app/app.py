"""May this outreach email leave? A page over the judge; nothing pasted here is kept or sent on."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import about
import batch_tab
import compare_tab
import endpoints
import gradio as gr
import judge_tab
import judging
from gradio.events import api

THEME = gr.themes.Default(
    primary_hue="slate", neutral_hue="slate", radius_size="md",
    font=["system-ui", "-apple-system", "Segoe UI", "sans-serif"], font_mono=["ui-monospace", "Consolas", "monospace"],
).set(body_text_color_subdued="*neutral_500")  # fmt: skip
TITLE = "# May this email leave?\nSend, edit or block: an outreach draft, read beside what is known of its buyer."
HOUR = 3600


def page() -> gr.Blocks:
    """All tabs, and what programs and agents call."""
    demo: gr.Blocks
    with gr.Blocks(title="Tenacious-Bench", analytics_enabled=False, delete_cache=(HOUR, HOUR)) as demo:
        gr.Markdown(TITLE, elem_id="head")
        with gr.Tab("Judge"):
            judge_tab.build()
        with gr.Tab("Same email, other brief"):
            compare_tab.build()
        with gr.Tab("Batch"):
            batch_tab.build()
        with gr.Tab("About"):
            about.build()
        api(endpoints.judge, api_name="judge", concurrency_id="judge", concurrency_limit=1)
        api(endpoints.batch, api_name="batch", concurrency_id="batch", concurrency_limit=1)
    demo.queue(default_concurrency_limit=4, max_size=64)
    return demo


if __name__ == "__main__":
    judging.load()
    page().launch(
        mcp_server=find_spec("mcp") is not None, ssr_mode=False, max_file_size="10mb", theme=THEME,
        css_paths=Path(__file__).parent / "style.css", footer_links=["api", "settings"],
        run_history=False,  # it would keep what was typed in the browser
    )  # fmt: skip

"""The metric's Space: a table of rewards and labels in, the numbers out.

`evaluate.utils.launch_gradio_widget` does the same with the components of Gradio 3, which later
versions no longer have.
"""

from pathlib import Path
from typing import Any

import evaluate
import gradio as gr

HERE = Path(__file__).parent
EXAMPLE = [[0.8, "PASS"], [0.3, "PASS"], [-0.2, "PASS"], [-0.5, "FAIL"], [0.1, "FAIL"]]

metric = evaluate.load(str(HERE / "implicit_reward_accuracy.py"))


def compute(rows: list[list[Any]], threshold: float) -> dict[str, Any]:
    """Score the rows of the table, each a reward and a label; empty rows are skipped."""
    filled = [row for row in rows if any(str(cell).strip() for cell in row)]
    try:
        return dict(
            metric.compute(
                predictions=[float(reward) for reward, _ in filled],
                references=[str(label).strip() for _, label in filled],
                threshold=threshold,
            )
        )
    except ValueError as error:
        raise gr.Error(str(error)) from error


def build() -> gr.Interface:
    """Build the page; `launch` serves it."""
    readme = (HERE / "README.md").read_text(encoding="utf-8").split("---", 2)[2]
    return gr.Interface(
        fn=compute,
        inputs=[
            gr.Dataframe(
                value=EXAMPLE,
                headers=["predictions", "references"],
                datatype=["number", "str"],
                type="array",
                label="Rewards, and labels PASS or FAIL",
            ),
            gr.Number(value=0.0, label="Threshold: PASS above it"),
        ],
        outputs=gr.JSON(label="Result"),
        title="Metric: implicit reward accuracy",
        description=metric.info.description,
        article=readme,
    )


if __name__ == "__main__":
    build().launch()

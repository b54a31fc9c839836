"""What the ablation varies: each entry changes one thing of the base run and says which."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

PairSource = Literal["published", "one brief per group", "without licences", "mode named"]
Method = Literal["dpo", "simpo", "orpo"]


@dataclass(frozen=True)
class Variant:
    """One short run.

    Attributes:
        factor: the thing that is varied.
        what: its value in this run.
        settings: changes to the training configuration.
        pairs: where the pairs come from.
        method: ``dpo`` with whatever ``loss_type`` says, or a rival without a reference model.
    """

    factor: str
    what: str
    settings: dict[str, Any] = field(default_factory=dict)
    pairs: PairSource = "published"
    method: Method = "dpo"


def _loss(name: str, *more: str) -> dict[str, Any]:
    losses = [name, *more]
    return {"loss_type": losses, "loss_weights": [1.0] * len(losses)}


VARIANTS: dict[str, Variant] = {
    "base": Variant("base", "sigmoid + 2 x bco_pair, beta 0.1, lr 1e-3, rank 16"),
    "loss-sigmoid": Variant("loss", "sigmoid alone (DPO)", _loss("sigmoid")),
    "loss-bco": Variant("loss", "bco_pair alone", _loss("bco_pair")),
    "loss-apo-zero": Variant("loss", "apo_zero alone", _loss("apo_zero")),
    "loss-nca": Variant("loss", "nca_pair alone", _loss("nca_pair")),
    "lr-4e-4": Variant("learning rate", "4e-4", {"learning_rate": 4e-4}),
    "lr-2e-3": Variant("learning rate", "2e-3", {"learning_rate": 2e-3}),
    "beta-0.03": Variant("beta", "0.03", {"beta": 0.03}),
    "beta-0.3": Variant("beta", "0.3", {"beta": 0.3}),
    "rank-64": Variant("rank", "64, alpha 128", {"lora_r": 64, "lora_alpha": 128}),
    "rank-4": Variant("rank", "4, alpha 8", {"lora_r": 4, "lora_alpha": 8}),
    "epochs": Variant("epochs", "half of the pairs, twice", {"pairs_limit": "half"}),
    "plain-pairs": Variant("pair mix", "one brief per group, no swaps", pairs="one brief per group"),
    "no-licences": Variant("prompt", "facts without licences", pairs="without licences"),
    "mode-named": Variant("prompt", "the failure mode in question is named", pairs="mode named"),
    "simpo": Variant("method", "SimPO (no reference in the loss)", method="simpo"),
    "orpo": Variant("method", "ORPO (no reference in the loss)", method="orpo"),
}

"""
Losses of the arms that train with another one, and their gradients by automatic differentiation in float64: what the tests
of packages/core/src/method/arm-loss.ts compare with.

    /usr/bin/python3 packages/core/scripts/losses-oracle.py
writes packages/core/test/fixtures/losses-oracle.json. The formulas are written from the papers: Cui et al. 2019 (effective
number), Lin et al. 2017 (focal loss), Cao et al. 2019 (label-distribution-aware margins), Li et al. 2019 (asymmetric large
margin), Menon et al. 2021 (logit adjustment).
Debian 12: python3-torch 1.13.0, python3-numpy 1.24.2.
"""

import json
import pathlib

import numpy
import torch
from torch.nn.functional import cross_entropy

TARGET = pathlib.Path(__file__).parent.parent / "test" / "fixtures" / "losses-oracle.json"
COUNTS = torch.tensor([300.0, 40.0, 1000.0, 7.0], dtype=torch.float64)
MINORS = [1, 3]
ROWS = 24


def inverse_weights():
    return COUNTS.sum() / (len(COUNTS) * COUNTS)


def effective_weights(beta):
    weights = (1 - beta) / (1 - beta**COUNTS)
    return weights / weights.sum() * len(COUNTS)


def own(labels):
    return torch.nn.functional.one_hot(labels, len(COUNTS)).to(torch.float64)


def focal(logits, labels, gamma):
    entropy = cross_entropy(logits, labels, reduction="none")
    return ((1 - torch.exp(-entropy)) ** gamma * entropy).mean()


def ldam(logits, labels, largest, scale, weight=None):
    margins = COUNTS ** (-1 / 4)
    margins = margins * (largest / margins.max())
    return cross_entropy(scale * (logits - own(labels) * margins), labels, weight=weight)


def asymmetric_margin(logits, labels, margin):
    rare = torch.zeros(len(COUNTS), dtype=torch.float64)
    rare[MINORS] = margin
    return cross_entropy(logits - own(labels) * rare, labels)


def logit_adjustment(logits, labels, tau):
    return cross_entropy(logits + tau * torch.log(COUNTS / COUNTS.sum()), labels)


CASES = [
    ("class-weights", {"classWeighting": "inverse"}, 0, lambda z, y: cross_entropy(z, y, weight=inverse_weights())),
    (
        "class-weights",
        {"classWeighting": "effective", "effectiveBeta": 0.999},
        0,
        lambda z, y: cross_entropy(z, y, weight=effective_weights(0.999)),
    ),
    ("focal", {"focalGamma": 2}, 0, lambda z, y: focal(z, y, 2)),
    ("focal", {"focalGamma": 0.5}, 0, lambda z, y: focal(z, y, 0.5)),
    ("ldam-drw", {"ldamMargin": 0.5, "ldamScale": 30}, 0, lambda z, y: ldam(z, y, 0.5, 30)),
    (
        "ldam-drw",
        {"ldamMargin": 2, "ldamScale": 1.5, "ldamDeferral": 0.8, "effectiveBeta": 0.9999},
        9,
        lambda z, y: ldam(z, y, 2, 1.5, effective_weights(0.9999)),
    ),
    ("asymmetric-margin", {"asymmetricMargin": 1.5}, 0, lambda z, y: asymmetric_margin(z, y, 1.5)),
    ("logit-adjustment", {"logitTau": 1}, 0, lambda z, y: logit_adjustment(z, y, 1)),
    ("logit-adjustment", {"logitTau": 0.5}, 0, lambda z, y: logit_adjustment(z, y, 0.5)),
]


def main():
    random = numpy.random.default_rng(1)
    values = numpy.round(random.normal(0, 3, (ROWS, len(COUNTS))) * 64) / 64
    labels = torch.tensor(random.integers(0, len(COUNTS), ROWS))
    cases = []
    for arm, losses, epoch, formula in CASES:
        logits = torch.tensor(values, dtype=torch.float64, requires_grad=True)
        loss = formula(logits, labels)
        loss.backward()
        cases.append(
            {"arm": arm, "losses": losses, "epoch": epoch, "loss": loss.item(), "gradient": logits.grad.flatten().tolist()}
        )
    oracle = {
        "madeWith": {"torch": torch.__version__, "numpy": numpy.__version__},
        "classCounts": COUNTS.int().tolist(),
        "minors": MINORS,
        "epochCount": 10,
        "logits": values.flatten().tolist(),
        "labels": labels.tolist(),
        "cases": cases,
    }
    TARGET.write_text(json.dumps(oracle) + "\n")


main()

"""Runs the example of the guide on a made-up set: two overlapping classes, one of them rare."""
import importlib.util
import json
import sys

import numpy as np
import torch

spec = importlib.util.spec_from_file_location("retrain_head", sys.argv[1])
example = importlib.util.module_from_spec(spec)
spec.loader.exec_module(example)
torch.manual_seed(0)


def draw(counts):
    labels = torch.cat([torch.full((count,), k) for k, count in enumerate(counts)])
    return torch.randn(len(labels), 8) + 1.5 * torch.nn.functional.one_hot(labels, 8), labels


backbone = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU())
head = torch.nn.Linear(16, 3)
images, labels = draw([600, 600, 30])
example.save_latents(backbone, [(images[:500], labels[:500]), (images[500:], labels[500:])], "latents.npz")
example.retrain(head, "latents.npz")
example.save_head(head, "head.npz")


def recall_of_rare():
    images, labels = draw([0, 0, 1000])
    with torch.no_grad():
        return float((head(backbone(images)).argmax(1) == labels).float().mean())


before = recall_of_rare()
example.balance("latents.npz", "head.npz", "balanced.npz", "--device", "cpu", csx=sys.argv[2:])
rows = np.load("balanced.npz")
example.retrain(head, "balanced.npz")
given = np.load("latents.npz")["latents"]
made = (given[rows["csx_parents"]] * rows["csx_weights"][..., None]).sum(1)
print(json.dumps({
    "counts": np.bincount(rows["labels"]).tolist(),
    "givenAreFirst": bool((rows["latents"][: len(given)] == given).all()),
    "madeOfParents": bool(np.allclose(rows["latents"][len(given) :], made, atol=1e-6)),
    "methods": sorted(set(rows["csx_methods"].tolist())),
    "before": before,
    "after": recall_of_rare(),
}))

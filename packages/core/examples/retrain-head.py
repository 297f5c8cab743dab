"""The latents of a PyTorch model, balanced by csx, and its last layer trained again on them."""
import subprocess

import numpy as np
import torch


def save_latents(backbone, batches, path):
    with torch.no_grad():
        latents, labels = zip(*[(backbone.eval()(images), labels) for images, labels in batches])
    np.savez(path, latents=torch.cat(latents).numpy(), labels=torch.cat(labels).numpy())


def save_head(head, path):
    np.savez(path, **{name: values.numpy() for name, values in head.state_dict().items()})


def balance(latents, head, out, *options, csx=("npx", "csx")):
    subprocess.run([*csx, "resample", latents, "-o", out, "--classifier", head, *options], check=True)


def retrain(head, path, epochs=20, rate=0.1, batch=64):
    rows = np.load(path)
    latents, labels = torch.from_numpy(rows["latents"]), torch.from_numpy(rows["labels"])
    optimizer = torch.optim.SGD(head.parameters(), rate, momentum=0.9, weight_decay=5e-4)
    for _ in range(epochs):
        for chosen in torch.randperm(len(labels)).split(batch):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(head(latents[chosen]), labels[chosen]).backward()
            optimizer.step()

#!/usr/bin/env python3
"""PyTorch as a candidate of the benchmark: answers calls on stdin, as packages/bench/src/worker/protocol.ts tells.

    python3 torch_peer.py cpu|cuda

Stock PyTorch as its users write it: modules, autograd, torch.optim.SGD. TF32 is off on CUDA, so that both sides compute
in fp32.
"""

import platform
import sys
import time

from protocol import Unable, read_array, serve
from torch_kernels import KERNELS


def load_torch(device):
    try:
        import torch
    except ImportError as error:
        raise Unable("absent", f"python3 has no torch: {error}")
    if device == "cuda":
        if not torch.cuda.is_available():
            raise Unable("absent", "torch finds no CUDA device")
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cudnn.benchmark = True
    return torch


def build(torch, graph):
    """The chain of a graph's operations as a Sequential; the module that holds each parameter."""
    nn = torch.nn
    layers, owners = [], {}
    sizes = {parameter["name"]: parameter["shape"] for parameter in graph["parameters"]}
    current = graph["input"]
    for op in graph["ops"]:
        if op["input"] != current:
            raise Unable("unsupported", "only chains of layers are built in torch")
        current = op["output"]
        kind = op["kind"]
        if kind == "conv2d":
            top, left, bottom, right = op["padding"]
            if (top, left) != (bottom, right):
                raise Unable("unsupported", "only even paddings are built in torch")
            _, _, inputs, outputs = sizes[op["kernel"]]
            bias = op.get("bias")
            layer = nn.Conv2d(inputs, outputs, op["size"], op["stride"], (top, left), bias=bias is not None)
            owners[op["kernel"]] = (layer, "weight")
            if bias is not None:
                owners[bias] = (layer, "bias")
        elif kind == "batchNorm":
            # torch's momentum is the share of the new batch.
            layer = nn.BatchNorm2d(sizes[op["gamma"]][0], eps=op["epsilon"], momentum=1 - op["momentum"])
            owners[op["gamma"]] = (layer, "weight")
            owners[op["beta"]] = (layer, "bias")
        elif kind == "relu":
            layer = nn.ReLU(inplace=True)
        elif kind == "maxPool":
            layer = nn.MaxPool2d(op["size"])
        elif kind == "globalAveragePool":
            layer = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        elif kind == "flatten":
            # Where more than one pixel is left, tfjs flattens channels last.
            if graph["shapes"][op["input"]][:2] != [1, 1]:
                raise Unable("unsupported", "only 1 x 1 pixels are flattened in torch")
            layer = nn.Flatten()
        elif kind == "dense":
            inputs, outputs = sizes[op["kernel"]]
            bias = op.get("bias")
            layer = nn.Linear(inputs, outputs, bias=bias is not None)
            owners[op["kernel"]] = (layer, "weight")
            if bias is not None:
                owners[bias] = (layer, "bias")
        else:
            raise Unable("unsupported", f"{kind} is not built in torch")
        layers.append(layer)
    return nn.Sequential(*layers), owners


def fill(torch, task, owners):
    """Copies the task's weights, which lie in tfjs's layout: [kh, kw, in, out] and [in, out]."""
    flat = torch.from_numpy(read_array(task, "weights.f32", "<f4"))
    at = 0
    with torch.no_grad():
        for parameter in task["graph"]["parameters"]:
            shape = parameter["shape"]
            length = 1
            for size in shape:
                length *= size
            values = flat[at : at + length].reshape(shape)
            at += length
            if parameter["role"] == "statistic":
                continue
            if len(shape) == 4:
                values = values.permute(3, 2, 0, 1)
            elif len(shape) == 2:
                values = values.t()
            layer, name = owners[parameter["name"]]
            getattr(layer, name).copy_(values)


class Trainer:
    """A network with its loss and its optimizer."""

    def __init__(self, torch, task, device):
        self.torch, self.task, self.device = torch, task, device
        self.model, self.owners = build(torch, task["graph"])
        self.model.to(device).train()
        self.loss = torch.nn.CrossEntropyLoss()
        self.restart()

    def restart(self):
        fill(self.torch, self.task, self.owners)
        roles = {p["name"]: p["role"] for p in self.task["graph"]["parameters"]}
        groups = {"kernel": [], "bias": []}
        for name, (layer, attribute) in self.owners.items():
            groups[roles[name]].append(getattr(layer, attribute))
        self.optimizer = self.torch.optim.SGD(
            [
                {"params": groups["kernel"], "weight_decay": self.task["weightDecay"]},
                {"params": groups["bias"], "weight_decay": 0.0},
            ],
            lr=self.task["learningRate"],
            momentum=self.task["momentum"],
        )

    def step(self, inputs, labels):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.model(inputs), labels)
        loss.backward()
        self.optimizer.step()
        return loss.detach()


class TrainingStep:
    def __init__(self, torch, task, device):
        self.trainer = Trainer(torch, task, device)
        self.torch, self.task, self.device = torch, task, device
        size = task["backbone"]["imageSize"]
        images = read_array(task, "inputs.f32", "<f4").reshape(task["batchSize"], size, size, 3)
        self.inputs = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
        self.labels = torch.from_numpy(read_array(task, "labels.u32", "<u4").astype("int64"))

    def steps(self, count):
        losses = [
            self.trainer.step(self.inputs.to(self.device), self.labels.to(self.device)) for _ in range(count)
        ]
        return self.torch.stack(losses).cpu().numpy()

    def check(self):
        self.trainer.restart()
        return self.steps(self.task["checkSteps"])

    def run(self, repeats):
        self.steps(repeats)


class Head:
    def __init__(self, torch, task, device):
        self.trainer = Trainer(torch, task, device)
        self.torch, self.task, self.device = torch, task, device
        n, d = task["n"], task["d"]
        self.latents = torch.from_numpy(read_array(task, "latents.f32", "<f4").reshape(n, d)).to(device)
        self.labels = torch.from_numpy(read_array(task, "labels.u32", "<u4").astype("int64")).to(device)
        self.orders = torch.from_numpy(
            read_array(task, "orders.u32", "<u4").astype("int64").reshape(task["epochs"], n)
        ).to(device)

    def epochs(self):
        size = self.task["batchSize"]
        means = []
        for order in self.orders:
            losses = [
                self.trainer.step(self.latents[rows], self.labels[rows])
                for rows in order[: len(order) // size * size].split(size)
            ]
            means.append(self.torch.stack(losses).mean())
        return self.torch.stack(means).cpu().numpy()

    def check(self):
        self.trainer.restart()
        return self.epochs()

    def run(self, repeats):
        for _ in range(repeats):
            self.epochs()


class Nearest:
    """cdist and argmin, over parts of the queries whose distances fit into memory."""

    rows = 1000

    def __init__(self, torch, task, device):
        self.torch, self.device = torch, device
        n, m, d = task["n"], task["m"], task["d"]
        self.query = torch.from_numpy(read_array(task, "query.f32", "<f4").reshape(n, d))
        self.base = torch.from_numpy(read_array(task, "base.f32", "<f4").reshape(m, d))

    def check(self):
        query, base = self.query.to(self.device), self.base.to(self.device)
        found = [self.torch.cdist(part, base).argmin(dim=1) for part in query.split(self.rows)]
        return self.torch.cat(found).cpu().numpy()

    def run(self, repeats):
        for _ in range(repeats):
            self.check()


KINDS = {"training-step": TrainingStep, "head": Head, "nearest": Nearest}


class Worker:
    def __init__(self, device):
        self.device = device
        self.opened = None
        self.open_ms = 0.0

    def open(self, task):
        start = time.perf_counter()
        torch = load_torch(self.device)
        torch.set_num_threads(task["threads"])
        self.torch, self.threads = torch, task["threads"]
        self.opened = None
        kinds, name = (KERNELS, task["kernel"]) if task["kind"] == "kernel" else (KINDS, task["kind"])
        if name not in kinds:
            raise Unable("unsupported", f"not asked to do {name}")
        self.opened = kinds[name](torch, task, self.device)
        self.open_ms = (time.perf_counter() - start) * 1000

    def check(self, parameters):
        start = time.perf_counter()
        values = self.opened.check()
        cold_ms = self.open_ms + (time.perf_counter() - start) * 1000
        values.astype("<f4").tofile(parameters["file"])
        versions = {"torch": self.torch.__version__, "python": platform.python_version()}
        if self.device == "cuda":
            versions["cuda"] = str(self.torch.version.cuda)
            device = self.torch.cuda.get_device_name()
        else:
            device = f"CPU, {self.threads} threads"
        return {"versions": versions, "device": device, "wgsl": {}, "coldMs": cold_ms, "hasEndToEnd": False}

    def time(self, parameters):
        repeats = parameters["repeats"]
        start = time.perf_counter()
        self.opened.run(repeats)
        if self.device == "cuda":
            self.torch.cuda.synchronize()
        return {"wallMs": (time.perf_counter() - start) * 1000 / repeats, "gpu": None}


if __name__ == "__main__":
    serve(Worker(sys.argv[1]))

#!/usr/bin/env python3
"""What PyTorch computes for `lenet5` and `small-cnn`: the second oracle of packages/core.

    make-goldens.py goldens.json          each tensor's shape, norm, sum and 32 values: committed
    make-goldens.py /tmp/all.safetensors  all values, for the test that runs where PyTorch is
    make-goldens.py batches.json          chooses the batches anew: committed

Run it with /usr/bin/python3 (Debian's python3-torch) in this folder. Weights, inputs and labels come from formulas that
../pytorch.test.ts repeats bit for bit, so that they need not be stored. Exits with 3 where there is no PyTorch.

The batches are chosen such that no ReLU and no maximum is decided by a rounding error. There are half a million such
decisions in a batch, and with arbitrary ones PyTorch in float32 disagrees with PyTorch in float64 after a few steps: one
decision the other way changes a gradient by a hundredth.
"""
import json
import math
import os
import struct
import sys
from collections import OrderedDict

try:
    import torch
except ImportError as error:
    print(f"no PyTorch: {error}", file=sys.stderr)
    sys.exit(3)
from torch import nn

SAMPLES = 22  # neither a multiple of 16 shards nor of 5
STEPS = 10
LEARNING_RATE = 0.01
MOMENTUM = 0.9
WEIGHT_DECAY = 0.01


def pseudo_random(count, seed, scale, offset=0.0):
    """`count` float32 in offset ± scale: the upper 24 bits of a linear congruential generator (Numerical Recipes, 7.1)."""
    state = (seed + 1) * 0x9E3779B1 & 0xFFFFFFFF
    values = []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values.append(((state >> 8) / 2**23 - 1) * scale + offset)
    return torch.tensor(values, dtype=torch.float64).float()


def lenet5():
    return nn.Sequential(OrderedDict([
        ("conv1", nn.Conv2d(1, 6, 5, padding=2)), ("relu1", nn.ReLU()), ("pool1", nn.MaxPool2d(2)),
        ("conv2", nn.Conv2d(6, 16, 5)), ("relu2", nn.ReLU()), ("pool2", nn.MaxPool2d(2)),
        ("flatten", nn.Flatten()),
        ("fc1", nn.Linear(400, 120)), ("relu3", nn.ReLU()),
        ("fc2", nn.Linear(120, 84)), ("relu4", nn.ReLU()),
        ("fc3", nn.Linear(84, 10)),
    ]))


def small_cnn():
    def block(i, inputs, outputs):
        return [
            (f"conv{i}", nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)),
            (f"bn{i}", nn.BatchNorm2d(outputs)),
            (f"relu{i}", nn.ReLU()),
        ]

    return nn.Sequential(OrderedDict([
        *block(1, 1, 16), ("pool1", nn.MaxPool2d(2)),
        *block(2, 16, 32), ("pool2", nn.MaxPool2d(2)),
        *block(3, 32, 64),
        ("flatten", nn.Flatten()), ("fc", nn.Linear(64 * 7 * 7, 10)),
    ]))


def float_buffers(model):
    return [(name, buffer) for name, buffer in model.named_buffers() if buffer.is_floating_point()]


def initialise(model):
    with torch.no_grad():
        for i, (name, parameter) in enumerate(model.named_parameters()):
            if parameter.dim() > 1:
                scale, offset = math.sqrt(6 / math.prod(parameter.shape[1:])), 0.0
            elif name.endswith(".weight"):
                scale, offset = 0.25, 1.0
            else:
                scale, offset = 0.125, 0.0
            parameter.copy_(pseudo_random(parameter.numel(), 100 + i, scale, offset).view(parameter.shape))
        for i, (name, buffer) in enumerate(float_buffers(model)):
            mean = name.endswith(".running_mean")
            buffer.copy_(pseudo_random(buffer.numel(), 200 + i, 0.125 if mean else 0.5, 0.0 if mean else 1.0))


def batch(step, seed):
    """Every third batch has three samples only, so that most shards are empty."""
    samples = 3 if step % 3 == 2 else SAMPLES
    x = pseudo_random(samples * 28 * 28, seed, 1.0).view(samples, 1, 28, 28)
    labels = torch.tensor([(7 * i + 3 * step) % 10 for i in range(samples)])
    return x, labels


MODELS = OrderedDict([("lenet5", lenet5), ("small-cnn", small_cnn)])
KINDS = OrderedDict([("sgd", False), ("nesterov", True)])


def fresh(name):
    model = MODELS[name]()
    initialise(model)
    return model.train()


def optimiser_of(model, nesterov):
    return torch.optim.SGD(
        model.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY, nesterov=nesterov)


def goldens(name, batches):
    tensors = OrderedDict()

    def record(kind, entries):
        for entry, tensor in entries:
            tensors[f"{name}/{kind}/{entry}"] = tensor.detach().clone()

    x, labels = batch(0, batches["single"])
    tensors[f"{name}/logits"] = fresh(name).eval()(x).detach()

    model = fresh(name)
    loss = nn.functional.cross_entropy(model(x), labels)
    loss.backward()
    tensors[f"{name}/loss"] = loss.detach().view(1)
    record("gradient", [(entry, parameter.grad) for entry, parameter in model.named_parameters()])
    record("statistics", float_buffers(model))

    for kind, nesterov in KINDS.items():
        model = fresh(name)
        optimiser = optimiser_of(model, nesterov)
        for step in range(STEPS):
            x, labels = batch(step, batches[kind][step])
            optimiser.zero_grad()
            nn.functional.cross_entropy(model(x), labels).backward()
            optimiser.step()
        record(kind, [*model.named_parameters(), *float_buffers(model)])
    return tensors


def narrowest_decision(model, x):
    """The smallest |input| of a ReLU and the smallest lead of a positive maximum, relative to the tensor's magnitude."""
    narrowest = math.inf
    for layer in model:
        if isinstance(layer, nn.ReLU):
            narrowest = min(narrowest, (x.abs().min() / x.square().mean().sqrt()).item())
        if isinstance(layer, nn.MaxPool2d):
            windows = nn.functional.unfold(x.reshape(-1, 1, *x.shape[2:]), layer.kernel_size, stride=layer.stride)
            first, second = windows.topk(2, dim=1).values.unbind(1)
            leads = (first - second)[first > 0]
            narrowest = min(narrowest, (leads.min() / x.square().mean().sqrt()).item())
        x = layer(x)
    return narrowest


def choose_batches(name):
    """Seeds of batches whose decisions are all a hundred rounding errors wide; in double precision."""

    def choose(model, step, seed):
        statistics = {entry: value.clone() for entry, value in model.state_dict().items()}
        while narrowest_decision(model, batch(step, seed)[0].double()) < 1e-5:
            seed += 1
        model.load_state_dict(statistics)  # the running statistics have moved
        return seed

    chosen = OrderedDict(single=choose(fresh(name).double(), 0, 1000))
    for kind, nesterov in KINDS.items():
        model = fresh(name).double()
        optimiser = optimiser_of(model, nesterov)
        seeds = []
        for step in range(STEPS):
            seeds.append(choose(model, step, 10_000 * (len(chosen) + 1) + 1000 * step))
            x, labels = batch(step, seeds[-1])
            optimiser.zero_grad()
            nn.functional.cross_entropy(model(x.double()), labels).backward()
            optimiser.step()
        chosen[kind] = seeds
    return chosen


def write_safetensors(path, tensors):
    header, chunks, offset = OrderedDict(), [], 0
    for name, tensor in tensors.items():
        values = tensor.flatten().tolist()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + 4 * len(values)]}
        chunks.append(struct.pack(f"<{len(values)}f", *values))
        offset += 4 * len(values)
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(chunks))


def number(value):
    return float(f"{value:.9g}")


def summary(tensor):
    """All values of a small tensor, 32 scattered ones of a large one: those at (7919·k + 13) mod size."""
    flat = tensor.flatten()
    size = flat.numel()
    indices = range(size) if size <= 32 else [(7919 * k + 13) % size for k in range(32)]
    return {
        "shape": list(tensor.shape),
        "norm": number(flat.double().norm().item()),
        "sum": number(flat.double().sum().item()),
        "values": [number(flat[i].item()) for i in indices],
    }


def write_json(path, tensors):
    lines = [f"  {json.dumps(name)}: {json.dumps(summary(tensor), separators=(',', ':'))}" for name, tensor in tensors.items()]
    with open(path, "w") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    path = sys.argv[1]
    if os.path.basename(path) == "batches.json":
        with open(path, "w") as file:
            json.dump({name: choose_batches(name) for name in MODELS}, file, indent=2)
            file.write("\n")
        return
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "batches.json")) as file:
        batches = json.load(file)
    tensors = OrderedDict()
    for name in MODELS:
        tensors.update(goldens(name, batches[name]))
    (write_json if path.endswith(".json") else write_safetensors)(path, tensors)


main()

#!/usr/bin/env python3
"""What PyTorch computes for losses: reads cases as JSON from the standard input, writes each one's mean and its gradient as JSON.

See ../losses/pytorch-losses.test.ts. All in float64. Exits with 3 where there is no PyTorch.
"""
import json
import sys

try:
    import torch
except ImportError as error:
    print(f"no PyTorch: {error}", file=sys.stderr)
    sys.exit(3)
from torch import nn


def planes(values, shape, samples):
    """A batch of [height, width, channels] as [channels, height, width]; a vector as it is."""
    tensor = torch.tensor(values, dtype=torch.float64).reshape(samples, *shape)
    return tensor.permute(0, 3, 1, 2) if len(shape) == 3 else tensor


def vector(values):
    return None if values is None else torch.tensor(values, dtype=torch.float64)


def criterion(name, options, shape):
    if name == "crossEntropyLoss":
        return nn.CrossEntropyLoss(vector(options.get("weight")), label_smoothing=options.get("labelSmoothing", 0))
    if name == "bceWithLogitsLoss":
        weight = vector(options.get("posWeight"))
        if weight is not None and len(shape) == 3:
            weight = weight[:, None, None]
        return nn.BCEWithLogitsLoss(pos_weight=weight)
    return {"mseLoss": nn.MSELoss, "softMarginLoss": nn.SoftMarginLoss}[name]()


def run(case):
    shape, samples, options = case["shape"], case["samples"], case["options"]
    x = planes(case["x"], shape, samples).detach().requires_grad_()
    if case["name"] == "crossEntropyLoss" and options.get("target") != "values":
        targets = torch.tensor(case["targets"]).reshape(samples, *shape[:-1])
    else:
        targets = planes(case["targets"], shape, samples)
    loss = criterion(case["name"], options, shape)(x, targets)
    loss.backward()
    gradient = x.grad.permute(0, 2, 3, 1) if len(shape) == 3 else x.grad
    return {"loss": loss.item(), "gradient": gradient.flatten().tolist()}


torch.set_num_threads(1)
json.dump([run(case) for case in json.load(sys.stdin)], sys.stdout)

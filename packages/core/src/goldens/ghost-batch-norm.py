#!/usr/bin/env python3
"""What PyTorch's batch norm computes of one group of samples after the other: reads cases as JSON from the standard input, writes the
tensors of each as JSON.

A case is the batch norm, a linear layer to four classes, and cross-entropy; see ../layers/ghost-batch-norm.test.ts. All in float64, so
that the differences are those of the kernels alone. Exits with 3 where there is no PyTorch.
"""
import json
import sys

try:
    import torch
except ImportError as error:
    print(f"no PyTorch: {error}", file=sys.stderr)
    sys.exit(3)


def nchw(x):
    return x.movedim(-1, 1) if x.dim() == 4 else x


def nhwc(x):
    return x.movedim(1, -1) if x.dim() == 4 else x


def run(case):
    def tensor(name):
        entry = case["state"][name]
        return torch.tensor(entry["data"], dtype=torch.float64).reshape(entry["shape"])

    values = torch.tensor(case["input"], dtype=torch.float64).reshape(len(case["labels"]), *case["shape"])
    x = values.clone().requires_grad_(True)
    kind = torch.nn.BatchNorm2d if x.dim() == 4 else torch.nn.BatchNorm1d
    norm = kind(x.shape[-1], eps=case["eps"], momentum=case["momentum"]).double()
    norm.load_state_dict({name: tensor(f"layer.{name}") for name in ("weight", "bias", "running_mean", "running_var")}, strict=False)
    y = torch.cat([norm(group) for group in nchw(x).split(case["group"])])
    # The linear layer's weight is in PyTorch's order of a flattened map: channels first.
    logits = torch.nn.functional.linear(y.flatten(1), tensor("fc.weight"), tensor("fc.bias"))
    torch.nn.functional.cross_entropy(logits, torch.tensor(case["labels"]), reduction="sum").backward()
    tensors = {
        "layer": nhwc(y),
        "dinput": x.grad,
        "dlayer.weight": norm.weight.grad,
        "dlayer.bias": norm.bias.grad,
        "layer.running_mean": norm.running_mean,
        "layer.running_var": norm.running_var,
    }
    return {name: value.detach().flatten().tolist() for name, value in tensors.items()}


print(json.dumps([run(case) for case in json.load(sys.stdin)]))

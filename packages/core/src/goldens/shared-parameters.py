#!/usr/bin/env python3
"""The gradients that PyTorch gives parameters which are used more than once: reads the network's state and a batch as JSON.

The network is that of ../shared-parameters.test.ts. In float64. Exits with 3 where there is no PyTorch.
"""
import json
import sys

try:
    import torch
except ImportError as error:
    print(f"no PyTorch: {error}", file=sys.stderr)
    sys.exit(3)
from torch.nn import functional as F

torch.set_num_threads(1)
case = json.load(sys.stdin)
state = {
    name: torch.tensor(tensor["data"], dtype=torch.float64).reshape(tensor["shape"]).requires_grad_()
    for name, tensor in case["state"].items()
}
labels = torch.tensor(case["labels"])
x = torch.tensor(case["input"], dtype=torch.float64).reshape(len(labels), *case["shape"]).permute(0, 3, 1, 2)


def conv(x, name="conv"):
    return F.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"])


def act(x):
    return F.prelu(x, state["act.weight"])


y = conv(act(conv(act(conv(x)))) + conv(x, "skip"))
logits = F.linear(y.flatten(1), state["fc.weight"], state["fc.bias"])
F.cross_entropy(logits, labels, reduction="sum").backward()
json.dump({name: tensor.grad.flatten().tolist() for name, tensor in state.items()}, sys.stdout)

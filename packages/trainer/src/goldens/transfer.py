"""Trains the tests' tiny network in PyTorch, with frozen parameters, learning rates of their own, and a warm-up of the head.

Reads runs as JSON, writes the states after each step as JSON. What is frozen has requires_grad = False, and a batch norm that is
frozen is in evaluation mode. Exits with 3 where there is no PyTorch.
"""
import json
import sys

try:
    import torch
    from torch import nn
except ImportError:
    sys.exit(3)


def train(run):
    net = nn.Sequential()
    for name, module in [
        ("conv1", nn.Conv2d(1, 5, 3, padding=1, bias=False)), ("bn1", nn.BatchNorm2d(5)), ("relu1", nn.ReLU()),
        ("pool", nn.MaxPool2d(2)), ("conv2", nn.Conv2d(5, 7, 3)), ("bn2", nn.BatchNorm2d(7)), ("relu2", nn.ReLU()),
        ("flatten", nn.Flatten()), ("fc", nn.Linear(28, 3)),
    ]:
        net.add_module(name, module)
    state = {name: torch.tensor(values["data"]).reshape(values["shape"]) for name, values in run["state"].items()}
    net.load_state_dict(state, strict=False)
    x = torch.tensor(run["images"]).reshape(-1, 1, 8, 8)
    y = torch.tensor(run["labels"])
    groups = [
        {"params": [parameter], "lr": run["lr"] * run["rates"].get(name, 1)} for name, parameter in net.named_parameters()
    ]
    optimiser = getattr(torch.optim, run["optimiser"]["name"])(groups, **run["optimiser"]["options"])
    states = []
    for step in range(run["steps"]):
        warm_up = step < run["warmUp"]
        frozen = {
            name for name, _ in net.named_parameters()
            if name in run["frozen"] or (warm_up and name not in run["head"])
        }
        net.train()
        for name, parameter in net.named_parameters():
            parameter.requires_grad = name not in frozen
            parameter.grad = None
        for name, module in net.named_modules():
            if isinstance(module, nn.BatchNorm2d) and name + ".weight" in frozen and name + ".bias" in frozen:
                module.eval()
        nn.functional.cross_entropy(net(x), y).backward()
        if run["clip"]:
            nn.utils.clip_grad_norm_([p for p in net.parameters() if p.grad is not None], run["clip"])
        optimiser.step()
        states.append({
            name: value.flatten().tolist() for name, value in net.state_dict().items() if "num_batches" not in name
        })
    return states


json.dump([train(run) for run in json.load(sys.stdin)], sys.stdout)

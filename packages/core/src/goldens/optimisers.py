"""Steps of PyTorch's optimisers. Reads {tensors, gradients, runs} as JSON, writes each run's tensors after the last step.

tensors: [{shape, values}]; gradients: [step][tensor][value];
runs: {name: {optimiser, options, rates, clip, exclude}}; rates: learning rate of each step; exclude: whether tensors of one
axis do not decay.
"""
import json
import sys

try:
    import torch
except ImportError:
    sys.exit(3)

torch.set_num_threads(1)
given = json.load(sys.stdin)


def run(optimiser, options, rates, clip, exclude):
    parameters = [
        torch.nn.Parameter(torch.tensor(tensor["values"], dtype=torch.float32).reshape(tensor["shape"]))
        for tensor in given["tensors"]
    ]
    groups = [
        {"params": [p for p in parameters if p.dim() > 1]},
        {"params": [p for p in parameters if p.dim() <= 1], **({"weight_decay": 0} if exclude else {})},
    ]
    optimizer = getattr(torch.optim, optimiser)(groups, lr=rates[0], **options)
    for rate, gradients in zip(rates, given["gradients"]):
        for group in optimizer.param_groups:
            group["lr"] = rate
        for p, values in zip(parameters, gradients):
            p.grad = torch.tensor(values, dtype=torch.float32).reshape(p.shape)
        if clip is not None:
            torch.nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
    return [p.detach().flatten().tolist() for p in parameters]


json.dump({name: run(**how) for name, how in given["runs"].items()}, sys.stdout)

#!/usr/bin/env python3
"""What PyTorch computes for convolutions and linear layers: reads cases as JSON from the standard input, writes the tensors of each as JSON.

A case is the layer, a linear layer to four classes, and cross-entropy; see ../layers/pytorch-convolutions.test.ts and layers.py.
The layers are PyTorch's own modules, in float64, but for a locally connected one, which it does not have: that is written out as
patches times weights.
"""
import json
import sys

from layers import F, parameter, pixels, planes, torch


def snake(name):
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def arguments(options):
    return {snake(name): tuple(value) if isinstance(value, list) else value for name, value in options.items()}


def module(kind):
    def build(channels, options, state):
        layer = kind(channels, dtype=torch.float64, **arguments(options))
        layer.load_state_dict({name: tensor.detach() for name, tensor in state.items()})
        return layer, dict(layer.named_parameters())

    return build


def pad(channels, options, state):
    padding = options["padding"]
    sides = padding if isinstance(padding, list) else [padding] * 4
    mode, value = options.get("mode", "constant"), options.get("value")
    return (lambda x: F.pad(x, sides, mode=mode, value=value) if value is not None else F.pad(x, sides, mode=mode)), {}


def locally_connected(channels, options, state):
    kernel = options["kernelSize"]
    kernel = kernel if isinstance(kernel, list) else [kernel] * 2
    weight, bias = state["weight"], state.get("bias")

    def forward(x):
        patches = F.unfold(x, kernel, stride=options.get("stride", 1), padding=options.get("padding", 0))
        rows, columns, outputs = weight.shape[:3]
        patches = patches.reshape(len(x), -1, rows, columns)
        y = torch.einsum("ndhw,hwod->nohw", patches, weight.reshape(rows, columns, outputs, -1))
        return y if bias is None else y + bias.permute(2, 0, 1)

    return forward, state


LAYERS = {
    "conv1d": module(torch.nn.Conv1d),
    "conv2d": module(torch.nn.Conv2d),
    "convTranspose2d": module(torch.nn.ConvTranspose2d),
    "linear": module(torch.nn.Linear),
    "locallyConnected2d": locally_connected,
    "pad2d": pad,
}


def run(case):
    labels = torch.tensor(case["labels"])
    (x,) = [planes(x["values"], x["shape"], len(labels)).detach().requires_grad_() for x in case["inputs"]]
    names = [name for name in case["state"] if name.startswith("layer.")]
    state = {name.removeprefix("layer."): parameter(case, name) for name in names}
    layer, parameters = LAYERS[case["op"]](x.shape[1], case["options"], state)
    y = layer(x)
    logits = F.linear(y.flatten(1), parameter(case, "fc.weight"), parameter(case, "fc.bias"))
    F.cross_entropy(logits, labels, reduction="sum").backward()
    gradients = {f"dlayer.{name}": tensor.grad.flatten().tolist() for name, tensor in parameters.items()}
    return {"layer": pixels(y.detach()), "dinput0": pixels(x.grad), **gradients}


torch.set_num_threads(1)
json.dump([run(case) for case in json.load(sys.stdin)], sys.stdout)

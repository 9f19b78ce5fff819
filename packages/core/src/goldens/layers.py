#!/usr/bin/env python3
"""What PyTorch computes for single layers: reads cases as JSON from the standard input, writes the tensors of each as JSON.

A case is the layer, a linear layer to four classes, and cross-entropy; see ../layers/pytorch-layers.test.ts. All in float64, so that
the differences are those of the kernels alone. Exits with 3 where there is no PyTorch.
"""
import json
import sys

try:
    import torch
except ImportError as error:
    print(f"no PyTorch: {error}", file=sys.stderr)
    sys.exit(3)
from torch.nn import functional as F

LAYERS = {
    "relu": lambda x: F.relu(x),
    "relu6": lambda x: F.relu6(x),
    "leakyRelu": lambda x, negativeSlope=0.01: F.leaky_relu(x, negativeSlope),
    "gelu": lambda x, approximate="none": F.gelu(x, approximate=approximate),
    "silu": lambda x: F.silu(x),
    "hardSwish": lambda x: F.hardswish(x),
    "hardSigmoid": lambda x: F.hardsigmoid(x),
    "sigmoid": lambda x: torch.sigmoid(x),
    "tanh": lambda x: torch.tanh(x),
    "softmax": lambda x: F.softmax(x, dim=1),
    "add": lambda x, y: x + y,
    "flatten": lambda x: x.flatten(1),
    "globalAvgPool2d": lambda x: x.mean(dim=(2, 3)),
    "multiply": lambda x, y: x * (y[:, :, None, None] if x.dim() > y.dim() else y),
    "concat": lambda *x: torch.cat(x, dim=1),
    "padChannels": lambda x, before=0, after=0: F.pad(x, (0, 0, 0, 0, before, after)),
    "prelu": lambda x, weight, numParameters=1: F.prelu(x, weight),
    "batchNorm1d": lambda *tensors, **options: batch_norm(*tensors, **options),
    "batchNorm2d": lambda *tensors, **options: batch_norm(*tensors, **options),
    "groupNorm": lambda x, weight=None, bias=None, numGroups=1, affine=True, eps=1e-5: F.group_norm(x, numGroups, weight, bias, eps),
    "instanceNorm2d": lambda x, weight=None, bias=None, affine=False, eps=1e-5: F.instance_norm(x, weight=weight, bias=bias, eps=eps),
    "layerNorm": lambda x, weight=None, bias=None, elementwiseAffine=True, eps=1e-5: F.layer_norm(x, x.shape[1:], weight, bias, eps),
    "layerNorm2d": lambda x, *parameters, **options: over_channels(LAYERS["layerNorm"], x, *parameters, **options),
    "localResponseNorm": lambda x, size, alpha=1e-4, beta=0.75, k=1: F.local_response_norm(x, size, alpha, beta, k),
    # PyTorch 1.13 has no RMSNorm: by its formula.
    "rmsNorm": lambda x, weight=1, elementwiseAffine=True, eps=2**-23: x
    * torch.rsqrt(x.square().flatten(1).mean(dim=1) + eps).reshape(-1, *[1] * (x.dim() - 1))
    * weight,
    "rmsNorm2d": lambda x, *parameters, **options: over_channels(LAYERS["rmsNorm"], x, *parameters, **options),
    "maxPool2d": lambda x, **options: F.max_pool2d(x, **windows(options)),
    "avgPool2d": lambda x, **options: F.avg_pool2d(x, **windows(options)),
    "lpPool2d": lambda x, **options: F.lp_pool2d(x, **windows(options)),
    "adaptiveAvgPool2d": lambda x, outputSize: F.adaptive_avg_pool2d(x, outputSize),
    "adaptiveMaxPool2d": lambda x, outputSize: F.adaptive_max_pool2d(x, outputSize),
    "maxUnpool2d": lambda x, pooled, **options: max_unpool(x, pooled, windows(options)),
    "upsample": lambda x, **options: upsample(x, **options),
}

TORCH_NAMES = {
    "kernelSize": "kernel_size",
    "ceilMode": "ceil_mode",
    "countIncludePad": "count_include_pad",
    "divisorOverride": "divisor_override",
    "normType": "norm_type",
}


def batch_norm(x, weight, bias, mean, variance, eps=1e-5, momentum=0.1):
    """The running statistics become the next ones in their place."""
    return F.batch_norm(x, mean.detach(), variance.detach(), weight, bias, True, momentum, eps)


def windows(options):
    return {TORCH_NAMES.get(name, name): value for name, value in options.items()}


def max_unpool(x, pooled, options):
    """Not F.max_unpool2d, whose range of sizes does not know dilation. Where an index is there twice the last value stays, on
    one thread; but its gradient would go to all, so that it is left out."""
    indices = F.max_pool2d(pooled.detach(), **options, return_indices=True)[1]
    if any(len(plane.unique()) < plane.numel() for plane in indices.flatten(0, 1)):
        x = x.detach()
    return torch._C._nn.max_unpool2d(x, indices, pooled.shape[2:])


def upsample(x, mode="nearest", size=None, scaleFactor=None, alignCorners=False):
    """In float32, since places between pixels depend on it."""
    align = alignCorners if mode == "bilinear" else None
    factor = tuple(scaleFactor) if scaleFactor else None
    return F.interpolate(x.float(), size=size, scale_factor=factor, mode=mode, align_corners=align).double()


def over_channels(layer, x, *parameters, **options):
    """A layer of vectors, of the channels of each pixel."""
    samples, channels, height, width = x.shape
    rows = layer(x.permute(0, 2, 3, 1).reshape(-1, channels), *parameters, **options)
    return rows.reshape(samples, height, width, channels).permute(0, 3, 1, 2)


def planes(values, shape, samples):
    """A batch of [height, width, channels] as [channels, height, width], of [length, channels] as [channels, length]; a vector as it is."""
    return torch.tensor(values, dtype=torch.float64).reshape(samples, *shape).movedim(-1, 1)


def pixels(tensor):
    return tensor.movedim(1, -1).flatten().tolist()


def parameter(case, name):
    shape, data = case["state"][name]["shape"], case["state"][name]["data"]
    return torch.tensor(data, dtype=torch.float64).reshape(shape).requires_grad_()


def run(case):
    labels = torch.tensor(case["labels"])
    inputs = [planes(x["values"], x["shape"], len(labels)).detach().requires_grad_() for x in case["inputs"]]
    tensors = {}
    parameters = {name: parameter(case, name) for name in case["state"] if name.startswith("layer.")}
    y = LAYERS[case["op"]](*inputs, *parameters.values(), **case["options"])
    logits = F.linear(y.flatten(1), parameter(case, "fc.weight"), parameter(case, "fc.bias"))
    F.cross_entropy(logits, labels, reduction="sum").backward()
    tensors["layer"] = pixels(y.detach())
    for i, x in enumerate(inputs):
        if x.grad is not None:
            tensors[f"dinput{i}"] = pixels(x.grad)
    for name, values in parameters.items():
        if values.grad is None:
            tensors[name] = values.flatten().tolist()
        else:
            tensors[f"d{name}"] = values.grad.flatten().tolist()
    return tensors


if __name__ == "__main__":
    torch.set_num_threads(1)
    json.dump([run(case) for case in json.load(sys.stdin)], sys.stdout)

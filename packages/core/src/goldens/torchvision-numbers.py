"""Compares what a network of ours has computed with torchvision's, of the same weights and pictures, in double precision.

    /usr/bin/python3 torchvision-numbers.py FILE resnet18

FILE is a safetensors file with the state (`state/…`), a batch (`images` [n, s, s, 3], `labels` [n]), and what ours has computed of it: the
`logits` in evaluation; in training, without dropout and stochastic depth, the `loss`, the next running statistics (`statistics/…`) and
the gradients (`gradient/…`). Prints JSON, as in testing/torchvision-numbers.ts: how far ours is from torchvision's in double precision, and
how far torchvision's in single precision is.

Where a ReLU's input is 0 but for rounding, or two values in a pooling's window are equal but for it, rounding decides which way the
gradient goes. So it did in the file's network: in `branch/…` are, in the order in which they are computed, the outputs of its ReLUs and
the inputs of its max poolings, and the gradients that `gradients` is of go the same ways. `branches` says how many that are, how many of
them double precision has otherwise, and how far such an input of a ReLU is from 0, relative to its tensor's deviation. `ownWays` is of
the gradients where everybody goes ways of their own.
Exits with 3 where there is no torchvision.
"""
import copy
import json
import struct
import sys
import warnings

try:
    import numpy
    import torch
    from torch import nn
    from torchvision import models
    from torchvision.ops import StochasticDepth
except ImportError:
    sys.exit(3)

warnings.filterwarnings("ignore")
CLASSES = 10
# The weights of auxiliary losses, in the order in which torchvision gives the heads.
HEADS = {"googlenet": [0.3, 0.3], "inception_v3": [0.4]}
# Gradients that are 0 but for rounding, as those of a bias before batch norm, have no relative error.
FLOOR = 1e-3


def read(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    values = numpy.memmap(path, dtype="<f4", mode="c", offset=8 + length)
    tensors = {}
    for name, entry in header.items():
        first, end = (offset // 4 for offset in entry["data_offsets"])
        tensors[name] = torch.from_numpy(values[first:end]).reshape(entry["shape"])
    return tensors


def under(tensors, prefix):
    return {name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)}


def channels_first(value):
    return value.permute(0, 3, 1, 2) if value.dim() == 4 else value


def build(name):
    without_heads = name.endswith("-no-aux")
    torch_name = name.removesuffix("-no-aux").replace("-", "_")
    options = {"aux_logits": not without_heads} if torch_name in HEADS else {}
    if torch_name in HEADS or torch_name.startswith("vgg"):
        options["init_weights"] = False
    model = models.get_model(torch_name, weights=None, num_classes=CLASSES, **options)
    for module in model.modules():
        if isinstance(module, (nn.Dropout, StochasticDepth)):
            module.p = 0.0
    return model, [] if without_heads else HEADS.get(torch_name, [])


class Branches:
    """ReLUs and max poolings that go the ways of a network that has run already."""

    def __init__(self, tensors):
        self.left = [channels_first(tensors[name]) for name in sorted(tensors)]
        self.counts = {"count": 0, "differ": 0, "furthest": 0.0}

    def __enter__(self):
        self.originals = nn.functional.relu, nn.functional.hardtanh, nn.functional.max_pool2d
        nn.functional.relu = lambda x, inplace=False: self.clamp(x, float("inf"))
        nn.functional.hardtanh = lambda x, low, high, inplace=False: self.clamp(x, high)
        nn.functional.max_pool2d = self.max_pool
        return self

    def __exit__(self, error, *_):
        nn.functional.relu, nn.functional.hardtanh, nn.functional.max_pool2d = self.originals
        if self.left and error is None:
            raise ValueError(f"{len(self.left)} branches were not taken")

    def take(self, x):
        """The next of the same shape: heads may be computed at another time."""
        at = next(i for i, tensor in enumerate(self.left) if tensor.shape == x.shape)
        return self.left.pop(at).to(x.dtype)

    def clamp(self, x, top):
        theirs = self.take(x)
        inside, own = (theirs > 0) & (theirs < top), (x > 0) & (x < top)
        differ = inside != own
        self.counts["count"] += x.numel()
        self.counts["differ"] += differ.sum().item()
        if differ.any():
            distance = torch.minimum(x.abs(), (x - top).abs())[differ].max() / x.std()
            self.counts["furthest"] = max(self.counts["furthest"], distance.item())
        return x * inside + (theirs >= top) * min(top, 1e9)

    def max_pool(self, x, kernel_size, stride, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        window = [(size, size) if isinstance(size, int) else size for size in (kernel_size, stride, padding, dilation)] + [ceil_mode]
        pool = torch._C._nn.max_pool2d_with_indices
        (_, indices), (_, own) = pool(self.take(x), *window), pool(x, *window)
        self.counts["count"] += indices.numel()
        self.counts["differ"] += (indices != own).sum().item()
        return x.flatten(2).gather(2, indices.flatten(2)).reshape(indices.shape)


def loss_and_gradients(model, weights, images, labels):
    outputs = model.train()(images)
    first, *heads = (outputs,) if isinstance(outputs, torch.Tensor) else [output for output in outputs if output is not None]
    cross_entropy = nn.functional.cross_entropy
    loss = cross_entropy(first, labels) + sum(weight * cross_entropy(head, labels) for weight, head in zip(weights, heads, strict=True))
    parameters = dict(model.named_parameters())
    return loss.item(), dict(zip(parameters, torch.autograd.grad(loss, parameters.values())))


def largest(got, expected):
    """The largest difference, relative to the largest of the expected values."""
    return ((got.double() - expected).abs().max() / expected.abs().max()).item()


def norm(tensors):
    return sum(value.double().square().sum().item() for value in tensors) ** 0.5


def apart(got, expected):
    return norm(got[name].double() - expected[name] for name in expected) / norm(expected.values())


def furthest(got, expected):
    """The norm of the difference of the tensor that is furthest off, relative to the tensor's, or to FLOOR of all tensors'."""
    least = FLOOR * norm(expected.values())
    return max(norm([got[key].double() - value]) / max(norm([value]), least) for key, value in expected.items())


def training(got, expected):
    (loss, statistics, gradients), (their_loss, their_statistics, their_gradients) = got, expected
    return {
        "loss": abs(loss / their_loss - 1),
        "statistics": max([largest(value, their_statistics[key]) for key, value in statistics.items()], default=0),
        "ownWays": apart(gradients, their_gradients),
    }


def compare(tensors, name):
    model, weights = build(name)
    missing, unexpected = model.load_state_dict(under(tensors, "state/"), strict=False)
    if unexpected or any(not name.endswith("num_batches_tracked") for name in missing):
        raise ValueError(f"missing {missing}, unexpected {unexpected}")
    exact = copy.deepcopy(model).double()
    images, labels = channels_first(tensors["images"]), tensors["labels"].long()
    with torch.no_grad():
        logits = largest(tensors["logits"], exact.eval()(images.double()))

    def step(model):
        loss, gradients = loss_and_gradients(model, weights, images.to(next(model.parameters()).dtype), labels)
        return loss, {name: value.clone() for name, value in model.named_buffers() if value.is_floating_point()}, gradients

    gradients = under(tensors, "gradient/")
    expected = step(exact)
    ours = training((tensors["loss"].item(), under(tensors, "statistics/"), gradients), expected)
    theirs = training(step(model), expected)
    del expected
    with Branches(under(tensors, "branch/")) as branches:
        _, _, expected = step(exact)
    ours["gradients"] = furthest(gradients, expected)
    with Branches(under(tensors, "branch/")):
        theirs["gradients"] = furthest(step(model)[2], expected)
    return {"logits": logits, "ours": ours, "torchvision": theirs, "branches": branches.counts}


json.dump(compare(read(sys.argv[1]), sys.argv[2]), sys.stdout)

"""What torchvision's networks compute with random weights: writes a safetensors file for each of some models.

    /usr/bin/python3 torchvision-numbers.py FOLDER resnet18:64 googlenet-no-aux:64 …

A file has the state (`state/…`), a batch (`images` [n, 3, s, s], `labels` [n]), and of it the logits in evaluation, and in training, without
dropout and stochastic depth, the loss and the next running statistics (`statistics/…`). The gradients (`gradient/…`) are those with SiLU in
the place of every ReLU: of a ReLU whose input is about 0, rounding decides whether a gradient goes through, and with the few values
that the last maps of small pictures have, that is a percent of the whole. Exits with 3 where there is no torchvision.
"""
import json
import os
import struct
import sys
import warnings

try:
    import torch
    from torch import nn
    from torchvision import models
    from torchvision.ops import StochasticDepth
except ImportError:
    sys.exit(3)

warnings.filterwarnings("ignore")
CLASSES = 10
SAMPLES = 4


def build(name):
    without_heads = name.endswith("-no-aux")
    torch_name = name.removesuffix("-no-aux").replace("-", "_")
    options = {"aux_logits": not without_heads, "init_weights": False} if torch_name in ("googlenet", "inception_v3") else {}
    if torch_name.startswith("vgg"):
        options["init_weights"] = False
    return models.get_model(torch_name, weights=None, num_classes=CLASSES, **options)


def randomise(model):
    """A state in which everything matters: scales and variances around 1, means and biases around 0."""
    for name, value in model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        if value.dim() > 1:
            value.normal_(0, (2 / value[0].numel()) ** 0.5)
        elif name.endswith(("running_var", "weight")):
            value.uniform_(0.75, 1.25)
        else:
            value.uniform_(-0.125, 0.125)


def write(path, tensors):
    header, offset = {}, 0
    for name, value in tensors.items():
        size = 4 * value.numel()
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for value in tensors.values():
            file.write(value.detach().contiguous().float().numpy().tobytes())


def statistics(model):
    return {name: value.clone() for name, value in model.named_buffers() if not name.endswith("num_batches_tracked")}


def smooth(model):
    for module in model.modules():
        for name, child in module.named_children():
            if isinstance(child, (nn.ReLU, nn.ReLU6)):
                setattr(module, name, nn.SiLU())
    nn.functional.relu = lambda x, inplace=False: nn.functional.silu(x)


def training_loss(model, images, labels):
    outputs = model.train()(images)
    return nn.functional.cross_entropy(outputs if isinstance(outputs, torch.Tensor) else outputs[0], labels)


def numbers(name, size):
    torch.manual_seed(7)
    model = build(name)
    randomise(model)
    for module in model.modules():
        if isinstance(module, (nn.Dropout, StochasticDepth)):
            module.p = 0.0
    images = torch.randn(SAMPLES, 3, size, size)
    labels = torch.arange(SAMPLES) * 7 % CLASSES
    tensors = {f"state/{key}": value.clone() for key, value in model.state_dict().items() if not key.endswith("num_batches_tracked")}
    tensors |= {"images": images, "labels": labels}
    with torch.no_grad():
        tensors["logits"] = model.eval()(images)
    with torch.no_grad():
        tensors["loss"] = training_loss(model, images, labels).reshape(1)
    tensors |= {f"statistics/{key}": value for key, value in statistics(model).items()}
    relu = nn.functional.relu
    smooth(model)
    training_loss(model, images, labels).backward()
    nn.functional.relu = relu
    tensors |= {f"gradient/{key}": value.grad for key, value in model.named_parameters() if value.grad is not None}
    return tensors


for wanted in sys.argv[2:]:
    name, size = wanted.split(":")
    write(os.path.join(sys.argv[1], f"{name}.safetensors"), numbers(name, int(size)))

"""The tensors of torchvision's networks for 1,000 classes, as JSON, in their order.

    echo '{"shapes": ["alexnet"], "starts": ["resnet18"]}' | /usr/bin/python3 torchvision-models.py

Of those in `shapes`: {model: {"parameters": [[name, shape]], "buffers": [[name, shape]]}}; nothing is initialised, which would take long.
Of those in `starts`: {model: {parameter: [mean, standard deviation, kurtosis]}} of a network as it is made; the last is 3 of a normal
distribution, 1.8 of a uniform one, null of a constant.
"""
import json
import sys
import warnings

try:
    import torch
    from torchvision import models
except ImportError:
    sys.exit(3)

warnings.filterwarnings("ignore")
torch.manual_seed(1)
# Enough of a tensor to tell its distribution.
SAMPLE = 100_000


def build(name):
    options = {"aux_logits": True} if name in ("googlenet", "inception-v3") else {}
    return models.get_model(name.replace("-", "_"), weights=None, **options)


def tensors(named):
    return [[name, list(value.shape)] for name, value in named if not name.endswith("num_batches_tracked")]


def start(parameter):
    mean, deviation = parameter.mean(), parameter.std(unbiased=False)
    kurtosis = ((parameter.flatten()[:SAMPLE] - mean) / deviation).pow(4).mean().item() if deviation > 0 else None
    return [mean.item(), deviation.item(), kurtosis]


wanted = json.load(sys.stdin)
starts = {name: {key: start(value) for key, value in build(name).named_parameters()} for name in wanted["starts"]}
for initialiser in [name for name in dir(torch.nn.init) if name.endswith("_") and not name.endswith("__")]:
    setattr(torch.nn.init, initialiser, lambda tensor, *args, **options: tensor)
shapes = {}
for name in wanted["shapes"]:
    model = build(name)
    shapes[name] = {"parameters": tensors(model.named_parameters()), "buffers": tensors(model.named_buffers())}
json.dump({"shapes": shapes, "starts": starts}, sys.stdout)

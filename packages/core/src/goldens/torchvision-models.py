"""The tensors of torchvision's networks for 1,000 classes, as JSON: {model: {tensor: shape}}.

    /usr/bin/python3 torchvision-models.py
"""
import json
import sys

try:
    from torchvision import models
except ImportError:
    sys.exit(3)

built = {"mobilenet-v2": models.mobilenet_v2(), "resnet18": models.resnet18(), "resnet34": models.resnet34()}
shapes = {
    name: {key: list(value.shape) for key, value in model.state_dict().items() if not key.endswith("num_batches_tracked")}
    for name, model in built.items()
}
# Its classifier is not that of the small VGG, but its convolutions are.
shapes["vgg11-cifar"] = {key: list(value.shape) for key, value in models.vgg11(init_weights=False).features.state_dict(prefix="features.").items()}
json.dump(shapes, sys.stdout)

"""Images a second of a training step in PyTorch, on synthetic input: forward, loss, backward, SGD with momentum.

One JSON object a line: {"model", "threads", "layout", "imagesPerSecond"}, the median of several rounds.

    /usr/bin/python3 torch_step.py MODEL SIZE CHANNELS BATCH THREADS SECONDS
"""
import json
import statistics
import sys
import time

import torch
from torch import nn


def small_cnn(channels, size):
    def block(i, o):
        return [nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU()]
    last = size // 4
    return nn.Sequential(*block(channels, 16), nn.MaxPool2d(2), *block(16, 32), nn.MaxPool2d(2), *block(32, 64),
                         nn.Flatten(), nn.Linear(64 * last * last, 10))


def lenet5(channels, size):
    last = (size // 2 - 4) // 2
    return nn.Sequential(nn.Conv2d(channels, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16 * last * last, 120), nn.ReLU(), nn.Linear(120, 84),
                         nn.ReLU(), nn.Linear(84, 10))


def mlp(channels, size):
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * size * size, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(),
                         nn.Linear(128, 10))


class BasicBlock(nn.Module):
    """ResNet's two-convolution block; the shortcut of a smaller map is a 1x1 convolution (kind B)."""

    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        self.relu = nn.ReLU()
        self.shortcut = nn.Identity() if stride == 1 and i == o else nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + self.shortcut(x))


def resnet20(channels, size):
    layers = [nn.Conv2d(channels, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    i = 16
    for o in (16, 32, 64):
        for block in range(3):
            layers.append(BasicBlock(i, o, 2 if o > 16 and block == 0 else 1))
            i = o
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def resnet18(channels, size):
    layers = [nn.Conv2d(channels, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    i = 64
    for o in (64, 128, 256, 512):
        for block in range(2):
            layers.append(BasicBlock(i, o, 2 if o > 64 and block == 0 else 1))
            i = o
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


def vgg11(channels, size):
    layers, i = [], channels
    for o in (64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0):
        if o == 0:
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(i, o, 3, padding=1), nn.ReLU()]
            i = o
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512 * (size // 32) ** 2, 10))


class InvertedResidual(nn.Module):
    """MobileNetV2's block: expand, depthwise, project."""

    def __init__(self, i, o, stride, expansion):
        super().__init__()
        h = i * expansion
        layers = [] if expansion == 1 else [nn.Conv2d(i, h, 1, bias=False), nn.BatchNorm2d(h), nn.ReLU6()]
        layers += [nn.Conv2d(h, h, 3, stride, 1, groups=h, bias=False), nn.BatchNorm2d(h), nn.ReLU6(), nn.Conv2d(h, o, 1, bias=False), nn.BatchNorm2d(o)]
        self.body, self.residual = nn.Sequential(*layers), stride == 1 and i == o

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


def mobilenet_v2(channels, size):
    layers, i = [nn.Conv2d(channels, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()], 32
    for t, o, n, s in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
        for block in range(n):
            layers.append(InvertedResidual(i, o, s if block == 0 else 1, t))
            i = o
    layers += [nn.Conv2d(i, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, 10)]
    return nn.Sequential(*layers)


def main():
    name, size, channels, batch, threads, seconds = sys.argv[1], *map(float, sys.argv[2:7])
    size, channels, batch = int(size), int(channels), int(batch)
    torch.manual_seed(0)
    torch.set_num_threads(int(threads))
    models = {"small-cnn": small_cnn, "lenet5": lenet5, "mlp": mlp, "mobilenet-v2": mobilenet_v2, "resnet18": resnet18, "resnet20": resnet20, "vgg11": vgg11}
    for layout in ("nchw", "channels_last"):
        model = models[name](channels, size).train()
        x, y = torch.randn(batch, channels, size, size), torch.randint(0, 10, (batch,))
        if layout == "channels_last":
            model, x = model.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
        loss = nn.CrossEntropyLoss()

        def step():
            optimizer.zero_grad(set_to_none=True)
            loss(model(x), y).backward()
            optimizer.step()

        for _ in range(3):
            step()
        rounds = []
        for _ in range(5):
            start, steps = time.perf_counter(), 0
            while time.perf_counter() - start < seconds / 10:
                step()
                steps += 1
            rounds.append(batch * steps / (time.perf_counter() - start))
        print(json.dumps({"model": name, "threads": int(threads), "layout": layout, "imagesPerSecond": statistics.median(rounds)}), flush=True)


main()

"""Images a second of a training step in PyTorch, on synthetic input: forward, loss, backward, SGD with momentum.

Prints one JSON object: {"torch", "imagesPerSecond", "peakMemoryBytes"}. The rate is the median of several rounds; the memory
the most that the process had, or with several processes (DistributedDataParallel over gloo) the sum of their most.

    /usr/bin/python3 torch_step.py --model resnet20 --size 32 --channels 3 --batch 128 --threads 2 --layout nchw --seconds 3
"""
import argparse
import json
import os
import resource
import statistics
import sys
import tempfile
import time

try:
    import torch
    import torchvision
    from torch import nn
except ImportError as error:
    sys.exit(f"there is no PyTorch with torchvision (Debian: python3-torch python3-torchvision): {error}")


def relu():
    return nn.ReLU(inplace=True)


def small_cnn(channels, size):
    def block(i, o):
        return [nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), relu()]
    last = size // 4
    return nn.Sequential(*block(channels, 16), nn.MaxPool2d(2), *block(16, 32), nn.MaxPool2d(2), *block(32, 64),
                         nn.Flatten(), nn.Linear(64 * last * last, 10))


def lenet5(channels, size):
    last = (size // 2 - 4) // 2
    return nn.Sequential(nn.Conv2d(channels, 6, 5, padding=2), relu(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), relu(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16 * last * last, 120), relu(), nn.Linear(120, 84),
                         relu(), nn.Linear(84, 10))


def mlp(channels, size):
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * size * size, 256), relu(), nn.Linear(256, 128), relu(),
                         nn.Linear(128, 10))


class BasicBlock(nn.Module):
    """ResNet's two-convolution block; the shortcut of a smaller map is a 1x1 convolution (kind B)."""

    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        self.relu = relu()
        self.shortcut = nn.Identity() if stride == 1 and i == o else nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + self.shortcut(x))


def resnet20(channels, size):
    layers = [nn.Conv2d(channels, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), relu()]
    i = 16
    for o in (16, 32, 64):
        for block in range(3):
            layers.append(BasicBlock(i, o, 2 if o > 16 and block == 0 else 1))
            i = o
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def vgg11_cifar(channels, size):
    layers, i = [], channels
    for o in (64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0):
        if o == 0:
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(i, o, 3, padding=1), relu()]
            i = o
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512 * (size // 32) ** 2, 10))


models = {
    "lenet5": lenet5,
    "mlp": mlp,
    "mobilenet-v2": lambda channels, size: torchvision.models.mobilenet_v2(num_classes=10),
    "resnet18": lambda channels, size: torchvision.models.resnet18(num_classes=10),
    "resnet20": resnet20,
    "small-cnn": small_cnn,
    "vgg11-cifar": vgg11_cifar,
}


def measure(rank, options, store):
    """One process's share of every batch. The first prints the figures of all."""
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    parallel = options.processes > 1
    if parallel:
        torch.distributed.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=options.processes)
    batch = options.batch // options.processes
    model = models[options.model](options.channels, options.size).train()
    x, y = torch.randn(batch, options.channels, options.size, options.size), torch.randint(0, 10, (batch,))
    if options.layout == "channels-last":
        model, x = model.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    if parallel:
        model = nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    loss = nn.CrossEntropyLoss()

    def seconds_of(steps):
        start = time.perf_counter()
        for _ in range(steps):
            optimizer.zero_grad(set_to_none=True)
            loss(model(x), y).backward()
            optimizer.step()
        return time.perf_counter() - start

    seconds_of(3)
    # All processes must take as many steps: as many as the slowest makes in a tenth of the time.
    steps = torch.tensor(max(1, round(options.seconds / 10 / seconds_of(1))))
    if parallel:
        torch.distributed.all_reduce(steps, torch.distributed.ReduceOp.MIN)
    rates = [options.batch * int(steps) / seconds_of(int(steps)) for _ in range(5)]
    peak = torch.tensor(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
    if parallel:
        torch.distributed.all_reduce(peak)
    if rank == 0:
        print(json.dumps({"torch": torch.__version__, "imagesPerSecond": statistics.median(rates), "peakMemoryBytes": int(peak)}), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=models, required=True)
    for name in ("size", "channels", "batch", "threads"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--layout", choices=["nchw", "channels-last"], required=True)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    if options.processes == 1:
        return measure(0, options, None)
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.spawn(measure, (options, os.path.join(folder, "store")), options.processes)


if __name__ == "__main__":
    main()

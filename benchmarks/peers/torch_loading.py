"""Images a second, and CPU milliseconds an image, of torchvision's ImageFolder and PyTorch's DataLoader over a folder, with processes that decode, crop, mirror
and normalise. Prints one JSON object.

    python3 torch_loading.py --folder F --decode 256 --size 224 --batch 64 --workers 2 --seconds 5 [--draft 1]

With --draft the JPEG decoder makes a smaller picture where it is at least twice as large as is needed, as sharp does by itself.
"""
import argparse
import json
import os
import sys
import time

try:
    import torch
    from PIL import Image
    from torchvision import datasets, transforms
except ImportError as error:
    sys.exit(f"there is no torchvision (Debian: python3-torchvision): {error}")

parser = argparse.ArgumentParser()
parser.add_argument("--folder", required=True)
for name in ("decode", "size", "batch", "workers"):
    parser.add_argument(f"--{name}", type=int, required=True)
parser.add_argument("--seconds", type=float, required=True)
parser.add_argument("--draft", type=int, default=0)
options = parser.parse_args()


def small_loader(path):
    image = Image.open(path)
    image.draft("RGB", (options.decode, options.decode))
    return image.convert("RGB")


transform = transforms.Compose(
    [
        transforms.Resize(options.decode),
        transforms.CenterCrop(options.decode),
        transforms.RandomCrop(options.size),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ]
)
loader_of_files = small_loader if options.draft else datasets.folder.pil_loader
folder = datasets.ImageFolder(options.folder, transform, loader=loader_of_files)
loader = torch.utils.data.DataLoader(
    folder, options.batch, shuffle=True, num_workers=options.workers, persistent_workers=True
)


def cpu_seconds():
    """Of this process and of those that it started, which have not ended yet."""
    total = time.process_time()
    for child in torch.multiprocessing.active_children():
        with open(f"/proc/{child.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def measure(seconds):
    start, cpu = time.perf_counter(), cpu_seconds()
    images = 0
    while time.perf_counter() - start < seconds:
        for batch, _ in loader:
            images += len(batch)
    return {
        "imagesPerSecond": images / (time.perf_counter() - start),
        "cpuMs": (cpu_seconds() - cpu) * 1000 / images,
    }


measure(options.seconds / 5)
print(json.dumps(measure(options.seconds)))

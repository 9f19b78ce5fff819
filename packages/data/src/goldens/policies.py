"""Augmentation policies of torchvision and the arithmetic of AugMix and PixMix, for comparison.

Standard input: a line of JSON, a list of {"question": ..., "pixels": n, ...}, then n u8 pixels of each question.
Standard output: for each the length of the answer in 8 bytes, little-endian, and the answer. Exit code 3 without torchvision.
"""
import json
import sys

try:
    import numpy
    import torch
    from PIL import Image
    from torchvision.transforms import autoaugment
    from torchvision.transforms.functional import InterpolationMode
except ImportError:
    sys.exit(3)

torch.set_num_threads(1)


def spaces(question, pixels):
    """The pixels of every operation at every magnitude and sign, one after the other, as torchvision does them with Pillow."""
    height, width = question["shape"]
    picture = Image.fromarray(numpy.frombuffer(pixels, numpy.uint8).reshape(height, width, 3))
    results = []
    for kind, bins in (("AutoAugment", 10), ("RandAugment", 31), ("TrivialAugmentWide", 31)):
        policy = getattr(autoaugment, kind)()
        size = () if kind == "TrivialAugmentWide" else ((height, width),)
        for name, (magnitudes, signed) in policy._augmentation_space(bins, *size).items():
            for index in range(bins if magnitudes.ndim > 0 else 1):
                magnitude = float(magnitudes[index].item()) if magnitudes.ndim > 0 else 0.0
                for sign in (1, -1) if signed else (1,):
                    results.append(
                        numpy.asarray(
                            autoaugment._apply_op(picture, name, sign * magnitude, InterpolationMode.NEAREST, None)
                        ).tobytes()
                    )
    return b"".join(results)


def tables(question, _):
    policies = {
        policy.value: autoaugment.AutoAugment(policy).policies for policy in autoaugment.AutoAugmentPolicy
    }
    return json.dumps(policies).encode()


def levels(question, _):
    """The numbers of the operations, as in google-research's augmentations.py."""

    def number(op, u, size):
        integer = lambda most: int(u * most / 10)
        real = lambda most: float(u) * most / 10.0
        return {
            "posterize": lambda: 4 - integer(4),
            "rotate": lambda: integer(30),
            "solarize": lambda: 256 - integer(256),
            "shear_x": lambda: real(0.3),
            "translate_x": lambda: integer(size / 3),
            "color": lambda: real(1.8) + 0.1,
        }[op]()

    return json.dumps([number(*case) for case in question["cases"]]).encode()


def pixmix(question, pixels):
    """The result of each case's steps, rounded to bytes: (x, y) of pictures in the order in which they are used."""
    size, results, at = question["size"], [], 0

    def next_picture():
        nonlocal at
        at += size
        return torch.frombuffer(bytearray(pixels[at - size : at]), dtype=torch.uint8).to(torch.float32).div(255)

    for steps in question["cases"]:
        mixed = next_picture()
        for step in steps:
            x, y = mixed, next_picture()
            a, b = numpy.float32(step["a"]).item(), numpy.float32(step["b"]).item()
            if step["mixing"] == "add":
                x, y = x * 2 - 1, y * 2 - 1
                out = (a * x + b * y + 1) / 2
            else:
                x, y = x * 2, y * 2
                out = (x**a) * (y.clip(1e-37) ** b) / 2
            mixed = torch.clip(out, 0, 1)
        results.append(torch.floor(mixed * 255 + 0.5).to(torch.uint8).numpy().tobytes())
    return b"".join(results)


def augmix(question, pixels):
    """(1 - m) x + m * sum of w * chain, in float32, of a picture and its chains."""
    pictures = numpy.frombuffer(pixels, numpy.uint8).reshape(1 + len(question["weights"]), -1)
    pictures = pictures.astype(numpy.float32)
    mix = numpy.zeros_like(pictures[0])
    for weight, chain in zip(question["weights"], pictures[1:]):
        mix += numpy.float32(weight) * chain
    m = numpy.float32(question["weight"])
    mixed = (numpy.float32(1) - m) * pictures[0] + m * mix
    return numpy.floor(mixed + numpy.float32(0.5)).clip(0, 255).astype(numpy.uint8).tobytes()


QUESTIONS = {"spaces": spaces, "tables": tables, "levels": levels, "pixmix": pixmix, "augmix": augmix}

for question in json.loads(sys.stdin.buffer.readline()):
    answer = QUESTIONS[question["question"]](question, sys.stdin.buffer.read(question["pixels"]))
    sys.stdout.buffer.write(len(answer).to_bytes(8, "little") + answer)

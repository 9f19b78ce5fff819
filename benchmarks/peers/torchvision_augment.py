"""Microseconds of operations with torchvision on tensors of bytes, one thread: see measure_lines.py.

    python3 torchvision_augment.py SIZE
"""
import sys

import torch
import torchvision
from measure_lines import serve
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

torch.set_num_threads(1)
size = int(sys.argv[1])
noise = torch.randint(0, 256, (3, size // 4, size // 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
BILINEAR = InterpolationMode.BILINEAR
# Smoothed as in pillow_augment.py.
picture = F.resize(noise, [size, size], BILINEAR)
smaller = size * 3 // 4
corner = size // 8
corners = [[0, 0], [size - 1, 0], [size - 1, size - 1], [0, size - 1]]
turned = [[0, 0], [size * 0.8, size * 0.1], [size * 0.7, size * 0.7], [size * 0.1, size * 0.8]]


def affine(translate, shear):
    return F.affine(picture, 0.0, translate, 1.0, shear, BILINEAR)


OPERATIONS = {
    "autocontrast": lambda: F.autocontrast(picture),
    "equalize": lambda: F.equalize(picture),
    "posterize": lambda: F.posterize(picture, 4),
    "solarize": lambda: F.solarize(picture, 128),
    "invert": lambda: F.invert(picture),
    "color": lambda: F.adjust_saturation(picture, 1.4),
    "contrast": lambda: F.adjust_contrast(picture, 1.4),
    "brightness": lambda: F.adjust_brightness(picture, 1.4),
    "sharpness": lambda: F.adjust_sharpness(picture, 1.4),
    "rotate": lambda: F.rotate(picture, 13, BILINEAR),
    "rotate_nearest": lambda: F.rotate(picture, 13),
    "shear_x": lambda: affine([0, 0], [11.31, 0.0]),
    "translate_x": lambda: affine([-corner, 0], [0.0, 0.0]),
    "perspective": lambda: F.perspective(picture, corners, turned, BILINEAR),
    "horizontal_flip": lambda: F.hflip(picture),
    "vertical_flip": lambda: F.vflip(picture),
    # A view of the tensor otherwise.
    "crop": lambda: F.crop(picture, corner, corner, smaller, smaller).contiguous(),
    "resize": lambda: F.resize(picture, [smaller, smaller], BILINEAR, antialias=True),
    "grayscale": lambda: F.rgb_to_grayscale(picture),
    "hue": lambda: F.adjust_hue(picture, 0.1),
}

if __name__ == "__main__":
    serve(f"torchvision {torchvision.__version__}", OPERATIONS)

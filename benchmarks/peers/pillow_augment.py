"""Microseconds of operations with Pillow: see measure_lines.py.

    python3 pillow_augment.py SIZE
"""
import sys

import numpy
import PIL
from measure_lines import serve
from PIL import Image, ImageEnhance, ImageOps

size = int(sys.argv[1])
pixels = numpy.random.default_rng(1).integers(0, 256, (size, size, 3), dtype=numpy.uint8)
# Smooth enough to have edges and surfaces, noisy enough to have all values.
picture = Image.fromarray(pixels).resize((size // 4, size // 4), Image.Resampling.BILINEAR)
picture = picture.resize((size, size), Image.Resampling.BILINEAR)
BILINEAR = Image.Resampling.BILINEAR
AFFINE = Image.Transform.AFFINE
shape = (size, size)
smaller = (size * 3 // 4, size * 3 // 4)
crop = (size // 8, size // 8, size // 8 + smaller[0], size // 8 + smaller[1])

OPERATIONS = {
    "autocontrast": lambda: ImageOps.autocontrast(picture),
    "equalize": lambda: ImageOps.equalize(picture),
    "posterize": lambda: ImageOps.posterize(picture, 4),
    "solarize": lambda: ImageOps.solarize(picture, 128),
    "invert": lambda: ImageOps.invert(picture),
    "color": lambda: ImageEnhance.Color(picture).enhance(1.4),
    "contrast": lambda: ImageEnhance.Contrast(picture).enhance(1.4),
    "brightness": lambda: ImageEnhance.Brightness(picture).enhance(1.4),
    "sharpness": lambda: ImageEnhance.Sharpness(picture).enhance(1.4),
    "rotate": lambda: picture.rotate(13, BILINEAR),
    "rotate_nearest": lambda: picture.rotate(13),
    "shear_x": lambda: picture.transform(shape, AFFINE, (1, 0.2, 0, 0, 1, 0), BILINEAR),
    "translate_x": lambda: picture.transform(shape, AFFINE, (1, 0, size // 8, 0, 1, 0), BILINEAR),
    "perspective": lambda: picture.transform(
        shape, Image.Transform.PERSPECTIVE, (1, 0.1, 0, 0.1, 1, 0, 0.1 / size, 0.1 / size), BILINEAR
    ),
    "horizontal_flip": lambda: ImageOps.mirror(picture),
    "vertical_flip": lambda: ImageOps.flip(picture),
    "crop": lambda: picture.crop(crop),
    "resize": lambda: picture.resize(smaller, BILINEAR),
    "grayscale": lambda: picture.convert("L"),
    "hue": lambda: hue(picture),
}


def hue(image):
    h, s, v = image.convert("HSV").split()
    turned = numpy.array(h, dtype=numpy.uint8) + numpy.uint8(25)
    return Image.merge("HSV", (Image.fromarray(turned, "L"), s, v)).convert("RGB")


if __name__ == "__main__":
    serve(f"Pillow {PIL.__version__}", OPERATIONS)

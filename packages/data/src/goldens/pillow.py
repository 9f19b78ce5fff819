"""Applies geometric transforms with Pillow, for comparison.

Standard input: a line of JSON, a list of cases, then the u8 pixels of all their pictures, one after the other.
Standard output: the pixels of all results, one after the other.
"""
import json
import sys

import numpy
from PIL import Image

RESAMPLE = {"nearest": Image.Resampling.NEAREST, "bilinear": Image.Resampling.BILINEAR}


def apply(case, picture):
    width, height = case.get("size", picture.size)
    fill = case["fill"]
    fill = tuple(fill) if isinstance(fill, list) else fill if picture.mode == "L" else (fill,) * 3
    resample = RESAMPLE[case["resample"]]
    value = case.get("value")
    if case["op"] == "rotate":
        return picture.rotate(value, resample=resample, fillcolor=fill)
    matrix = {
        "affine": lambda: case["matrix"],
        "shear_x": lambda: (1, value, 0, 0, 1, 0),
        "shear_y": lambda: (1, 0, 0, value, 1, 0),
        "translate_x": lambda: (1, 0, value, 0, 1, 0),
        "translate_y": lambda: (1, 0, 0, 0, 1, value),
    }[case["op"]]()
    return picture.transform((width, height), Image.Transform.AFFINE, matrix, resample=resample, fillcolor=fill)


cases = json.loads(sys.stdin.buffer.readline())
results = []
for case in cases:
    height, width, channels = case["shape"]
    pixels = numpy.frombuffer(sys.stdin.buffer.read(height * width * channels), numpy.uint8)
    pixels = pixels.reshape((height, width) if channels == 1 else (height, width, channels))
    results.append(numpy.asarray(apply(case, Image.fromarray(pixels))).tobytes())
sys.stdout.buffer.write(b"".join(results))

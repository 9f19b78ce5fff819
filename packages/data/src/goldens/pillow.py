"""Does operations with Pillow, for comparison.

Standard input: a line of JSON, a list of cases, then the u8 pixels of all their pictures, one after the other.
Standard output: the pixels of all results, one after the other.
"""
import json
import sys

import numpy
from PIL import Image, ImageEnhance, ImageOps

RESAMPLE = {"nearest": Image.Resampling.NEAREST, "bilinear": Image.Resampling.BILINEAR}


def colour(picture, fill):
    if isinstance(fill, list):
        return tuple(fill)
    return fill if picture.mode == "L" else (fill,) * len(picture.getbands())


def transform(picture, method, matrix, parameters):
    return picture.transform(
        tuple(parameters.get("size", picture.size)),
        method,
        matrix,
        resample=RESAMPLE[parameters["resample"]],
        fillcolor=colour(picture, parameters["fill"]),
    )


def affine(matrix):
    return lambda picture, parameters: transform(
        picture, Image.Transform.AFFINE, matrix(parameters.get("value"), parameters), parameters
    )


def rotate(picture, parameters):
    return picture.rotate(
        parameters["value"], resample=RESAMPLE[parameters["resample"]], fillcolor=colour(picture, parameters["fill"])
    )


def colours_only(operation):
    """Pillow's ImageOps refuse pictures with opacity: it stays as it is."""

    def wrapped(picture, parameters):
        if picture.mode != "RGBA":
            return operation(picture, parameters)
        result = operation(picture.convert("RGB"), parameters)
        result.putalpha(picture.getchannel("A"))
        return result

    return wrapped


def autocontrast(picture, parameters):
    cutoff = parameters["cutoff"]
    return ImageOps.autocontrast(picture, tuple(cutoff) if isinstance(cutoff, list) else cutoff)


def solarize_add(picture, parameters):
    addition, threshold = parameters["addition"], parameters["threshold"]
    table = [min(255, i + addition) if i < threshold else i for i in range(256)]
    return picture.point(table * len(picture.getbands()))


def enhance(kind):
    return lambda picture, parameters: kind(picture).enhance(parameters["factor"])


def crop(picture, parameters):
    """As torchvision: numpy pads by as much as it takes, then the rectangle is cut out."""
    top, left = parameters["corner"]
    width, height = parameters["size"]
    if parameters["mode"] == "constant":
        return picture.crop((left, top, left + width, top + height))
    pixels = numpy.asarray(picture)
    before = (max(0, -top), max(0, -left))
    after = (max(0, top + height - picture.height), max(0, left + width - picture.width))
    around = [(before[0], after[0]), (before[1], after[1]), (0, 0)][: pixels.ndim]
    pixels = numpy.pad(pixels, around, parameters["mode"])
    top, left = top + before[0], left + before[1]
    return Image.fromarray(numpy.ascontiguousarray(pixels[top : top + height, left : left + width]))


def hue(picture, parameters):
    """torchvision's adjust_hue, but that opacity stays."""
    if picture.mode == "L":
        return picture
    h, s, v = picture.convert("RGB").convert("HSV").split()
    turned = numpy.array(h, dtype=numpy.uint8) + numpy.uint8(int(parameters["shift"] * 255) % 256)
    result = Image.merge("HSV", (Image.fromarray(turned, "L"), s, v)).convert("RGB")
    if picture.mode == "RGBA":
        result.putalpha(picture.getchannel("A"))
    return result


def desaturate(picture, _):
    if picture.mode == "RGBA":
        return picture.convert("LA").convert("RGBA")
    return picture.convert("L").convert(picture.mode)


OPERATIONS = {
    "perspective": lambda picture, parameters: transform(
        picture, Image.Transform.PERSPECTIVE, parameters["matrix"], parameters
    ),
    "flip_horizontal": lambda picture, _: ImageOps.mirror(picture),
    "flip_vertical": lambda picture, _: ImageOps.flip(picture),
    "crop": crop,
    "resize": lambda picture, parameters: picture.resize(
        tuple(parameters["size"]), RESAMPLE[parameters["resample"]]
    ),
    "grayscale": lambda picture, _: picture.convert("L"),
    "desaturate": desaturate,
    "hue": hue,
    "affine": affine(lambda _, parameters: parameters["matrix"]),
    "rotate": rotate,
    "shear_x": affine(lambda value, _: (1, value, 0, 0, 1, 0)),
    "shear_y": affine(lambda value, _: (1, 0, 0, value, 1, 0)),
    "translate_x": affine(lambda value, _: (1, 0, value, 0, 1, 0)),
    "translate_y": affine(lambda value, _: (1, 0, 0, 0, 1, value)),
    "autocontrast": colours_only(autocontrast),
    "equalize": colours_only(lambda picture, _: ImageOps.equalize(picture)),
    "posterize": colours_only(lambda picture, parameters: ImageOps.posterize(picture, parameters["bits"])),
    "solarize": colours_only(lambda picture, parameters: ImageOps.solarize(picture, parameters["threshold"])),
    "solarize_add": colours_only(solarize_add),
    "invert": colours_only(lambda picture, _: ImageOps.invert(picture)),
    "color": enhance(ImageEnhance.Color),
    "contrast": enhance(ImageEnhance.Contrast),
    "brightness": enhance(ImageEnhance.Brightness),
    "sharpness": enhance(ImageEnhance.Sharpness),
}

cases = json.loads(sys.stdin.buffer.readline())
results = []
for case in cases:
    height, width, channels = case["shape"]
    pixels = numpy.frombuffer(sys.stdin.buffer.read(height * width * channels), numpy.uint8)
    pixels = pixels.reshape((height, width) if channels == 1 else (height, width, channels))
    result = OPERATIONS[case["op"]](Image.fromarray(pixels), case["parameters"])
    results.append(numpy.asarray(result).tobytes())
sys.stdout.buffer.write(b"".join(results))

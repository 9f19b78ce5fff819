"""JPEGs of all kinds that the package decodes by itself, and what Pillow makes of them: a JSON array on stdout.

    python3 jpeg.py SEED COUNT
"""
import base64
import io
import json
import random
import sys

try:
    import numpy as np
    from PIL import Image, ImageOps
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)

rng = random.Random(int(sys.argv[1]))



def picture(channels):
    side = lambda: rng.choice([rng.randint(1, 20), rng.randint(1, 120)])
    width, height = side(), side()
    noise = np.random.RandomState(rng.randrange(2**31))
    coarse = noise.randint(0, 256, (max(1, height // 6), max(1, width // 6), channels)).astype(np.uint8)
    image = Image.fromarray(coarse.squeeze(2) if channels == 1 else coarse).resize((width, height), Image.BICUBIC)
    amount = rng.choice([0, 0, 10, 128])
    pixels = np.asarray(image).astype(int) + noise.randint(-amount, amount + 1, (height, width) + coarse.shape[2:][: channels - 1])
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def by_pillow():
    """A picture that Pillow saves."""
    channels = rng.choice([1, 3, 3, 3])
    options = {"quality": rng.randint(1, 100), "optimize": rng.random() < 0.3}
    if channels == 3:
        options["subsampling"] = rng.choice([0, 1, 2])
    if rng.random() < 0.4:
        exif = Image.Exif()
        exif[0x0112] = rng.randint(1, 8)
        options["exif"] = exif
    file = io.BytesIO()
    picture(channels).save(file, "JPEG", **options)
    return file.getvalue()


def by_hand():
    """Random coefficients with codes of few lengths: any subsampling, restart intervals, several tables."""
    colours = rng.random() < 0.8
    horizontal, vertical = rng.choice([(1, 1), (2, 1), (1, 2), (2, 2)]) if colours else rng.choice([(1, 1), (2, 2)])
    width, height = rng.randint(1, 70), rng.randint(1, 70)
    across, down = (horizontal, vertical) if colours else (1, 1)
    units = -(-width // (8 * across)) * -(-height // (8 * down))
    interval = rng.choice([0, 1, 2, 3, 100])
    sizes = list(range(12))
    symbols = [run * 16 + size for size in range(1, 11) for run in range(16)] + [0, 0xF0]
    rng.shuffle(sizes)
    rng.shuffle(symbols)
    dc_code = {size: (place, 4) for place, size in enumerate(sizes)}
    # Of 8 bits and, in the second table, of 13.
    ac_codes = [{symbol: (place, bits) for place, symbol in enumerate(symbols)} for bits in (8, 13)]
    largest = rng.choice([2, 20, 300])
    many = rng.choice([0.02, 0.2, 0.7])
    out, bits = bytearray(), []

    def put(value, count):
        bits.extend((value >> i) & 1 for i in range(count - 1, -1, -1))

    def put_number(value):
        size = abs(value).bit_length()
        put(value if value > 0 else value + (1 << size) - 1, size)

    def flush():
        while len(bits) % 8:
            bits.append(1)
        for i in range(0, len(bits), 8):
            byte = int("".join(map(str, bits[i : i + 8])), 2)
            out.append(byte)
            if byte == 0xFF:
                out.append(0)
        bits.clear()

    before = [0, 0, 0]
    for unit in range(units):
        if interval and unit and unit % interval == 0:
            flush()
            out.extend([0xFF, 0xD0 + (unit // interval - 1) % 8])
            before = [0, 0, 0]
        for component in range(3 if colours else 1):
            for _ in range(across * down if component == 0 else 1):
                value = max(-500, min(500, before[component] + rng.randint(-100, 100)))
                difference = value - before[component]
                before[component] = value
                put(*dc_code[abs(difference).bit_length()])
                put_number(difference)
                code = ac_codes[1 if component else 0]
                run = 0
                for i in range(1, 64):
                    value = rng.randint(-largest, largest) if rng.random() < many else 0
                    if value == 0:
                        run += 1
                        continue
                    while run > 15:
                        put(*code[0xF0])
                        run -= 16
                    put(*code[run * 16 + abs(value).bit_length()])
                    put_number(value)
                    run = 0
                if run:
                    put(*code[0])
    flush()

    segment = lambda marker, data: bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2, "big") + bytes(data)
    counts = lambda at, count: [count if i == at else 0 for i in range(1, 17)]
    components = [(1, horizontal * 16 + vertical, 0)] + ([(2, 0x11, 1), (3, 0x11, 1)] if colours else [])
    file = b"\xff\xd8" + segment(0xFE, b"by hand")
    for place in range(2):
        file += segment(0xDB, [place] + [rng.randint(1, 9) for _ in range(64)])
    file += segment(rng.choice([0xC0, 0xC1]), [8, *divmod(height, 256), *divmod(width, 256), len(components)] + sum(map(list, components), []))
    file += segment(0xC4, [0x00] + counts(4, 12) + sizes + [0x10] + counts(8, 162) + symbols)
    file += segment(0xC4, [0x11] + counts(13, 162) + symbols)
    if interval:
        file += segment(0xDD, list(divmod(interval, 256)))
    scan = sum(([i + 1, 0x01 if i else 0x00] for i in range(len(components))), [])
    return file + segment(0xDA, [len(components)] + scan + [0, 63, 0]) + bytes(out) + b"\xff\xd9"


def result(file, fit, width, height, channels, background):
    image = Image.open(io.BytesIO(file))
    turned = image.getexif().get(0x0112, 1) > 4
    upright = image.size[::-1] if turned else image.size
    if fit == "contain":
        size = ImageOps.contain(Image.new("1", upright), (width, height)).size
    elif fit == "fill":
        size = (width, height)
    elif upright[0] * height > upright[1] * width:
        size = (int(height * upright[0] / upright[1]), height)
    else:
        size = (width, int(width * upright[1] / upright[0]))
    image.draft(None, size[::-1] if turned else size)
    image = ImageOps.exif_transpose(image)
    if channels == 3:
        image = image.convert("RGB")
    image = image.resize(size, Image.BILINEAR)
    if fit == "contain":
        colour = background if image.mode == "RGB" else Image.new("RGB", (1, 1), background).convert("L").getpixel((0, 0))
        frame = Image.new(image.mode, (width, height), colour)
        frame.paste(image, (round((width - size[0]) / 2), round((height - size[1]) / 2)))
        image = frame
    else:
        left, top = round((size[0] - width) / 2), round((size[1] - height) / 2)
        image = image.crop((left, top, left + width, top + height))
    return image.convert("L" if channels == 1 else "RGB").tobytes()


cases = []
while len(cases) < int(sys.argv[2]):
    file = by_hand() if rng.random() < 0.4 else by_pillow()
    size = Image.open(io.BytesIO(file)).size
    side = lambda length: rng.choice([length, max(1, length // rng.choice([2, 3, 4, 8])), rng.randint(1, 80)])
    case = {
        "fit": rng.choice(["fill", "cover", "contain"]),
        "width": side(size[0]),
        "height": side(size[1]),
        "channels": rng.choice([1, 3, 3]),
        "background": [rng.randrange(256) for _ in range(3)],
    }
    try:
        expected = result(file, **{**case, "background": tuple(case["background"])})
    except ValueError:  # contained in nothing
        continue
    cases.append({**case, "file": base64.b64encode(file).decode(), "expected": base64.b64encode(expected).decode()})
print(json.dumps(cases))

# A hundred kinds of image files as users have them: formats, sizes, orientations, broken ones, and some that are no images.
# SPDX-License-Identifier: MIT

import struct
import zlib

import cv2
import numpy as np

SIZES = ((1, 1), (2, 3), (7, 5), (16, 16), (17, 33), (64, 48), (90, 70), (120, 161), (240, 1), (1, 240), (256, 200))  # width, height
ENCODINGS = {
    "plain.jpg": (".jpg", []),
    "low.jpg": (".jpg", [cv2.IMWRITE_JPEG_QUALITY, 10]),
    "progressive.jpg": (".jpg", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
    "restart.jpg": (".jpg", [cv2.IMWRITE_JPEG_RST_INTERVAL, 2, cv2.IMWRITE_JPEG_OPTIMIZE, 1]),
    "plain-png.png": (".png", []),
    "best.png": (".png", [cv2.IMWRITE_PNG_COMPRESSION, 9]),
}
CHANGED = (64, 48)  # the size of the images that are changed
ORIENTATIONS = range(10)  # 0 and 9 are none
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def pixels(width, height, channels=3, kind=np.uint8):
    random = np.random.default_rng(width * 1000 + height)
    return random.integers(0, np.iinfo(kind).max, (height, width, channels), kind, endpoint=True)


def encoded(array, ending, options=()):
    return cv2.imencode(ending, array, list(options))[1].tobytes()


def tiff(orientation, big_endian=False):
    """Returns an EXIF block with one tag, the orientation."""
    order = ">" if big_endian else "<"
    return (b"MM" if big_endian else b"II") + struct.pack(order + "HIHHHIHHI", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def chunk(kind, body):
    """Returns a chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(image, kind, body):
    """Returns the PNG with a further chunk, after the first one."""
    at = len(SIGNATURE) + 25
    return image[:at] + chunk(kind, body) + image[at:]


def jpeg_with(image, segment):
    """Returns the JPEG with a further segment APP1, first of all."""
    return image[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + image[2:]


def png(width, height, bits=8, color=2, body=None, interlace=0):
    """Returns a PNG of any header, with rows of zeros unless there is a body."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    rows = (b"\0" * (1 + (width * channels * bits + 7) // 8)) * height if body is None else body
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, interlace))
    palette = chunk(b"PLTE", bytes(range(48))) if color == 3 else b""
    return SIGNATURE + head + palette + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def good():
    """Yields (name, bytes) of images that are read.  Names differ before their first dot, as `pose --format cmu` wants it."""
    for width, height in SIZES:
        for name, (ending, options) in ENCODINGS.items():
            yield f"{width}x{height}-{name}", encoded(pixels(width, height), ending, options)
    width, height = CHANGED
    for channels, kind in ((1, np.uint8), (1, np.uint16), (3, np.uint16), (4, np.uint8), (4, np.uint16)):
        yield f"{channels}x{kind.__name__}.png", encoded(pixels(width, height, channels, kind), ".png")
    yield "gray.jpg", encoded(pixels(width, height, 1), ".jpg")
    for bits, color in ((1, 0), (2, 0), (4, 0), (1, 3), (2, 3), (4, 3), (8, 3), (8, 4), (16, 4)):
        yield f"bits{bits}color{color}.png", png(width, height, bits, color)
    jpeg, image = encoded(pixels(width, height), ".jpg"), encoded(pixels(width, height), ".png")
    for orientation in ORIENTATIONS:
        yield f"turned{orientation}.jpg", jpeg_with(jpeg, b"Exif\0\0" + tiff(orientation, orientation % 2 == 1))
        yield f"turned{orientation}-png.png", png_with(image, b"eXIf", tiff(orientation))
    yield "no-end.jpg", jpeg[:-2]
    yield "more.jpg", jpeg + b"more" * 100
    yield "more-png.png", image + b"more" * 100
    yield "a-png.jpg", image
    yield "A-JPEG.PNG", jpeg


def broken():
    """Yields (name, bytes) of files that are not images, or not all of one."""
    width, height = CHANGED
    jpeg, image = encoded(pixels(width, height), ".jpg"), encoded(pixels(width, height), ".png")
    for name, data in (("jpg", jpeg), ("png", image)):
        for tenths in (1, 5, 9):
            yield f"cut{tenths}-{name}.{name}", data[: len(data) * tenths // 10]
        yield f"head-{name}.{name}", data[:20]
    changed = bytearray(image)
    changed[len(changed) // 2] ^= 0xFF
    yield "changed.png", bytes(changed)
    yield "huge.png", png(1 << 17, 1 << 17, body=b"")
    yield "empty.jpg", b""
    yield "text.jpg", b"not an image\n"
    yield "zeros.png", bytes(3000)
    yield "a.bmp", encoded(pixels(width, height), ".bmp")
    yield "a-gif.jpg", b"GIF89a\1\0\1\0\0\0\0;"


def write(folder):
    """Writes all kinds, and links that lead nowhere.  Returns the paths."""
    paths = []
    for name, data in (*good(), *broken()):
        paths.append(folder / name)
        paths[-1].write_bytes(data)
    for name, target in (("nowhere.jpg", "none"), ("loop.png", "loop.png"), ("folder.jpg", ".")):
        paths.append(folder / name)
        paths[-1].symlink_to(target)
    return paths

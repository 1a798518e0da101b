# Reads random files with our readers and with the original ones, and compares: whether a file is accepted, and what is read.
# SPDX-License-Identifier: MIT
"""Our answers are those of build/fuzz/replay.  The judges are NumPy (npy, npz), safetensors, and OpenCV (JPEG, PNG, EXIF orientation).

Differences on purpose are listed for each judge with their reason: a pattern of our message for a file that only we refuse, or a function of the file and our
answer for one that only we accept, or from which both read other values."""

import dataclasses
import functools
import io
import json
import os
import random
import re
import struct
import subprocess
import tempfile
import zlib

import numpy as np

from lib import fuzz_edits
from lib.problem import Problem, reason

BATCH = 200  # files of one call
NUMBERS = ("<f4", "<f2", "<f8", "|b1", "|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8")
MAX_PIXELS = 1 << 14  # of fuzz/pictures.cpp
os.environ |= {"OPENCV_IO_MAX_IMAGE_PIXELS": str(1 << 20), "OPENCV_LOG_LEVEL": "OFF"}  # before OpenCV is loaded


@dataclasses.dataclass(frozen=True)
class Judge:
    """target: of fuzz/; make(random) returns a file; judge(bytes) returns the text that `replay` prints, or raises an exception
    stricter: pattern of our message -> why we refuse what the judge accepts; others: (function of the file and our text -> bool, why we accept it)"""

    target: str
    make: object
    judge: object
    stricter: dict
    others: tuple = ()


def described(array):
    array = np.asarray(array, order="C")
    return f"{array.dtype.str} [{','.join(map(str, array.shape))}] {zlib.crc32(array.tobytes()):08x}"


def random_array(rng):
    shape = tuple(rng.choice((0, 1, 2, 3, 5)) for _ in range(rng.randrange(5)))
    kind = rng.choice((*NUMBERS, *NUMBERS, ">f4", "<c8", "<U3", "|S2", "<M8[s]", "<f4,<i2", "|V3"))
    array = np.frombuffer(rng.randbytes(int(np.prod(shape)) * np.dtype(kind).itemsize), kind).reshape(shape)
    return np.asfortranarray(array) if rng.random() < 0.3 else array


def make_npy(rng):
    out = io.BytesIO()
    version = rng.choice((None, (1, 0), (2, 0), (3, 0)))
    np.lib.format.write_array(out, random_array(rng), version, allow_pickle=False)
    return changed(out.getvalue(), rng, fuzz_edits.edit_bytes) if rng.random() < 0.5 else edit_header(out.getvalue(), rng)


def edit_header(data, rng):
    """Changes the text of the header, which has any length, and sometimes corrects the padding."""
    first = 10 if data[6] == 1 else 12
    length = int.from_bytes(data[8:first], "little")
    words = [word for word in re.split(rb"(\W)", data[first : first + length].rstrip()) if word]
    for _ in range(rng.choice((0, 0, 1, 2))):
        at = rng.randrange(len(words))
        words[at] = rng.choice((words[rng.randrange(len(words))], b"", b" ", b"1", b"0", b"-1", b"1L", b"0x2", b"1_0", b"'", b",", b"True", b"None", b"f4", b"<", b"="))
    header = b"".join(words) + b" " * rng.randrange(3) + rng.choice((b"\n", b"\n", b""))
    return data[:8] + len(header).to_bytes(first - 8, "little") + header + data[first + length :]


def changed(data, rng, edit):
    """Returns the file, changed up to three times."""
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        data = edit(data, rng, [data])
    return data


def judge_npy(data):
    array = np.load(io.BytesIO(data), allow_pickle=False)
    if not isinstance(array, np.ndarray):
        raise ValueError("an archive")
    return described(array)


NPY_STRICTER = {
    r"little-endian bool, integer or float type": "text, complex and big-endian numbers, and structures are none that a network computes with",
    r"elements of type \S+ for shape .* found \d+ bytes": "every byte must belong to the array: NumPy leaves bytes after it",
    r"expected (a size|at most|'|\"|a quoted|a closed|True|the keys|nothing)": "the header must be as NumPy writes it: NumPy evaluates any literal of Python",
    r"the keys descr, fortran_order, shape once each": "a key that is repeated has no certain value",
}


def make_npz(rng):
    out = io.BytesIO()
    arrays = {rng.choice(("a", "b.c", "d/e", "\u00e9", "f.npy")) + str(i): random_array(rng) for i in range(rng.randrange(4))}
    (np.savez_compressed if rng.random() < 0.5 else np.savez)(out, **arrays)
    return changed(out.getvalue(), rng, fuzz_edits.edit_npz)


def judge_npz(data):
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        if any(not isinstance(archive[name], np.ndarray) for name in archive.files):
            raise ValueError("a member that is no array")
        names = sorted(archive.files, key=lambda name: name.encode("utf-8", "surrogateescape"))
        return " ".join([f"{len(names)} arrays", *(described(archive[name]) for name in names)])


NPZ_STRICTER = NPY_STRICTER | {
    r"expected members named \*\.npy": "NumPy gives other members as bytes",
    r"expected one member of that name, found two": "of two members of a name, NumPy reads one only",
    r"expected members of \d+ bytes at most": "members that overlap would be a way to make a file grow without bound",
    r"expected a (zip archive|central directory)|expected member|the central directory": "an archive begins where it says, without bytes before it",
    r"expected no encryption": "NumPy ignores the flag",
    r"found the end at": "a length that leads out of the file is an error",
    r"stored bytes": "Python reads as many bytes as the archive has for the member",
    r"bytes of deflated data": "every byte must belong to an array: Python leaves bytes after deflated data",
    r"expected npy format": "a version that NumPy does not write",
}


def make_safetensors(rng):
    sizes = {"F32": 4, "F16": 2, "BF16": 2, "F64": 8, "BOOL": 1, "I8": 1, "U8": 1, "I16": 2, "U16": 2, "I32": 4, "U32": 4, "I64": 8, "U64": 8, "F8_E4M3": 1}
    header, end = {"__metadata__": {"k": "v"}} if rng.random() < 0.5 else {}, 0
    for i in range(rng.randrange(4)):
        kind, shape = rng.choice(list(sizes)), [rng.choice((0, 1, 2, 3)) for _ in range(rng.randrange(4))]
        begin, end = end, end + sizes[kind] * int(np.prod(shape))
        header[f"t{i}"] = {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode() + b" " * rng.randrange(9)
    data = struct.pack("<Q", len(text)) + text + rng.randbytes(end)
    return changed(data, rng, fuzz_edits.edit_safetensors)


def judge_safetensors(data):
    import safetensors

    tensors = [(name, t["dtype"], t["shape"], bytes(t["data"])) for name, t in safetensors.deserialize(data)]
    return sorted(f"{kind} [{','.join(map(str, shape))}] {zlib.crc32(values):08x}" for _, kind, shape, values in tensors)


SAFETENSORS_STRICTER = {
    r"expected dtype \(a string\), shape and data_offsets": "a key that the format lacks is a typing error",
}


@functools.cache
def small_images():
    from lib import image_kinds

    return [data for _, data in image_kinds.good() if len(data) < 1 << 14]


def make_image(rng):
    """Changes an image, or gives it an orientation with any fields."""
    from lib import image_kinds

    data = rng.choice(small_images())
    if rng.random() < 0.6:
        return changed(data, rng, fuzz_edits.edit_bytes)
    block = bytearray(image_kinds.tiff(rng.randrange(12), rng.random() < 0.5))
    for _ in range(rng.randrange(3)):
        block[rng.randrange(len(block))] = rng.choice((0, 1, 2, 3, 6, 8, 0x12, 0x2A, 255))
    block = bytes(block[: rng.choice((len(block), len(block), rng.randrange(len(block) + 1)))])
    prefix = rng.choice((b"Exif\0\0", b"Exif\0\0", b"Exif\0", b"http://"))
    return image_kinds.jpeg_with(data, prefix + block) if data[0] == 0xFF else image_kinds.png_with(data, b"eXIf", block)


def has_cut_chunk(data):
    """Returns whether a chunk of a PNG claims more bytes than the file has: OpenCV allocates and clears up to 4 GB for it before it refuses the file."""
    at = 8 if data.startswith(b"\x89PNG") else len(data)
    while at + 12 <= len(data) and data[at + 4 : at + 8] != b"IEND":
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    return at > len(data)


def judge_image(data):
    import cv2

    if has_cut_chunk(data):
        raise ValueError("a chunk that the file does not have")
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if image is None:
        raise ValueError("no image")
    if image.shape[0] * image.shape[1] > MAX_PIXELS:
        raise ValueError("too large")
    return f"{image.shape[1]}x{image.shape[0]} {zlib.crc32(np.ascontiguousarray(image).tobytes()):08x}"


IMAGE_STRICTER = {
    r"expected a JPEG, PNG, BMP, WebP, TIFF, HEIF or AVIF image, found other data": "OpenCV reads further formats",
    r"broken or truncated": "OpenCV fills what is missing of an image with gray or black",
    r"expected at most \d+ pixels": "the limit of the target",
}

def lacks_its_end(data, ours):
    """Returns whether OpenCV reads the same when the end marker is added."""
    try:
        return judge_image(data + b"\xff\xd9") == ours
    except ValueError:
        return False


def is_corrupt(data, _):
    """Returns whether OpenCV's decoder warns of corrupt JPEG data, on standard error."""
    with tempfile.TemporaryFile() as file:
        stderr = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            judge_image(data)
        except ValueError:
            pass
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
        file.seek(0)
        return b"Corrupt JPEG data" in file.read()


IMAGE_OTHERS = (
    (is_corrupt, "versions of libjpeg-turbo guess differently what corrupt data are"),
    (lambda data, _: data.count(b"\xff\xe1") > 1, "OpenCV looks for the orientation in the first segment APP1 only, which may be XMP"),
    (lambda data, _: re.search(rb"(?s)\xff\xe1..(?!Exif\0\0(II|MM))", data), "OpenCV takes any segment APP1 for EXIF, and no byte order for big-endian"),
    (lacks_its_end, "cameras that lose power write images without an end marker"),
)

JUDGES = (
    Judge("npy", make_npy, judge_npy, NPY_STRICTER),
    Judge("npz", make_npz, judge_npz, NPZ_STRICTER),
    Judge("safetensors", make_safetensors, judge_safetensors, SAFETENSORS_STRICTER),
    Judge("jpeg", make_image, judge_image, IMAGE_STRICTER, IMAGE_OTHERS),
)


class Comparison:
    """replay: path of the program; folder: for the files"""

    def __init__(self, judge, replay, folder, seed):
        self.judge, self.replay, self.folder, self.random = judge, str(replay), folder, random.Random(f"{seed} {judge.target}")
        self.counts = {"both accept": 0, "both refuse": 0, "only we refuse": 0, "only we accept": 0}

    def run(self, count):
        """Compares the answers to so many files."""
        for first in range(0, count, BATCH):
            files = [self.judge.make(self.random) for _ in range(min(BATCH, count - first))]
            for data, ours in zip(files, self.answers(files), strict=True):
                self.compare(data, ours)

    def answers(self, files):
        paths = [os.path.join(self.folder, f"{self.judge.target}{i}") for i in range(len(files))]
        for path, data in zip(paths, files):
            with open(path, "wb") as file:
                file.write(data)
        run = subprocess.run([self.replay, self.judge.target, *paths], capture_output=True, text=True, errors="backslashreplace", check=False)
        lines = run.stdout.split("\n")[:-1]  # a message may have other characters that end lines
        if run.returncode != 0 or len(lines) != len(files):
            raise Problem(f"{self.replay} {self.judge.target}: {paths[min(len(lines), len(paths) - 1)]}: found exit code {run.returncode}: {run.stderr}")
        return lines

    def compare(self, data, line):
        kind, _, ours = line.partition(" ")
        try:
            theirs = self.judge.judge(data)
        except Exception as error:  # noqa: BLE001  # each judge has its own
            self.count("both refuse" if kind == "error" else "only we accept", data, kind == "error" or self.is_other(data, ours), ours, reason(error))
            return
        if kind == "error":
            self.count("only we refuse", data, any(re.search(pattern, ours) for pattern in self.judge.stricter), ours, theirs)
        else:
            self.count("both accept", data, self.same(ours, theirs) or self.is_other(data, ours), ours, theirs)

    def same(self, ours, theirs):
        if isinstance(theirs, list):  # in any order
            count, tensors = ours.split(" tensors")
            return int(count) == len(theirs) and sorted(re.findall(r"\S+ \[[\d,]*\] [0-9a-f]{8}", tensors)) == theirs
        return ours == theirs

    def is_other(self, data, ours):
        return any(matches(data, ours) for matches, _ in self.judge.others)

    def count(self, what, data, expected, ours, theirs):
        self.counts[what] += 1
        if not expected:
            path = os.path.join(self.folder, f"{self.judge.target}-difference")
            with open(path, "wb") as file:
                file.write(data)
            raise Problem(f"{path}: {what}: we say {ours!r}, the judge says {theirs!r}")

    def summary(self):
        total = sum(self.counts.values())
        return f"judged_{self.judge.target:13} {total:12} inputs, " + ", ".join(f"{what} {number}" for what, number in self.counts.items())

# The readers of the Python scripts under random files: each file is read, or is a Problem of one line.  Anything else is a bug.
# SPDX-License-Identifier: MIT

import dataclasses
import faulthandler
import io
import json
import os
import pathlib
import pickle
import random
import resource
import struct
import sys
import time
import warnings
import zipfile

from lib import fuzz_edits, safetensors_file, torch_file
from lib.problem import Problem

SCRIPTS = str(pathlib.Path(__file__).resolve().parents[1])
MAX_SECONDS = 60  # of WATCHED files
WATCHED = 200
MAX_BYTES = 4 << 30  # of the process
LONGEST = 1 << 16  # bytes of an input that is kept
MOST_KEPT = 2000  # inputs of a target


@dataclasses.dataclass(frozen=True)
class Reader:
    """seeds() returns files to start with; edit(bytes, random, others) changes one; read(path) returns what was read or raises Problem"""

    name: str
    ending: str
    seeds: object
    edit: object
    read: object


def onnx_seeds():
    import onnx_cases
    import onnx_refused

    return [case[0].SerializeToString() for cases in (onnx_cases.accepted(), onnx_refused.refused()) for case in cases.values()]


def read_onnx(path):
    """Returns the graph as text, as convert_onnx.py writes it."""
    import convert_onnx

    output = path + ".safetensors"
    with convert_arguments(path, output):
        convert_onnx.main()
    _, metadata = safetensors_file.read(output)
    os.remove(output)
    return metadata["graph"]


class convert_arguments:
    """Sets the arguments of a script for a block."""

    def __init__(self, *arguments):
        self.arguments, self.before = ["script", *arguments], sys.argv

    def __enter__(self):
        sys.argv = self.arguments

    def __exit__(self, *_):
        sys.argv = self.before


def state_dict(count=2):
    """Returns the pickle of tensors "t0", "t1", ... of two numbers each, as torch.save writes it."""

    def literal(value):
        return pickle.dumps(value, 2)[2:-1]

    body = b"\x80\x02ccollections\nOrderedDict\n)R"
    for i in range(count):
        kind = (b"FloatStorage", b"HalfStorage", b"DoubleStorage", b"LongStorage")[i % 4]
        storage = b"(" + literal("storage") + b"ctorch\n" + kind + b"\n" + literal(str(i)) + literal("cpu") + literal(2) + b"tQ"
        body += literal(f"t{i}") + b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + literal(0) + literal((2,)) + literal((1,)) + b"\x89}tRs"
    return body + b"."


def torch_seeds():
    numbers = [struct.pack(kind, 1, 2) for kind in ("<2f", "<2e", "<2d", "<2q")]
    head = [pickle.dumps(part, 2) for part in (torch_file.LEGACY_MAGIC, torch_file.LEGACY_PROTOCOL, {"little_endian": True})]
    seeds = []
    for count in (1, 4):
        storages = b"".join(struct.pack("<q", 2) + numbers[i] for i in range(count))
        seeds.append(b"".join(head) + state_dict(count) + pickle.dumps([str(i) for i in range(count)], 2) + storages)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("archive/data.pkl", state_dict(count))
            archive.writestr("archive/byteorder", "little")
            for i in range(count):
                archive.writestr(f"archive/data/{i}", numbers[i])
        seeds.append(out.getvalue())
    return seeds


def read_torch(path):
    return torch_file.without_wrapper(path, torch_file.read_state_dict(path))


def corpus(*names):
    """Returns the committed inputs of these targets of fuzz/."""
    folder = pathlib.Path(SCRIPTS).parent / "fuzz" / "corpus"
    return [path.read_bytes() for name in names for path in sorted((folder / name).iterdir())]


def read_array(path):
    import dump_pytorch

    return dump_pytorch.read_array(path)


def people_seeds():
    keypoints = [(i * 37) % 100 + k % 3 for k, i in enumerate(range(51))]
    person = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 40], "area": 900.5, "iscrowd": 0, "keypoints": keypoints, "num_keypoints": 17}
    images = [{"id": 1, "file_name": "a.png", "ignore_regions_x": [[1, 2, 3]], "ignore_regions_y": [[1, 2, 3]]}, {"id": 2, "file_name": "a.png"}]
    labels = {"images": images, "annotations": [person, {**person, "id": 2, "image_id": 2}], "categories": [{"id": 1, "name": "person"}]}
    return [json.dumps(labels).encode(), json.dumps({**labels, "categories": []}).encode(), b'{"annotations": [], "images": []}']


def read_people(path):
    from lib import people_labels

    file = pathlib.Path(path)
    (file.parent / "a.png").touch()
    return people_labels.read(file, people_labels.read_json(file), [file.parent])


def read_lines(path):
    from lib import track_lines

    return track_lines.read(path, 10)


def edit_text(data, rng, others):
    return fuzz_edits.edit_bytes(data, rng, others) if rng.random() < 0.2 else fuzz_edits.edit_json(data, rng)


READERS = (
    Reader("python_onnx", ".onnx", onnx_seeds, fuzz_edits.edit_onnx, read_onnx),
    Reader("python_torch", ".pth", torch_seeds, fuzz_edits.edit_torch, read_torch),
    Reader("python_safetensors", ".safetensors", lambda: corpus("safetensors", "safetensors_weights"), fuzz_edits.edit_safetensors, safetensors_file.read),
    Reader("python_array", ".npy", lambda: corpus("npy", "npz"), fuzz_edits.edit_npz, read_array),
    Reader("python_people", ".json", people_seeds, edit_text, read_people),
    Reader("python_lines", ".jsonl", lambda: corpus("results"), fuzz_edits.edit_lines, read_lines),
)


class Coverage:
    """Finds out whether a call reaches lines of the scripts that no call before reached."""

    def __init__(self):
        self.lines, self.new = set(), False

    def __enter__(self):
        self.new = False
        sys.settrace(self._calls)
        return self

    def __exit__(self, *_):
        sys.settrace(None)

    def _calls(self, frame, _event, _arg):
        return self._lines if frame.f_code.co_filename.startswith(SCRIPTS) else None

    def _lines(self, frame, _event, _arg):
        line = (frame.f_code, frame.f_lineno)
        if line not in self.lines:
            self.lines.add(line)
            self.new = True
        return self._lines


class Fuzzer:
    """folder: for the file of each run; an input that fails stays there"""

    def __init__(self, reader, folder, seed):
        self.reader, self.random, self.coverage = reader, random.Random(seed), Coverage()
        self.path = os.path.join(folder, f"{reader.name}{reader.ending}")
        self.kept, self.counts, self.results = [], {"accepted": 0, "refused": 0}, []

    def run(self, seconds, runs=None):
        """Reads the seeds, then changed files for a time, or so many runs."""
        end = time.monotonic() + seconds
        for data in self.reader.seeds():
            self.try_one(data)
            self.kept.append(data)
        while time.monotonic() < end if runs is None else sum(self.counts.values()) < runs:
            data = self.reader.edit(self.random.choice(self.kept), self.random, self.kept)
            if self.try_one(data) and len(data) <= LONGEST and len(self.kept) < MOST_KEPT:
                self.kept.append(data)
        faulthandler.cancel_dump_traceback_later()

    def try_one(self, data):
        """Returns whether the file reached new lines."""
        with open(self.path, "wb") as file:
            file.write(data)
        if sum(self.counts.values()) % WATCHED == 0:
            faulthandler.dump_traceback_later(MAX_SECONDS, exit=True)
        try:
            with self.coverage:
                self.results.append(self.reader.read(self.path))
            self.counts["accepted"] += 1
        except Problem:
            self.counts["refused"] += 1
        except BaseException:
            print(f"{self.reader.name}: {self.path} is the file", file=sys.stderr)
            raise
        del self.results[:-MOST_KEPT]
        return self.coverage.new

    def summary(self):
        return f"{self.reader.name:20} {sum(self.counts.values()):12} inputs, {len(self.coverage.lines):5} lines, {self.counts['accepted']} accepted"


def be_strict():
    """A file that makes a reader allocate without bound becomes a MemoryError, and numbers that overflow a RuntimeWarning: neither is a Problem."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    warnings.simplefilter("error", RuntimeWarning)

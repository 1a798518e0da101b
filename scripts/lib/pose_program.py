# Runs the program `pose` on images and reads the people that it found.
# SPDX-License-Identifier: MIT

import collections
import dataclasses
import json
import pathlib
import sys
import tempfile

import numpy as np

from lib.problem import Problem, reading
from lib.run_program import run_program

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclasses.dataclass
class Found:
    """people: file name -> people of the image, best first, [n, 17, 3]: x, y, score.  results: as the program wrote them.  boxes: of the detector, or those
    given, in the format of --boxes"""

    people: dict
    results: list
    boxes: list


def parse_args(parser):
    """Returns the arguments of the command line.  options: those after --, which are for the program `pose`"""
    arguments = sys.argv[1:]
    end = arguments.index("--") if "--" in arguments else len(arguments)
    args = parser.parse_args(arguments[:end])
    args.options = arguments[end + 1 :]
    return args


def find_program(name, path=None):
    """Returns the path of the program in a build, or `path`."""
    places = [pathlib.Path(path)] if path else [ROOT / folder / "apps" / name for folder in ("build", "build-emulated")]
    for place in places:
        if place.is_file():
            return place
    raise Problem(f"expected the program {name}, found none of {', '.join(map(str, places))}: meson setup build --buildtype=release && ninja -C build")


def run_pose(program, pictures, options, boxes=None):
    """boxes: entries with image_id, bbox, score, used in place of a detector"""
    with tempfile.TemporaryDirectory(prefix="pose-") as folder:
        names, out, used = (pathlib.Path(folder) / name for name in ("pictures.txt", "alphapose-results.json", "boxes.json"))
        names.write_text("".join(f"{picture}\n" for picture in pictures), encoding="utf-8", errors="surrogateescape")
        command = [program, "--list", names, "--outdir", folder, "--json_boxes", used, "--keypoints", "coco17", "--quiet", *options]
        if boxes is not None:
            given = pathlib.Path(folder) / "given.json"
            given.write_text(json.dumps(boxes), encoding="ascii")
            command += ["--boxes", given]
        run_program(command, name=" ".join(map(str, [program, *options])))  # exit code 1, where only some images could be read, is not enough to compare
        return read_found(out, used)


def read_found(results_path, boxes_path):
    people = collections.defaultdict(list)
    with reading(results_path, "results of pose"):
        results, boxes = (json.loads(path.read_text(encoding="ascii")) for path in (results_path, boxes_path))
        for entry in sorted(results, key=lambda e: -e["score"]):
            people[entry["image_id"]].append(np.array(entry["keypoints"], float).reshape(17, 3))
    return Found({name: np.stack(some) for name, some in people.items()}, results, boxes)

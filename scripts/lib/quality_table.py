# Measures and writes the tables of docs/quality.md.
# SPDX-License-Identifier: MIT

import functools
import pathlib
import sys
import tempfile

from lib import coco_ap, marked_text, quality
from lib.marked_text import markdown
from lib.pose_program import ROOT
from lib.problem import Problem
from lib.run_program import run_program

sys.path.insert(0, str(ROOT / "scripts" / "train"))

COMMAND = "scripts/eval_pose.py table"
TEACHER = ["--pose", "simplepose", "--flip"]
PHOTOS = [f"models/photos/{name}" for name in ("messi5.jpg", "basketball1.png")] + [f"../shared/photos/{n}.jpg" for n in (1, 2, 3)]
VIDEO = "models/train/vtest.avi"
SECONDS = 0.8  # between two held-out frames
SCENES, SEED = {"ordinary": 70, "mixed": 140}, 77  # number of rendered scenes by kind; a seed that no training uses
HEADS = {"ordinary": "rendered", "mixed": "stress"}


def rows_of(nets):
    """Returns the compared networks: (name, options of `pose`)"""
    out = [("simplepose", ["--pose", "simplepose"])]
    for net in nets:
        name = pathlib.PurePath(net).stem
        out += [(name, ["--pose", net]), (f"{name}, `--flip`", ["--pose", net, "--flip"])]
    return out


def photos():
    there = [path for path in PHOTOS if (ROOT / path).is_file()]
    if not there:
        raise Problem(f"expected test photos, found none of {', '.join(PHOTOS)}: scripts/fetch_models photos gets some")
    return [str(ROOT / path) for path in there]


def held_frames(folder):
    """Writes the held-out frames of the video as PNG files and returns their paths."""
    import cv2
    import sources

    if not (ROOT / VIDEO).is_file():
        raise Problem(f"expected {VIDEO}, found none: scripts/train/setup gets it")
    files = []
    for number, image, held in sources.frames(ROOT / VIDEO, SECONDS):
        if held:
            files.append(f"{folder}/{number:04d}.png")
            cv2.imwrite(files[-1], image)
    return files


def rendered(folder, kind, count):
    """Renders scenes with exact labels -> (labels, folder).  Drawn backgrounds make them the same on every machine."""
    command = [sys.executable, ROOT / "scripts" / "train" / "render.py", folder, "--kind", kind, "--count", str(count), "--seed", str(SEED)]
    run_program(command, name=command[1])
    return coco_ap.Labels(pathlib.Path(folder) / "annotations.json"), pathlib.Path(folder)


class Tables:
    """expected: name -> quality.Expected; labeled: kind -> (coco_ap.Labels, folder)"""

    def __init__(self, program, nets, folder):
        self.program, self.nets = program, nets
        self.expected = {"photos": quality.expected_from(program, photos(), TEACHER), "video": quality.expected_from(program, held_frames(folder), TEACHER)}
        self.labeled = {kind: rendered(f"{folder}/{kind}", kind, count) for kind, count in SCENES.items()}

    def sizes(self):
        rows = []
        for name, w in self.expected.items():
            people = w.people.values()
            rows.append((name, len(w.images), sum(len(keypoints) for keypoints, _ in people), sum(int(counted.sum()) for _, counted in people)))
        for kind, (labels, _) in self.labeled.items():
            rows.append((HEADS[kind], len(labels.files), len(labels.people), sum(a["num_keypoints"] for a in labels.people)))
        return markdown(("set", "images", "people", "keypoints"), rows)

    @functools.cached_property
    def agreements(self):
        """set -> network -> (Agreement, image -> Agreement), in the same boxes"""
        return {kind: {name: quality.compare(self.program, expected, options, True) for name, options in rows_of(self.nets)} for kind, expected in self.expected.items()}

    def same_boxes(self):
        rows = []
        for name, options in rows_of(self.nets):
            row = [name]
            for nets in self.agreements.values():
                sums, _ = nets[name]
                row += [f"{sums.pck():.3f}", f"{sums.mean_oks():.3f}"]
            for labels, images in self.labeled.values():
                values, _ = quality.precision(self.program, labels, images, options, True)
                row += [f"{values[key]:.3f}" for key in ("AP", "AP50")]
            rows.append(row)
        pairs = [(name, ("PCK@0.2", "OKS")) for name in self.expected] + [(HEADS[kind], ("AP", "AP50")) for kind in self.labeled]
        return markdown(["network"] + [f"{name}: {what}" for name, both in pairs for what in both], rows)

    def pipelines(self):
        rows = []
        for detector, finds in quality.DETECTORS.items():
            for name, options in rows_of(self.nets):
                row = [detector, name]
                for expected in self.expected.values():
                    sums, _ = quality.compare(self.program, expected, [*finds, *options], False)
                    row += [f"{sums.pck():.3f}", f"{sums.same} of {sums.people}, {sums.found}"]
                for labels, images in self.labeled.values():
                    values, _ = quality.precision(self.program, labels, images, [*finds, *options], False)
                    row += [f"{values[key]:.3f}" for key in ("AP", "AR")]
                rows.append(row)
        pairs = [(name, ("PCK@0.2", "people matched, found")) for name in self.expected] + [(HEADS[kind], ("AP", "AR")) for kind in self.labeled]
        return markdown(["detector", "network"] + [f"{name}: {what}" for name, both in pairs for what in both], rows)

    def each_photo(self):
        each = [images for _, images in self.agreements["photos"].values()]
        rows = [(name, first.people, first.counted, *(f"{one[name].pck():.3f}" for one in each)) for name, first in each[0].items()]
        return markdown(["photo", "people", "keypoints", *(f"{name}: PCK@0.2" for name, _ in rows_of(self.nets))], rows)

    def by_kind(self):
        """Measures the first network on each kind of stress scene.  render.py draws the kinds in turn."""
        import render

        labels, images = self.labeled["mixed"]
        detector, finds = next(iter(quality.DETECTORS.items()))
        rows = []
        for k, kind in enumerate(render.STRESS):
            names = {pathlib.PurePath(file).name for file in labels.files[k :: len(render.STRESS)]}
            people = len(labels.boxes(names))
            row = [kind, len(names), people]
            for options, true_boxes in ((["--pose", self.nets[0]], True), ([*finds, "--pose", self.nets[0]], False)):
                values, found = quality.precision(self.program, labels, images, options, true_boxes, names)
                row += [f"{values['AP']:.3f}" if people else "", found]
            rows.append(row)
        return markdown(["scenes", "images", "people", "AP in ground-truth boxes", "people found", f"AP with {detector}", "people found"], rows)

    def all(self):
        return "\n\n".join([
            self.sizes(), "### Same boxes for every network", self.same_boxes(), "### Per photo", self.each_photo(), "### Complete pipelines", self.pipelines(),
            f"### Stress, {pathlib.PurePath(self.nets[0]).stem}", self.by_kind(),
        ])  # fmt: skip


def write(file, program, nets):
    """Replaces the text between the marker lines."""
    with tempfile.TemporaryDirectory(prefix="quality-") as folder:
        marked_text.replace(file, COMMAND, lambda: Tables(program, nets, folder).all())

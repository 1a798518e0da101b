# Runs `pose` and the reference in turn on one folder of images.
# SPDX-License-Identifier: MIT

import dataclasses
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

from lib.problem import Problem
from rivals import cases, people, report, venv

REFERENCES = {"reference": [], "reference, folded": ["--fold"]}


@dataclasses.dataclass(frozen=True)
class Pair:
    """A detector and a pose network.  `pictures`: number of images, since some pairs find more people than others"""

    detector: str
    side: int
    pose: str
    conf: float
    pictures: int

    @property
    def title(self):
        return f"{self.detector} {self.side}, {self.pose}"


PAIRS = {
    "real": Pair("yolov3-tiny", 416, "simplepose", 0.2, 20),
    "synthetic": Pair("yolov3-spp@seed:0", 608, "fastpose@seed:0", 0.05, 2),
}


def photos_in(folder):
    names = [os.path.join(place, name) for place, _, names in os.walk(folder) for name in names]
    return sorted(name for name in names if name.lower().endswith((".jpg", ".jpeg", ".png")))


def fill(folder, photos, count):
    """Copies `count` images under distinct names."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for i, photo in enumerate(itertools.islice(itertools.cycle(photos), count)):
        shutil.copyfile(photo, os.path.join(folder, f"{i:03}{os.path.splitext(photo)[1]}"))


class Comparison:
    def __init__(self, pair, threads, build, folder):
        self.pair, self.threads, self.build, self.folder = pair, threads, build, folder
        self.seconds = {name: [] for name in ("ours", *REFERENCES)}
        self.people, self.versions = {}, {}

    def network(self, name):
        return os.path.join(self.folder, name + ".safetensors")

    def results(self, name):
        return os.path.join(self.folder, name.replace(", ", "-"))

    def command(self, name):
        words = ["--indir", os.path.join(self.folder, "pictures"), "--outdir", self.results(name), "--detector", self.network("detector")]
        words += ["--pose", self.network("pose"), "--conf", str(self.pair.conf), "--threads", str(self.threads)]
        if name == "ours":
            return [os.path.join(self.build, "apps", "pose"), "--quiet", "--inp_dim", str(self.pair.side), *words]
        return [sys.executable, os.path.join(venv.PROJECT, "scripts", "reference_pipeline.py"), *words, *REFERENCES[name]]

    def play(self, number):
        names = list(self.seconds)
        turn = number % len(names)
        env = os.environ | {"PYTHONPATH": venv.OPENCV_4_FOLDER, "OMP_NUM_THREADS": str(self.threads)}
        for name in names[turn:] + names[:turn]:
            start = time.perf_counter()
            done = subprocess.run(self.command(name), capture_output=True, text=True, check=False, env=env)
            whole = time.perf_counter() - start
            if done.returncode != 0:
                raise Problem(f"{name}: expected a result, found: {done.stderr.strip()}")
            said = json.loads(done.stdout) if name != "ours" else {"seconds": whole}
            self.versions = said.get("versions", self.versions)
            self.seconds[name].append(said["seconds"])
            print(f"  {self.pair.title}, threads {self.threads}, {name}: {said['seconds']:.1f} s", file=sys.stderr)
        if number == 0:
            found = {name: people.read(os.path.join(self.results(name), "alphapose-results.json")) for name in names}
            self.people = {name: people.summary(found["ours"], found[name]) for name in REFERENCES}

    def row(self, count):
        speed = lambda name: f"{count / statistics.median(self.seconds[name]):.3g}"
        found = self.people["reference"]
        ratios = [report.ratio_text(report.ratio(self.seconds[name], self.seconds["ours"])) for name in REFERENCES]
        joints = f"{100 * found['close']:.1f} % of {found['joints']} (median {found['median_px']:.4f} px)"
        return [self.pair.title, self.threads, count, *map(speed, self.seconds), *ratios, found["ours"], found["theirs"], joints]

    def to_json(self):
        return {**dataclasses.asdict(self.pair), "threads": self.threads, "seconds": self.seconds, "people": self.people}


def markdown(comparisons, counts, facts):
    versions = ", ".join(f"{name} {version}" for name, version in comparisons[0].versions.items())
    head = ["networks", "threads", "images", "ours, images / s", *(f"{name}, images / s" for name in REFERENCES)]
    head += [*(f"{name}: time / ours" for name in REFERENCES), "people, ours", "people, reference", "keypoints within half a pixel"]
    lines = [f"{facts['machine']}; {facts['date']}; {versions}.\n\n```\n{facts['command']}\n```\n"]
    rule = "Our time is that of the whole program; the reference's excludes imports and loading."
    lines += [f"Medians over {facts['rounds']} interleaved rounds.\n{rule}\n"]
    return "\n".join(lines + [report.table(head, [c.row(counts[c.pair]) for c in comparisons])])


def prepare(pair, build, folder, photos, count):
    """Prepares the networks and images for a comparison in `folder`."""
    fill(os.path.join(folder, "pictures"), photos, count)
    program = os.path.join(build, "bench", "nets")
    cases.save_model(program, pair.detector, (pair.side, pair.side), os.path.join(folder, "detector.safetensors"))
    cases.save_model(program, pair.pose, None, os.path.join(folder, "pose.safetensors"))

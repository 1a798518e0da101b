# The clips to judge trackers on, what is found in them, and the trackers to compare.
# SPDX-License-Identifier: MIT

import argparse
import hashlib
import itertools
import pathlib
import sys

from lib import track_clips, track_judge, track_lines, track_real, track_run, track_simulate
from lib.pose_program import ROOT, find_program
from lib.problem import Problem
from lib.run_program import run_program

SETS = {"tune": range(1000, 1020), "test": range(2000, 2024)}  # nothing was chosen by a look at the test clips
SINGLE = {"still": range(3000, 3006), "wave": range(3010, 3016)}
TRACKERS = ("exact ids", "ours", *track_run.BASELINES, *track_run.FITTED, "greedy IoU")
POSE = ["--detector", "yolo-fastest-xl", "--inp_dim", "320", "--conf", "0.2", "--pose", "pose-nano"]
CLIPS = ROOT / "scripts" / "train" / "clips.py"


def rendered(folder, seeds, kind=None):
    """Renders the clips that are missing.  Returns all."""
    command = [sys.executable, CLIPS, folder, "--seeds", f"{min(seeds)}..{max(seeds)}"]
    run_program(command + (["--kind", kind] if kind else []), name=CLIPS)
    return [track_clips.read_rendered(pathlib.Path(folder) / str(seed)) for seed in seeds]


def read(path):
    """Reads a rendered clip's folder, or a label file in PoseTrack's format, whose images are in ../.. of it."""
    return track_clips.read_rendered(path) if path.is_dir() else track_clips.read_posetrack(path, path.parents[2])


def found_by_pose(program, clip, options):
    """Returns what `pose` finds in a clip; kept next to its frames, since it takes a while."""
    stamp = hashlib.sha256(repr((program.stat().st_mtime_ns, list(options))).encode()).hexdigest()[:8]
    path = pathlib.Path(clip.images[0]).parent / f"pose-{stamp}.jsonl"
    if not path.is_file():
        part = path.with_suffix(".part")
        track_lines.write(part, clip, track_real.find(program, clip, options))
        part.replace(path)
    return track_lines.read(path, len(clip.frames))


def true_ids(clip, frames):
    """Returns the exact ids of people that a network found: those of the labeled person in the same place."""
    out = []
    for truth, found in zip(clip.frames, frames):
        people, own = track_judge.pairs(track_judge.iou(truth.boxes, found.boxes), track_judge.SAME)
        ids = found.ids * 0
        ids[own] = truth.ids[people]
        out.append(ids)
    return out


def program(build, name):
    return find_program(name, build / "apps" / name)


class Case:
    """Clips and what is found in them.  args: build, folder, set, seeds, detections, options of `pose`, trackers"""

    def __init__(self, args):
        self.args = args
        seeds = SETS[args.set]
        clips = rendered(args.folder, seeds)
        wanted = args.seeds or seeds
        self.clips = [clip for clip in clips if int(clip.name) in wanted]
        if not self.clips:
            raise Problem(f"--seeds: expected some of {seeds[0]}..{seeds[-1]}, found {' '.join(map(str, args.seeds))}")
        if args.detections == "pose":
            self.found = [found_by_pose(program(args.build, "pose"), clip, args.options or POSE) for clip in self.clips]
            self.origins = [true_ids(clip, frames) for clip, frames in zip(self.clips, self.found)]
        else:
            self.found, self.origins = map(list, zip(*(track_simulate.simulate(clip) for clip in self.clips)))

    def run(self, name):
        """Returns the frames of each clip with the ids of that tracker."""
        if name == "ours":
            return track_run.ours(program(self.args.build, "results"), self.clips, self.found)
        if name == "exact ids":
            return [track_run.with_ids(frames, ids) for frames, ids in zip(self.found, self.origins)]
        if name == "greedy IoU":
            return track_run.greedy(self.found)
        return track_run.baseline(name, self.clips, self.found)

    def tracked(self):
        """Yields (tracker, frames of each clip); skips a tracker that is not installed, with the reason."""
        for name in self.args.trackers:
            try:
                yield name, self.run(name)
            except Problem as problem:
                print(f"{name} skipped: {problem}", file=sys.stderr)


GRID = {
    "ByteTrack": {"track_activation_threshold": (0.4, 0.7), "high_conf_det_threshold": (0.4, 0.6), "minimum_iou_threshold": (0.1, 0.2),
                  "lost_track_buffer": (30, 90), "minimum_consecutive_frames": (1, 2)},
    "OC-SORT": {"high_conf_det_threshold": (0.2, 0.4, 0.6), "minimum_iou_threshold": (0.1, 0.3), "lost_track_buffer": (30, 90),
                "minimum_consecutive_frames": (1, 3)},
}  # fmt: skip


def fitted(name, case):
    """Yields (options, values), each better in HOTA than the last, over all combinations of GRID."""
    best = 0.0
    for values in itertools.product(*GRID[name].values()):
        options = dict(zip(GRID[name], values))
        total, _ = track_judge.judge(case.clips, track_run.baseline(name, case.clips, case.found, options))
        if total["HOTA"] > best:
            best = total["HOTA"]
            yield options, total


def arguments(build, folder, **rest):
    """Returns the arguments of a Case that a table needs."""
    return argparse.Namespace(build=build, folder=folder, seeds=None, trackers=TRACKERS, **rest)

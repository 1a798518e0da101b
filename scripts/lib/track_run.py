# Runs trackers on the people found in clips: ours, baselines from PyPI, a greedy one, and the exact ids as an upper limit.
# SPDX-License-Identifier: MIT

import dataclasses
import json
import os
import pathlib
import subprocess
import tempfile
import venv

import numpy as np

from lib import track_lines
from lib.pose_program import ROOT
from lib.problem import Problem
from lib.run_program import run_program
from lib.track_judge import iou, pairs

FOLDER = ROOT / ".venv-track"
PYTHON = FOLDER / "bin" / "python"
REQUIREMENTS = ("numpy==2.4.6", "scipy==1.17.1", "supervision==0.31.2", "trackers==2.6.1")
BASELINES = {"ByteTrack": ("bytetrack", {}), "OC-SORT": ("ocsort", {})}
# The same with the best thresholds for clips for tuning (scripts/eval_track.py fit).
FITTED = {
    "ByteTrack, fitted": ("bytetrack", {"track_activation_threshold": 0.4, "high_conf_det_threshold": 0.4, "minimum_iou_threshold": 0.1,
                                        "lost_track_buffer": 30, "minimum_consecutive_frames": 2}),
    "OC-SORT, fitted": ("ocsort", {"high_conf_det_threshold": 0.4, "minimum_iou_threshold": 0.1, "lost_track_buffer": 90, "minimum_consecutive_frames": 1}),
}  # fmt: skip


def setup():
    """Installs the baselines into .venv-track."""
    if not PYTHON.exists():
        venv.create(FOLDER, with_pip=True)
    command = [PYTHON, "-m", "pip", "--quiet", "install", *REQUIREMENTS]
    if subprocess.run(list(map(str, command)), check=False).returncode != 0:
        raise Problem(f"expected {' '.join(REQUIREMENTS)} from PyPI, found an error of pip")


def with_ids(frames, ids):
    return [dataclasses.replace(found, ids=np.array(own, int)) for found, own in zip(frames, ids, strict=True)]


def baseline(name, clips, found, options=None):
    """Returns the frames of each clip with the ids of that baseline.  options: in place of the default ones"""
    kind, defaults = (BASELINES | FITTED)[name]
    if not PYTHON.exists():
        raise Problem(f"{name}: expected the Python package trackers, found none: scripts/eval_track.py setup")
    rows = lambda frame: np.concatenate([frame.boxes, frame.box_scores[:, None]], 1).tolist()
    given = [{"fps": clip.fps, "frames": list(map(rows, frames))} for clip, frames in zip(clips, found, strict=True)]
    job = json.dumps({"tracker": kind, "options": defaults | (options or {}), "clips": given})
    command, env = [PYTHON, "-I", pathlib.Path(__file__).with_name("track_baselines.py")], os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    ran = subprocess.run(command, input=job, capture_output=True, text=True, check=False, env=env)
    if ran.returncode != 0:
        raise Problem(f"{name}: {(ran.stderr.strip().splitlines() or ['failed'])[-1]}")
    return [with_ids(frames, ids) for frames, ids in zip(found, json.loads(ran.stdout), strict=True)]


def ours(program, clips, found, options=()):
    """Runs `results track` on every clip."""
    out = []
    with tempfile.TemporaryDirectory(prefix="track-") as folder:
        given, tracked = pathlib.Path(folder, "in.jsonl"), pathlib.Path(folder, "out.jsonl")
        for clip, frames in zip(clips, found, strict=True):
            track_lines.write(given, clip, frames)
            tracked.unlink(missing_ok=True)
            run_program([program, "track", given, tracked, *options], name=f"{program} track")
            out.append(track_lines.read(tracked, len(frames)))
    return out


def greedy(found, least=0.3):
    """Gives a box the id of the box of the last frame that it overlaps most: the simplest tracker.  It has no motion and no memory."""
    out = []
    for frames in found:
        last_boxes, last_ids, given, count = np.zeros((0, 4)), np.zeros(0, int), [], 0
        for frame in frames:
            ids = np.zeros(len(frame.boxes), int)
            old, new = pairs(iou(last_boxes, frame.boxes), least)
            ids[new] = last_ids[old]
            fresh = np.flatnonzero(ids == 0)
            ids[fresh] = count + 1 + np.arange(len(fresh))
            count += len(fresh)
            last_boxes, last_ids = frame.boxes, ids
            given.append(ids)
        out.append(with_ids(frames, given))
    return out

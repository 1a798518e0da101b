# The runs of bench/video.py: `pose` and rtmlib on a clip, the networks alone, and the memory of a long run.
# SPDX-License-Identifier: MIT

import contextlib
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import threading
import time

import numpy as np

from lib import keypoints, net_file, track_lines
from lib.problem import Problem
from rivals import cases, rounds

RTMLIB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rtmlib_run.py")
BATCHES = (1, 4, 8, 12)  # people in a frame for which the pose network is timed
SAME_BOX = 0.5  # IoU from which two boxes are of the same person
HELD_BACK = 32  # frames that the reader and the stages of `pose` may hold until the input ends
SURE = 0.2  # score from which a keypoint is compared
CLEAR = 0.5  # mean score of the keypoints of a person who is seen well
OURS = {"every": [], "every5": ["--detect_every", "5"], "drawn": ["--save_video"], "served": ["--serve", "127.0.0.1:0"]}
THEIRS = {"rtmlib": 1, "rtmlib5": 5}


@dataclasses.dataclass(frozen=True)
class Pair:
    detector: str
    pose: str
    side: int
    conf: float
    variants: tuple

    @property
    def title(self):
        return f"{self.detector} {self.side}, {self.pose}"


PAIRS = {
    "small": Pair("yolo-fastest-xl", "pose-nano", 608, 0.2, (*OURS, *THEIRS)),
    "tiny": Pair("yolov3-tiny", "pose-nano", 608, 0.2, ("every", "every5")),
}


def timed(command):
    """Runs a command to its end.  Returns seconds and CPU seconds."""
    before, start = os.times(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds, after = time.perf_counter() - start, os.times()
    if done.returncode != 0:
        raise Problem(f"{os.path.basename(command[0])}: expected a result, found: {done.stderr.strip()}")
    return seconds, after.children_user - before.children_user + after.children_system - before.children_system


class Comparison:
    """One pair of networks on the first `end` seconds of a clip.  values: variant -> name -> one number a round"""

    def __init__(self, pair, build, folder, clip, end, threads):
        self.pair, self.build, self.folder, self.clip, self.end, self.threads = pair, build, folder, clip, end, threads
        self.values = {name: {"seconds": [], "cpu": []} for name in pair.variants}
        self.nets = {name: [] for name in ("detector", *BATCHES)}
        self.versions, self.frames, self.found = {}, 0, {}
        os.makedirs(folder, exist_ok=True)
        for name, net, size in (("detector", pair.detector, (pair.side, pair.side)), ("pose", pair.pose, None)):
            cases.save_model(self.program("bench/nets"), net, size, self.file(name))
            if "rtmlib" in pair.variants:
                cases.export_onnx(net_file.prepared(self.file(name)), 1, os.path.join(folder, name + ".onnx"))

    def program(self, name):
        return os.path.join(self.build, name)

    def file(self, name):
        return os.path.join(self.folder, name + ".safetensors")

    def lines(self, variant):
        return os.path.join(self.folder, variant + ".jsonl")

    def play(self, number):
        names = list(self.values)
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            seconds, cpu = self.run_ours(name) if name in OURS else self.run_rtmlib(THEIRS[name])
            self.values[name]["seconds"].append(seconds)
            self.values[name]["cpu"].append(cpu)
            print(f"  {self.pair.title}, {name}: {seconds:.1f} s", file=sys.stderr)
        self.time_nets()
        if number == 0:
            self.found = {name: read(self.lines(name)) for name in names if name in OURS}

    def run_ours(self, name):
        pair = self.pair
        command = [self.program("apps/pose"), "--quiet", "--video", self.clip, "--end", str(self.end), "--outdir", os.path.join(self.folder, name)]
        command += ["--detector", self.file("detector"), "--pose", self.file("pose"), "--conf", str(pair.conf), "--threads", str(self.threads)]
        seconds, cpu = timed([*command, "--track", "--jsonl", self.lines(name), "--overwrite", *OURS[name]])
        with open(self.lines(name), encoding="ascii") as file:
            self.frames = sum(1 for _ in file)
        return seconds, cpu

    def run_rtmlib(self, frequency):
        command = [sys.executable, RTMLIB, self.file("detector"), self.file("pose"), self.clip, self.frames or int(1e9), frequency, self.threads, self.pair.conf]
        said = rounds.start(list(map(str, command)), {"OMP_NUM_THREADS": str(self.threads)})
        self.versions = said["versions"]
        if said["frames"] != self.frames:
            raise Problem(f"rtmlib: expected {self.frames} frames, found {said['frames']}")
        return said["seconds"], said["cpu_seconds"]

    def time_nets(self):
        common = [self.program("bench/nets"), "--threads", str(self.threads), "--reps", "7"]
        size = ["--size", f"{self.pair.side}x{self.pair.side}"]
        self.nets["detector"].append(rounds.start([*common, "--net", self.pair.detector, *size], {})["median_ms"])
        for batch in BATCHES:
            self.nets[batch].append(rounds.start([*common, "--net", self.pair.pose, "--batch", str(batch)], {})["median_ms"])

    def median(self, variant, key="seconds"):
        return statistics.median(self.values[variant][key])

    def networks_alone(self, variant):
        """Returns the seconds that the networks alone take for the frames of a run."""
        people, detections = [len(frame.ids) for _, frame in self.found[variant]], sum(detected for detected, _ in self.found[variant])
        times = {name: statistics.median(values) for name, values in self.nets.items()}
        return 1e-3 * (detections * times["detector"] + pose_ms(people, [times[batch] for batch in BATCHES]))

    def to_json(self):
        return {"pair": dataclasses.asdict(self.pair), "frames": self.frames, "values": self.values, "nets_ms": self.nets}


def pose_ms(people, times):
    """Returns the milliseconds of the pose network for frames with these numbers of people, from its times for BATCHES, by interpolation."""
    slope = (times[-1] - times[-2]) / (BATCHES[-1] - BATCHES[-2])
    beyond = np.maximum(np.array(people) - BATCHES[-1], 0) * slope
    return float((np.interp(people, (0, *BATCHES), (0, *times)) + beyond).sum())


def read(path):
    """Returns (detected, track_lines.Found) of each line."""
    with open(path, encoding="ascii") as file:
        entries = [json.loads(line) for line in file]
    return [(entry["detected"], track_lines.parse(entry["people"])) for entry in entries]


def box_iou(a, b):
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    inner = np.maximum(high - low, 0).prod(2)
    area = lambda boxes: (boxes[:, 2:] - boxes[:, :2]).prod(1)
    return inner / np.maximum(area(a)[:, None] + area(b)[None] - inner, 1e-9)


def matched(a, b, least=SAME_BOX):
    """Pairs boxes [n, 4] and [m, 4] by falling IoU, down to `least`.  Returns pairs of indices."""
    iou, pairs = box_iou(a, b), []
    while iou.size and iou.max() >= least:
        i, j = np.unravel_index(iou.argmax(), iou.shape)
        pairs.append((int(i), int(j)))
        iou[i], iou[:, j] = -1, -1
    return pairs


def agreement(expected, found):
    """Compares the frames of two runs.  Returns the number of people in both, the number of pairs, and the OKS of every pair, by the keypoints that are sure in
    `expected` and the rectangle around them, and whether the person's mean score is at least CLEAR."""
    values, clear, people, others = [], [], 0, 0
    for (_, a), (_, b) in zip(expected, found, strict=True):
        people, others = people + len(a.boxes), others + len(b.boxes)
        for i, j in matched(a.boxes, b.boxes):
            sure = a.keypoints[i, :, 2] > SURE
            if sure.sum() >= 3:
                clear.append(a.keypoints[i, :, 2].mean() >= CLEAR)
                area = np.ptp(a.keypoints[i, sure, :2], axis=0).prod()
                values.append(keypoints.oks(b.keypoints[None, j, :, :2], a.keypoints[None, i, :, :2], sure[None], np.array([area]))[0])
    return {"people": people, "others": others, "pairs": len(values), "oks": np.array(values), "clear": np.array(clear, bool)}


def resident(pid):
    """Returns the resident set of a process, in bytes."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS:"))


def y4m(frames, width, height, count):
    """Yields a Y4M file of `count` frames, the given ones in a loop.  frames: list of the bytes of Y, U and V"""
    yield f"YUV4MPEG2 W{width} H{height} F25:1 Ip A1:1 C420jpeg\n".encode()
    for number in range(count):
        yield b"FRAME\n" + frames[number % len(frames)]


def feed(stdin, pieces, ended):
    """Writes the pieces.  Leaves the input open until `ended` is set, so that the process is alive while its memory is read."""
    with contextlib.suppress(BrokenPipeError):  # a process that ended early is reported by its exit code
        for piece in pieces:
            stdin.write(piece)
        stdin.flush()
    ended.wait()
    with contextlib.suppress(BrokenPipeError):
        stdin.close()


def memory(program, options, count, early=1000, width=96, height=64):
    """Runs `program` on a looped clip of `count` frames from standard input.  Returns the resident set after frame `early` and near the last one, and the
    seconds."""
    rng = np.random.default_rng(1)
    frames = [rng.integers(0, 256, width * height * 3 // 2, np.uint8).tobytes() for _ in range(25)]
    command = [program, "--video", "-", "--jsonl", "-", "--quiet", *options]
    late = count - HELD_BACK
    start, sizes, done, ended = time.perf_counter(), {}, 0, threading.Event()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        feeder = threading.Thread(target=feed, args=(process.stdin, y4m(frames, width, height, count), ended))
        feeder.start()
        for _ in process.stdout:
            done += 1
            if done in (early, late):
                sizes[done] = resident(process.pid)
            if done == late:
                ended.set()
        ended.set()
        feeder.join()
    if process.returncode != 0 or done != count:
        raise Problem(f"{program}: expected {count} lines and exit code 0, found {done} and {process.returncode}")
    return {"frames": count, "early": early, "early_bytes": sizes[early], "end_bytes": sizes[late], "seconds": time.perf_counter() - start}

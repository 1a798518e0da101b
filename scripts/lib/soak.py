# The parts of scripts/soak: memory over many images, runs that are killed, and runs of everything for a time.
# SPDX-License-Identifier: MIT

import dataclasses
import json
import os
import random
import signal
import subprocess
import time

import numpy as np
import tiny_models

from lib import image_kinds
from lib.problem import Problem

DONE, SOME_FAILED = 0, 1
NOISE = 1 << 20  # bytes that the memory of a short run may grow by: heaps of threads, pages of code
MOST_BYTES = 10  # by which memory may grow for each image
WARM = 0.2  # the share of the images after which memory is measured
MOST_KILLS = 3  # of one file of results, before a run completes it
SIZE = 48  # of a clip's frames, and their number
SANITIZER = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:", "WARNING: ThreadSanitizer")


class Soak:
    """build: folder of the programs; folder: for all files; say: prints a line"""

    def __init__(self, build, folder, seed, threads, say):
        self.build, self.folder, self.seed, self.threads, self.say = build, folder, seed, threads, say
        self.random = random.Random(seed)
        self.models = folder / "models"
        self.models.mkdir()
        tiny_models.write_detector(self.models)
        tiny_models.write_pose(self.models)
        kinds = folder / "kinds"
        kinds.mkdir()
        self.kinds = image_kinds.write(kinds)
        self.environment = {"UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1", **os.environ}

    def program(self, name, *args):
        return [str(self.build / "apps" / name), *map(str, args)]

    def pose(self, *args):
        models = ["--models", self.models, "--detector", self.models / "tiny.cfg", "--pose", self.models / "tinypose.safetensors"]
        return self.program("pose", *models, "--inp_dim", 64, "--threads", self.threads, "--quiet", *args)

    def inputs(self, name, count, in_order=False):
        """Makes `count` links to the kinds, each with another name, and a list of them.  Returns the path of the list and the kind of each link."""
        folder = self.folder / name
        folder.mkdir()
        kinds = [self.kinds[i % len(self.kinds)] for i in range(count)]
        if not in_order:
            self.random.shuffle(kinds)
        names = [f"{i:07}{kind.suffix}" for i, kind in enumerate(kinds)]
        for link, kind in zip(names, kinds):
            (folder / link).symlink_to(kind)
        path = self.folder / f"{name}.txt"
        path.write_text("".join(f"{folder / link}\n" for link in names), encoding="ascii")
        return path, kinds

    def memory(self, count):
        """One run over many images: every kind always ends alike, and the memory stays flat."""
        listed, kinds = self.inputs("many", count, in_order=True)
        lines = self.folder / "many.jsonl"
        boxes = ["--json_boxes", self.folder / "many-boxes.json"]
        start = time.monotonic()
        with open(self.folder / "many.log", "wb") as log:
            process = subprocess.Popen(self.pose("--list", listed, "--jsonl", lines, "--outdir", self.folder / "many-out", *boxes), stderr=log)
            samples = watch(process, lines)
        seconds = time.monotonic() - start
        if process.returncode != SOME_FAILED:
            raise Problem(f"pose: expected exit code {SOME_FAILED} after {count} images, found {process.returncode} ({log.name})")
        failed = check_kinds(lines, kinds)
        warm = [sample for sample in samples if sample.images >= WARM * count]
        slope = slope_of(warm)
        growth = slope * count * (1 - WARM)
        self.say(f"memory: {count} images of {len(self.kinds)} kinds in {seconds:.0f} s, {failed} of them errors; at most {samples.peak / 1e6:.1f} MB, "
                 f"{slope:.2f} bytes an image from image {round(WARM * count)} on ({len(warm)} samples)")
        if growth > max(NOISE, MOST_BYTES * count):
            raise Problem(f"memory: expected at most {MOST_BYTES} bytes an image, found {slope:.1f}, {growth / 1e6:.1f} MB in all")

    def kill(self, kills, count):
        """Runs that are killed at random moments and resumed: no torn file, nothing twice, nothing missing."""
        listed, _ = self.inputs("some", count)
        whole = Results(self.folder / "whole")
        seconds = self.run_to_end(whole, listed, [], [SOME_FAILED])
        good, done, resumed, left = whole.files(), 0, 0, 0
        results = Results(self.folder / "killed")
        while done < kills:
            results.remove()
            before = done
            while done < min(kills, before + MOST_KILLS) and self.killed(results, listed, self.random.uniform(0, seconds)):
                done += 1
                left += results.check_part_of(good)
            if done == before:
                seconds *= 0.9  # it was measured while the machine had other work
                continue
            self.run_to_end(results, listed, results.resume_options(), [SOME_FAILED, DONE])  # DONE: no image was left
            resumed += 1
            results.check_equal(good)
        self.say(f"kill: {done} kills at random moments of runs over {count} images with {len(good)} files; {resumed} resumed runs, each with the files of an "
                 f"uninterrupted one; {left} temporary files left")

    def run_to_end(self, results, listed, options, codes):
        """Returns the seconds."""
        begin = time.monotonic()
        run = subprocess.run(self.pose("--list", listed, *results.options(), *options), capture_output=True, text=True, check=False, env=self.environment)
        if run.returncode not in codes:
            raise Problem(f"pose: expected exit code {codes[0]}, found {run.returncode}: {run.stderr[-1000:]}")
        return time.monotonic() - begin

    def killed(self, results, listed, moment):
        """Kills a run after `moment` seconds.  Returns whether it was still running."""
        process = subprocess.Popen(self.pose("--list", listed, *results.options(), *results.resume_options()), stderr=subprocess.DEVNULL)
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            process.kill()
        return process.wait() == -signal.SIGKILL

    def mixed(self, seconds):
        """Runs of all programs on images and clips, with random options: none crashes, and no sanitizer reports anything."""
        end, counts = time.monotonic() + seconds, {}
        clip = self.folder / "clip.y4m"
        clip.write_bytes(tiny_models.clip(SIZE, SIZE * 2, SIZE))
        runs = [self.mixed_detect, self.mixed_pose, self.mixed_pose, self.mixed_track]
        while not counts or time.monotonic() < end:
            kind = self.random.choice(runs)
            for name, number in kind(clip).items():
                counts[name] = counts.get(name, 0) + number
        self.say(f"mixed: {seconds / 60:.1f} minutes: " + ", ".join(f"{number} {name}" for name, number in sorted(counts.items())))

    def checked(self, command):
        run = subprocess.run(command, capture_output=True, text=True, errors="backslashreplace", check=False, env=self.environment)
        if run.returncode not in (DONE, SOME_FAILED) or any(words in run.stderr for words in SANITIZER):
            raise Problem(f"{' '.join(command)}: expected exit code 0 or 1, found {run.returncode}: {run.stderr[-4000:]}")

    def chosen(self, *options):
        """Returns some of the options: each is a list of words."""
        return [word for option in options if self.random.random() < 0.5 for word in option]

    def mixed_detect(self, _):
        images = self.random.sample(self.kinds, 20)
        options = self.chosen(["--json", self.folder / "mixed.json"], ["--save_img", self.folder / "mixed-detect"])
        self.checked(self.program("detect", "--model", self.models / "tiny.cfg", "--models", self.models, "--quiet", *options, *images))
        return {"images detected": len(images)}

    def mixed_pose(self, _):
        images = self.random.sample(self.kinds, 20)
        options = self.chosen(["--flip"], ["--matching"], ["--save_img"], ["--vis_fast"], ["--detbatch", 3], ["--posebatch", 2],
                              ["--format", self.random.choice(["cmu", "coco"])], ["--json_boxes", self.folder / "mixed-boxes.json"])
        lines = self.folder / "mixed.jsonl"
        self.checked(self.pose("--outdir", self.folder / "mixed-out", "--jsonl", lines, "--overwrite", *options, *images))
        self.checked(self.program("results", "convert", lines, "--to", "csv", "--out", self.folder / "mixed.csv", "--quiet"))
        return {"images posed": len(images)}

    def mixed_track(self, clip):
        options = self.chosen(["--smooth"], ["--detect_every", self.random.choice([2, 5, "auto"])], ["--save_video"], ["--step", 2])
        lines = self.folder / "track.jsonl"
        self.checked(self.pose("--video", clip, "--track", "--outdir", self.folder / "mixed-track", "--jsonl", lines, "--overwrite", *options))
        self.checked(self.program("results", "check", lines, "--quiet"))
        self.checked(self.program("results", "track", lines, self.folder / "again.jsonl", "--overwrite", "--quiet"))
        return {"frames tracked": SIZE}


@dataclasses.dataclass(frozen=True)
class Sample:
    images: int
    bytes: int


class Samples(list):
    @property
    def peak(self):
        return max(sample.bytes for sample in self)


def watch(process, lines, interval=0.1):
    """Returns the resident bytes of the process and the number of lines that it has written, until it ends."""
    samples, images, page = Samples(), 0, os.sysconf("SC_PAGESIZE")
    while not lines.exists() and process.poll() is None:
        time.sleep(0.01)
    with open(lines, "rb") as file:
        while process.poll() is None:
            with open(f"/proc/{process.pid}/statm", encoding="ascii") as memory:
                numbers = memory.read().split()
            images += file.read().count(b"\n")
            if numbers and int(numbers[1]) > 0:
                samples.append(Sample(images, int(numbers[1]) * page))
            time.sleep(interval)
    return samples


def slope_of(samples):
    """Returns by how many bytes memory grows for each image: the line of least squares."""
    if len({sample.images for sample in samples}) < 2:
        raise Problem(f"memory: expected samples at two images or more, found {len(samples)} samples")
    return float(np.polyfit([sample.images for sample in samples], [sample.bytes for sample in samples], 1)[0])


def check_kinds(lines, kinds):
    """Checks that images of one kind have results that differ in their source only.  Returns the number of errors."""
    known, failed = {}, 0
    with open(lines, encoding="ascii") as file:
        for number, text in enumerate(file):
            result = json.loads(text)
            failed += result["status"] == "error"
            source, key, error = result.pop("source"), result.pop("key"), result.pop("error", "")
            result["error"] = error.replace(source, "")
            result["key"] = key if error == "" else ""
            if known.setdefault(kinds[number], result) != result:
                raise Problem(f"{lines}:{number + 1}: expected {known[kinds[number]]} as for other {kinds[number].name}, found {result}")
    if number + 1 != len(kinds):
        raise Problem(f"{lines}: expected {len(kinds)} lines, found {number + 1}")
    return failed


class Results:
    """The files that a run writes."""

    def __init__(self, folder):
        self.folder, self.lines = folder, folder.with_suffix(".jsonl")

    def options(self):
        return ["--jsonl", self.lines, "--outdir", self.folder, "--save_img"]

    def resume_options(self):
        return ["--resume"] if self.lines.exists() else []

    def paths(self):
        return [path for path in self.folder.rglob("*") if path.is_file()]

    def remove(self):
        for path in self.paths():
            path.unlink()
        self.lines.unlink(missing_ok=True)

    def files(self):
        """Returns the contents of all files by name."""
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in self.paths()} | {"": self.lines.read_bytes()}

    def check_part_of(self, good):
        """Checks the files of a killed run: complete ones, and a beginning of the lines.  Returns the number of temporary files that it left."""
        left = 0
        for name, contents in (self.files() if self.lines.exists() else {}).items():
            if name.endswith(".part"):
                (self.folder / name).unlink()
                left += 1
            elif name == "" and not good[""].startswith(contents):
                raise Problem(f"{self.lines}: expected the first lines of an uninterrupted run, found others")
            elif name != "" and contents != good.get(name):
                raise Problem(f"{self.folder / name}: expected the file of an uninterrupted run, found another of {len(contents)} bytes")
        return left

    def check_equal(self, good):
        found = self.files()
        for name in sorted(found.keys() | good.keys()):
            if found.get(name) != good.get(name):
                raise Problem(f"{self.folder / name}: expected the file of an uninterrupted run, found {'another' if name in found else 'none'}")

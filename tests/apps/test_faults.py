#!/usr/bin/python3
# Tests that the programs end cleanly when memory, files or the disk fail at any call.
# SPDX-License-Identifier: MIT
"""Usage: test_faults.py BUILD_DIR.  POSE_EVERY_FAULT=1 tries every call; by default some calls of each kind, spread evenly over the run."""
import errno
import json
import os
import shutil
import unittest

import tiny_models
from program_case import BUILD, DONE, INTERRUPTED, USAGE, ProgramTest

FAULTS = BUILD / "tests" / "faults" / "libfaults.so"
EVERY_CALL = 10**9 if os.environ.get("POSE_EVERY_FAULT") else 0  # of a kind
KINDS = [("malloc", errno.ENOMEM), ("open", errno.EMFILE), ("mmap", errno.ENOMEM), ("read", errno.EIO), ("write", errno.ENOSPC), ("write", errno.EIO),
         ("sync", errno.EIO), ("rename", errno.EACCES), ("stat", errno.EIO), ("readdir", errno.EIO), ("thread", errno.EAGAIN)]
FOREVER = 10**9  # calls
TIMES = ("new.json", "new-trace.json")  # of `layers time` and `tune`: no run has those of another


def spread(count, most):
    """Returns call numbers from 1 to count: the first and last ones, and others at equal distances."""
    if count <= max(most, EVERY_CALL):
        return range(1, count + 1)
    return sorted({1 + i * (count - 1) // (most - 1) for i in range(most)})


class Faults(ProgramTest):
    def setUp(self):
        super().setUp()
        self.lines = self.dir / "lines.jsonl"
        self.boxes = self.dir / "boxes.json"
        self.drawn = self.dir / "drawn"
        self.counts = self.dir / "counts"
        self.inputs = {}

    def run_pose(self, environment):
        return self.pose("--indir", self.pictures, "--jsonl", self.lines, "--overwrite", "--save_img", "--json_boxes", self.boxes, "--quiet", "--threads", 2,
                         env=environment)

    def run_detect(self, environment):
        return self.detect(self.pictures / "a.png", self.pictures / "b.png", "--inp_dim", 64, "--json", self.boxes, "--save_img", self.drawn, "--quiet",
                           env=environment)

    def faulty(self, start, fault, **more):
        return start({**os.environ, **more, "LD_PRELOAD": str(FAULTS), "POSE_FAULT": fault, "POSE_FAULT_COUNTS": str(self.counts)})

    def keep_inputs(self):
        """All files of now are inputs, which no run changes."""
        self.inputs = {path: path.read_bytes() for path in self.dir.rglob("*") if path.is_file()}

    def outputs(self, fault=""):
        """Returns the contents of all files that a run wrote, and removes them."""
        found = {}
        for path in sorted(self.dir.rglob("*")):
            if not path.is_file() or path == self.counts:
                continue
            contents = path.read_bytes()
            if path in self.inputs:
                self.assertTrue(contents == self.inputs[path], f"{fault}: {path}: an input has changed")
                continue
            found[str(path.relative_to(self.dir))] = contents
            path.unlink()
        self.assertTrue(all(path.exists() for path in self.inputs), f"{fault}: an input is missing")
        return found

    def check_files(self, found, good, fault, code):
        for name, contents in found.items():
            if name.endswith(".part") and fault.endswith(f":{FOREVER}:{errno.ENOMEM}"):  # without any memory, cleaning up can fail, too
                continue
            self.assertTrue(name in good, f"{fault}: {name}: an unexpected file")
            if fault.startswith(("open", "stat")) and name.endswith(".png"):  # a font that cannot be found gives no labels
                continue
            if fault.startswith("stat") and name.endswith(".jsonl"):  # the key of a clip that nothing is known of is made of its name
                continue
            if code == DONE and name not in TIMES or name.endswith((".png", ".html")):
                self.assertTrue(contents == good[name], f"{fault}: {name}: other contents than without a fault")
            elif name.endswith(".jsonl"):
                self.assertTrue(contents == b"" or contents.endswith(b"\n"), f"{fault}: {name}: a torn line")
                for line in contents.splitlines():
                    json.loads(line)
            elif name.endswith(".json"):
                json.loads(contents)
        if code == DONE:
            self.assertEqual(found.keys(), good.keys(), fault)

    def check_end(self, run, fault):
        self.assertIn(run.returncode, range(INTERRUPTED), f"{fault}: {run.stderr}")
        self.assertEqual(run.returncode != DONE, run.stderr != "", f"{fault}: exit code {run.returncode}: {run.stderr}")
        for line in run.stderr.splitlines():
            self.assertRegex(line, r"^(pose|detect|results|layers|note): .", fault)

    def good_run(self, start, **more):
        """Returns the files of a run without a fault, and the numbers of calls."""
        self.keep_inputs()
        run = self.faulty(start, "", **more)
        self.assertEqual((run.returncode, run.stderr), (DONE, ""))
        return self.outputs(), {name: int(count) for name, count in (line.split() for line in self.counts.read_text().splitlines())}

    def sweep(self, start, most=4):
        """Lets calls fail: `most` of a kind."""
        good, counts = self.good_run(start)
        for kind, number in KINDS:
            for call in spread(counts[kind], most):
                for times in (1, FOREVER):
                    fault = f"{kind}:{call}:{times}:{number}"
                    run = self.faulty(start, fault)
                    with self.subTest(fault):
                        self.check_end(run, fault)
                        self.check_files(self.outputs(fault), good, fault, run.returncode)
        self.check_harmless(start, good, counts, most)

    def check_harmless(self, start, good, counts, most):
        """Short reads and writes and interrupted calls change nothing."""
        interrupted = [f"read:{call}:1:{errno.EINTR}" for call in spread(counts["read"], most)]
        for fault in ["read:short", "write:short", *interrupted]:
            with self.subTest(fault):
                run = self.faulty(start, fault)
                self.assertEqual((run.returncode, run.stderr), (DONE, ""), fault)
                self.check_files(self.outputs(fault), good, fault, DONE)

    def test_pose(self):
        self.sweep(self.run_pose, 8)

    def test_detect(self):
        self.sweep(self.run_detect, 8)

    def test_a_clip(self):
        (self.dir / "clip.y4m").write_bytes(tiny_models.clip(5))
        run = self.pose("--video", self.dir / "clip.y4m", "--quiet")
        if "FFmpeg" in run.stderr:
            self.skipTest("this build has no FFmpeg")
        shutil.rmtree(self.out)
        self.sweep(lambda environment: self.pose("--video", self.dir / "clip.y4m", "--track", "--jsonl", self.lines, "--overwrite", "--save_img", "--save_video",
                                                 "--quiet", env=environment))

    def draw_one(self, environment):
        return self.detect(self.pictures / "a.png", "--inp_dim", 64, "--json", self.boxes, "--save_img", self.drawn, "--quiet", env=environment)

    def test_each_allocation_for_an_image(self):
        """Drawing and writing: FreeType may crash or leave out a label, and a temporary file may stay."""
        image = {"POSE_FAULT_FROM": "/a.png"}
        good, counts = self.good_run(self.draw_one, **image)
        for call in range(1, counts["malloc"] + 1):
            fault = f"malloc:{call}:1:{errno.ENOMEM}"
            run = self.faulty(self.draw_one, fault, **image)
            with self.subTest(fault):
                self.check_end(run, fault)
                self.check_files(self.outputs(fault), good, fault, run.returncode)

    def test_each_allocation_of_a_folder(self):
        """The standard library reads folders in functions without exceptions, which end the process where memory runs out."""
        (self.dir / "empty").mkdir()
        (self.dir / "empty" / "a.doc").write_text("")
        run = lambda environment: self.pose("--indir", self.dir / "empty", "--quiet", env=environment)  # noqa: E731
        self.assertEqual(self.faulty(run, "").returncode, USAGE)
        last = int(dict(line.split() for line in self.counts.read_text().splitlines())["malloc"])
        for call in range(last - 150, last + 1):
            fault = f"malloc:{call}:1:{errno.ENOMEM}"
            with self.subTest(fault):
                found = self.faulty(run, fault)
                self.check_end(found, fault)
                self.assertNotEqual(found.returncode, DONE)

    def test_results(self):
        self.run_pose(None)
        good = self.lines.rename(self.dir / "good.jsonl")
        self.boxes.unlink()
        for name, arguments in {"convert": [good, "--to", "coco", "--out", self.boxes], "track": [good, self.lines, "--overwrite", "--fps", 25], "check": [good]}.items():
            with self.subTest(name):
                self.sweep(lambda environment, all=("results", name, *arguments, "--quiet"): self.run_program(*all, env=environment))

    def test_layers(self):
        dump, report = self.dir / "dump.npz", self.dir / "report.json"
        self.layers("dump", "--input", self.pictures / "a.png", "--out", dump)
        self.layers("diff", "--against", dump, "--json", report)
        new = self.dir / "new"
        for verb, arguments in {
                "time": ["--reps", 1, "--batch", 1, "--threads", 1, "--json", f"{new}.json", "--trace", f"{new}-trace.json"],
                "tune": ["--reps", 1, "--threads", 1, "--out", f"{new}.json"],
                "dump": ["--input", self.pictures / "a.png", "--out", f"{new}.npz"],
                "diff": ["--against", dump, "--json", f"{new}.json", "--html", f"{new}.html"],
        }.items():
            with self.subTest(verb):
                self.sweep(lambda environment, all=(verb, *arguments, "--quiet"): self.layers(*all, env=environment))
        self.sweep(lambda environment: self.run_program("layers", "report", report, "--out", f"{new}.html", env=environment))


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/python3
# Tests that the programs end cleanly when memory, files or the disk fail at any call.
# SPDX-License-Identifier: MIT
"""Usage: test_faults.py BUILD_DIR.  POSE_EVERY_FAULT=1 tries every call; by default some calls of each kind, spread evenly over the run."""
import errno
import json
import os
import unittest

from program_case import BUILD, DONE, INTERRUPTED, ProgramTest

FAULTS = BUILD / "tests" / "faults" / "libfaults.so"
MOST_CALLS = 10**9 if os.environ.get("POSE_EVERY_FAULT") else 12  # of a kind
KINDS = [("malloc", errno.ENOMEM), ("open", errno.EMFILE), ("mmap", errno.ENOMEM), ("read", errno.EIO), ("write", errno.ENOSPC), ("write", errno.EIO),
         ("sync", errno.EIO), ("rename", errno.EACCES)]
FOREVER = 10**9  # calls


def spread(count):
    """Returns call numbers from 1 to count: the first and last ones, and others at equal distances."""
    if count <= MOST_CALLS:
        return range(1, count + 1)
    return sorted({1 + i * (count - 1) // (MOST_CALLS - 1) for i in range(MOST_CALLS)})


class Faults(ProgramTest):
    def setUp(self):
        super().setUp()
        self.lines = self.dir / "lines.jsonl"
        self.boxes = self.dir / "boxes.json"
        self.drawn = self.dir / "drawn"

    def run_pose(self, environment):
        return self.pose(self.pictures / "a.png", self.pictures / "b.png", "--jsonl", self.lines, "--overwrite", "--save_img", "--quiet", "--threads", 2,
                         env=environment)

    def run_detect(self, environment):
        return self.detect(self.pictures / "a.png", self.pictures / "b.png", "--inp_dim", 64, "--json", self.boxes, "--save_img", self.drawn, "--quiet",
                           env=environment)

    def run_convert(self, environment):
        return self.run_program("results", "convert", self.dir / "good.jsonl", "--to", "coco", "--out", self.boxes, "--quiet", env=environment)

    def run_time(self, environment):
        return self.layers("time", "--reps", 1, "--batch", 1, "--quiet", env=environment)

    def faulty(self, start, fault, **more):
        return start({**os.environ, **more, "LD_PRELOAD": str(FAULTS), "POSE_FAULT": fault, "POSE_FAULT_COUNTS": str(self.dir / "counts")})

    def outputs(self):
        """Returns the contents of all files that a run wrote, and removes them."""
        found = {}
        folders = [self.out, self.drawn]
        for path in [self.lines, self.boxes, *(p for folder in folders for p in sorted(folder.rglob("*")) if p.is_file())]:
            if path.exists():
                found[str(path.relative_to(self.dir))] = path.read_bytes()
                path.unlink()
        return found

    def check_files(self, found, good, fault):
        for name, contents in found.items():
            if name.endswith(".part") and fault.endswith(f":{FOREVER}:{errno.ENOMEM}"):  # without any memory, cleaning up can fail, too
                continue
            self.assertTrue(name in good, f"{fault}: {name}: an unexpected file")
            if name.endswith(".jsonl"):
                self.assertTrue(contents == b"" or contents.endswith(b"\n"), f"{fault}: {name}: a torn line")
                for line in contents.splitlines():
                    json.loads(line)
            elif name.endswith(".json"):
                json.loads(contents)
            elif not fault.startswith("open"):  # a font that cannot be opened gives no labels
                self.assertTrue(contents == good[name], f"{fault}: {name}: other contents than without a fault")

    def check_end(self, run, fault):
        self.assertIn(run.returncode, range(INTERRUPTED), f"{fault}: {run.stderr}")
        self.assertEqual(run.returncode != DONE, run.stderr != "", f"{fault}: exit code {run.returncode}: {run.stderr}")
        for line in run.stderr.splitlines():
            self.assertRegex(line, r"^(pose|detect|results|layers|note): .", fault)

    def good_run(self, start, **more):
        """Returns the files of a run without a fault, and the numbers of calls."""
        run = self.faulty(start, "", **more)
        self.assertEqual(run.returncode, DONE, run.stderr)
        return self.outputs(), {name: int(count) for name, count in (line.split() for line in (self.dir / "counts").read_text().splitlines())}

    def sweep(self, start):
        good, counts = self.good_run(start)
        for kind, number in KINDS:
            for call in spread(counts[kind]):
                for times in (1, FOREVER):
                    fault = f"{kind}:{call}:{times}:{number}"
                    run = self.faulty(start, fault)
                    with self.subTest(fault):
                        self.check_end(run, fault)
                        self.check_files(self.outputs(), good, fault)
        self.check_harmless(start, good, counts)

    def check_harmless(self, start, good, counts):
        """Short reads and interrupted calls change nothing."""
        for fault in ["read:short"] + [f"read:{call}:1:{errno.EINTR}" for call in spread(counts["read"])]:
            with self.subTest(fault):
                run = self.faulty(start, fault)
                self.assertEqual((run.returncode, run.stderr), (DONE, ""), fault)
                self.assertEqual(self.without_times(self.outputs()), self.without_times(good))

    @staticmethod
    def without_times(files):
        return {name: contents for name, contents in files.items() if not name.endswith("alphapose-run.json")}

    def test_pose(self):
        self.sweep(self.run_pose)

    def test_detect(self):
        self.sweep(self.run_detect)

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
                self.check_files(self.outputs(), good, fault)

    def test_results(self):
        self.run_pose(None)
        (self.dir / "good.jsonl").write_bytes(self.outputs()[self.lines.name])
        self.sweep(self.run_convert)

    def test_layers(self):
        self.sweep(self.run_time)


if __name__ == "__main__":
    unittest.main(verbosity=2)

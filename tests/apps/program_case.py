# Shared code of the tests of the programs: a folder with tiny models and images for each test, runs of the programs, checks of the error line.
# SPDX-License-Identifier: MIT
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import tiny_models

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
DONE, SOME_FAILED, USAGE, MODEL, DEVICE, INTERRUPTED = 0, 1, 2, 3, 4, 130


class ProgramTest(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="pose-cli-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.models = self.dir / "models"
        self.models.mkdir()
        self.pictures = self.dir / "in"
        self.pictures.mkdir()
        self.out = self.dir / "out"
        tiny_models.write_detector(self.models)
        tiny_models.write_pose(self.models)
        for i, name in enumerate(["a.png", "b.png", "c.png"]):
            (self.pictures / name).write_bytes(tiny_models.png(90 + 10 * i, 70, i))

    def run_program(self, name, *args, **kwargs):
        command = [str(BUILD / "apps" / name), *map(str, args)]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, **kwargs)

    def pose(self, *args, detector="tiny.cfg", pose="tinypose.safetensors", inp_dim=64, **kwargs):
        return self.run_program("pose", "--outdir", self.out, "--models", self.models, "--detector", self.models / detector, "--pose", self.models / pose,
                                "--inp_dim", inp_dim, *args, **kwargs)

    def detect(self, *args, model="tiny.cfg", **kwargs):
        return self.run_program("detect", "--model", self.models / model, *args, **kwargs)

    def layers(self, verb, *args, model="tinypose.safetensors", **kwargs):
        return self.run_program("layers", verb, "--model", self.models / model, *args, **kwargs)

    def results_of_run(self):
        return json.loads((self.out / "alphapose-run.json").read_text())

    def results(self):
        return json.loads((self.out / "alphapose-results.json").read_text())

    def expect_error(self, run, code, *words):
        self.assertEqual(run.returncode, code, run.stderr)
        lines = [line for line in run.stderr.strip().split("\n") if not line.endswith("alphapose-results.json")]
        self.assertEqual(len(lines), 1, run.stderr)
        for word in words:
            self.assertIn(str(word), lines[0])

# Shared code of the tests of `pose` on clips: the clips, runs of the program, and its results.
# SPDX-License-Identifier: MIT
import atexit
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from program_case import BUILD, DONE, ProgramTest

MAKE_CLIPS = BUILD / "tests" / "apps" / "make_clips"
CLIPS = pathlib.Path(tempfile.mkdtemp(prefix="pose-clips-"))
atexit.register(shutil.rmtree, CLIPS, ignore_errors=True)


def make_clips():
    """Is called once a program, as setUpModule."""
    if not MAKE_CLIPS.exists():
        raise unittest.SkipTest("this build has no FFmpeg, so there are no clips")
    subprocess.run([MAKE_CLIPS], env=dict(os.environ, POSE_CLIPS=str(CLIPS)), check=True, capture_output=True)


class VideoTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.jsonl = self.dir / "out.jsonl"
        self.count = 0

    def command(self, *args, out=None, detector="tiny.cfg"):
        return [str(BUILD / "apps" / "pose"), "--outdir", str(out or self.out), "--detector", str(self.models / detector), "--pose",
                str(self.models / "tinypose.safetensors"), "--inp_dim", "64", "--threads", "1", *map(str, args)]

    def pose(self, *args, out=None, detector="tiny.cfg", **kwargs):
        return subprocess.run(self.command(*args, out=out, detector=detector), capture_output=True, text=True, timeout=300, **kwargs)

    def clip(self, name, to=None):
        """Returns a copy of a clip, in the test's own folder."""
        path = self.dir / (to or name)
        path.parent.mkdir(exist_ok=True)
        shutil.copy(CLIPS / name, path)
        return path

    def lines(self, path=None):
        return [json.loads(line) for line in (path or self.jsonl).read_text().splitlines()]

    def run_lines(self, *args, code=DONE, **kwargs):
        """Runs pose with a new file of lines and returns these."""
        self.count += 1
        path = self.dir / f"{self.count}.jsonl"
        run = self.pose("--jsonl", path, *args, **kwargs)
        self.assertEqual(run.returncode, code, run.stderr)
        return self.lines(path)

    def frames(self, *args, **kwargs):
        return [line["frame"] for line in self.run_lines(*args, **kwargs)]

    def result_names(self, folder=None):
        return list(dict.fromkeys(p["image_id"] for p in json.loads(((folder or self.out) / "alphapose-results.json").read_text())))

    def start(self, *args, out=None, **kwargs):
        process = subprocess.Popen(self.command(*args, out=out), stderr=subprocess.PIPE, text=True, **kwargs)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def wait_for(self, condition):
        deadline = time.time() + 60
        while not condition():
            self.assertLess(time.time(), deadline)
            time.sleep(0.002)

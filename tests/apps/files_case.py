# Shared code of test_files.py and test_streams.py: the commands of all programs that read and write files.
# SPDX-License-Identifier: MIT
import json
import os
import pathlib
import subprocess

import tiny_models
from program_case import BUILD, DONE, USAGE, ProgramTest

READER_LEFT = 141
LINE = {"schema": 1, "source": "clip.mp4", "frame": 0, "time": 0.0, "width": 64, "height": 48, "key": "0001000000000001", "status": "ok", "detected": True,
        "people": []}


class FilesTest(ProgramTest):
    def setUp(self):
        super().setUp()
        (self.dir / "list.txt").write_text("a.png\n")
        (self.dir / "boxes.json").write_text("[]")
        (self.dir / "x.npy").write_bytes(tiny_models.npy([1, 3, 64, 48], [i % 7 / 7 for i in range(3 * 64 * 48)]))
        (self.dir / "in.jsonl").write_text(json.dumps(LINE) + "\n")
        self.inputs = {path: path.read_bytes() for path in self.dir.rglob("*") if path.is_file()}

    def command(self, *args):
        return [str(BUILD / "apps" / args[0]), *map(str, args[1:])]

    def pose_command(self, *args, files=("a.png",)):
        nets = ["--models", self.models, "--detector", self.models / "tiny.cfg", "--pose", self.models / "tinypose.safetensors", "--inp_dim", 64]
        return self.command("pose", "--outdir", self.out, "--quiet", "--threads", 1, *nets, *[self.pictures / name for name in files], *args)

    def detect_command(self, *args, files=("a.png",)):
        return self.command("detect", "--model", self.models / "tiny.cfg", "--quiet", "--threads", 1, *[self.pictures / name for name in files], *args)

    def layers_command(self, verb, *args):
        return self.command("layers", verb, "--model", self.models / "tinypose.safetensors", "--threads", 1, *args)

    def make_dump(self):
        dump = self.dir / "dump.npz"
        if not dump.exists():
            self.check(self.layers_command("dump", "--input", self.dir / "x.npy", "--out", dump))
        return dump

    def make_report(self):
        report = self.dir / "report.json"
        if not report.exists():
            self.check(self.command("layers", "diff", self.make_dump(), self.make_dump(), "--json", report))
        return report

    def commands(self):
        """Returns name -> (a function of the output's path that gives a command, the files that it reads, how a name must end)."""
        model, cfg = self.models / "tinypose.safetensors", self.models / "tiny.cfg"
        picture, dump, report, lines = self.pictures / "a.png", self.make_dump(), self.make_report(), self.dir / "in.jsonl"
        nets = [cfg, self.models / "tiny.weights", model]
        return {
            "pose --json_boxes": (lambda f: self.pose_command("--json_boxes", f), [picture, *nets], ".json"),
            "pose --jsonl": (lambda f: self.pose_command("--jsonl", f, "--overwrite"), [picture, *nets], ".jsonl"),
            "pose --list": (lambda f: self.pose_command("--indir", self.pictures, "--list", self.dir / "list.txt", "--json_boxes", f, files=()),
                            [self.dir / "list.txt", picture], ".json"),
            "detect --json": (lambda f: self.detect_command("--json", f), [picture, cfg, self.models / "tiny.weights"], ".json"),
            "layers time --json": (lambda f: self.layers_command("time", "--reps", 1, "--json", f), [model], ".json"),
            "layers time --trace": (lambda f: self.layers_command("time", "--reps", 1, "--trace", f), [model], ".json"),
            "layers tune --out": (lambda f: self.layers_command("tune", "--reps", 1, "--out", f), [model], ".json"),
            "layers dump --out": (lambda f: self.layers_command("dump", "--input", self.dir / "x.npy", "--out", f), [model, self.dir / "x.npy"],
                                  ".safetensors"),
            "layers diff --json": (lambda f: self.command("layers", "diff", dump, dump, "--json", f), [dump], ".json"),
            "layers diff --html": (lambda f: self.layers_command("diff", "--against", dump, "--html", f), [dump, model], ".html"),
            "layers report --out": (lambda f: self.command("layers", "report", report, "--out", f), [report], ".html"),
            "results convert --out": (lambda f: self.command("results", "convert", lines, "--to", "csv", "--out", f), [lines], ".csv"),
            "results track": (lambda f: self.command("results", "track", lines, f, "--overwrite"), [lines], ".jsonl"),
        }

    def start(self, command, **kwargs):
        process = subprocess.Popen(command, **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **kwargs})
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def run_command(self, command, **kwargs):
        return subprocess.run(command, timeout=120, **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, **kwargs})

    def check(self, command, code=DONE, **kwargs):
        run = self.run_command(command, **kwargs)
        self.assertEqual(run.returncode, code, (command, run.stderr))
        return run

    def refused(self, command, *words, code=USAGE):
        run = self.check(command, code)
        text = run.stderr.decode()
        self.assertEqual(text.count("\n"), 1, text)
        for word in words:
            self.assertIn(str(word), text)
        for path, data in self.inputs.items():
            self.assertEqual(path.read_bytes(), data, path)
        return text

    def works_for(self, seconds):
        """Returns a function of a process: whether it has used that much time of the processor."""

        def ready(process):
            spent = sum(map(int, pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
            return spent / os.sysconf("SC_CLK_TCK") >= seconds

        return ready

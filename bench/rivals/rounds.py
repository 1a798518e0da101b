# Runs our program and the baselines in turn, one process each, round by round.
# SPDX-License-Identifier: MIT

import json
import os
import subprocess
import sys

import numpy as np

from lib import safetensors_file
from rivals import cases

OURS = "ours"
ENGINES = ("onnxruntime", "openvino", "ncnn", "torch", "torch-nhwc", "opencv")
READS = {"onnxruntime": "onnx", "openvino": "onnx", "opencv": "onnx", "ncnn": "ncnn", "torch": "folded", "torch-nhwc": "folded"}
CAPS = {"avx2": {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}}  # limits PyTorch to a target
AGREE = 1e-3  # relative to the outputs' scale
LIMIT_S = 900  # per process
ENGINE_PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "engines.py")


class Failure(Exception):
    """A process that ended without a result.  The text is the reason."""


def start(command, env):
    """Returns the JSON object that a process prints as its last line."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | env, timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        raise Failure(f"no result within {LIMIT_S} s") from None
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise Failure(said[-1][:200] if said else f"exit code {done.returncode}")
    return json.loads(done.stdout.strip().splitlines()[-1])


class Series:
    """The values of one program for one network and number of threads: one value per round in each list, or the reason for their absence."""

    KEYS = ("ms", "load_ms", "first_ms", "peak_bytes", "base_bytes")

    def __init__(self, net, threads, program):
        self.net, self.threads, self.program = net, threads, program
        self.version, self.busy_cpus, self.difference, self.failed = "", None, None, ""
        self.values = {key: [] for key in self.KEYS}

    def add(self, result):
        self.version, self.busy_cpus = result.get("version", ""), result.get("busy_cpus")
        result["ms"] = result["median_ms"] if "median_ms" in result else float(np.median(result["times_ms"]))
        result["first_ms"] += result["load_ms"]  # from the start of loading to the first result
        for key in self.KEYS:
            self.values[key].append(result[key])

    def agrees(self):
        return not self.failed and (self.difference is None or self.difference <= AGREE)

    def to_json(self):
        return {**{k: v for k, v in vars(self).items() if k != "values"}, **self.values}


class Comparison:
    """One network and number of threads."""

    def __init__(self, nets, case_name, files, threads, programs, target):
        self.nets, self.case, self.files, self.threads, self.target = nets, cases.CASES[case_name], files, threads, target
        self.series = {name: Series(case_name, threads, name) for name in programs}
        self.folder = os.path.dirname(files["self"])
        self.ours = None

    def play(self, number):
        """Runs every program once, each round starting with another one; in round 0 the outputs are compared."""
        names = list(self.series)
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            series = self.series[name]
            if series.failed:
                continue
            try:
                series.add(self.run_ours(number) if name == OURS else self.run_engine(name, number))
            except Failure as failure:
                series.failed = str(failure)
            print(f"  {self.case.title}, threads {self.threads}, {name}: {series.failed or round(series.values['ms'][-1], 1)}", file=sys.stderr)
        if number == 0:
            self.compare()

    def output(self, name):
        return os.path.join(self.folder, f"{name}-{self.threads}." + ("safetensors" if name == OURS else "npz"))

    def run_ours(self, number):
        command = [self.nets, "--net", self.files["source"], "--batch", self.case.batch, "--threads", self.threads, "--reps", self.case.reps]
        command += ["--input", self.files["input"]] + (["--target", self.target] if self.target else [])
        command += ["--output", self.output(OURS)] if number == 0 else []
        return start([str(word) for word in command], {})

    def run_engine(self, name, number):
        if READS[name] in self.files["errors"]:
            raise Failure(self.files["errors"][READS[name]])
        out = self.output(name) if number == 0 else "-"
        command = [sys.executable, ENGINE_PROGRAM, name, self.files["self"], self.threads, self.case.reps, out]
        return start([str(word) for word in command], CAPS.get(self.target, {}) | {"OMP_NUM_THREADS": str(self.threads)})

    def compare(self):
        if self.series[OURS].failed:
            return
        ours = list(safetensors_file.read(self.output(OURS))[0].values())
        for name, series in self.series.items():
            if name == OURS or series.failed:
                continue
            with np.load(self.output(name)) as arrays:
                theirs = [arrays[key] for key in arrays]
            series.difference = cases.difference(ours, theirs, self.files["heads"], self.files["outputs"])
            os.remove(self.output(name))

#!/usr/bin/python3
# Tests every program with standard streams that cannot be written, and with SIGINT and SIGTERM: nothing that was done is lost.
# SPDX-License-Identifier: MIT
"""Usage: test_streams.py BUILD_DIR"""
import json
import os
import pathlib
import signal
import time
import unittest

import tiny_models
from files_case import LINE, READER_LEFT, FilesTest
from program_case import DONE, INTERRUPTED, SOME_FAILED, USAGE


class Streams(FilesTest):
    """Every command with a standard stream that is full, closed or left by its reader."""

    def runs(self):
        """Returns name -> (command, whether it writes results to standard output, exit code)."""
        dump = self.make_dump()
        return {
            "detect": (self.detect_command(), True, DONE),
            "detect --json -": (self.detect_command("--json", "-"), True, DONE),
            "detect, broken image": (self.detect_command("--json", self.dir / "d.json", self.dir / "list.txt"), False, SOME_FAILED),
            "pose": (self.pose_command(), False, DONE),
            "pose with notes": ([x for x in self.pose_command() if x != "--quiet"], False, DONE),
            "pose, broken image": (self.pose_command(self.dir / "none.png"), False, SOME_FAILED),
            "pose --jsonl -": (self.pose_command("--jsonl", "-"), True, DONE),
            "layers list": (self.layers_command("list"), True, DONE),
            "layers time": (self.layers_command("time", "--reps", 1), True, DONE),
            "layers diff": (self.command("layers", "diff", dump, dump), True, DONE),
            "results check": (self.command("results", "check", self.dir / "in.jsonl"), True, DONE),
            "results convert": (self.command("results", "convert", self.dir / "in.jsonl", "--to", "csv", "--out", self.dir / "o.csv"), False, DONE),
            "results track -": (self.command("results", "track", self.dir / "in.jsonl", "-"), True, DONE),
            **{f"{name} --help": (self.command(name, "--help"), True, DONE) for name in ("pose", "detect", "layers", "results", "view", "alphapose")},
            **{f"{name} --version": (self.command(name, "--version"), True, DONE) for name in ("pose", "view", "alphapose")},
            **{f"{name} --wrong": (self.command(name, "--wrong"), False, USAGE) for name in ("pose", "detect", "layers", "results", "view", "alphapose")},
        }

    def closing(self, *numbers):
        def close():
            for number in numbers:
                os.close(number)

        return close

    def test_standard_error(self):
        for name, (command, _, code) in self.runs().items():
            with self.subTest(command=name):
                whole = self.check(command, code).stdout
                with open("/dev/full", "wb") as full:
                    self.assertEqual(self.check(command, code, stderr=full).stdout if "time" not in name else whole, whole)
                self.assertEqual(self.check(command, code, stderr=None, preexec_fn=self.closing(2)).stdout if "time" not in name else whole, whole)

    def test_full_standard_output(self):
        for name, (command, writes, code) in self.runs().items():
            with self.subTest(command=name), open("/dev/full", "wb") as full:
                run = self.check(command, SOME_FAILED if writes else code, stdout=full)
                if writes:
                    self.assertIn(b"standard output: cannot be written: No space left on device\n", run.stderr)

    def test_closed_standard_output(self):
        for name, (command, writes, code) in self.runs().items():
            with self.subTest(command=name):
                run = self.check(command, SOME_FAILED if writes else code, stdout=None, preexec_fn=self.closing(1))
                if writes:
                    self.assertIn(b"standard output: cannot be written: Bad file descriptor\n", run.stderr)

    def test_reader_that_left(self):
        for name, (command, writes, code) in self.runs().items():
            with self.subTest(command=name):
                reading, writing = os.pipe()
                os.close(reading)
                run = self.check(command, READER_LEFT if writes else code, stdout=writing)
                os.close(writing)
                if writes:
                    self.assertNotIn(b"standard output", run.stderr)

    def test_results_are_kept(self):
        with open("/dev/full", "wb") as full:
            self.check(self.detect_command("--save_img", self.out), SOME_FAILED, stdout=full)
        self.check(self.pose_command("--jsonl", "-"), SOME_FAILED, stdout=None, preexec_fn=self.closing(1))

    def test_no_file_gets_the_number_of_a_closed_stream(self):
        self.check(self.detect_command("--json", self.dir / "want.json"))
        self.check(self.pose_command("--jsonl", self.dir / "want.jsonl"))
        want = self.results()
        for closed in ((0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)):
            with self.subTest(closed=closed):
                streams = {name: None for number, name in enumerate(("stdin", "stdout", "stderr")) if number in closed}
                close = self.closing(*closed)
                self.check(self.detect_command(self.dir / "none.png", "--json", self.dir / "got.json"), SOME_FAILED, preexec_fn=close, **streams)
                self.assertEqual((self.dir / "got.json").read_bytes(), (self.dir / "want.json").read_bytes())
                command = [x for x in self.pose_command("--jsonl", self.dir / "got.jsonl", "--overwrite") if x != "--quiet"]
                self.check(command, preexec_fn=close, **streams)
                self.assertEqual((self.dir / "got.jsonl").read_bytes(), (self.dir / "want.jsonl").read_bytes())
                self.assertEqual(self.results(), want)


class Signals(FilesTest):
    """Every command ends soon after SIGINT and SIGTERM, with what was done."""

    def ends(self, command, ready, **kwargs):
        """Returns (standard output, standard error) of a run that each signal ended.  ready(process): whether the command is at work"""
        runs = []
        for number in (signal.SIGINT, signal.SIGTERM):
            process = self.start(command, **kwargs)
            deadline = time.time() + 60
            while not ready(process):
                self.assertIsNone(process.poll(), "it ended before the signal")
                self.assertLess(time.time(), deadline)
                time.sleep(0.005)
            process.send_signal(number)
            out, err = process.communicate(timeout=10)
            self.assertEqual(process.returncode, INTERRUPTED, err)
            runs.append((out, err.decode()))
        return runs

    def test_layers(self):
        big = tiny_models.npy([400, 3, 64, 48], [0.5] * (400 * 3 * 64 * 48))
        (self.dir / "big.npy").write_bytes(big)
        tiny_models.write_deep_pose(self.models)
        net = ["--model", self.models / "deeppose.safetensors", "--threads", 1]
        times = self.dir / "times.json"
        for out, err in self.ends(self.command("layers", "time", *net, "--batch", 64, "--reps", 10000, "--json", times), self.works_for(0.6)):
            self.assertIn(b"GFLOP/s", out, err)
            self.assertGreater(json.loads(times.read_text())["reps"], 0)
        tuning = self.dir / "tuning.json"
        self.ends(self.command("layers", "tune", *net, "--reps", 10000, "--out", tuning), self.works_for(0.3))
        self.assertFalse(tuning.exists())
        self.ends(self.command("layers", "time", *net, "--reps", 10000, "--all-kernels"), self.works_for(0.3))

    def test_results_from_a_pipe_that_never_delivers(self):
        for verb in (["check", "-"], ["convert", "-", "--to", "csv", "--out", self.dir / "o.csv"], ["track", "-", self.dir / "o.jsonl"]):
            for source in ("-", "fifo"):
                with self.subTest(verb=verb[0], source=source):
                    if source == "fifo":
                        fifo = self.dir / f"fifo {verb[0]}"
                        os.mkfifo(fifo)
                        verb[1] = fifo
                    reading, writing = os.pipe()
                    try:
                        self.ends(self.command("results", *verb), lambda process: self.sleeps(process), stdin=reading)
                    finally:
                        os.close(reading)
                        os.close(writing)

    def sleeps(self, process):
        """Returns whether the process waits, and has its handlers."""
        text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        caught = next(int(line.split()[1], 16) for line in text.splitlines() if line.startswith("SigCgt"))
        return "\nState:\tS" in text and caught >> (signal.SIGINT - 1) & 1 and caught >> (signal.SIGTERM - 1) & 1

    def test_view(self):
        process_ready = self.sleeps
        for out, _ in self.ends(self.command("view", self.dir / "in.jsonl", "--address", "127.0.0.1:0", "--quiet"), process_ready):
            self.assertIn(b"http://", out)

    def test_detect_and_pose_write_what_was_done(self):
        names = [f"x{i:03}.png" for i in range(400)]
        for name in names:
            (self.pictures / name).write_bytes((self.pictures / "a.png").read_bytes())
        boxes = self.dir / "boxes_out.json"
        drawn = self.dir / "drawn"
        for command, done in ((self.detect_command("--json", boxes, "--save_img", drawn, files=names), drawn),
                              (self.pose_command("--save_img", files=names), self.out / "vis")):
            for path in (boxes, self.out / "alphapose-results.json"):
                path.unlink(missing_ok=True)

            def begun(_, done=done):
                return any(done.glob("x*.png"))

            for number in (signal.SIGINT, signal.SIGTERM):
                for path in done.glob("x*.png"):
                    path.unlink()
                process = self.start(command)
                while not begun(process):
                    time.sleep(0.002)
                process.send_signal(number)
                process.communicate(timeout=10)
                self.assertEqual(process.returncode, INTERRUPTED)
                written = json.loads((boxes if done == drawn else self.out / "alphapose-results.json").read_text())
                self.assertTrue(0 < len({entry["image_id"] for entry in written}) < 400)

    def test_a_reader_that_does_not_read(self):
        lines = self.dir / "long.jsonl"
        lines.write_text("".join(json.dumps({**LINE, "frame": i, "time": i / 25}) + "\n" for i in range(5000)))  # more than a pipe holds
        for command in (self.command("results", "track", lines, "-"), self.pose_command("--jsonl", "-", files=["a.png"] * 60)):
            reading, writing = os.pipe()
            os.set_inheritable(reading, False)
            for _, error in self.ends(command, self.sleeps_in_a_pipe, stdout=writing):
                self.assertNotIn("cannot be written", error)
            os.close(reading)
            os.close(writing)

    def sleeps_in_a_pipe(self, process):
        reads = pathlib.Path(f"/proc/{process.pid}/wchan").read_text()
        return "pipe" in reads or "poll" in reads

    def test_an_output_pipe_without_a_reader(self):
        fifo = self.dir / "out.jsonl"
        os.mkfifo(fifo)
        for command in (self.pose_command("--jsonl", fifo), self.detect_command("--json", fifo)):
            self.ends(command, self.sleeps)


if __name__ == "__main__":
    unittest.main()

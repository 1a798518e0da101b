#!/usr/bin/python3
# Tests that `pose --resume` gives the bytes of an uninterrupted run after any end: Ctrl-C, kill -9 at random moments, and cut files.
# SPDX-License-Identifier: MIT
"""Usage: test_video_resume.py BUILD_DIR"""
import random
import shutil
import signal
import unittest

from program_case import DONE, INTERRUPTED, USAGE
from video_case import VideoTest, make_clips

setUpModule = make_clips


class Resume(VideoTest):
    MODES = ([], ["--detect_every", "5", "--track", "--smooth"])

    def whole(self, inputs, options):
        out, path = self.dir / "whole", self.dir / "whole.jsonl"
        for old in (out, path):
            shutil.rmtree(old, ignore_errors=True) if old.is_dir() else old.unlink(missing_ok=True)
        self.assertEqual(self.pose(*inputs, *options, "--jsonl", path, out=out).returncode, DONE)
        return path.read_bytes(), {p.relative_to(out): p.read_bytes() for p in out.rglob("alphapose-results.json")}

    def check_equal(self, whole):
        self.assertEqual(self.jsonl.read_bytes(), whole[0])
        self.assertEqual({p.relative_to(self.out): p.read_bytes() for p in self.out.rglob("alphapose-results.json")}, whole[1])

    def check_ends(self, inputs, ends):
        generator = random.Random(18)
        for options in self.MODES:
            whole = self.whole(inputs, options)
            for number in ends:
                self.jsonl.unlink(missing_ok=True)
                shutil.rmtree(self.out, ignore_errors=True)
                stops = 0
                while True:
                    process = self.start(*inputs, *options, "--jsonl", self.jsonl, *(["--resume"] if stops else []))
                    size = self.jsonl.stat().st_size if self.jsonl.exists() else 0
                    goal = size + generator.randrange(1, len(whole[0]) // 2)
                    if stops < 3:
                        self.wait_for(lambda: process.poll() is not None or (self.jsonl.exists() and self.jsonl.stat().st_size >= goal))
                        process.send_signal(number)
                    error = process.communicate(timeout=120)[1]
                    if process.returncode == DONE:
                        break
                    self.assertIn(process.returncode, (INTERRUPTED, -signal.SIGKILL), error)
                    stops += 1
                self.assertGreater(stops, 0)
                self.check_equal(whole)

    def test_after_ctrl_c_and_kill(self):
        self.check_ends([self.clip("long.mp4")], (signal.SIGINT, signal.SIGKILL))

    def test_several_clips_and_photos(self):
        self.clip("long.mp4", "many/a.mp4")
        self.clip("long.mp4", "many/b.mp4")  # the same content
        self.clip("plain.mp4", "many/c.mp4")
        shutil.copy(self.pictures / "a.png", self.dir / "many" / "x.png")
        self.check_ends(["--indir", self.dir / "many"], (signal.SIGKILL,))

    def test_every_cut_gives_the_same_file(self):
        folder = self.dir / "many"
        for name in ("a.mp4", "b.mp4"):
            self.clip("plain.mp4", f"many/{name}")
        for options in self.MODES:
            whole = self.whole(["--indir", folder], options)
            ends = [i + 1 for i, byte in enumerate(whole[0]) if byte == 10]
            for size in (0, 1, ends[0], ends[6] + 11, ends[38], ends[39], ends[40], ends[50] - 1, ends[-1] - 1, ends[-1]):
                self.jsonl.write_bytes(whole[0][:size])
                shutil.rmtree(self.out, ignore_errors=True)
                run = self.pose("--indir", folder, *options, "--jsonl", self.jsonl, "--resume")
                self.assertEqual(run.returncode, DONE, run.stderr)
                self.check_equal(whole)

    def test_zeros_after_a_power_loss(self):
        clip = self.clip("plain.mp4")
        whole = self.whole([clip], [])
        self.jsonl.write_bytes(whole[0][:5000] + b"\0" * 3000)
        self.assertEqual(self.pose(clip, "--jsonl", self.jsonl, "--resume").returncode, DONE)
        self.check_equal(whole)

    def test_a_renamed_clip_is_not_computed_again(self):
        clip = self.clip("plain.mp4")
        whole = self.whole([clip], [])
        self.jsonl.write_bytes(whole[0])
        renamed = self.dir / "renamed.mp4"
        clip.rename(renamed)
        self.assertEqual(self.pose(renamed, "--jsonl", self.jsonl, "--resume").returncode, DONE)
        self.check_equal(whole)

    def test_the_drawn_clip_goes_on_in_a_second_part(self):
        clip = self.clip("plain.mp4")
        whole = self.whole([clip], [])
        ends = [i + 1 for i, byte in enumerate(whole[0]) if byte == 10]
        self.jsonl.write_bytes(whole[0][:ends[29]])
        self.out.mkdir()
        (self.out / "AlphaPose_plain.mp4").write_bytes(b"of the run before")
        self.assertEqual(self.pose(clip, "--jsonl", self.jsonl, "--resume", "--save_video").returncode, DONE)
        self.assertEqual((self.out / "AlphaPose_plain.mp4").read_bytes(), b"of the run before")
        self.assertEqual(len(self.frames(self.out / "AlphaPose_plain.2.mp4")), 10)

    def test_refusals(self):
        clip = self.clip("plain.mp4")
        self.assertEqual(self.pose(clip, "--jsonl", self.jsonl).returncode, DONE)
        before = self.jsonl.read_bytes()
        for options in (["--conf", 0.3], ["--step", 2], ["--track"], ["--detect_every", 5], ["--flip"]):
            run = self.pose(clip, "--jsonl", self.jsonl, "--resume", "--quiet", *options)
            self.expect_error(run, USAGE, f"{self.jsonl}:1: expected results of these settings")
        self.expect_error(self.pose("--video", "-", "--jsonl", self.jsonl, "--resume"), USAGE, "--resume", "standard input")
        self.expect_error(self.pose("--webcam", 0, "--jsonl", self.jsonl, "--resume"), USAGE, "--resume", "camera")
        self.expect_error(self.pose(clip, "--jsonl", "-", "--resume", "--quiet"), USAGE, "expected a regular file")
        self.assertEqual(self.jsonl.read_bytes(), before)


if __name__ == "__main__":
    unittest.main(verbosity=1)

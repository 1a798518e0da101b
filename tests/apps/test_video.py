#!/usr/bin/python3
# Tests `pose` on clips and cameras: inputs of every kind, results as they come, and one clear line for bad input.
# SPDX-License-Identifier: MIT
"""Usage: test_video.py BUILD_DIR"""
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import socket
import subprocess
import unittest
import urllib.request

from program_case import DONE, INTERRUPTED, SOME_FAILED, USAGE
from video_case import CLIPS, VideoTest, make_clips

try:
    import jsonschema
except ImportError:
    jsonschema = None

READER_LEFT = 141
PROJECT = pathlib.Path(__file__).resolve().parents[2]
setUpModule = make_clips


class Input(VideoTest):
    def test_the_ways_to_name_a_clip_agree(self):
        clip = self.clip("plain.mp4")
        lines = self.run_lines(clip)
        self.assertEqual([x["frame"] for x in lines], list(range(40)))
        self.assertEqual([x["time"] for x in lines], [round(i * 0.04, 6) for i in range(40)])
        self.assertEqual({(x["source"], x["width"], x["height"]) for x in lines}, {(str(clip), 96, 80)})
        self.assertTrue(all(x["people"] for x in lines))
        self.assertEqual(self.result_names(), [f"{i}.jpg" for i in range(40)])
        self.assertEqual(self.run_lines("--video", clip), lines)
        with open(clip, "rb") as file:
            piped = subprocess.run(["cat"], stdin=file, capture_output=True, check=True).stdout
        path = self.dir / "piped.jsonl"
        run = subprocess.run(self.command("--video", "-", "--jsonl", path), input=piped, capture_output=True)
        if run.returncode == DONE:  # an MP4 file with its index at the end cannot be read from a pipe
            self.assertEqual([x["people"] for x in self.lines(path)], [x["people"] for x in lines])
        ts = self.clip("large.ts")
        want = [x["people"] for x in self.run_lines(ts)]
        run = subprocess.run(self.command("--video", "-", "--jsonl", path, "--overwrite"), input=ts.read_bytes(), capture_output=True)
        self.assertEqual(run.returncode, DONE, run.stderr)
        self.assertEqual([x["people"] for x in self.lines(path)], want)
        self.assertEqual({x["source"] for x in self.lines(path)}, {"-"})

    def test_a_folder_of_clips_and_photos(self):
        folder = self.dir / "mixed"
        folder.mkdir()
        shutil.copy(self.pictures / "a.png", folder / "m.png")
        self.clip("one.mp4", "mixed/z.mp4")
        self.clip("plain.mp4", "mixed/b.mp4")
        lines = self.run_lines("--indir", folder, "--save_img", "--track")
        self.assertEqual([pathlib.Path(x["source"]).name for x in lines], ["m.png"] + ["b.mp4"] * 40 + ["z.mp4"])
        self.assertIsNone(lines[0]["time"])
        self.assertEqual(self.result_names(), ["m.png"])
        self.assertEqual(len(self.result_names(self.out / "b.mp4")), 40)
        self.assertEqual([p.name for p in (self.out / "z.mp4" / "vis").iterdir()], ["0.jpg"])
        self.assertEqual(len(list((self.out / "b.mp4" / "vis").iterdir())), 40)
        self.assertEqual([p.name for p in (self.out / "vis").iterdir()], ["m.png"])
        self.expect_error(self.pose(folder / "b.mp4", self.clip("one.mp4", "other/b.mp4")), USAGE, "other/b.mp4: expected clips of different names")

    def test_shards(self):
        folder = self.dir / "many"
        for i in range(3):
            self.clip("one.mp4", f"many/{i}.mp4")
        for name in ("a.png", "b.png"):
            shutil.copy(self.pictures / name, folder / name)
        seen = []
        for i in range(3):
            seen += [x["source"] for x in self.run_lines("--indir", folder, "--shard", f"{i}/3", "--track", out=self.dir / f"shard{i}")]
        self.assertEqual(sorted(seen), sorted(str(p) for p in folder.iterdir()))
        self.assertEqual(self.frames("--indir", folder, "--shard", "7/8", "--track"), [])
        self.assertTrue((self.dir / "shard2" / "0.mp4" / "alphapose-results.json").exists())
        for bad in ("3/3", "x", "1", "-1/2", "1/0"):
            self.expect_error(self.pose("--indir", folder, f"--shard={bad}"), USAGE, "shard: expected I/N")

    def test_selection(self):
        clip = self.clip("plain.mp4")
        self.assertEqual(self.frames(clip, "--start", "0.4", "--end", "0:01"), list(range(10, 25)))
        self.assertEqual(self.frames(clip, "--step", 7), list(range(0, 40, 7)))
        self.assertEqual(self.frames(clip, "--start", "0:0:0.4", "--step", 10), [10, 20, 30])
        self.assertEqual(self.frames(clip, "--start", "100"), [])
        self.assertEqual({(x["width"], x["height"]) for x in self.run_lines(clip, "--rotate", 90, "--step", 20)}, {(80, 96)})
        for options, words in [(("--start", "x"), "--start: expected seconds"), (("--end", "1:99"), "--end: expected seconds"),
                               (("--start", "2", "--end", "1"), "--end: expected a time after --start"), (("--step", 0), "--step"),
                               (("--rotate", "left"), "--rotate"), (("--detect_every", "0"), "--detect_every: expected auto"),
                               (("--detect_every", "often"), "--detect_every: expected auto"), (("--detect_every", "10001"), "--detect_every")]:
            self.expect_error(self.pose(clip, *options, out=self.dir / "unused"), USAGE, words)
        self.assertFalse((self.dir / "unused").exists())

    def test_options_that_need_clips_or_images(self):
        for option in ("--track", "--smooth", "--serve"):
            self.expect_error(self.pose("--indir", self.pictures, option), USAGE, option, "expected a clip, found images")
        clip = self.clip("one.mp4")
        boxes = self.dir / "boxes.json"
        boxes.write_text("[]")
        self.expect_error(self.run_program("pose", clip, "--boxes", boxes), USAGE, "--boxes: expected images")
        self.expect_error(self.pose(clip, "--json_boxes", boxes), USAGE, "--json_boxes: expected images")
        for option in ("--resume", "--overwrite"):
            self.expect_error(self.pose(clip, option), USAGE, option, "--jsonl")

    def test_command_lines_of_alphapose(self):
        clip = self.clip("one.mp4")
        run = self.pose("--video", clip, "--sp", "--vis", "--gpus", 0, "--fast_inference", "False", "--nClasses", 33, "--profile", "--mode", "fast",
                        "--dataset", "coco", "--rotate", 30, "--inputResH", 320, "--outputResW", 64, "--netType", "x", "--snapshot", 1, "--save_video")
        self.assertEqual(run.returncode, DONE, run.stderr)
        ignored = ["--sp", "--vis", "--gpus", "--fast_inference", "--nClasses", "--profile", "--mode", "--dataset", "--rotate", "--inputResH",
                   "--outputResW", "--netType", "--snapshot"]
        lines = run.stderr.splitlines()
        for option in ignored:
            self.assertEqual(sum(line.startswith(f"pose: {option} ") and "has no effect: " in line for line in lines), 1, run.stderr)
        self.assertEqual(len(lines), len(ignored) + 1, run.stderr)  # and what was done: nothing about sound
        run = self.pose("--indir", self.pictures, "--save_video", "--sp")
        self.assertEqual(run.returncode, DONE, run.stderr)
        self.assertIn("--save_video has no effect", run.stderr)
        self.assertEqual(self.pose("--indir", self.pictures, "--save_video", "--sp", "--quiet").stderr, "")

    def test_detect_every(self):
        clip = self.clip("plain.mp4")
        for n in ("1", "5", "auto"):
            lines = self.run_lines(clip, "--detect_every", n, "--track", "--smooth")
            self.assertEqual([x["frame"] for x in lines], list(range(40)))
            self.assertTrue(lines[0]["detected"])
            people = [p for x in lines for p in x["people"]]
            self.assertEqual(["smooth" in p for p in people], [p["id"] is not None for p in people])
            if n == "1":  # the network's weights are random, so that boxes that follow keypoints are not steady
                self.assertTrue(all(p["id"] for p in people))
        self.assertTrue(all(x["detected"] for x in self.run_lines(clip)))


class BadInput(VideoTest):
    def test_what_is_no_clip(self):
        text = self.dir / "text.mp4"
        text.write_text("this is not a clip\n" * 100)
        empty = self.dir / "empty.mp4"
        empty.write_bytes(b"")
        for source, word in [(text, "text.mp4"), (empty, "empty.mp4"), (self.dir / "none.mp4", "none.mp4"), (self.clip("sound_only.mp4"), "only sound"),
                             (self.dir, "folder"), ("http://127.0.0.1:1/x.mp4", "127.0.0.1:1")]:
            self.expect_error(self.pose("--video", source, "--quiet"), SOME_FAILED, word)
            self.assertEqual(self.results(), [])
        self.expect_error(self.pose("--webcam", 77, "--quiet"), SOME_FAILED, "webcam:77")
        self.expect_error(self.pose("--webcam", "/dev/none", "--quiet"), SOME_FAILED, "/dev/none")

    def test_a_bad_clip_does_not_stop_the_others(self):
        text = self.dir / "text.mp4"
        text.write_text("this is not a clip\n" * 100)
        lines = self.run_lines(text, self.clip("one.mp4"), code=SOME_FAILED)
        self.assertEqual([pathlib.Path(x["source"]).name for x in lines], ["one.mp4"])

    def test_one_frame_and_one_pixel(self):
        self.assertEqual(self.frames(self.clip("one.mp4"), "--save_video", "--detect_every", 5, "--smooth"), [0])
        lines = self.run_lines(self.clip("dot.mkv"), "--save_video", "--detect_every", 2, "--track")
        self.assertEqual([(x["frame"], x["width"], x["height"]) for x in lines], [(i, 1, 1) for i in range(5)])
        self.assertEqual(self.frames(self.out / "AlphaPose_dot.mp4"), list(range(5)))

    def test_the_size_changes_and_times_jump_back(self):
        clip = self.dir / "two.ts"
        clip.write_bytes((CLIPS / "small.ts").read_bytes() + (CLIPS / "large.ts").read_bytes())
        lines = self.run_lines(clip, "--save_video", "--detect_every", 5, "--smooth")
        count = len(lines)
        self.assertTrue(38 <= count <= 40, count)  # some decoders drop the frame before the change
        self.assertEqual([x["frame"] for x in lines], list(range(count)))
        self.assertEqual([x["width"] for x in lines][-20:], [96] * 20)
        self.assertEqual({x["width"] for x in lines[:-20]}, {64})
        times = [x["time"] for x in lines]
        self.assertEqual(times, sorted(set(times)))
        drawn = self.run_lines(self.out / "AlphaPose_two.mp4")
        self.assertEqual([(x["frame"], x["width"]) for x in drawn], [(i, 64) for i in range(count)])

    def test_a_truncated_clip(self):
        clip = self.dir / "cut.ts"
        data = (CLIPS / "large.ts").read_bytes()
        clip.write_bytes(data[:len(data) * 2 // 3 // 188 * 188 + 90])
        mp4 = self.dir / "cut.mp4"
        drawn = self.dir / "drawn"  # has fragments: its beginning is readable
        self.assertEqual(self.pose(self.clip("plain.mp4"), "--save_video", out=drawn).returncode, DONE)
        data = (drawn / "AlphaPose_plain.mp4").read_bytes()
        mp4.write_bytes(data[:len(data) * 9 // 10])
        run = self.pose(mp4, "--jsonl", self.jsonl, "--quiet")
        self.expect_error(run, SOME_FAILED, "cut.mp4: expected more data")
        frames = [x["frame"] for x in self.lines()]
        self.assertEqual(frames, list(range(len(frames))))
        self.assertGreaterEqual(len(frames), 20)
        self.assertEqual(len(self.result_names()), len(frames))
        frames = [x["frame"] for x in self.run_lines(clip, code=self.pose(clip).returncode)]
        self.assertEqual(frames, list(range(len(frames))))
        self.assertGreaterEqual(len(frames), 10)

    def test_garbage_in_the_middle(self):
        clip = self.dir / "garbage.ts"
        data = bytearray((CLIPS / "large.ts").read_bytes())
        generator = random.Random(5)
        middle = len(data) // 2
        data[middle:middle + 5000] = generator.randbytes(5000)
        clip.write_bytes(data)
        run = self.pose(clip, "--jsonl", self.jsonl)
        self.assertIn(run.returncode, (DONE, SOME_FAILED))
        frames = [x["frame"] for x in self.lines()]
        self.assertEqual(frames, list(range(len(frames))))
        self.assertTrue(10 <= len(frames) <= 20, frames)

    def test_inputs_are_never_overwritten(self):
        clip = self.clip("plain.mp4")
        data = clip.read_bytes()
        link = self.dir / "link.jsonl"
        link.symlink_to(clip)
        for path in (clip, link):
            for options in ((), ("--overwrite",), ("--resume",)):
                self.expect_error(self.pose(clip, "--jsonl", path, *options), USAGE, "--jsonl", "expected another file than the input")
        self.expect_error(self.pose("--indir", self.pictures, "--json_boxes", self.pictures / "a.png"), USAGE, "--json_boxes", "a.png")
        self.expect_error(self.pose(clip, "--jsonl", self.out / "alphapose-results.json"), USAGE, "--jsonl", "expected another file", "results")
        self.assertEqual(clip.read_bytes(), data)
        self.out.mkdir()
        inside = self.out / "AlphaPose_AlphaPose_x.mp4"
        first = self.out / "AlphaPose_x.mp4"
        for path in (inside, first):
            path.write_bytes(data)
        self.assertEqual(len(self.frames(first, "--save_video")), 40)
        self.assertEqual((first.read_bytes(), inside.read_bytes()), (data, data))
        self.assertEqual(len(self.frames(self.out / "AlphaPose_AlphaPose_x.2.mp4")), 40)


class Output(VideoTest):
    @unittest.skipIf(jsonschema is None, "python3-jsonschema is missing")
    def test_lines_match_the_schema(self):
        schema = jsonschema.Draft202012Validator(json.loads((PROJECT / "docs" / "results.schema.json").read_text()))
        for options in ([], ["--track"], ["--smooth", "--detect_every", 5]):
            for line in self.run_lines(self.clip("plain.mp4"), self.pictures / "a.png", self.dir / "none.png", *options, code=SOME_FAILED):
                schema.validate(line)

    def test_a_reader_that_closes(self):
        process = subprocess.Popen(self.command("--jsonl", "-", self.clip("long.mp4")), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        lines = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.stdout.close()
        error = process.stderr.read().decode()
        process.stderr.close()
        self.assertEqual(process.wait(timeout=60), READER_LEFT, error)
        self.assertEqual([x["frame"] for x in lines], [0, 1, 2])
        names = self.result_names()
        self.assertEqual(names, [f"{i}.jpg" for i in range(len(names))])
        self.assertGreaterEqual(len(names), 3)

    def test_a_full_disk(self):
        clip = self.clip("plain.mp4")
        run = self.pose(clip, "--jsonl", "/dev/full", "--quiet")
        self.expect_error(run, SOME_FAILED, "/dev/full: cannot be written: No space left")

        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))

        run = self.pose(clip, "--jsonl", self.jsonl, "--quiet", preexec_fn=small_files)
        self.assertEqual(run.returncode, SOME_FAILED)
        self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
        done = len(self.lines())  # only complete lines
        self.assertTrue(0 < done < 40)
        run = self.pose(clip, "--jsonl", self.jsonl, "--resume")
        self.assertEqual(run.returncode, DONE, run.stderr)
        self.assertEqual(self.lines(), self.run_lines(clip))

    def test_a_full_disk_for_the_drawn_clip(self):
        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (60000, 60000))

        run = self.pose(self.clip("plain.mp4"), "--save_video", "--save_img", "--quiet", "--conf", 1, preexec_fn=small_files)
        self.expect_error(run, SOME_FAILED, "AlphaPose_plain.mp4", "cannot be written")

    def test_an_existing_file_of_lines(self):
        clip = self.clip("one.mp4")
        self.jsonl.write_text("mine\n")
        self.expect_error(self.pose(clip, "--jsonl", self.jsonl, "--quiet"), USAGE, self.jsonl, "which can be resumed or overwritten")
        self.expect_error(self.pose(clip, "--jsonl", self.jsonl, "--quiet", "--resume"), SOME_FAILED, f"{self.jsonl}:1")
        self.assertEqual(self.jsonl.read_text(), "mine\n")
        self.assertEqual(self.pose(clip, "--jsonl", self.jsonl, "--overwrite").returncode, DONE)
        self.assertEqual(len(self.lines()), 1)

    def test_two_runs_into_one_file(self):
        fifo = self.dir / "fifo.mp4"
        os.mkfifo(fifo)
        first = self.start("--video", fifo, "--jsonl", self.jsonl)
        self.wait_for(self.jsonl.exists)
        run = self.pose(self.clip("one.mp4"), "--jsonl", self.jsonl, "--quiet", out=self.dir / "second")
        self.expect_error(run, USAGE, self.jsonl, "found one that writes this file")
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=20)

    def test_sound_is_kept(self):
        for options in ([], ["--step", 2], ["--start", "1"]):
            out = self.dir / "-".join(["out", *map(str, options)])
            self.assertEqual(self.pose(self.clip("sound.mp4"), "--save_video", *options, out=out).returncode, DONE)
            self.assertIn(b"mp4a", (out / "AlphaPose_sound.mp4").read_bytes(), options)
        self.assertEqual(self.frames(self.dir / "out" / "AlphaPose_sound.mp4"), list(range(60)))

    def test_the_drawn_clip_is_playable_after_any_end(self):
        clip = self.clip("long.mp4")
        for number in (signal.SIGINT, signal.SIGKILL):
            out = self.dir / f"out{int(number)}"
            drawn = out / "AlphaPose_long.mp4"
            process = self.start(clip, "--save_video", "--conf", 0.9, out=out)
            self.wait_for(lambda: process.poll() is not None or (drawn.exists() and drawn.stat().st_size > 50000))
            process.send_signal(number)
            process.communicate(timeout=60)
            ended = self.run_lines(drawn, code=self.pose(drawn).returncode)
            self.assertGreater(len(ended), 20)


class Serve(VideoTest):
    def test_the_page_answers_while_the_run_lasts(self):
        process = self.start("--serve", "127.0.0.1:0", self.clip("long.mp4"), "--detect_every", 5, "--track")
        line = process.stderr.readline()
        if "this build has no" in line or "cpp-httplib" in line:
            self.skipTest(line)
        self.assertTrue(line.startswith("page: http://127.0.0.1:"), line)
        url = line.split()[1]
        with urllib.request.urlopen(url, timeout=20) as reply:
            self.assertIn(b"<html", reply.read().lower())
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, DONE)
        with self.assertRaises(OSError):
            urllib.request.urlopen(url, timeout=5)

    def test_bad_addresses(self):
        clip = self.clip("one.mp4")
        with socket.create_server(("127.0.0.1", 0)) as used:
            for address in ("127.0.0.1:99999", "nowhere", f"127.0.0.1:{used.getsockname()[1]}"):
                run = self.pose(clip, "--serve", address, detector="none.cfg")  # which is not looked for
                self.expect_error(run, USAGE)


if __name__ == "__main__":
    unittest.main(verbosity=1)

# Tests scripts/eval_track.py: the evaluator on made-up tracks, simulated detections, smoothing, the baselines, the commands.
# SPDX-License-Identifier: MIT

import dataclasses
import json
import os
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True  # next to the scripts
from converter_case import PROJECT, Case, has, main  # before numpy: see there

if not has("cv2", "trackeval", "scipy"):
    print("cv2, trackeval or scipy is missing: skipped")
    sys.exit(77)
sys.path.insert(0, os.path.join(PROJECT, "scripts", "train"))

import cv2
import numpy as np

import clips
import eval_track
from lib import marked_text, track_cases, track_clips, track_judge, track_lines, track_real, track_run, track_simulate, track_smooth
from lib.problem import Problem

cv2.setNumThreads(1)
SMALL = {"width": 240, "height": 136}
SHARED = pathlib.Path(os.environ.get("POSE_ORACLE_DIR", os.path.join(PROJECT, "..", "shared", "oracle"))).parent


def walkers(count=60, speed=8.0, fps=20.0, apart=0.0):
    """Returns a made-up Clip of two people who cross in the middle, no one hidden: boxes of 40 x 100 pixels, the second `apart` pixels lower."""
    frames = []
    for k in range(count):
        x = np.array([100 + speed * k, 100 + speed * (count - 1 - k)])
        y = np.array([50, 50 + apart])
        boxes = np.stack([x, y, x + 40, y + 100], 1)
        points = np.concatenate([boxes[:, None, :2] + np.linspace(0.1, 0.9, 17)[None, :, None] * [40, 100], np.full((2, 17, 1), 2.0)], 2)
        frames.append(track_clips.Truth(np.array([1, 2]), boxes, points, np.zeros(2), np.ones(2, bool)))
    return track_clips.Clip("walkers", fps, 800, 200, [], [k / fps for k in range(count)], frames)


def first_of(truth):
    """Returns the frame with its first person only."""
    return track_clips.Truth(*(value[:1] for value in dataclasses.astuple(truth)))


def found_in(clip, ids=None):
    """Returns exact detections of a clip.  ids(frame number, true ids) -> ids"""
    out = []
    for k, truth in enumerate(clip.frames):
        points = truth.keypoints.copy()
        points[..., 2] = 0.9
        own = truth.ids if ids is None else ids(k, truth.ids)
        out.append(track_lines.Found(truth.boxes, np.full(len(truth.ids), 0.9), points, np.array(own)))
    return out


class Judging(Case):
    def judged(self, clip, frames):
        return track_judge.judge([clip], [frames])[0]

    def test_exact_ids_are_perfect(self):
        clip = walkers()
        values = self.judged(clip, found_in(clip))
        self.assertEqual({name: round(value, 9) for name, value in values.items()},
                         {"HOTA": 1, "DetA": 1, "AssA": 1, "IDF1": 1, "MOTA": 1, "switches": 0, "fragments": 0})  # fmt: skip
        self.assertEqual(self.judged(clip, found_in(clip, lambda k, ids: ids * 7 + 3))["HOTA"], 1)

    def test_a_swap_in_the_middle(self):
        clip = walkers(apart=200)
        frames = found_in(clip, lambda k, ids: ids if k < 30 else ids[::-1])
        values = self.judged(clip, frames)
        self.assertEqual((values["switches"], values["DetA"]), (2, 1))
        self.assertAlmostEqual(values["IDF1"], 0.5)
        self.assertAlmostEqual(values["AssA"], 1 / 3, places=6)  # each pair shares 30 of 90 frames
        self.assertEqual(track_judge.switches(clip, frames), [(30, 1, 1, 2), (30, 2, 2, 1)])

    def test_overlap_alone_is_worse_than_exact_ids_at_a_crossing(self):
        clip = walkers()
        (frames,) = track_run.greedy([[dataclasses.replace(found, ids=found.ids * 0) for found in found_in(clip)]])
        values = self.judged(clip, frames)
        self.assertLess(values["HOTA"], 0.9)
        self.assertGreater(values["switches"], 0)

    def test_people_without_a_track_are_not_found(self):
        clip = walkers()
        values = self.judged(clip, found_in(clip, lambda k, ids: ids * 0 if k < 6 else ids))
        self.assertAlmostEqual(values["MOTA"], 0.9)
        values = self.judged(clip, found_in(clip, lambda k, ids: ids * 0))
        self.assertEqual((values["HOTA"], values["IDF1"]), (0, 0))

    def test_hidden_people_may_be_found_or_not(self):
        clip = walkers()
        clip.frames = [dataclasses.replace(truth, counted=np.array([True, k < 20])) for k, truth in enumerate(clip.frames)]
        self.assertEqual(self.judged(clip, found_in(clip))["MOTA"], 1)
        without = [dataclasses.replace(found, ids=found.ids * [1, k < 20]) for k, found in enumerate(found_in(clip))]
        self.assertEqual(self.judged(clip, without)["MOTA"], 1)

    def test_the_same_id_twice_in_a_frame_is_refused(self):
        clip = walkers()
        with self.assertRaisesRegex(Problem, "walkers: expected distinct ids"):
            self.judged(clip, found_in(clip, lambda k, ids: ids * 0 + 5))


class Lines(Case):
    def test_written_and_read(self):
        clip = walkers(5)
        frames = found_in(clip)
        track_lines.write(self.path("a.jsonl"), clip, frames)
        again = track_lines.read(self.path("a.jsonl"), 5)
        np.testing.assert_allclose(again[3].boxes, frames[3].boxes, atol=1e-3)
        np.testing.assert_allclose(again[3].keypoints, frames[3].keypoints, atol=1e-4)
        self.assertTrue((again[3].ids == 0).all() and np.isnan(again[3].smooth).all())
        entry = json.loads(pathlib.Path(self.path("a.jsonl")).read_text(encoding="ascii").splitlines()[0])
        entry["people"][0] |= {"id": 4, "smooth": {name: [1, 2] for name in track_lines.NAMES}}
        pathlib.Path(self.path("b.jsonl")).write_text(json.dumps(entry) + "\n", encoding="ascii")
        found = track_lines.read(self.path("b.jsonl"), 5)
        self.assertEqual((found[0].ids[0], found[0].smooth[0, 0].tolist(), len(found[1].boxes)), (4, [1, 2], 0))

    def test_other_files_are_refused(self):
        for text in ("{}", "[]", '{"schema": 2, "frame": 0, "people": []}', "no"):
            pathlib.Path(self.path("a.jsonl")).write_text(text + "\n", encoding="ascii")
            with self.assertRaisesRegex(Problem, r"a\.jsonl:1: expected a line of results"):
                track_lines.read(self.path("a.jsonl"), 1)

    def test_a_file_of_results_from_the_command_line(self):
        clips.write(1000, self.path("set"), seconds=0.3, **SMALL)
        clip = track_clips.read_rendered(self.path("set/1000"))
        track_lines.write(self.path("found.jsonl"), clip, found_in(clip))
        with unittest.mock.patch("builtins.print") as printed:
            self.assertEqual(self.script(eval_track, "results", self.path("set/1000"), self.path("found.jsonl")), (0, ""))
        self.assertIn("0.000", printed.call_args_list[-1].args[0])  # no person has an id
        code, text = self.script(eval_track, "results", self.path("none"), self.path("found.jsonl"))
        self.assertEqual(code, 3)
        self.assertIn("none", text)

    def test_the_box_of_a_person_is_known_from_its_score(self):
        points = np.concatenate([np.random.default_rng(0).uniform(10, 50, (17, 2)), np.full((17, 1), 0.5)], 1)
        boxes = np.array([[0, 0, 60, 60], [0, 0, 60, 61], [100, 0, 160, 60.0]])
        for scores, best in (([0.9, 0.5, 0.5], 1), ([0.5, 0.9, 0.5], 0), ([0.9, 0.7, 0.5], 2)):
            self.assertEqual(track_real.box_of(points, 0.5 + 1.25 * 0.5 + 0.5, boxes, np.array(scores)), best)


class Simulating(Case):
    def test_the_same_on_every_run_and_misses_grow_with_the_hidden_share(self):
        clip = walkers(400, 1.0)
        first, again = track_simulate.simulate(clip), track_simulate.simulate(clip)
        for a, b in zip(first[0], again[0]):
            np.testing.assert_array_equal(a.keypoints, b.keypoints)
        share = lambda c: np.mean([np.isin([1, 2], ids).mean() for ids in track_simulate.simulate(c)[1]])
        hidden = dataclasses.replace(clip, frames=[dataclasses.replace(truth, hidden=np.full(2, 0.65)) for truth in clip.frames])
        gone = dataclasses.replace(clip, frames=[dataclasses.replace(truth, hidden=np.full(2, 0.98)) for truth in clip.frames])
        self.assertGreater(share(clip), 0.85)
        self.assertGreater(share(clip), share(hidden) + 0.1)
        self.assertLess(share(gone), 0.1)

    def test_noise_is_that_of_the_constants(self):
        clip = walkers(400, 0.5)
        clip.frames = [first_of(truth) for truth in clip.frames]
        frames, origins = track_simulate.simulate(clip)
        hits = [(found.keypoints[ids == 1][0], truth.keypoints[0]) for found, ids, truth in zip(frames, origins, clip.frames) if 1 in ids]
        errors = np.array([(found - true)[:, :2] for found, true in hits])
        wanted = track_simulate.KEYPOINT_NOISE * np.sqrt(40 * 100)
        self.assertAlmostEqual(float(errors.std()), wanted, delta=0.1 * wanted)
        follow = float((errors[1:] * errors[:-1]).mean() / errors.var())
        self.assertAlmostEqual(follow, track_simulate.MEMORY ** (25 / clip.fps), delta=0.1)
        self.assertGreater(sum((ids == 0).sum() for ids in origins), 5)


class Smoothing(Case):
    def single(self, delay=0.0, noise=0.0):
        t, rng = np.arange(150), np.random.default_rng(2)
        true = np.zeros((150, 17, 2)) + np.linspace(0, 100, 17)[None, :, None]
        true[:, 9, 0] += 30 * np.sin(2 * np.pi * t / 16)
        seen = true.copy()
        seen[:, 9, 0] += 30 * np.sin(2 * np.pi * (t - delay) / 16) - 30 * np.sin(2 * np.pi * t / 16)
        return track_smooth.Single(true, true + noise * rng.standard_normal(true.shape), seen, np.ones((150, 17), bool), 100.0)

    def test_lag(self):
        for delay in (0, 0.5, 1.7):
            late, spread = track_smooth.lag(self.single(delay).smooth, self.single(delay))
            self.assertAlmostEqual(late, delay, delta=0.06)
            self.assertAlmostEqual(spread, track_smooth.lag(self.single().true, self.single())[1], delta=0.02)

    def test_jitter(self):
        person = self.single(noise=0.5)
        self.assertAlmostEqual(track_smooth.jitter(person.found, person), 1000 * 0.5 * 2 / 100, delta=0.4)  # two axes, two frames
        self.assertAlmostEqual(track_smooth.error(person.found, person), 1000 * 0.5 * np.sqrt(2) / 100, delta=0.3)
        self.assertEqual(track_smooth.jitter(person.true + 3, person), 0)
        raw, smooth, less = track_smooth.change([person])
        self.assertEqual((smooth, less), (0, 1))

    def test_noise(self):
        person, rng = self.single(), np.random.default_rng(3)
        errors = [rng.standard_normal((17, 2))]
        for _ in range(149):
            errors.append(0.6 * errors[-1] + 0.8 * rng.standard_normal((17, 2)))
        person.found = person.true + 2 * np.array(errors) + 7
        deviation, follow = track_smooth.noise(person, 25.0)
        self.assertAlmostEqual(deviation, 1000 * 2 / 100, delta=1)
        self.assertAlmostEqual(follow, 0.6, delta=0.06)

    def test_people_are_taken_from_frames_of_results(self):
        clip = walkers(8)
        clip.frames = [first_of(truth) for truth in clip.frames]
        frames = found_in(clip)
        frames[2] = track_lines.parse([])
        for found in frames:
            found.smooth = found.keypoints[..., :2] + 1
        person = track_smooth.single(clip, frames)
        self.assertEqual((person.valid.all(1).tolist(), person.size), ([True, True, False, True, True, True, True, True], np.sqrt(40 * 100)))
        self.assertEqual((person.smooth - person.true)[person.valid].tolist()[0], [1, 1])


FAKE = """#!{python}
import json, sys
_, verb, given, out, *options = sys.argv
lines = [json.loads(line) for line in open(given)]
for line in lines:
    for number, person in enumerate(line["people"], 1):
        person["id"] = number
        if "--smooth" in options:
            person["smooth"] = {{name: point[:2] for name, point in person["keypoints"].items()}}
open(out, "w").write("".join(json.dumps(line) + "\\n" for line in lines))
"""


class Commands(Case):
    """eval_track.py on two short clips."""

    def setUp(self):
        super().setUp()
        self.clips = pathlib.Path(self.path("clips"))
        for seed in (1000, 1001):
            clips.write(seed, self.clips, seconds=0.6, **SMALL)
        patched = unittest.mock.patch.dict(track_cases.SETS, {"tune": range(1000, 1002)})
        patched.start()
        self.addCleanup(patched.stop)

    def build(self):
        """Returns a build folder with a program that numbers the people of each frame."""
        program = pathlib.Path(self.path("build/apps/results"))
        program.parent.mkdir(parents=True)
        program.write_text(FAKE.format(python=sys.executable), encoding="ascii")
        program.chmod(0o755)
        return program.parents[1]

    def judged(self, *args):
        where = ["--folder", str(self.clips), "--build", self.path("build")]
        with unittest.mock.patch("builtins.print") as printed:
            self.assertEqual(self.script(eval_track, *where, "judge", "--set", "tune", "--json", self.path("all.json"), *args)[0], 0)
        said = [" ".join(map(str, call.args)) for call in printed.call_args_list]
        return json.loads(pathlib.Path(self.path("all.json")).read_text(encoding="ascii")), said

    def test_every_tracker_gets_the_same_people(self):
        self.build()
        results, said = self.judged("--trackers", "exact ids", "ours", "greedy IoU", "--clips", "--switches")
        self.assertEqual(list(results), ["exact ids", "ours", "greedy IoU"])
        self.assertEqual(results["exact ids"]["all"]["switches"], 0)
        self.assertGreaterEqual(results["exact ids"]["all"]["HOTA"], max(one["all"]["HOTA"] for one in results.values()))
        self.assertEqual(list(results["ours"]["clips"]), ["1000", "1001"])
        self.assertTrue(any(line.startswith("  1001 hide") for line in said))

    def test_a_tracker_that_is_missing_is_skipped_with_the_reason(self):
        results, said = self.judged("--trackers", "ours", "greedy IoU", "--seeds", "1001")
        self.assertEqual((list(results), list(results["greedy IoU"]["clips"])), (["greedy IoU"], ["1001"]))
        self.assertTrue(any(line.startswith("ours skipped: expected the program results") for line in said), said)

    def test_seeds_of_another_set_are_refused(self):
        code, text = self.script(eval_track, "--folder", str(self.clips), "judge", "--set", "tune", "--seeds", "7")
        self.assertEqual(code, 3)
        self.assertIn("--seeds: expected some of 1000..1001, found 7", text)

    def test_smoothed_keypoints_come_back(self):
        clip = track_clips.read_rendered(self.clips / "1000")
        (frames,) = track_run.ours(self.build() / "apps" / "results", [clip], [track_simulate.simulate(clip)[0]], ["--smooth"])
        found = next(frame for frame in frames if len(frame.ids))
        np.testing.assert_array_equal(found.smooth, found.keypoints[..., :2])


class Baselines(Case):
    @unittest.skipUnless(track_run.PYTHON.exists(), "scripts/eval_track.py setup installs the baselines")
    def test_baselines_keep_the_ids_of_people_who_do_not_meet(self):
        clip = walkers(60)
        clip.frames = clip.frames[:20]
        found = [dataclasses.replace(one, ids=one.ids * 0) for one in found_in(clip)]
        for name in track_run.BASELINES:
            (frames,) = track_run.baseline(name, [clip], [found])
            self.assertEqual({tuple(frame.ids) for frame in frames[5:]}, {tuple(frames[-1].ids)}, name)
            self.assertEqual(len(set(frames[-1].ids) - {0}), 2, name)

    def test_missing_ones_are_named(self):
        with unittest.mock.patch.object(track_run, "PYTHON", pathlib.Path(self.path("none"))), self.assertRaisesRegex(Problem, "eval_track.py setup"):
            track_run.baseline("ByteTrack", [], [])


class Documents(Case):
    def test_only_the_marked_part_is_replaced(self):
        file = pathlib.Path(self.path("a.md"))
        file.write_text("top\n<!-- written by x table: begin -->\nold\n<!-- end -->\nrest\n<!-- end -->\n", encoding="ascii")
        marked_text.replace(file, "x table", lambda: "new")
        self.assertEqual(file.read_text(encoding="ascii"), "top\n<!-- written by x table: begin -->\nnew\n<!-- end -->\nrest\n<!-- end -->\n")
        with self.assertRaisesRegex(Problem, "a.md: expected the marker lines"):
            marked_text.replace(file, "y table", self.fail)

    def test_the_document_has_the_places(self):
        text = pathlib.Path(PROJECT, "docs", "quality.md").read_text(encoding="ascii")
        for command in ("scripts/eval_pose.py table", "scripts/eval_track.py table"):
            self.assertEqual(text.count(f"<!-- written by {command}: begin -->"), 1)


class PoseTrack(Case):
    LABELS = SHARED / "labelled" / "posetrack18" / "annotations" / "val" / "012834_mpii_test.json"

    @unittest.skipUnless(LABELS.is_file(), "../shared/labelled is missing")
    def test_labeled_frames_are_read(self):
        clip = track_clips.read_posetrack(self.LABELS, self.LABELS.parents[2])
        self.assertEqual((len(clip.frames), clip.frames[0].keypoints.shape, clip.width), (1, (11, 17, 3), 1920))
        self.assertEqual(track_judge.judge([clip], [found_in(clip, lambda k, ids: ids + 1)])[0]["switches"], 0)


if __name__ == "__main__":
    main()

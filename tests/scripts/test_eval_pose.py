# Tests scripts/eval_pose.py and its measures, and the quality of the committed network: rendered people, every target, the flip test.
# SPDX-License-Identifier: MIT

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True  # next to the scripts
from converter_case import PROJECT, Case, has, main  # before numpy: see there

import numpy as np

from lib import keypoints, pose_program
from lib.problem import Problem

SCRIPTS = pathlib.Path(PROJECT, "scripts")
POSE = pathlib.Path(os.environ["POSE_PROGRAM"])
SEED = 4242  # not used by any training
WANTED_AP, WANTED_STRESS_AP50 = 0.85, 0.6  # the goal, and slightly less than was measured (nets/trained/README.md)


def person(x=0.0, y=0.0, size=100.0):
    """Returns the keypoints [17, 2] of a person at x, y."""
    nose, rest = np.array([[0.5, 0.05]]), np.array([[i % 2, i / 20] for i in range(1, 17)])
    return np.concatenate([nose, rest]) * [0.4 * size, size] + [x, y]


class Agreement(unittest.TestCase):
    def sums(self, found, joints, counted=None):
        out = keypoints.Agreement()
        joints = np.array(joints).reshape(-1, 17, 2)
        out.add(np.array(found).reshape(-1, 17, 2), joints, np.ones(joints.shape[:2], bool) if counted is None else counted)
        return out

    def test_the_same_people_in_any_order(self):
        people = [person(), person(200), person(20, 10)]
        sums = self.sums(people[::-1], people)
        self.assertEqual((sums.pck(), sums.same, sums.people, sums.found), (1, 3, 3, 3))
        self.assertAlmostEqual(sums.mean_oks(), 1)

    def test_keypoints_of_a_missing_person_are_wrong(self):
        sums = self.sums([person()], [person(), person(300)])
        self.assertEqual((sums.pck(), sums.same, sums.mean_oks()), (0.5, 1, 0.5))
        self.assertEqual(self.sums([], [person()]).pck(), 0)
        self.assertEqual(self.sums([person()], []).found, 1)

    def test_only_counted_keypoints(self):
        moved, counted = person(), np.ones((1, 17), bool)
        moved[3] += 500
        self.assertAlmostEqual(self.sums([moved], [person()]).pck(), 16 / 17)
        counted[0, 3] = False
        self.assertEqual(self.sums([moved], [person()], counted).pck(), 1)

    def test_nan_keypoints_are_wrong(self):
        self.assertEqual(self.sums([np.full((17, 2), np.nan)], [person()]).pck(), 0)
        sums = self.sums([np.full((17, 2), np.nan), person()], [person()])
        self.assertEqual((sums.pck(), sums.same), (1, 1))

    def test_oks_of_a_keypoint_one_spread_away(self):
        joints, area = person()[None], np.array([10000.0])
        moved = joints + [1, 0] * (keypoints.SPREADS * 100)[None, :, None]
        self.assertAlmostEqual(float(keypoints.oks(moved, joints, np.ones((1, 17)), area)[0]), np.exp(-0.5))


class Programs(Case):
    def test_errors_name_the_cause(self):
        with self.assertRaisesRegex(Problem, "nowhere"):
            pose_program.find_program("pose", "/nowhere/pose")
        with self.assertRaisesRegex(Problem, "no-such-net"):
            pose_program.run_pose(POSE, [self.path("a.png")], ["--pose", "no-such-net"], [])


def rendered(folder, kind, count):
    command = [sys.executable, SCRIPTS / "train" / "render.py", folder, "--kind", kind, "--count", count, "--seed", SEED]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    return pathlib.Path(folder)


@unittest.skipUnless(has("cv2", "pycocotools"), "cv2 or pycocotools is missing")
class CommittedNet(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.scenes = rendered(pathlib.Path(temporary.name, "ordinary"), "ordinary", 40)
        cls.stress = rendered(pathlib.Path(temporary.name, "stress"), "mixed", 14)

    def coco(self, folder, *options, true_boxes=True, annotations="annotations.json"):
        command = [sys.executable, SCRIPTS / "eval_pose.py", "--program", POSE, "--json", "coco", folder / annotations, folder]
        command += (["--true_boxes"] if true_boxes else []) + ["--", *options]
        return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)

    def measured(self, folder, *options, **how):
        ran = self.coco(folder, *options, **how)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return json.loads(ran.stdout)

    def test_rendered_people_and_the_flip_test(self):
        plain = self.measured(self.scenes, "--pose", "pose-nano")["AP"]
        self.assertGreaterEqual(plain, WANTED_AP)
        self.assertGreaterEqual(self.measured(self.scenes, "--pose", "pose-nano", "--flip")["AP"], plain)

    def test_stress_scenes(self):
        labels = json.loads((self.stress / "annotations.json").read_text(encoding="ascii"))
        counts = [sum(a["image_id"] == image["id"] for a in labels["annotations"]) for image in labels["images"]]
        self.assertTrue(0 in counts and 1 in counts and max(counts) >= 12)
        found = self.measured(self.stress, "--pose", "pose-nano")
        self.assertGreaterEqual(found["AP50"], WANTED_STRESS_AP50)
        self.assertGreater(found["people"], 0.5 * sum(counts))

    def test_complete_pipeline(self):
        ran = self.coco(self.stress, "--detector", "yolov3-tiny", "--inp_dim", "608", "--conf", "0.2", "--pose", "pose-nano", true_boxes=False)
        if "expected yolov3-tiny.weights" in ran.stderr:
            self.skipTest(ran.stderr)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertGreater(json.loads(ran.stdout)["people"], 10)

    def test_targets_find_the_same_keypoints(self):
        from lib import coco_ap

        labels = coco_ap.Labels(self.scenes / "annotations.json")
        files = [self.scenes / file for file in labels.files[:7]]
        boxes = labels.boxes({file.name for file in files})
        want = pose_program.run_pose(POSE, files, ["--pose", "pose-nano", "--target", "ref"], boxes).people
        self.assertGreater(len(want), 4)
        for where in (["--target", "avx2"], ["--target", "avx512"], ["--device", "emulated", "--precision", "fp32"]):
            some = files[:2] if "emulated" in where else files  # slow
            with self.subTest(where=where):
                try:
                    got = pose_program.run_pose(POSE, some, ["--pose", "pose-nano", *where], boxes).people
                except Problem as problem:
                    self.assertRegex(str(problem), "this CPU|this build")  # not supported here
                    self.skipTest(str(problem))
                self.expect_near(got, {file.name: want[file.name] for file in some if file.name in want})

    def expect_near(self, got, want):
        self.assertEqual(got.keys(), want.keys())
        for name, people in want.items():
            self.assertEqual(got[name].shape, people.shape)
            self.assertLessEqual(np.abs(got[name][..., 2] - people[..., 2]).max(), 1e-4)
            # If two pixels of a heatmap differ by less than rounding, the keypoint may move from one to the other.
            near = np.linalg.norm(got[name][..., :2] - people[..., :2], axis=2) <= 0.05
            self.assertGreaterEqual(near.mean(), 0.98)

    def test_invalid_labels(self):
        (self.scenes / "bad.json").write_text('{"images": 3}', encoding="ascii")
        ran = self.coco(self.scenes, annotations="bad.json")
        self.assertEqual(ran.returncode, 3)
        self.assertRegex(ran.stderr, r"^eval_pose\.py: [^\n]*bad\.json: expected people[^\n]*\n$")


if __name__ == "__main__":
    main()

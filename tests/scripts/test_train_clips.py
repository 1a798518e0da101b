# Tests scripts/train/clips.py: a seed draws the same clip on every run, labels fit the frames, people move as people do.
# SPDX-License-Identifier: MIT

import dataclasses
import pathlib
import sys

sys.dont_write_bytecode = True  # next to the scripts
from train_folder import Case, main  # before numpy: see there

import cv2
import numpy as np

import body
import clips
import motion
from lib import track_cases, track_clips

SMALL = {"width": 240, "height": 136}


class Rendering(Case):
    def test_a_seed_draws_the_same_clip(self):
        for name in ("a", "b"):
            clips.write(1004, self.path(name), seconds=0.2, **SMALL)
        files = [sorted(pathlib.Path(self.path(name), "1004").iterdir()) for name in ("a", "b")]
        self.assertGreater(len(files[0]), 3)
        self.assertEqual([f.name for f in files[0]], [f.name for f in files[1]])
        for a, b in zip(*files):
            self.assertEqual(a.read_bytes(), b.read_bytes(), a)
        clip = track_clips.read_rendered(self.path("a/1004"))
        self.assertEqual((clip.width, clip.height, clip.kind), (240, 136, "meet"))
        self.assertEqual(len(clip.frames), len(files[0]) - 1)
        self.assertEqual(cv2.imread(str(clip.images[0])).shape, (136, 240, 3))

    def test_every_kind_and_camera_movement_is_in_both_sets(self):
        for seeds in track_cases.SETS.values():
            kinds = {list(clips.KINDS)[seed % len(clips.KINDS)] for seed in seeds}
            moves = {clips.MOVES[(seed // len(clips.KINDS) + seed) % len(clips.MOVES)] for seed in seeds}
            self.assertEqual((kinds, moves), (set(clips.KINDS), set(clips.MOVES)))
            self.assertGreaterEqual(len(seeds), 20)
        self.assertFalse(set(track_cases.SETS["tune"]) & set(track_cases.SETS["test"]))

    def test_labels_are_inside_and_boxes_hold_visible_keypoints(self):
        for seed in (1000, 1002):
            clip = clips.composed(seed, **SMALL)
            for k in range(0, clip.count, clip.count // 3):
                for person in clip.frame(k)[1]:
                    x1, y1, x2, y2 = person["box"]
                    self.assertTrue(0 <= x1 < x2 <= 240 and 0 <= y1 < y2 <= 136, person["box"])
                    self.assertTrue(0 <= person["outside"] <= person["hidden"] <= 1)
                    for x, y, v in person["keypoints"]:
                        self.assertTrue(v != 2 or (x1 - 2 <= x <= x2 + 2 and y1 - 2 <= y <= y2 + 2))

    def test_people_come_back_and_hide(self):
        clip = clips.composed(1002, **SMALL)
        seen = [{p["id"] for p in clip.frame(k)[1] if p["hidden"] < 0.5} for k in range(0, clip.count, 6)]
        times = {person: [k for k, some in enumerate(seen) if person in some] for person in set().union(*seen)}
        self.assertTrue(any(len(some) < some[-1] - some[0] + 1 for some in times.values()), "no person left the image and came back")
        clip = clips.composed(1001, **SMALL)
        self.assertGreater(max((p["hidden"] - p["outside"] for k in range(0, clip.count, 8) for p in clip.frame(k)[1]), default=0), 0.6)

    def test_a_camera_that_turns_moves_background_and_people_alike(self):
        clip = clips.composed(3000, "still", **SMALL)
        clip.actors, before = [], clip.canvas_camera(0)
        turned = dataclasses.replace(before, yaw=3.0)
        shift = turned.project(turned.see(np.array([0.0, 1, 50])))[0] - before.project(before.see(np.array([0.0, 1, 50])))[0]
        grays = [cv2.cvtColor(clip.background.seen(camera), cv2.COLOR_BGR2GRAY) for camera in (before, turned)]
        moved, _ = cv2.phaseCorrelate(*grays)
        self.assertLess(shift, -5)
        self.assertAlmostEqual(moved[0], shift, delta=0.15 * abs(shift))

    def test_usage(self):
        for bad in ("7..5", "x", "1..y", "-3"):
            code, text = self.script(clips, self.path("a"), f"--seeds={bad}")
            self.assertEqual(code, 2)
            self.assertIn(f"expected a seed or FIRST..LAST, found {bad}", text)


class Moving(Case):
    def actor(self, path):
        return motion.Actor(np.random.default_rng(1), path)

    def test_feet_do_not_slide_much_and_arms_swing_against_legs(self):
        actor = self.actor(motion.Path([0, 10], [(0, 5), (13, 5)]))
        feet, flex = [], []
        for t in np.arange(3, 6, 0.02):
            actor.move(t)
            person = actor.person
            points = person.to_world(person.figure.joints)[[body.JOINTS.index("left_ankle"), body.JOINTS.index("right_ankle")]]
            feet.append(points[np.argmin(points[:, 1])])
            pose, _ = actor.angles(t)
            flex.append((pose["hip_flex"]["left"], pose["arm_flex"]["left"]))
        slide = np.abs(np.diff(np.array(feet)[:, 0])) / 0.02  # m/s of the lower foot
        self.assertLess(np.median(slide), 0.6 * 1.3)
        self.assertLess(np.corrcoef(np.array(flex).T)[0, 1], -0.8)

    def test_poses_are_smooth(self):
        actor = self.actor(motion.Path([0, 2, 3, 6], [(0, 5), (3, 5), (3, 5), (-4, 5)]))
        places = []
        for t in np.arange(0, 6, 0.01):
            actor.move(t)
            places.append(actor.person.to_world(actor.person.figure.joints))
        steps = np.linalg.norm(np.diff(places, axis=0), axis=2)
        self.assertLess(steps.max(), 0.12)  # 12 m/s: a hand or foot while turning around
        self.assertLess(np.abs(np.diff(steps, axis=0)).max(), 0.04)

    def test_people_face_the_way_they_go(self):
        for end, yaw in (((0, 1), 0), ((0, 20), 180), ((8, 5), -90), ((-8, 5), 90)):
            path = motion.Path([0, 5], [(0, 10 if end[0] == 0 else 5), end])
            self.assertAlmostEqual(np.cos(np.radians(path.sample(path.way, 2.5) - yaw)), 1, places=3)


if __name__ == "__main__":
    main()

# Tests scripts/train/render.py: equal seeds draw equal scenes, labels are on the drawn limbs, COCO files hold what was drawn.
# SPDX-License-Identifier: MIT

import json
import os
import sys
import unittest

sys.dont_write_bytecode = True  # next to the scripts
from train_case import Case, main  # before numpy: see there

import cv2
import numpy as np

import body
import raster
import render
import samples
import scenes

NEAR = {  # keypoint -> limbs that may be visible at its position
    "nose": ("head",), "eye": ("head", "hair"), "ear": ("head", "hair"), "shoulder": ("upper_arm", "torso", "hair"), "elbow": ("upper_arm", "forearm"),
    "wrist": ("forearm", "hand"), "hip": ("thigh", "pelvis", "torso", "skirt", "skirt_of_coat"), "knee": ("thigh", "shin", "skirt", "skirt_of_coat"),
    "ankle": ("shin", "foot"),
}  # fmt: skip
SIDED = ("upper_arm", "forearm", "hand", "thigh", "shin", "foot")


def on_own_limb(scene, person, j, swapped=False):
    """Returns whether a limb of this keypoint is drawn where the label says that it is visible."""
    x, y, _ = scene.people[person]["keypoints"][j]
    part = scene.parts[int(round(float(y) * scenes.SMOOTH)), int(round(float(x) * scenes.SMOOTH))] - 1
    if part < 0 or part // 100 >= len(scene.limbs):
        return False
    side, _, limb = scene.limbs[part // 100][part % 100].partition(" ")
    own_side, _, joint = body.JOINTS[j].rpartition("_")
    if swapped:
        own_side = {"left": "right", "right": "left"}.get(own_side, own_side)
    return limb in NEAR[joint] and (limb not in SIDED or side == own_side)


class Labels(Case):
    @classmethod
    def setUpClass(cls):
        cls.scenes = [render.rendered(5, i, "portrait") for i in range(24)]

    def share(self, **how):
        hits = [on_own_limb(scene, 0, j, **how) for scene in self.scenes if scene.people for j in range(5, 17) if scene.people[0]["keypoints"][j, 2] == 2]
        self.assertGreater(len(hits), 100)
        return np.mean(hits)

    def test_visible_keypoints_are_on_their_limbs(self):
        self.assertGreater(self.share(), 0.93)

    def test_left_is_left(self):
        self.assertLess(self.share(swapped=True), 0.6)  # shoulders and hips may be on the trunk, which has no side

    def test_faces(self):
        hits = [on_own_limb(s, 0, j) for s in self.scenes if s.people for j in range(5) if s.people[0]["keypoints"][j, 2] == 2]
        self.assertGreater(np.mean(hits), 0.95)

    def test_outside_is_not_labeled(self):
        for scene in self.scenes:
            height, width = scene.picture.shape[:2]
            for person in scene.people:
                points = person["keypoints"]
                inside = (points[:, 0] >= 0) & (points[:, 0] < width) & (points[:, 1] >= 0) & (points[:, 1] < height)
                self.assertTrue(inside[points[:, 2] > 0].all())
                self.assertTrue((points[points[:, 2] == 0] == 0).all())

    def test_boxes_hold_the_visible_parts(self):
        for scene in self.scenes:
            for person in scene.people:
                x, y, w, h = person["box"]
                seen = person["keypoints"][person["keypoints"][:, 2] == 2]
                self.assertTrue((seen[:, 0] > x - 2).all() and (seen[:, 0] < x + w + 2).all())
                self.assertTrue((seen[:, 1] > y - 2).all() and (seen[:, 1] < y + h + 2).all())

    def test_a_person_behind_another_is_hidden(self):
        rng = np.random.default_rng(0)
        camera = raster.Camera(300.0, 200, 300, np.array([0, 1.0, 0]))
        standing = ("stand", body.relaxed(rng))
        people = [scenes.Person(rng, (0, 4.0), 0, standing), scenes.Person(rng, (0, 2.2), 0, standing)]
        both, single = (scenes.draw(rng, 200, 300, camera, some).people[0] for some in (people, people[:1]))
        behind, alone = both["keypoints"], single["keypoints"]
        np.testing.assert_allclose(behind[:, :2], alone[:, :2], atol=1e-3)
        trunk = [5, 6, 11, 12]
        self.assertTrue((alone[trunk, 2] == 2).all())
        self.assertTrue((behind[trunk, 2] == 1).all())
        self.assertTrue((render.labelled(single)[trunk, 2] == 2).all())
        self.assertTrue((render.labelled(both)[trunk] == 0).all())

    def test_keypoints_hidden_by_the_same_body_are_labeled_except_faces(self):
        rng, camera = np.random.default_rng(0), raster.Camera(300.0, 200, 300, np.array([0, 1.0, 0]))
        turned_away = scenes.draw(rng, 200, 300, camera, [scenes.Person(rng, (0, 3.0), 180, ("stand", body.relaxed(rng)))]).people[0]
        self.assertFalse(turned_away["covered"][5:].any())
        self.assertEqual(turned_away["keypoints"][0, 2], 1)
        self.assertEqual(render.labelled(turned_away)[0, 2], 0)
        self.assertTrue((render.labelled(turned_away)[5:, 2] > 0).all())

    def test_groups_are_close_and_some_sit(self):
        groups = [render.rendered(6, i, "group").people for i in range(8)]
        self.assertTrue(all(2 <= len(group) <= 6 for group in groups))
        people = [person for group in groups for person in group]
        self.assertGreater(np.mean([person["covered"][(person["keypoints"][:, 2] == 1)].any() for person in people]), 0.2)
        kinds = {person["kind"] for person in people}
        self.assertTrue(kinds & set(render.LOW) and kinds & set(render.UPRIGHT) and kinds <= {*render.LOW, *render.UPRIGHT})


class Files(Case):
    def test_a_seed_draws_the_same_for_any_count(self):
        for kind in ("portrait", "group", "mixed"):
            first, again = render.rendered(9, 3, kind), render.rendered(9, 3, kind)
            np.testing.assert_array_equal(first.picture, again.picture)
            self.assertEqual(len(first.people), len(again.people))
            for a, b in zip(first.people, again.people):
                np.testing.assert_array_equal(a["keypoints"], b["keypoints"])
            self.assertFalse(np.array_equal(first.picture[:100, :100], render.rendered(10, 3, kind).picture[:100, :100]))

    def test_coco(self):
        count = len(render.STRESS)
        self.assertEqual(self.script(render, self.path("set"), "--count", str(count), "--seed", "4")[0], 0)
        with open(self.path("set/annotations.json"), encoding="ascii") as file:
            labels = json.load(file)
        self.assertEqual(len(labels["images"]), count)
        self.assertEqual(labels["categories"][0]["keypoints"], list(body.JOINTS))
        people = [sum(a["image_id"] == image["id"] for a in labels["annotations"]) for image in labels["images"]]
        self.assertEqual(people[render.STRESS.index("none")], 0)
        self.assertGreater(people[render.STRESS.index("crowd")], 5)
        for image in labels["images"]:
            picture = cv2.imread(os.path.join(self.path("set"), image["file_name"]))
            self.assertEqual(picture.shape[:2], (image["height"], image["width"]))
        for entry in labels["annotations"]:
            self.assertEqual(entry["num_keypoints"], sum(v > 0 for v in entry["keypoints"][2::3]))
            self.assertTrue(entry["num_keypoints"] == 0 or sum(v == 2 for v in entry["keypoints"][2::3]) >= render.FEWEST_SEEN)
            self.assertGreater(min(entry["area"], *entry["bbox"][2:]), 0)

    def test_samples(self):
        self.assertEqual(self.script(render, self.path("set.npz"), "--count", "3", "--kind", "portrait")[0], 0)
        read = samples.load(self.path("set.npz"))
        self.assertGreater(len(read), 0)
        cut = [sample for i in range(3) for _, sample in render.cut_people(render.rendered(0, i, "portrait"), "")]
        self.assertEqual(len(read), len(cut))
        for i, sample in enumerate(cut):
            np.testing.assert_array_equal(read[i].joints, sample.joints)
            self.assertLess(np.abs(read[i].picture.astype(int) - sample.picture).mean(), 8)  # JPEG

    def test_cutting_keeps_labels_on_their_pixels(self):
        picture = np.zeros((600, 800, 3), np.uint8)
        joints = np.concatenate([np.random.default_rng(0).uniform([260, 130], [390, 470], (17, 2)), np.ones((17, 1))], 1)
        for x, y, _ in joints:
            cv2.circle(picture, (int(round(x * 16)), int(round(y * 16))), 6 * 16, (255, 255, 255), -1, cv2.LINE_AA, 4)
        sample = samples.cut(picture, (250, 120, 400, 480), joints)
        self.assertLess(sample.picture.shape[0], 600)
        for x, y, _ in sample.joints:
            self.assertGreater(sample.picture[int(round(float(y))), int(round(float(x)))].min(), 250)

    def test_usage_and_bad_files(self):
        self.assertEqual(self.script(render, self.path("set"), "--count", "0")[0], 2)
        code, text = self.script(render, self.path("set"), "--count", "1", "--backgrounds", self.path("none"))
        self.assertEqual(code, 3)
        self.assertIn("expected a folder of images", text)


if __name__ == "__main__":
    main()

# Tests the stages of scripts/reference_pipeline.py against recorded results of the original, and known values; also the comparison of two results.
# SPDX-License-Identifier: MIT
"""Each set of recorded cases is read from $POSE_ORACLE_DIR (default ../shared/oracle), else from tests/data/oracle; letterbox and crop need cv2."""

import glob
import json
import os
import sys
import unittest

sys.dont_write_bytecode = True  # next to the scripts
from converter_case import PROJECT, Case, has, main  # before numpy: see there

import numpy as np

if has("cv2"):
    import cv2

sys.path.insert(0, os.path.join(PROJECT, "bench"))
from lib import reference_stages as stages
from rivals import people

ORACLE = os.environ.get("POSE_ORACLE_DIR") or os.path.join(os.path.dirname(PROJECT), "shared", "oracle")


def oracle_set(name):
    """Returns the folder of a set of recorded cases."""
    big = os.path.join(ORACLE, name)
    return big if os.path.isdir(big) else os.path.join(PROJECT, "tests", "data", "oracle", name)


class OracleTest(Case):
    def cases(self, folder):
        """Yields the parameters and arrays of every recorded case; an image NAME_KEY.png counts as array KEY."""
        paths = sorted(glob.glob(os.path.join(oracle_set(folder), "*.json")))
        if not paths:
            self.skipTest(f"no recorded cases of {folder}")
        for path in paths:
            stem = path.removesuffix(".json")
            with open(path, encoding="utf-8") as file:
                parameters = json.load(file)
            arrays = {}
            if os.path.exists(stem + ".npz"):
                with np.load(stem + ".npz") as found:
                    arrays = dict(found)
            for image in glob.glob(stem + "_*.png"):
                arrays[image.removeprefix(stem + "_").removesuffix(".png")] = cv2.imread(image)
            with self.subTest(os.path.basename(stem)):
                yield parameters, arrays

    def close(self, got, want, bound=1e-4):
        self.assertEqual(np.shape(got), np.shape(want))
        np.testing.assert_allclose(got, want, rtol=bound, atol=bound)

    def test_people(self):
        for parameters, arrays in self.cases("write_results"):
            if parameters["batch"] != 1:
                continue
            rows = np.zeros((22743, 85), np.float32)
            rows[:, 4] = 0.0009765625
            rows[arrays["rows"][:, 1]] = arrays["values"]
            boxes, objectness = stages.people(rows, parameters["conf"], parameters["nms"])
            self.close(boxes, arrays["dets"][:, 1:5])
            self.close(objectness, arrays["dets"][:, 5])
            w, h = parameters["im_dims_wh"][0]
            if len(boxes):
                self.close(stages.to_picture(boxes, w, h, 608), arrays["boxes_0"])

    def test_peaks(self):
        for _, arrays in self.cases("get_prediction"):
            places, scores = stages.peaks(arrays["hm"])
            self.close(places, arrays["preds_hm"])
            self.close(scores[..., None], arrays["maxval"])
            back = [stages.back(*one, 80, 320, 256) for one in zip(places, arrays["pt1"], arrays["pt2"])]
            self.close(np.stack(back), arrays["preds_img"], 2e-4)

    def test_pose_nms(self):
        for _, arrays in self.cases("pose_nms"):
            found = stages.pose_nms(arrays["boxes"], arrays["box_scores"][:, 0], arrays["poses"], arrays["pose_scores"][..., 0])
            self.assertEqual(len(found), len(arrays["keypoints"]))
            for (places, scores, score), *want in zip(found, arrays["keypoints"], arrays["kp_score"], arrays["proposal_score"]):
                self.close(places, want[0])
                self.close(scores, want[1][:, 0])
                self.close(score, want[2][0])

    @unittest.skipUnless(has("cv2"), "no package cv2")
    def test_letterbox(self):
        for parameters, arrays in self.cases("letterbox"):
            got = stages.letterbox(arrays["image"], parameters["inp_dim"])[0] * 255
            apart = np.abs(got.transpose(1, 2, 0)[:, :, ::-1] - arrays["canvas"])
            self.assertLess(apart.max(), 1.01)  # OpenCV with and without IPP differ by one step in some bytes

    @unittest.skipUnless(has("cv2"), "no package cv2")
    def test_crop(self):
        for parameters, arrays in self.cases("crops"):
            picture = arrays.get("image")
            if picture is None and "probe_val" in arrays:
                picture = cv2.imread(os.path.join(oracle_set("nets"), "image_" + parameters["image"].replace("jpg", "png")))
            if parameters["rule"] != "demo" or (picture is None and "wh" not in parameters):
                continue
            w, h = parameters["wh"] if picture is None else picture.shape[1::-1]
            corners = [stages.enlarge(box, w, h) for box in arrays["boxes"]]
            self.close([pt1 for pt1, _ in corners], arrays["pt1"])
            self.close([pt2 for _, pt2 in corners], arrays["pt2"])
            if picture is None:
                continue
            image = stages.normalised(picture, (0.406, 0.457, 0.480), (1, 1, 1))
            for i, (pt1, pt2) in enumerate(corners):
                crop = stages.crop(image, pt1, pt2, 320, 256)
                self.close(crop.ravel()[arrays["probe_idx"][i]], arrays["probe_val"][i], 1e-5 if cv2.__version__ < "5" else 0.01)


class StagesTest(unittest.TestCase):
    def row(self, x, y, w, h, objectness, classes):
        return np.array([[x, y, w, h, objectness, *classes]], np.float32)

    def test_people(self):
        person, dog = (0.9, 0.1), (0.1, 0.9)
        rows = [self.row(50, 50, 20, 20, 0.6, person), self.row(51, 50, 20, 20, 0.7, person), self.row(90, 50, 20, 20, 0.5, person)]
        rows += [self.row(20, 20, 9, 9, 0.8, dog), self.row(20, 20, 9, 9, 0.1, person), self.row(20, 20, 9, 9, 0.9, (0, 0))]
        boxes, objectness = stages.people(np.concatenate(rows), 0.1, 0.6)
        np.testing.assert_allclose(objectness, [0.7, 0.5], rtol=1e-6)
        np.testing.assert_array_equal(boxes, [[41, 40, 61, 60], [80, 40, 100, 60]])
        self.assertEqual(stages.people(np.concatenate(rows), 0.95, 0.6)[0].shape, (0, 4))

    def test_peaks(self):
        maps = np.zeros((1, 3, 5, 4), np.float32)
        maps[0, 0, 2, 1], maps[0, 0, 2, 2], maps[0, 0, 1, 1] = 1, 0.5, 0.5
        maps[0, 1, 0, 2], maps[0, 1, 0, 1] = 1, 0.5  # on the border: not moved
        maps[0, 2] = -1
        places, scores = stages.peaks(maps)
        np.testing.assert_allclose(places[0], [[1.45, 1.95], [2.2, 0.2], [0.2, 0.2]], rtol=1e-6)
        np.testing.assert_array_equal(scores[0], [1, 1, -1])

    def test_json(self):
        person = (np.arange(34, dtype=np.float32).reshape(17, 2) + np.float32(0.1), np.full(17, 0.5, np.float32), 2.25)
        (entry,) = stages.to_json("a.jpg", [person])
        self.assertEqual(list(entry), ["image_id", "category_id", "keypoints", "score"])
        self.assertEqual(entry["keypoints"][:4], [float(np.float32(0.1)), float(np.float32(1.1)), 0.5, float(np.float32(2.1))])


class PeopleTest(Case):
    def side(self, **shifts):
        """Returns images of people who are 100 pixels apart, with one person per shift."""
        one = np.concatenate([np.arange(34.0).reshape(17, 2), np.ones((17, 1))], 1)
        return {name: np.stack([one + [100 * i + shift, 0, 0] for i, shift in enumerate(each)]) for name, each in shifts.items()}

    def test_summary(self):
        found = people.summary(self.side(a=(0, 0), b=(0,)), self.side(a=(0.25, 3), b=(0,), c=(0,)))
        self.assertEqual([found[key] for key in ("ours", "theirs", "alone", "joints", "median_px")], [3, 4, 1, 51, 0.25])
        self.assertAlmostEqual(found["close"], 2 / 3)

    def test_order_does_not_matter(self):
        theirs = self.side(a=(0, 1))
        theirs["a"] = theirs["a"][::-1]
        self.assertEqual(people.summary(self.side(a=(0, 1)), theirs)["close"], 1)

    def test_uncertain_keypoints_do_not_count(self):
        ours = self.side(a=(0,))
        ours["a"][0, 3, 2] = 0.01
        self.assertEqual(people.summary(ours, ours)["joints"], 16)

    def test_no_people(self):
        self.assertEqual(people.summary({}, {})["joints"], 0)
        self.assertEqual(people.summary({}, self.side(a=(0,)))["alone"], 1)

    def test_read(self):
        with open(self.path("r.json"), "w", encoding="utf-8") as file:
            json.dump([{"image_id": "a", "keypoints": list(range(51))}, {"image_id": "a", "keypoints": list(range(51))}], file)
        self.assertEqual(people.read(self.path("r.json"))["a"].shape, (2, 17, 3))


if __name__ == "__main__":
    main()

# Tests `eval_pose.py labelled`: labels in three formats, values computed by hand, weights and intervals, errors.
# SPDX-License-Identifier: MIT

import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True  # next to the scripts
from converter_case import PROJECT, Case, has, main  # before numpy: see there

import numpy as np

from lib import keypoints, people_judge, people_labels
from lib.problem import Problem

SIDES = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
CROWDPOSE = [f"{side}_{name}" for name in SIDES for side in ("left", "right")] + ["head", "neck"]
POSETRACK = ["nose", "head_bottom", "head_top", "left_ear", "right_ear", *CROWDPOSE[:12]]

# A fake `pose`: it "finds" what is in found.json next to it, for the photos that the links of --list lead to.
FAKE = """#!{python}
import json, pathlib, sys
options = dict(zip(sys.argv[1:], sys.argv[2:]))
found = json.loads(pathlib.Path(__file__).with_name("found.json").read_text())[options["--pose"]]
links = [pathlib.Path(line) for line in pathlib.Path(options["--list"]).read_text().split()]
results = [dict(one, image_id=link.name, category_id=1) for link in links for one in found.get(str(link.resolve()), [])]
pathlib.Path(options["--outdir"], "alphapose-results.json").write_text(json.dumps(results))
pathlib.Path(options["--json_boxes"]).write_text(pathlib.Path(options["--boxes"]).read_text() if "--boxes" in options else "[]")
"""


def person(x=50.0, y=20.0):
    """Returns the keypoints [17, 2] of a person 200 pixels high: the torso's length is 100."""
    out = np.array([[20 * (i % 2), 4 * i] for i in range(17)], float)
    out[[5, 6, 11, 12]] = [[0, 40], [40, 40], [0, 140], [40, 140]]
    out[16] = [40, 200]
    return out + [x, y]


def result(points, score=1.0):
    return {"keypoints": np.concatenate([points, np.ones((17, 1))], 1).ravel().tolist(), "score": score}


def annotation(points, names, image, number, **more):
    """points: [17, 2] of COCO; the other keypoints of the format get a place that no network finds"""
    place = {name: (*points[i], 2) for i, name in enumerate(keypoints.NAMES)}
    values = [v for name in names for v in place.get(name, (1.0, 1.0, 2))]
    return {"id": number, "image_id": image, "category_id": 1, "bbox": [40, 10, 100, 220], "keypoints": values, "num_keypoints": len(names), "iscrowd": 0, **more}


def labels(names, files, annotations):
    images = [{"id": 10 + k, "file_name": str(file), "width": 640, "height": 480} for k, file in enumerate(files)]
    return {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "person", "keypoints": list(names)}]}


@unittest.skipUnless(has("pycocotools"), "pycocotools is missing")
class Labeled(Case):
    def setUp(self):
        super().setUp()
        self.root = pathlib.Path(self.folder).resolve()
        self.found = {}
        (self.root / "pose").write_text(FAKE.format(python=sys.executable), encoding="ascii")
        (self.root / "pose").chmod(0o755)

    def photo(self, name):
        path = self.root / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a photo")
        return str(path)

    def write(self, name, data):
        path = self.root / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(data), encoding="ascii")
        return path

    def run_script(self, *options, where=None):
        (self.root / "found.json").write_text(json.dumps(self.found), encoding="ascii")
        command = [sys.executable, os.path.join(PROJECT, "scripts", "eval_pose.py"), "--program", self.root / "pose", *options[:1], "labelled"]
        return subprocess.run([*map(str, command), str(where or self.root / "data"), *map(str, options[1:])], capture_output=True, text=True, check=False)

    def measured(self, *nets, where=None):
        ran = self.run_script("--json", "--nets", *nets, where=where)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return json.loads(ran.stdout)

    def three_formats(self):
        """Writes two people each in COCO's, CrowdPose's and PoseTrack's format; two photos have the same name."""
        people = [person(), person(300)]
        for folder, file, names, photo in (("coco", "coco.json", keypoints.NAMES, "1.jpg"), ("crowd", "crowd.json", CROWDPOSE, "1.jpg"),
                                           ("track", "annotations/track.json", POSETRACK, "images/val/9/0.jpg")):  # fmt: skip
            path = self.photo(f"{folder}/{photo}")
            area = {"area": 10000.0} if folder == "coco" else {}
            self.write(f"{folder}/{file}", labels(names, [photo], [annotation(one, names, 10, k + 1, **area) for k, one in enumerate(people)]))
            yield path, people

    def test_a_perfect_prediction_gets_1_everywhere(self):
        self.found["good"] = {path: [result(one, 0.9 - 0.1 * k) for k, one in enumerate(people)] for path, people in self.three_formats()}
        sets = self.measured("good")["good"]
        self.assertEqual([(name, sets[name]["people"], sets[name]["labeled"]) for name in sets], [("coco", 2, 34), ("crowd", 2, 24), ("track", 2, 30), ("all", 6, 88)])
        for name, values in sets.items():
            self.assertEqual((values["matched"], values["found"]), (values["people"],) * 2)
            cells = [values[key] for key in people_judge.MEASURES] + [one[key] for one in values["keypoints"].values() for key in ("PCK", "OKS") if one["labeled"]]
            for cell in cells:
                np.testing.assert_allclose(cell, [1, 1, 1], err_msg=name)
        self.assertEqual(sets["crowd"]["keypoints"]["nose"], {"PCK": [None] * 3, "OKS": [None] * 3, "labeled": 0})

    def test_a_known_shift(self):
        # Shifted by 15 of a torso of 100: all within a fifth.  By 25: not one.
        area = 0.53 * 100 * 220
        for path, people in self.three_formats():
            self.found.setdefault("near", {})[path] = [result(one + [15, 0]) for one in people]
            self.found.setdefault("far", {})[path] = [result(one + [15, 20]) for one in people]
        measured = self.measured("near", "far")
        self.assertEqual([measured[net]["all"]["PCK"][0] for net in ("near", "far")], [1, 0])
        for net, shift in (("near", 15), ("far", 25)):
            for name, used, size in (("coco", range(17), 10000), ("crowd", range(5, 17), area), ("track", [0, 3, 4, *range(5, 17)], area)):
                expected = np.exp(-(shift**2) / (2 * size * keypoints.SPREADS[list(used)] ** 2))
                self.assertAlmostEqual(measured[net][name]["OKS"][0], expected.mean())
                self.assertAlmostEqual(measured[net][name]["keypoints"]["left_hip"]["OKS"][0], np.exp(-(shift**2) / (2 * size * 0.214**2)))

    def test_missing_and_false_people(self):
        path = self.photo("1.jpg")
        names = keypoints.NAMES
        crowd, hidden = person(500), person(700)
        nothing = {**annotation(hidden, names, 10, 4), "keypoints": [0] * 51, "num_keypoints": 0}
        people = [annotation(person(), names, 10, 1), annotation(person(300), names, 10, 2), annotation(crowd, names, 10, 3, iscrowd=1), nothing]
        file = self.write("labels.json", labels(names, ["1.jpg"], people))
        self.found["half"] = {path: [result(person()), result(person(1500, 900), 0.5)]}
        values = self.measured("half", where=file)["half"]["labels"]
        self.assertEqual((values["people"], values["matched"], values["found"]), (2, 1, 2))
        self.assertEqual([values[key][0] for key in ("OKS", "PCK", "AR")], [0.5] * 3)
        self.assertEqual(values["OKS"][1:], [0, 1])
        self.assertAlmostEqual(values["AP"][0], 51 / 101)  # precision 1 up to a recall of 0.5

    def test_pck_needs_a_torso(self):
        # Without hips only OKS counts.  With one shoulder and one hip the torso is between these.
        path = self.photo("1.jpg")
        names, first, second = keypoints.NAMES, annotation(person(), keypoints.NAMES, 10, 1), annotation(person(300), keypoints.NAMES, 10, 2)
        first["keypoints"][3 * 11 : 3 * 13] = [0] * 6
        second["keypoints"][3 * 5 : 3 * 6] = second["keypoints"][3 * 11 : 3 * 12] = [0] * 3
        file = self.write("labels.json", labels(names, ["1.jpg"], [first, second]))
        self.found["one"] = {path: [result(person() + [500, 0]), result(person(300) + [19, 0])]}
        values = self.measured("one", where=file)["one"]["labels"]
        self.assertEqual((values["PCK"][0], values["labeled"]), (1, 30))

    def test_regions_that_are_not_judged(self):
        path = self.photo("1.jpg")
        data = labels(POSETRACK, ["1.jpg"], [annotation(person(), POSETRACK, 10, 1), annotation(person(300), POSETRACK, 10, 2)])
        data["images"][0].update(ignore_regions_x=[290, 400, 400, 290], ignore_regions_y=[0, 0, 300, 300])
        data["images"].append({"id": 11, "file_name": "unlabeled.jpg", "is_labeled": False})
        file = self.write("labels.json", data)
        self.found["two"] = {path: [result(person()), result(person(305), 2.0)]}  # the second is in the region
        values = self.measured("two", where=file)["two"]["labels"]
        self.assertEqual((values["people"], values["found"], round(values["AP"][0], 9)), (1, 1, 1))
        self.assertEqual(people_labels.inside(np.array([[1.0, 1], [5, 1], [1, 3.5]]), np.array([[0.0, 0], [4, 0], [0, 4]])).tolist(), [True, False, False])

    def test_weights_of_one_give_cocos_values(self):
        rng, files, people = np.random.default_rng(4), [f"{k}.jpg" for k in range(6)], []
        paths = [self.photo(file) for file in files]
        self.found["some"] = {path: [] for path in paths}
        for k, path in enumerate(paths):
            for place in range(rng.integers(1, 5)):
                points = person(place * 60)
                people.append(annotation(points, keypoints.NAMES, 10 + k, len(people) + 1, area=float(rng.integers(3000, 20000))))
                if rng.random() < 0.9:
                    self.found["some"][path].append(result(points + rng.normal(0, rng.uniform(1, 8), (17, 2)), rng.random()))
            self.found["some"][path].append(result(person(*rng.uniform(0, 400, 2)), rng.random()))
        file = self.write("labels.json", labels(keypoints.NAMES, files, people))
        photos = people_labels.read_all(file)["labels"]
        (self.root / "links").mkdir()
        known = people_labels.write(photos, self.root / "links")
        results = [dict(one, image_id=name, category_id=1) for name, path in zip(known.files, paths) for one in self.found["some"][path]]
        found = people_judge.judge(dict(zip(known.files, photos)), known, results, known.files)
        want = known.average_precision(results, known.files)
        self.assertTrue(0.1 < want["AP"] < 0.9)
        np.testing.assert_allclose(found.values(np.ones(len(people)))[2:4], [want["AP"], want["AR"]], atol=1e-12)
        self.assertEqual(people_judge.with_intervals(found), people_judge.with_intervals(found))  # the seed is fixed

    def test_intervals(self):
        # The mean of 400 people, half of them 1, has a standard deviation of 0.025.
        right = np.arange(400) % 2
        low, high = people_judge.intervals(lambda weights: np.array([(weights * right).sum() / weights.sum(), np.nan]), 400)
        np.testing.assert_allclose([low[0], high[0]], [0.5 - 1.96 * 0.025, 0.5 + 1.96 * 0.025], atol=0.006)
        self.assertTrue(np.isnan([low[1], high[1]]).all())

    def test_the_same_photos_labeled_twice_count_once(self):
        list(self.three_formats())
        data = json.loads((self.root / "data/coco/coco.json").read_text(encoding="ascii"))
        self.write("coco/more/whole.json", {**data, "images": [{**data["images"][0], "file_name": "1.jpg"}]})
        self.write("coco/detections.json", [{"image_id": 10, "bbox": [0, 0, 1, 1], "score": 1, "category_id": 1}])
        sets = people_labels.read_all(self.root / "data")
        self.assertEqual({name: len(photos) for name, photos in sets.items()}, {"coco": 1, "crowd": 1, "track": 1})

    def test_names_of_keypoints(self):
        self.assertEqual([people_labels.plain_name(name) for name in ("L-Knee", "right hip", "r_ear", "Nose")], ["left_knee", "right_hip", "right_ear", "nose"])

    def test_the_table_of_a_document(self):
        document = self.root / "quality.md"
        document.write_text(f"before\n<!-- written by {people_judge.COMMAND}: begin -->\nold\n<!-- end -->\nafter\n", encoding="ascii")
        self.found["good"] = {path: [result(one) for one in people] for path, people in self.three_formats()}
        ran = self.run_script("--json", "--nets", "good --flip", "--table", document)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(list(json.loads(ran.stdout)), ["good --flip"])
        text = document.read_text(encoding="ascii")
        self.assertIn("| all | good, `--flip` | 1.000 [1.00, 1.00] |", text)
        self.assertIn("2 people (coco), 2 people (crowd), 2 people (track), 6 people (all): these are few.", text)
        self.assertTrue(text.startswith("before") and text.endswith("after\n") and "old" not in text)

    def test_invalid_labels(self):
        self.photo("1.jpg")
        good = labels(keypoints.NAMES, ["1.jpg"], [annotation(person(), keypoints.NAMES, 10, 1)])
        one = good["annotations"][0]
        for change, words in (({"annotations": [{**one, "keypoints": [1, 2, 3]}]}, "51 finite numbers"), ({"annotations": [{**one, "image_id": 99}]}, "KeyError: 99"),
                              ({"annotations": [{**one, "bbox": [0, 0, 1, float("nan")]}]}, "4 finite numbers"), ({"annotations": [{**one, "bbox": [0, 0, 1e300, 1e300]}]}, "at most 1000000"), ({"images": 3}, "expected people in COCO's"),
                              ({"categories": [{"id": 1, "keypoints": ["tail"]}]}, "names of keypoints"), ({"images": [{"id": 10, "file_name": "2.jpg"}]}, "found none")):  # fmt: skip
            file = self.write("bad.json", {**good, **change})
            with self.subTest(words=words), self.assertRaisesRegex(Problem, f"bad\\.json: .*{words}"):
                people_labels.read_all(file)
        self.write("bad.json", [])
        ran = self.run_script("--json")
        self.assertEqual(ran.returncode, 3)
        self.assertRegex(ran.stderr, r"^eval_pose\.py: [^\n]*data: expected a file or a folder with people[^\n]*\n$")


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# Tests pose --json_boxes and --boxes: a detector's boxes are written and read again, and boxes of other programs are read.  Tests --matching in
# given boxes of a photo.
# SPDX-License-Identifier: MIT
"""Usage: test_boxes.py BUILD_DIR"""
import json
import pathlib
import unittest

from program_case import DONE, SOME_FAILED, USAGE, ProgramTest


PHOTOS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "images" / "photos"


class Boxes(ProgramTest):
    def pose_in_boxes(self, boxes, *args):
        return self.run_program("pose", "--outdir", self.out, "--pose", self.models / "tinypose.safetensors", "--boxes", boxes, "--indir", self.pictures, *args)

    def test_boxes(self):
        boxes = self.dir / "boxes.json"
        self.assertEqual(self.pose("--indir", self.pictures, "--json_boxes", boxes).returncode, DONE)
        entry = json.loads(boxes.read_text())[0]
        x1, y1, x2, y2 = entry["corners"]
        self.assertEqual(len(entry["bbox"]), 4)
        self.assertAlmostEqual(entry["bbox"][2], x2 - x1, places=3)

    def test_known_boxes_replace_a_detector(self):
        boxes, again = self.dir / "boxes.json", self.dir / "again.json"
        self.assertEqual(self.pose("--indir", self.pictures, "--json_boxes", boxes).returncode, DONE)
        want = (self.out / "alphapose-results.json").read_bytes()
        self.assertEqual(self.pose_in_boxes(boxes, "--json_boxes", again).returncode, DONE)
        self.assertEqual((self.out / "alphapose-results.json").read_bytes(), want)
        self.assertEqual(again.read_bytes(), boxes.read_bytes())

    def test_boxes_of_other_programs(self):
        boxes = self.dir / "boxes.json"
        entries = [{"image_id": "b.png", "category_id": 1, "bbox": [5, 6, 40, 50], "score": 0.9}, {"image_id": "b.png", "category_id": 3, "bbox": [0, 0, 9, 9]},
                   {"image_id": "b.png", "bbox": [30, -5, 900, 60], "segmentation": []}, {"image_id": "elsewhere.png", "bbox": [1, 1, 2, 2]}]  # fmt: skip
        boxes.write_text(json.dumps(entries))
        again = self.dir / "again.json"
        self.assertEqual(self.pose_in_boxes(boxes, "--json_boxes", again).returncode, DONE)
        self.assertEqual([(e["image_id"], e["corners"]) for e in json.loads(again.read_text())], [("b.png", [5, 6, 45, 56]), ("b.png", [30, 0, 100, 55])])

    def test_bad_boxes(self):
        boxes = self.dir / "boxes.json"
        for text, words in [("", ["list"]), ("{}", ["list"]), ("[1]", ["entry 0", "image_id"]), ('[{"image_id": 7}]', ["entry 0", "image_id"]),
                            ('[{"image_id": "a.png"}]', ["entry 0", "bbox"]), ('[{"image_id": "a.png", "bbox": [0, 0, 1]}]', ["bbox"]),
                            ('[{"image_id": "a.png", "bbox": [0, 0, 0, 5]}]', ["width"]), ('[{"image_id": "a.png", "bbox": [0, 0, 1e300, 5]}]', ["bbox"]),
                            ('[{"image_id": "a.png", "bbox": [0, 0, 5, 5], "score": "x"}]', ["score"])]:  # fmt: skip
            boxes.write_text(text)
            self.expect_error(self.pose_in_boxes(boxes), USAGE, boxes, *words)
        deep = "[" * 1_000_000
        for text in (deep, "[" + deep + "]" * 1_000_001, '[{"image_id": "a.png", "bbox": ' + deep + "]" * 1_000_000 + "}]"):
            boxes.write_text(text)
            self.expect_error(self.pose_in_boxes(boxes), USAGE, boxes, "8 levels of nesting")
        self.expect_error(self.pose_in_boxes(self.dir / "none.json"), USAGE, "none.json")
        boxes.write_text('[{"image_id": "a.png", "bbox": [300, 0, 5, 5]}, {"image_id": "b.png", "bbox": [3, 4, 50, 50]}]')
        self.expect_error(self.pose_in_boxes(boxes), SOME_FAILED, "a.png", "overlap")
        self.assertTrue(all(entry["image_id"] == "b.png" for entry in self.results()))
        self.assertEqual(self.pose("--boxes", boxes, self.pictures / "a.png").returncode, USAGE)  # boxes and a detector


class Matching(ProgramTest):
    BOXES = [[499.7, 43, 777.5, 607.2], [259.4, 5.6, 457.8, 465.1], [270, 20, 450, 480]]  # the last two: one person

    def keypoints(self, *args):
        boxes = self.dir / "boxes.json"
        boxes.write_text(json.dumps([{"image_id": "footballers.jpg", "bbox": [x1, y1, x2 - x1, y2 - y1]} for x1, y1, x2, y2 in self.BOXES]))
        run = self.run_program("pose", "--outdir", self.out, "--pose", "pose-nano", "--boxes", boxes, PHOTOS / "footballers.jpg", *args)
        self.assertEqual(run.returncode, DONE, run.stderr)
        return [list(zip(*[iter(entry["keypoints"])] * 3)) for entry in self.results()]

    def test_each_keypoint_of_a_photo_has_one_owner(self):
        people = self.keypoints("--matching")
        certain = [{(x, y) for x, y, score in person if score > 0.3} for person in people]
        self.assertGreaterEqual(len(people), 2)
        self.assertEqual(len(certain[0]), 17)
        self.assertEqual(sum(map(len, certain)), len(set.union(*certain)))
        decoded = self.keypoints()
        self.assertEqual(len(decoded), 2)
        for a, b in zip(people[0], decoded[0]):  # a person alone: matching moves the keypoints by fractions of a heatmap's pixel
            self.assertLess(max(abs(a[0] - b[0]), abs(a[1] - b[1])), 8)
            self.assertEqual(a[2], b[2])

    def test_people_do_not_depend_on_batches_or_threads(self):
        want = self.keypoints("--matching")
        for options in [["--posebatch", 1], ["--posebatch", 2, "--threads", 3]]:
            self.assertEqual(self.keypoints("--matching", *options), want)
        self.assertNotEqual(self.keypoints("--matching", "--flip"), want)

    def test_a_camera_ignores_it_with_one_line(self):
        run = self.pose("--webcam", self.dir / "none", "--matching")
        self.assertEqual(sum("--matching has no effect with --webcam" in line for line in run.stderr.split("\n")), 1, run.stderr)
        self.assertIs(self.results_of_run()["matching"], False)
        self.assertNotIn("--matching", self.pose("--webcam", self.dir / "none", "--matching", "--quiet").stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)

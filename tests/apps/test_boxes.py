#!/usr/bin/python3
# Tests pose --json_boxes and --boxes: a detector's boxes are written and read again, and boxes of other programs are read.
# SPDX-License-Identifier: MIT
"""Usage: test_boxes.py BUILD_DIR"""
import json
import unittest

from program_case import DONE, SOME_FAILED, USAGE, ProgramTest


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


if __name__ == "__main__":
    unittest.main(verbosity=1)

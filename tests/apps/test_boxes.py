#!/usr/bin/python3
# Tests pose --json_boxes and --boxes: a detector's boxes are written and read again, and boxes of other programs are read.  Tests --matching in
# given boxes of a photo.
# SPDX-License-Identifier: MIT
"""Usage: test_boxes.py BUILD_DIR"""
import json
import pathlib
import unittest

import tiny_models
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
        for text, words in [("", ["list"]), ("{}", ["list"]), ("[1]", ["entry 0", "image_id"]), ('[{"image_id": 7.5}]', ["entry 0", "image_id"]),
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
        self.assertEqual(self.pose("--boxes", boxes, self.pictures / "a.png").returncode, USAGE)  # boxes and a detector


    def found(self, entries, *args, names=("a.png", "b.png", "c.png"), code=DONE):
        """Returns the boxes that --json_boxes has, and the lines on standard error, of a run on images of these names."""
        boxes, again = self.dir / "boxes.json", self.dir / "again.json"
        boxes.write_text(json.dumps(entries))
        for old in self.pictures.iterdir():
            old.unlink()
        for name in names:
            (self.pictures / name).write_bytes(tiny_models.png(100, 70, 1))
        run = self.pose_in_boxes(boxes, "--quiet", "--json_boxes", again, *args)
        self.assertEqual(run.returncode, code, run.stderr)
        return [(e["image_id"], e["corners"]) for e in json.loads(again.read_text())], run.stderr.splitlines()

    def test_a_bad_entry_is_named_and_the_others_count(self):
        good, box = {"image_id": "a.png", "bbox": [5, 6, 40, 50]}, ("a.png", [5, 6, 45, 56])
        for bad in (3, {}, {"image_id": None, "bbox": [1, 1, 2, 2]}, {"image_id": "b.png", "bbox": [10, 10, 0, 50]}, {"image_id": "b.png", "bbox": [10, 10, 5, -5]},
                    {"image_id": "b.png", "bbox": "x"}, {"image_id": "a.png", "bbox": [1, 1, 2, 2], "score": []}, {"image_id": "a.png", "corners": [9, 1, 2, 2]}):  # fmt: skip
            found, lines = self.found([good, bad, good], code=SOME_FAILED)
            self.assertEqual(found, [box, box])
            self.assertEqual(len(lines), 1, lines)
            self.assertIn("boxes.json: entry 1: expected", lines[0])
        found, lines = self.found([good] + [{}] * 13, code=SOME_FAILED)
        self.assertEqual((len(lines), lines[10]), (11, f"pose: {self.dir}/boxes.json: 3 more entries cannot be used"))

    def test_a_box_outside_is_named_and_the_others_of_its_image_count(self):
        outside = [{"image_id": "a.png", "bbox": [300 + i, 0, 5, 5]} for i in range(3)]
        found, lines = self.found(outside[:1] + [{"image_id": "a.png", "bbox": [3, 4, 50, 50]}] + outside[1:], code=SOME_FAILED)
        self.assertEqual(found, [("a.png", [3, 4, 53, 54])])
        self.assertEqual(len(lines), 1, lines)
        self.assertIn("a.png: expected boxes that overlap the image of 100 x 70", lines[0])
        self.assertIn("(300, 0), (305, 5) and 2 more", lines[0])

    def test_image_ids_as_other_programs_write_them(self):
        coco = ["000000000139.png", "COCO_val2014_000000000140.png", "000000000000.png", "x.png"]
        for name, ids in {coco[0]: [139, "139", "000000000139", coco[0]], coco[1]: [140, coco[1], coco[1][:-4]], coco[2]: [0, "0"],
                          coco[3]: ["x", "in/x.png", f"{self.pictures}/x.png"]}.items():  # fmt: skip
            for image_id in ids:
                found, lines = self.found([{"image_id": image_id, "category_id": 1, "bbox": [5, 6, 40, 50]}], names=coco)
                self.assertEqual((found, lines), ([(name, [5, 6, 45, 56])], []), image_id)

    def test_entries_that_belong_to_no_image_are_counted(self):
        names = ["a.png", "a7.png", "b7.png", "c.x.png", "c.x.PNG"]
        for image_id in ("val/a.png", "n/a.png", "A.png", ".png", "", "7", 7, -7, "c.x", "a.jpg", "/a.png"):
            found, lines = self.found([{"image_id": image_id, "bbox": [5, 6, 40, 50]}] * 2, names=names)
            self.assertEqual(found, [], image_id)
            self.assertEqual(len(lines), 1, lines)
            self.assertRegex(lines[0], "warning: .*boxes.json: 2 entries left out: image_id names no input, or several: " + json.dumps(str(image_id)))
        for category in (0, 2, "1", None):
            found, lines = self.found([{"image_id": "a.png", "category_id": category, "bbox": [5, 6, 40, 50]}])
            self.assertEqual(found, [])
            self.assertEqual([line.split(": ", 3)[3] for line in lines], ["1 entry left out: category_id is not 1, a person"])

    def test_files_of_other_editors(self):
        boxes = self.dir / "boxes.json"
        text = '[{"image_id": "a.png", "bbox": [5, 6, 40, 50]}]\r\n'
        for encoding in ("utf-8-sig", "utf-16"):
            boxes.write_bytes(text.encode(encoding))
            self.assertEqual(self.pose_in_boxes(boxes).returncode, DONE)

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

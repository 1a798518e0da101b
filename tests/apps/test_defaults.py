#!/usr/bin/python3
# Tests the defaults of the programs: the detector, thresholds by detector, their help, and the metadata of a run.
# SPDX-License-Identifier: MIT
"""Usage: test_defaults.py BUILD_DIR"""
import os
import unittest

import tiny_models
from program_case import DONE, MODEL, ProgramTest


class Defaults(ProgramTest):
    """Detectors and thresholds of a run whose command line names none."""

    def default(self, name, *args):
        """Runs a program without a detector, where AlphaPose's weights file is empty."""
        (self.models / "yolov3-spp.weights").write_bytes(b"")
        return self.run_program(name, "--models", self.models, *args, self.pictures / "a.png")

    def test_detector_is_named_in_one_line(self):
        for name, line in (("pose", "detector: yolov3-spp, --conf 0.05 (--detector names another)"),
                           ("detect", "detector: yolov3-spp, --conf 0.25 (--model names another)")):
            output = ["--outdir", self.out] if name == "pose" else []
            run = self.default(name, *output)
            self.assertEqual(run.returncode, MODEL)
            lines = run.stderr.splitlines()
            self.assertEqual(lines[0], line)
            self.assertIn("yolov3-spp.weights", lines[-1])
            self.assertEqual(len(lines), 3 if name == "pose" else 2)  # pose names its other network, too
            lines = self.default(name, *output, "--quiet").stderr.splitlines()
            self.assertEqual(len(lines), 1)
            self.assertIn("yolov3-spp.weights", lines[0])
            self.assertIn("--conf 0.3 ", self.default(name, *output, "--conf", "0.3").stderr)

    def test_no_detector(self):
        empty = self.dir / "empty"
        empty.mkdir()
        environment = dict(os.environ, POSE_MODELS="", HOME=str(self.dir))
        for name in ("pose", "detect"):
            run = self.run_program(name, "--models", empty, self.pictures / "a.png", *(["--outdir", self.out] if name == "pose" else []), env=environment)
            if run.stderr.startswith("detector: "):
                self.skipTest("the project's models/ holds a detector")
            self.expect_error(run, MODEL, f"{name}: detector: expected the weights", "found none", "scripts/fetch_models yolo-fastest-xl")

    def test_help_shows_the_defaults(self):
        text = " ".join(self.run_program("pose", "--help").stdout.split())
        self.assertIn("(default: 0.05, yolov4 0.2, yolov4-tiny 0.2, yolo-fastest-xl 0.4, yolov3-tiny 0.2)", text)
        self.assertIn("the first found of yolov3-spp, yolov3, yolov4, yolov4-tiny, yolo-fastest-xl, yolov3-tiny)", text)
        text = " ".join(self.run_program("detect", "--help").stdout.split())
        self.assertIn("(default: 0.25, yolo-fastest-xl 0.4)", text)
        self.assertIn("(default: the cfg's, yolo-fastest-xl 608)", text)

    def test_version(self):
        for name in ("pose", "detect", "layers"):
            run = self.run_program(name, "--version")
            self.assertEqual(run.returncode, DONE, run.stderr)
            self.assertRegex(run.stdout, rf"^{name} \d+\.\d+\.\d+\n$")

    def test_metadata_of_a_run(self):
        self.assertEqual(self.pose(self.pictures / "a.png", "--json_boxes", self.dir / "boxes.json").returncode, DONE)
        run = self.results_of_run()
        self.assertEqual(list(run), ["version", "detector", "boxes", "pose", "conf", "nms", "inp_dim", "flip", "matching", "keypoints", "device", "precision"])
        self.assertRegex(run.pop("version"), r"^\d+\.\d+\.\d+$")
        want = {"detector": str(self.models / "tiny.cfg"), "boxes": None, "pose": str(self.models / "tinypose.safetensors"), "conf": 0.05, "nms": 0.6,
                "inp_dim": 64, "flip": False, "matching": False, "keypoints": "coco17", "device": "cpu", "precision": "fp32"}
        self.assertEqual(run, want)
        self.assertEqual(self.pose(self.pictures / "a.png", "--conf", 0.9, "--nms", 1, "--flip", "--matching").returncode, DONE)
        run = self.results_of_run()
        del run["version"]
        self.assertEqual(run, want | {"conf": 0.9, "nms": 1, "flip": True, "matching": True})
        self.assertEqual(self.run_program("pose", "--outdir", self.out, "--pose", self.models / "tinypose.safetensors", "--boxes", self.dir / "boxes.json",
                                          self.pictures / "a.png").returncode, DONE)
        run = self.results_of_run()
        del run["version"]
        self.assertEqual(run, want | {"detector": None, "boxes": str(self.dir / "boxes.json"), "conf": None, "nms": None, "inp_dim": None})

    def test_metadata_names_the_side_that_the_detector_used(self):
        tiny_models.write_detector_graph(self.models)
        self.assertEqual(self.pose(self.pictures / "a.png", inp_dim=96).returncode, DONE)
        self.assertEqual(self.results_of_run()["inp_dim"], 96)
        run = self.pose(self.pictures / "a.png", detector="tinygraph.safetensors", inp_dim=96)
        self.assertEqual(run.returncode, DONE, run.stderr)
        self.assertEqual(self.results_of_run()["inp_dim"], 64)


if __name__ == "__main__":
    unittest.main(verbosity=1)

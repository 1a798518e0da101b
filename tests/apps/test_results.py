#!/usr/bin/python3
# Tests the program results by its command line: conversions, checks, exit codes, and lines against the JSON Schema.
# SPDX-License-Identifier: MIT
"""Usage: test_results.py BUILD_DIR"""
import csv
import json
import pathlib
import resource
import signal
import subprocess
import unittest

import tiny_models
from program_case import BUILD, DONE, MODEL, SOME_FAILED, USAGE, ProgramTest

try:
    import jsonschema
except ImportError:
    jsonschema = None

READER_LEFT = 141
PROJECT = pathlib.Path(__file__).resolve().parents[2]
NAMES = ["nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist",
         "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"]


def person(seed=0, **changes):
    return {"id": None, "score": 2.5, "box": [10.0, 20.0, 40.5, 80.0], "box_score": 0.75,
            "keypoints": {name: [seed + k, k + 0.5, 0.25] for k, name in enumerate(NAMES)}, **changes}


def line(frame=0, people=(), **changes):
    return {"schema": 1, "source": "clip.mp4", "frame": frame, "time": frame / 25, "width": 640, "height": 480, "key": "0001000000000001", "status": "ok",
            "detected": True, "people": list(people), **changes}


class Results(ProgramTest):
    def setUp(self):
        super().setUp()
        self.file = self.dir / "in.jsonl"

    def lines(self, *lines, rest=""):
        self.file.write_text("".join(json.dumps(x) + "\n" for x in lines) + rest)

    def convert(self, to, *options, **kwargs):
        return self.run_program("results", "convert", self.file, "--to", to, "--out", self.dir / "out", *options, **kwargs)

    def test_csv(self):
        self.lines(line(0, [person(1), person(2, id=7)]), line(1), line(2, [person(3)], source='odd "name", 1.mp4'))
        run = self.convert("csv")
        self.assertEqual(run.returncode, DONE, run.stderr)
        self.assertEqual(run.stderr, f"3 people in 3 lines: {self.dir / 'out'}\n")
        with open(self.dir / "out", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([(r["source"], r["frame"], r["id"], r["nose_x"]) for r in rows],
                         [("clip.mp4", "0", "", "1.0"), ("clip.mp4", "0", "7", "2.0"), ('odd "name", 1.mp4', "2", "", "3.0")])
        self.assertEqual(len(rows[0]), 13 + 51)

    def test_alphapose_and_coco(self):
        self.lines(line(0, [person()], source="a/x.jpg", time=None), line(3, [person(1)]), line(0, [person(2)], source="b/x.jpg", time=None))
        self.assertEqual(self.convert("coco").returncode, DONE)
        coco = json.loads((self.dir / "out").read_text())
        self.assertEqual([p["image_id"] for p in coco], ["x.jpg", "3.jpg", "x.jpg"])
        self.assertEqual(self.convert("open").returncode, DONE)
        merged = json.loads((self.dir / "out").read_text())
        self.assertEqual([(name, len(entry["people"])) for name, entry in merged.items()], [("x.jpg", 2), ("3.jpg", 1)])
        self.assertEqual(self.convert("coco-results").returncode, DONE)
        results = json.loads((self.dir / "out").read_text())
        self.assertEqual([r["image_id"] for r in results], ["x.jpg", 3, "x.jpg"])
        self.assertEqual(results[0]["bbox"], [10, 20, 30.5, 60])

    def test_standard_input_and_smooth(self):
        smooth = {name: [100 + k, 0] for k, name in enumerate(NAMES)}
        run = self.run_program("results", "convert", "-", "--to", "coco-results", "--out", "/dev/stdout", "--smooth", "--quiet",
                               input=json.dumps(line(0, [person(smooth=smooth)])) + "\n")
        self.assertEqual((run.returncode, run.stderr), (DONE, ""))
        self.assertEqual(json.loads(run.stdout)[0]["keypoints"][:6], [100, 0, 0.25, 101, 0, 0.25])

    def test_warnings(self):
        self.lines(line(0, [person()]), line(0, [person()], source="other.mp4"), rest='{"schema":1')
        run = self.convert("coco", "--quiet")
        self.assertEqual(run.returncode, DONE)
        self.assertEqual(run.stderr.count("warning"), 2)
        self.assertIn("torn last line", run.stderr)
        self.assertIn("other.mp4", run.stderr)
        self.assertEqual(self.convert("csv", "--quiet").stderr.count("warning"), 1)

    def test_errors(self):
        self.lines(line(0), rest="oops\n")
        self.expect_error(self.convert("csv"), SOME_FAILED, f"{self.file}:2: expected JSON")
        self.assertFalse((self.dir / "out").exists())
        self.expect_error(self.convert("xml"), USAGE, "format: expected one of cmu, coco, coco-results, csv, open, found xml")
        self.expect_error(self.run_program("results"), USAGE, "subcommand")
        self.expect_error(self.run_program("results", "check"), USAGE, "file")
        self.expect_error(self.run_program("results", "check", self.dir / "none"), SOME_FAILED, "none: cannot be read")
        self.lines(line(0, [person()]))
        self.expect_error(self.run_program("results", "convert", self.file, "--to", "csv", "--out", self.dir / "no" / "out"), SOME_FAILED, "no/out")

    def test_full_disk(self):
        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

        self.lines(*[line(i, [person()]) for i in range(20)])
        self.expect_error(self.convert("csv", preexec_fn=small_files), SOME_FAILED, "out: cannot be written")
        self.assertEqual([p.name for p in self.dir.iterdir() if p.name.startswith("out")], [])

    def test_track(self):
        people = [[person(box=[x, 20, x + 60, 200], keypoints={name: [x + 3 * k, 30 + 10 * k, 0.9] for k, name in enumerate(NAMES)}) for x in (10 + i, 400 - i)]
                  for i in range(10)]
        self.lines(*[line(i, people[i]) for i in range(10)])
        out = self.dir / "out.jsonl"
        run = self.run_program("results", "track", self.file, out, "--smooth")
        self.assertEqual((run.returncode, run.stderr), (DONE, f"2 ids in 10 lines: {out}\n"))
        tracked = [json.loads(text) for text in out.read_text().splitlines()]
        self.assertEqual([[p["id"] for p in frame["people"]] for frame in tracked], [[1, 2]] * 10)
        self.assertEqual([list(p["smooth"]) for p in tracked[9]["people"]], [NAMES] * 2)
        self.assertEqual(self.run_program("results", "check", out).returncode, DONE)
        self.expect_error(self.run_program("results", "track", self.file, out), USAGE, "out.jsonl: expected a new or empty file")
        self.assertEqual(self.run_program("results", "track", self.file, out, "--overwrite", "--quiet").stderr, "")
        self.lines(line(0, time=None))
        self.expect_error(self.run_program("results", "track", self.file, "-"), SOME_FAILED, "in.jsonl:1: expected the frame of a clip")

    def test_reader_that_leaves(self):
        self.lines(*[line(i, [person()]) for i in range(500)])
        with subprocess.Popen([BUILD / "apps" / "results", "track", self.file, "-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            self.assertEqual(json.loads(process.stdout.readline())["frame"], 0)
            process.stdout.close()
            self.assertNotIn("rror", process.stderr.read())
        self.assertEqual(process.returncode, READER_LEFT)

    def test_check(self):
        self.lines(line(0, [person()]), line(1), line(2, status="error", error="broken"))
        run = self.run_program("results", "check", self.file)
        self.assertEqual((run.returncode, run.stderr), (DONE, ""))
        self.assertEqual(run.stdout, f"{self.file}: 3 lines, 1 people, 1 errors, 0 problems\n")
        self.lines(*[line(5) for _ in range(30)])
        run = self.run_program("results", "check", self.file)
        self.assertEqual(run.returncode, SOME_FAILED)
        self.assertEqual(len(run.stderr.splitlines()), 21)
        self.assertIn("in.jsonl:2: expected a frame after 5 of clip.mp4, found 5", run.stderr)
        self.assertIn("9 more problems", run.stderr)


class OtherKeypoints(ProgramTest):
    """Networks with other keypoints than COCO's, from the network's file to every kind of result."""

    def people_of(self, *args, **kwargs):
        """Returns the people of alphapose-results.json and those of the JSON Lines."""
        run = self.pose("--indir", self.pictures, "--jsonl", self.dir / "out.jsonl", "--overwrite", *args, **kwargs)
        self.assertEqual(run.returncode, DONE, run.stderr)
        lines = [json.loads(text) for text in (self.dir / "out.jsonl").read_text().splitlines()]
        people = [p for one in lines for p in one["people"]]
        self.assertGreater(len(people), 0)
        return self.results(), people

    def test_halpe(self):
        for name, joints, decode in (("halpe26", 26, "maxima"), ("halpe68", 68, "mixed"), ("halpe136", 136, "integral")):
            with self.subTest(name):
                tiny_models.write_pose(self.models, "other", joints, keypoints=name, crop="centered", decode=decode)
                results, people = self.people_of("--save_img", pose="other.safetensors")
                self.assertEqual([len(p["keypoints"]) for p in results], [3 * joints] * len(people))
                self.assertEqual({(p["keypoint_set"], len(p["keypoints"])) for p in people}, {(name, joints)})
                self.assertEqual(list(people[0]["keypoints"])[:26][16:20], ["right_ankle", "head", "neck", "hip"])
                self.assertEqual(self.results_of_run()["keypoints"], name)
                self.assertEqual(len(list((self.out / "vis").iterdir())), 3)
                coco, mapped = self.people_of("--keypoints", "coco17", pose="other.safetensors")
                self.assertEqual([p["keypoints"] for p in coco], [p["keypoints"][:51] for p in results])
                self.assertEqual([p["keypoints"] for p in mapped], [{k: p["keypoints"][k] for k in NAMES} for p in people])
                self.assertNotIn("keypoint_set", mapped[0])
                self.expect_error(self.pose(self.pictures / "a.png", "--matching", "--quiet", pose="other.safetensors"), USAGE, "matching: expected")

    def test_simcc(self):
        for name, joints in (("coco17", 17), ("halpe26", 26)):
            tiny_models.write_simcc(self.models, joints)
            results, people = self.people_of(pose="simcc.safetensors")
            self.assertEqual({(p.get("keypoint_set", "coco17"), len(p["keypoints"])) for p in people}, {(name, joints)})
            self.assertEqual(self.results_of_run()["keypoints"], name)
            coco, _ = self.people_of("--keypoints", "coco17", pose="simcc.safetensors")
            self.assertEqual([p["keypoints"] for p in coco], [p["keypoints"][:51] for p in results])
        for option, words in (("--flip", "flip: expected"), ("--matching", "matching: expected")):
            self.expect_error(self.pose(self.pictures / "a.png", option, "--quiet", pose="simcc.safetensors"), USAGE, words)

    def test_a_set_of_the_model(self):
        hand = {"name": "hand", "names": ["left_wrist", "thumb"], "pairs": [], "limbs": [[0, 1]], "sigmas": []}
        tiny_models.write_pose(self.models, "hand", 2, keypoints=hand)
        results, people = self.people_of(pose="hand.safetensors")
        self.assertEqual((len(results[0]["keypoints"]), list(people[0]["keypoints"]), people[0]["keypoint_set"]), (6, ["left_wrist", "thumb"], "hand"))
        _, mapped = self.people_of("--keypoints", "coco17", pose="hand.safetensors")
        self.assertEqual(mapped[0]["keypoints"]["left_wrist"], people[0]["keypoints"]["left_wrist"])
        self.assertEqual(mapped[0]["keypoints"]["nose"], [None, None, 0.0])

    def test_landmarks(self):
        tiny_models.write_landmarks(self.models)
        results, people = self.people_of("--save_img", pose="landmarks.safetensors")
        self.assertEqual({(p["keypoint_set"], len(p["keypoints"]), len(p["world"])) for p in people}, {("blazepose33", 33, 33)})
        self.assertEqual({len(p["keypoints"]) for p in results}, {99})
        _, mapped = self.people_of("--keypoints", "coco17", pose="landmarks.safetensors")
        self.assertEqual([p["world"] for p in mapped], [{k: p["world"][k] for k in NAMES} for p in people])
        for option, words in (("--flip", "flip: expected"), ("--matching", "matching: expected")):
            self.expect_error(self.pose(self.pictures / "a.png", option, "--quiet", pose="landmarks.safetensors"), USAGE, words)

    def test_wrong_names(self):
        self.expect_error(self.pose(self.pictures / "a.png", "--keypoints", "coco18", "--quiet"), USAGE, "--keypoints: expected one of coco17, halpe26", "coco18")
        tiny_models.write_pose(self.models, "bad", 26, keypoints="halpe27")
        self.expect_error(self.pose(self.pictures / "a.png", "--quiet", pose="bad.safetensors"), MODEL, "keypoints: expected one of coco17", "halpe27")
        tiny_models.write_pose(self.models, "bad", 16)
        self.expect_error(self.pose(self.pictures / "a.png", "--quiet", pose="bad.safetensors"), MODEL, "expected keypoints with names", "found 16")


@unittest.skipIf(jsonschema is None, "python3-jsonschema is missing")
class Schema(ProgramTest):
    """The schema and the reader of the program agree on lines, good and bad."""

    def setUp(self):
        super().setUp()
        schema = json.loads((PROJECT / "docs" / "results.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        self.schema = jsonschema.Draft202012Validator(schema)

    def accepted(self, value):
        file = self.dir / "one.jsonl"
        file.write_text(json.dumps(value) + "\n")
        return self.run_program("results", "check", file).returncode == DONE

    def test_good_lines(self):
        smooth = {name: [1.5, None] for name in NAMES}
        for value in (line(), line(0, [person(), person(id=3, smooth=smooth, score=None)]), line(time=None, more={"a": []}, width=0),
                      line(status="error", error="x", people=[person()]), line(detected=False, frame=2**63 - 1, time=-1e300),
                      line(0, [person(keypoint_set="hand", keypoints={"wrist": [1, 2, 0.5]}, smooth={"wrist": [1, 2]}), person(keypoint_set="coco17"), person(world={name: [1, 2, None] for name in NAMES})])):
            self.schema.validate(value)
            self.assertTrue(self.accepted(value), value)

    def test_bad_lines(self):
        bad = [line(schema=2), line(source=3), line(frame=-1), line(frame=0.5), line(frame=2**63), line(time="now"), line(width=2**31), line(height=None),
               line(key="0001"), line(key="0001000000000001\n"), line(key="X001000000000001"), line(status="fine"), line(status="error"),
               line(status="error", error=""), line(error="x"), line(detected=1), {**line(), "people": None}, {**line(), "people": {}}, [], None]
        bad += [{k: v for k, v in line().items() if k != key} for key in line()]
        people = [person(id=0), person(id=1.5), person(id="1"), person(score="high"), person(score=1e39), person(box=[1, 2, 3]), person(box=[1, 2, 3, 4, 5]),
                  person(box=None), person(keypoints={}), person(smooth=None), person(smooth={name: [1, 2, 3] for name in NAMES}),
                  person(keypoint_set=3), person(keypoint_set=""), person(keypoint_set="hand", keypoints=[1]), person(keypoint_set="hand", keypoints={"wrist": [1]}),
                  person(keypoints={name: [1, 2] for name in NAMES}), person(keypoints={name: [1, 2, True] for name in NAMES}), 7]
        people += [{k: v for k, v in person().items() if k != key} for key in person()]
        for value in bad + [line(0, [p]) for p in people]:
            with self.subTest(value):
                self.assertFalse(self.schema.is_valid(value))
                self.assertFalse(self.accepted(value))

    def test_example_of_the_document(self):
        text = (PROJECT / "docs" / "results.md").read_text().split("```json\n")[1].split("```")[0]
        example = json.loads(text)
        for points in (example["people"][0]["keypoints"], example["people"][0]["smooth"]):
            points |= {name: points["nose"] for name in NAMES if name not in points}
        self.schema.validate(example)
        self.assertTrue(self.accepted(example))


if __name__ == "__main__":
    unittest.main(verbosity=1)

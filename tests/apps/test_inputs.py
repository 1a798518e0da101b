#!/usr/bin/python3
# Tests what pose and detect take as inputs: names of images in any case, folders with other entries, lists of other editors, arguments with
# brackets, large images; and that options without effect are said.
# SPDX-License-Identifier: MIT
"""Usage: test_inputs.py BUILD_DIR"""
import json
import os
import struct
import unittest
import zlib

import tiny_models
from program_case import DONE, MODEL, SOME_FAILED, USAGE, ProgramTest


def large_png(width, height):
    """Returns a PNG of one value, in gray of 1 bit."""
    chunk = lambda name, data: struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))  # noqa: E731
    header, rows = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0), zlib.compress(bytes((width + 7) // 8 + 1) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class Inputs(ProgramTest):
    def people(self):
        return {entry["image_id"] for entry in self.results()}

    def run_pose(self, *args, code=DONE):
        """Returns the lines on standard error."""
        run = self.pose("--quiet", *args)
        self.assertEqual(run.returncode, code, run.stderr)
        return run.stderr.splitlines()

    def test_names_of_images_in_any_case(self):
        picture = (self.pictures / "a.png").read_bytes()
        names = {f"{i}.{ending}" for i, ending in enumerate(["PNG", "Jpg", "JPEG", "jpe", "JFIF", "jfif", "png"])}
        for name in names:
            (self.pictures / name).write_bytes(picture)
        self.assertEqual(self.run_pose("--indir", self.pictures, "--save_img"), [])
        self.assertEqual(self.people(), names | {"a.png", "b.png", "c.png"})
        self.assertLessEqual(names, set(os.listdir(self.out / "vis")))

    def test_drawn_images_of_other_names(self):
        for name in ("a", "a.b", "picture.", ".a"):
            (self.pictures / name).write_bytes((self.pictures / "a.png").read_bytes())
            self.assertEqual(self.run_pose(self.pictures / name, "--save_img"), [])
            self.assertEqual((self.out / "vis" / f"{name}.jpg").read_bytes()[:3], b"\xff\xd8\xff")
            self.assertEqual(self.detect(self.pictures / name, "--save_img", self.dir / "drawn").returncode, DONE)
            self.assertTrue((self.dir / "drawn" / f"{name}.jpg").is_file())

    def test_other_entries_of_a_folder_are_counted(self):
        for name in ("1.txt", "2.txt", "labels.xml", "README", ".DS_Store", "x.png.txt"):
            (self.pictures / name).write_text("")
        for name in ("sub", "sub.png", ".git"):
            (self.pictures / name).mkdir()
        lines = self.run_pose("--indir", self.pictures)
        text = "pose: warning: {}: 5 files (without ending 1, .txt 3, .xml 1) and 2 folders left out: their names are not those of images or clips"
        self.assertEqual(lines, [text.format(self.pictures)])
        self.assertEqual(self.people(), {"a.png", "b.png", "c.png"})
        self.expect_error(self.pose("--indir", self.pictures / "sub"), USAGE, "sub: expected names of images (.jpg", "or clips, found none")
        (self.pictures / "sub" / "a.doc").write_text("")
        self.expect_error(self.pose("--indir", self.pictures / "sub"), USAGE, "found none among 1 file (.doc 1)")

    def test_an_entry_that_cannot_be_read_is_named_and_the_others_are_done(self):
        links = {"loop.png": "loop.png", "one.png": "two.png", "two.png": "one.png", "nowhere.png": "missing", "deep.png": "a.png/x"}
        for name, target in links.items():
            (self.pictures / name).symlink_to(target)
        (self.pictures / "folder.png").symlink_to(self.dir)
        (self.pictures / "good.png").symlink_to("a.png")
        os.mkfifo(self.pictures / "pipe.png")
        lines = self.run_pose("--indir", self.pictures, code=SOME_FAILED)
        named = sorted(line.split(": ")[1].split("/")[-1] for line in lines if "warning" not in line)
        self.assertEqual(named, sorted([*links, "pipe.png"]))
        self.assertEqual([line for line in lines if "warning" in line and "1 folder left out" not in line], [])
        self.assertEqual(self.people(), {"a.png", "b.png", "c.png", "good.png"})
        (self.dir / "folder_loop").symlink_to("folder_loop")
        self.expect_error(self.pose("--indir", self.dir / "folder_loop"), USAGE, "folder_loop: expected a readable folder")

    def test_lists_of_other_editors(self):
        names = self.dir / "names.txt"
        (self.pictures / "\u00e4 \u20ac.png").write_bytes((self.pictures / "a.png").read_bytes())
        (self.pictures / "blank.png ").write_bytes((self.pictures / "a.png").read_bytes())
        text = "a.png\r\n\r\n  \t\r\n b.png \t\r\n\u00e4 \u20ac.png\r\nblank.png "
        for encoding in ("utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"):
            mark = "\ufeff" if encoding.startswith("utf-16") else ""
            names.write_bytes((mark + text).encode(encoding))
            self.assertEqual(self.run_pose("--indir", self.pictures, "--list", names), [])
            self.assertEqual(self.people(), {"a.png", "b.png", "\u00e4 \u20ac.png", "blank.png "})
        for content in (text.encode("utf-16-le"), b"\xff\xfea", b"a.png\0"):
            names.write_bytes(content)
            self.expect_error(self.pose("--indir", self.pictures, "--list", names), USAGE, "names.txt: expected UTF-8")
        names.write_bytes(b"\xef\xbb\xbf \r\n")
        self.expect_error(self.pose("--list", names), USAGE, "names.txt: expected names, found none")

    def test_an_argument_with_brackets_is_one_name(self):
        for name in ("[y]", "[a.png,b.png]", "[]", "[[x]]"):
            self.expect_error(self.pose(name), SOME_FAILED, f"pose: {name}: cannot be read")
            (self.dir / name).write_bytes(tiny_models.png(90, 70, 1))
            self.assertEqual(self.pose(name, cwd=self.dir).returncode, DONE)
            self.assertEqual(self.people(), {name})
        self.assertEqual(self.pose("[y]", self.pictures / "a.png", "[]", cwd=self.dir).returncode, DONE)
        self.assertEqual(self.people(), {"[y]", "a.png", "[]"})

    def test_the_number_of_pixels_is_limited_by_an_option(self):
        huge = self.dir / "huge.png"
        huge.write_bytes(large_png(1 << 15, (1 << 13) + 1))
        small = self.pictures / "a.png"
        for program, more in ((self.pose, []), (self.detect, ["--json", self.dir / "boxes.json"])):
            run = program(huge, small, *more)
            self.assertEqual(run.returncode, SOME_FAILED)
            self.assertIn("huge.png: expected at most 268435456 pixels (the limit can be raised), found 32768 x 8193", run.stderr)
            self.assertEqual(program(small, "--max_pixels", 90 * 70, *more).returncode, DONE)
            self.assertEqual(program(small, "--max_pixels", 90 * 70 - 1, *more).returncode, SOME_FAILED)
            for bad in ("0", "-1", "nan", "inf", "x", 1 << 41, 1 << 70):
                self.assertEqual(program(small, "--max_pixels", bad, *more).returncode, USAGE)

    def test_networks_of_other_channels_are_refused(self):
        cfg = (self.models / "tiny.cfg").read_text()
        boxes = self.dir / "boxes.json"
        boxes.write_text(json.dumps([{"image_id": "a.png", "bbox": [5, 6, 40, 50]}]))
        picture = self.pictures / "a.png"
        for channels in (1, 4):
            (self.models / "other.cfg").write_text(cfg.replace("channels=3", f"channels={channels}"))
            model = f"{self.models}/other.cfg@random"
            words = f"expected an input of 3 channels, found {channels}"
            self.expect_error(self.pose(picture, "--quiet", detector="other.cfg@random"), MODEL, words)
            self.expect_error(self.run_program("detect", picture, "--model", model), MODEL, words)
            tensors = {"w": ([17, channels, 4, 4], tiny_models.weights(17 * channels * 16)), "b": ([17], [0.6] * 17)}
            nodes = [tiny_models.conv2d("maps", "data", ["w", "b"], channels, 17, 4, 4, 0)]
            tiny_models.write_graph(self.models, "otherpose", nodes, tensors, channels=channels)
            run = self.run_program("pose", picture, "--quiet", "--outdir", self.out, "--pose", self.models / "otherpose.safetensors", "--boxes", boxes)
            self.expect_error(run, MODEL, words)
            dump = ["layers", "dump", "--model", model, "--out", self.dir / "out.NPZ", "--input"]
            self.expect_error(self.run_program(*dump, picture), SOME_FAILED, "a.png: an image has 3 channels", f"an input of {channels}")
            for name in ("x.npy", "x.NPY", "x"):
                (self.dir / name).write_bytes(tiny_models.npy([1, channels, 64, 64], [0.5] * (channels * 64 * 64)))
                self.assertEqual(self.run_program(*dump, self.dir / name).returncode, DONE)

    def test_numbers_that_are_not_finite_are_refused(self):
        for option in ("--conf", "--nms", "--inp_dim", "--detbatch", "--posebatch", "--threads", "--step", "--start", "--end", "--rotate", "--detect_every"):
            for value in ("nan", "inf", "-inf", "NAN", "1e999"):
                run = self.pose(self.pictures / "a.png", f"{option}={value}")
                self.assertEqual((run.returncode, run.stderr.count("\n")), (USAGE, 1), (option, value, run.stderr))
        for option in ("--conf", "--nms", "--inp_dim", "--threads"):
            self.assertEqual(self.detect(self.pictures / "a.png", f"{option}=nan").returncode, USAGE)

    def test_options_that_cannot_take_effect_are_said(self):
        boxes = self.dir / "boxes.json"
        boxes.write_text(json.dumps([{"image_id": "a.png", "bbox": [5, 6, 40, 50]}]))
        given = ["--outdir", self.out, "--pose", self.models / "tinypose.safetensors", "--boxes", boxes, "--quiet", self.pictures / "a.png"]
        for option, value in (("--conf", 0.5), ("--nms", 0.5), ("--inp_dim", 64), ("--detbatch", 2)):
            run = self.run_program("pose", *given, option, value)
            self.assertEqual((run.returncode, run.stderr), (DONE, f"pose: warning: {option} has no effect: --boxes replaces the detector\n"))
        for option in (["--start", "1"], ["--end", "2"], ["--step", 2], ["--rotate", 90], ["--detect_every", "auto"]):
            self.assertEqual(self.run_pose(self.pictures / "a.png", *option), [f"pose: warning: {option[0]} has no effect: no input is a clip"])
        self.assertEqual(self.run_pose(self.pictures / "a.png", "--vis_fast"), ["pose: warning: --vis_fast has no effect: nothing is drawn"])
        self.assertEqual(self.run_pose(self.pictures / "a.png", "--vis_fast", "--save_img", "--conf", 0.1), [])


if __name__ == "__main__":
    unittest.main(verbosity=1)

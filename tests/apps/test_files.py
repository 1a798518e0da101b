#!/usr/bin/python3
# Tests for every program and option that files of users are safe: inputs stay as they are, outputs go where the user said.
# SPDX-License-Identifier: MIT
"""Usage: test_files.py BUILD_DIR [LIBRARY]"""
import json
import os
import pathlib
import sys
import time
import unittest

import tiny_models

IGNORE_CASE = os.path.abspath(sys.argv.pop(2)) if len(sys.argv) > 2 and sys.argv[2].endswith(".so") else None  # makes folders ignore case

from files_case import FilesTest  # noqa: E402
from program_case import DONE, MODEL, SOME_FAILED, USAGE  # noqa: E402


class Inputs(FilesTest):
    def test_no_output_is_an_input_in_any_spelling(self):
        for name, (command, inputs, _) in self.commands().items():
            for i, path in enumerate(inputs):
                (self.dir / "links").mkdir(exist_ok=True)
                link, hard = self.dir / "links" / f"s{i}{path.suffix}", self.dir / "links" / f"h{i}{path.suffix}"
                for other in (link, hard):
                    other.unlink(missing_ok=True)
                link.symlink_to(path)
                hard.hardlink_to(path)
                data = path.read_bytes()
                for spelling in (path, os.path.relpath(path), f"{path.parent}/../{path.parent.name}/{path.name}", link, hard):
                    with self.subTest(command=name, output=spelling):
                        if name == "layers dump --out" and path.suffix != ".safetensors":
                            continue  # the name is refused
                        self.refused(command(spelling), "expected another file than the input")
                        self.assertEqual(path.read_bytes(), data)

    def test_drawn_images_replace_no_input(self):
        (self.dir / "alias").symlink_to(self.pictures)
        for folder in (self.pictures, self.dir / "alias", self.pictures / ".." / "in"):
            self.refused(self.detect_command("--save_img", folder), "expected another file than the input", "--save_img")
        (self.out).mkdir()
        (self.out / "vis").symlink_to(self.pictures)
        self.refused(self.pose_command("--save_img"), "expected another file than the input", "--save_img")
        self.refused(self.pose_command("--save_img", "--indir", self.pictures, files=()), "expected another file than the input", "--save_img")
        (self.out / "vis").unlink()
        (self.out / "vis").mkdir()
        (self.out / "vis" / "a.png").hardlink_to(self.pictures / "b.png")
        self.refused(self.pose_command("--save_img", files=("a.png", "b.png")), "expected another file than the input", "--save_img")

    def test_results_replace_no_input(self):
        self.out.mkdir()
        boxes = self.out / "alphapose-results.json"
        boxes.write_text("[]")
        nets = ["--pose", self.models / "tinypose.safetensors", "--models", self.models]
        self.refused(self.command("pose", "--outdir", self.out, self.pictures / "a.png", "--quiet", *nets, "--boxes", boxes), "results", "input")
        self.assertEqual(boxes.read_text(), "[]")

    def test_standard_input_and_output(self):
        lines = self.dir / "in.jsonl"
        convert = self.command("results", "convert", "-", "--to", "csv", "--out", lines)
        with open(lines) as source:
            self.assertEqual(self.run_command(convert, stdin=source).returncode, USAGE)
        with open(lines, "a") as output:
            self.assertEqual(self.run_command(self.command("results", "check", lines), stdout=output).returncode, USAGE)
        with open(self.dir / "both.json", "a") as output:
            run = self.run_command(self.layers_command("time", "--reps", 1, "--json", self.dir / "both.json"), stdout=output)
            self.assertEqual(run.returncode, USAGE)
            self.assertIn(b"standard output", run.stderr)
        self.assertEqual(lines.read_bytes(), self.inputs[lines])


class Twice(FilesTest):
    def setUp(self):
        super().setUp()
        for folder in ("d1", "d2"):
            (self.dir / folder).mkdir()
            (self.dir / folder / "a.png").write_bytes((self.pictures / "a.png").read_bytes())

    def test_images_of_one_name(self):
        pair = [self.dir / "d1" / "a.png", self.dir / "d2" / "a.png"]
        for repeated in (pair, [pair[0], pair[0]]):
            self.refused(self.detect_command(*repeated, "--save_img", self.out, files=()), "a.png", "one file for both")
            self.refused(self.pose_command(*repeated, "--save_img", files=()), "a.png", "expected images of different names")
        self.refused(self.pose_command(*pair, "--save_img", "--shard", "0/2", files=()), "a.png")  # the other shard writes the same image
        self.assertFalse(self.out.exists())
        self.check(self.detect_command(*pair, files=()))  # nothing is written for each image
        self.assertIn(b"another input has the same name", self.check(self.pose_command(*pair, files=())).stderr)

    def test_images_of_one_stem(self):
        for name in ("a.1.png", "a.2.png"):
            (self.pictures / name).write_bytes(tiny_models.png(80, 70))
        for option in ("cmu", "open"):
            self.refused(self.pose_command("--format", option, files=("a.1.png", "a.2.png")), "--format", "sep-json/a.json")
        self.check(self.pose_command(files=("a.1.png", "a.2.png")))

    def test_two_options(self):
        self.out.mkdir()
        (self.dir / "out2").symlink_to(self.out)
        (self.dir / "new.json").symlink_to("x.json")
        results = ("alphapose-results.json", "alphapose-run.json")
        for option in ("--jsonl", "--json_boxes"):
            for name in results:
                for folder in (self.out, self.dir / "out2", self.out / ".." / "out"):
                    self.refused(self.pose_command(option, folder / name), option, "one file for both")
        self.refused(self.pose_command("--jsonl", self.dir / "x.json", "--json_boxes", self.dir / "new.json"), "one file for both")
        self.refused(self.pose_command("--jsonl", "-", "--json_boxes", "/dev/stdout"), "one file for both")
        self.refused(self.layers_command("time", "--json", self.dir / "x.json", "--trace", self.dir / "new.json"), "one file for both")
        dump = self.make_dump()
        self.refused(self.command("layers", "diff", dump, dump, "--json", self.dir / "x.json", "--html", self.dir / "x.json"), "one file for both")
        self.check(self.pose_command("--jsonl", "/dev/null", "--json_boxes", "/dev/null"))

    @unittest.skipUnless(IGNORE_CASE, "no library for LD_PRELOAD in builds with sanitizers")
    def test_names_that_differ_in_case(self):
        folding = {**os.environ, "LD_PRELOAD": IGNORE_CASE}
        (self.pictures / "A.PNG").write_bytes((self.pictures / "a.png").read_bytes())
        for command in (self.pose_command("--jsonl", self.dir / "x.json", "--json_boxes", self.dir / "X.JSON"),
                        self.detect_command("--save_img", self.dir / "drawn", files=("a.png", "A.PNG")),
                        self.pose_command("--save_img", files=("a.png", "A.PNG"))):
            run = self.check(command, USAGE, env=folding)
            self.assertIn(b"one file for both", run.stderr)
            self.check(command)


class Outputs(FilesTest):
    def test_links_are_followed(self):
        for name, (command, _, ending) in self.commands().items():
            for exists in (True, False):
                with self.subTest(command=name, exists=exists):
                    folder = self.dir / "far" / f"{exists} {name}"
                    folder.mkdir(parents=True)
                    link, target = folder / f"link{ending}", folder / f"target{ending}"
                    link.symlink_to(target.name)
                    if exists and name != "layers tune --out":  # which reads it
                        target.write_bytes(b"")
                        target.chmod(0o600)
                    self.check(command(link))
                    self.assertTrue(link.is_symlink())
                    self.assertGreater(target.stat().st_size, 0)
                    if exists and name != "layers tune --out":
                        self.assertEqual(target.stat().st_mode & 0o777, 0o600)
                    self.assertEqual({path.name for path in folder.iterdir()}, {link.name, target.name})

    def test_names_of_255_bytes(self):
        for name, (command, _, ending) in self.commands().items():
            for length in (250, 251, 255):
                with self.subTest(command=name, length=length):
                    path = self.dir / ("x" * (length - len(ending)) + ending)
                    self.check(command(path))
                    self.assertGreater(path.stat().st_size, 0)
                    path.unlink()

    def test_pictures_of_long_names(self):
        for length in (245, 250, 251, 255):
            name = "y" * (length - 4) + ".png"
            (self.pictures / name).write_bytes((self.pictures / "a.png").read_bytes())
            self.check(self.detect_command("--save_img", self.dir / "drawn", files=(name,)))
            self.check(self.pose_command("--save_img", "--format", "cmu", files=(name,)))
            self.assertTrue((self.dir / "drawn" / name).exists())
            self.assertTrue((self.out / "vis" / name).exists())
            self.assertEqual(json.loads((self.out / "alphapose-results.json").read_text()).keys(), {name})

    def test_standard_output_by_its_name(self):
        (self.dir / "stdout").symlink_to("/dev/stdout")
        for name, (command, _, _) in self.commands().items():
            if name.startswith("layers"):
                continue  # it prints, too, or the name has no ending
            for path in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", self.dir / "stdout"):
                with self.subTest(command=name, path=path):
                    plain = self.check(command(path)).stdout
                    self.assertGreater(len(plain), 0)
                    with open(self.dir / "log", "w+b") as log:
                        log.write(b"before\n")
                        log.flush()
                        self.check(command(path), stdout=log)
                        log.seek(0)
                        self.assertEqual(log.read(), b"before\n" + plain)
        self.assertTrue((self.dir / "stdout").is_symlink())

    def test_pipes(self):
        for name, (command, _, ending) in self.commands().items():
            if name == "layers tune --out":
                continue  # it reads the file first
            with self.subTest(command=name):
                pipe = self.dir / f"pipe {name}{ending}"
                os.mkfifo(pipe)
                process = self.start(command(pipe))
                data = pipe.read_bytes()
                _, err = process.communicate(timeout=60)
                self.assertEqual(process.returncode, DONE, err)
                self.assertGreater(len(data), 0)
                self.assertTrue(pipe.is_fifo())

    def test_what_cannot_be_written_is_known_at_once(self):
        for name, (command, _, ending) in self.commands().items():
            with self.subTest(command=name):
                self.refused(command(self.dir / "none" / f"x{ending}"), "none/x", "No such file or directory", code=SOME_FAILED)
                self.refused(command(self.dir / f"list.txt/x{ending}"), "Not a directory", code=SOME_FAILED)
                (self.dir / f"folder{ending}").mkdir(exist_ok=True)
                self.refused(command(self.dir / f"folder{ending}"), "Is a directory", code=SOME_FAILED)
                self.refused(command(self.dir / ("x" * 256 + ending)), "File name too long", code=SOME_FAILED)
                self.assertFalse(self.out.exists())
        (self.dir / "file").write_text("")
        for command in (self.detect_command("--save_img", self.dir / "file"), self.command("pose", self.pictures / "a.png", "--outdir", self.dir / "file")):
            self.refused(command, "file: expected a folder that can be written")

    @unittest.skipUnless(IGNORE_CASE, "LeakSanitizer cannot look at a process that has changed its user")
    def test_a_folder_without_permission(self):
        def ordinary_user():
            if os.geteuid() == 0:
                os.seteuid(65534)

        self.dir.chmod(0o755)
        self.out.mkdir()
        self.out.chmod(0o555)
        for path in (self.models, self.pictures):
            path.chmod(0o755)
        for command in (self.pose_command("--save_img"), self.detect_command("--save_img", self.out), self.detect_command("--json", self.out / "x")):
            run = self.run_command(command, preexec_fn=ordinary_user)
            self.assertEqual(run.returncode, SOME_FAILED if "--json" in command else USAGE, run.stderr)
            self.assertIn(b"Permission denied", run.stderr)
        self.assertEqual(list(self.out.iterdir()), [])

    def test_two_processes_share_nothing(self):
        for _ in range(5):
            pair = [self.start(self.pose_command("--save_img", files=("a.png", "b.png", "c.png"))) for _ in range(2)]
            self.assertEqual([(p.communicate(timeout=60)[1], p.returncode) for p in pair], [(b"", DONE)] * 2)
            self.assertEqual({p["image_id"] for p in self.results()}, {"a.png", "b.png", "c.png"})
            self.assertEqual(list(self.out.rglob("*.part")), [])

    def test_a_killed_process_leaves_no_torn_file(self):
        names = [f"x{i:03}.png" for i in range(200)]
        for name in names:
            (self.pictures / name).write_bytes((self.pictures / "a.png").read_bytes())
        process = self.start(self.pose_command("--save_img", files=names))
        while not list((self.out / "vis").glob("*.png")) and process.poll() is None:
            time.sleep(0.002)
        process.kill()
        process.communicate()
        for path in (self.out / "vis").glob("*.png"):
            self.assertEqual(path.read_bytes()[-8:-4], b"IEND")


class Shrinking(FilesTest):
    def test_a_cache_that_is_cut_off_while_it_is_used(self):
        tiny_models.write_deep_pose(self.models)
        cache = self.dir / "cache"
        command = self.command("layers", "time", "--model", self.models / "deeppose.safetensors", "--threads", 1, "--batch", 64, "--weight_cache", cache)
        self.check([*command, "--reps", "1"])
        packed = next(cache.iterdir())
        process = self.start([*command, "--reps", "10000"])
        deadline = time.time() + 60
        while str(packed) not in pathlib.Path(f"/proc/{process.pid}/maps").read_text() or not self.works_for(0.3)(process):
            self.assertIsNone(process.poll())
            self.assertLess(time.time(), deadline)
        os.truncate(packed, 0)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, MODEL, err)
        self.assertIn(b"the file shrank while it was read", err)


if __name__ == "__main__":
    unittest.main()

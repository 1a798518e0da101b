#!/usr/bin/python3
# Tests the three programs by their command lines: results, exit codes, and one clear line for every kind of bad input.
# SPDX-License-Identifier: MIT
"""Usage: test_cli.py BUILD_DIR"""
import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import time
import unittest

import tiny_models
from program_case import BUILD, DEVICE, DONE, INTERRUPTED, MODEL, SOME_FAILED, USAGE, ProgramTest


class Pose(ProgramTest):
    def test_folder_in_order(self):
        run = self.pose("--indir", self.pictures, "--save_img")
        self.assertEqual(run.returncode, DONE, run.stderr)
        names = [entry["image_id"] for entry in self.results()]
        self.assertEqual(sorted(set(names)), ["a.png", "b.png", "c.png"])
        self.assertEqual(names, sorted(names))
        self.assertEqual(sorted(p.name for p in (self.out / "vis").iterdir()), ["a.png", "b.png", "c.png"])
        self.assertEqual(len(self.results()[0]["keypoints"]), 51)

    def test_result_does_not_depend_on_batches_or_threads(self):
        texts = set()
        for options in [[], ["--detbatch", 3], ["--posebatch", 1], ["--posebatch", 3, "--threads", 3, "--detbatch", 2]]:
            self.assertEqual(self.pose("--indir", self.pictures, *options).returncode, DONE)
            texts.add((self.out / "alphapose-results.json").read_bytes())
        self.assertEqual(len(texts), 1)

    def test_targets_agree(self):
        people = []
        for target in ["ref", "avx2"]:
            run = self.pose("--indir", self.pictures, "--target", target)
            if run.returncode == DEVICE:
                self.skipTest(run.stderr)
            people.append(self.results())
        self.assertEqual(len(people[0]), len(people[1]))
        for a, b in zip(*people):
            for x, y in zip(a["keypoints"], b["keypoints"]):
                self.assertTrue(abs(x - y) <= 1e-3)

    def test_list_and_files(self):
        names = self.dir / "names.txt"
        names.write_text("c.png\r\na.png\n\n")
        self.assertEqual(self.pose("--indir", self.pictures, "--list", names).returncode, DONE)
        from_list = self.results()
        self.assertEqual(from_list[0]["image_id"], "c.png")
        self.assertEqual(self.pose(self.pictures / "c.png", self.pictures / "a.png").returncode, DONE)
        self.assertEqual(self.results(), from_list)

    def test_formats(self):
        for fmt, key in [("cmu", "bodies"), ("open", "people")]:
            self.assertEqual(self.pose("--indir", self.pictures, "--format", fmt).returncode, DONE)
            self.assertIn(key, self.results()["a.png"])
            inner = json.loads((self.out / "sep-json" / "a.json").read_text())
            self.assertEqual(inner, self.results()["a.png"])

    def test_the_included_pose_net(self):
        options = ["--outdir", self.out, "--detector", self.models / "tiny.cfg", "--inp_dim", 64, "--indir", self.pictures]
        run = self.run_program("pose", *options)
        self.assertEqual(run.returncode, DONE, run.stderr)
        self.assertRegex(run.stderr, "pose network: (pose-nano|fastpose) ")  # fastpose where its weights exist
        self.assertGreater(len(self.results()), 0)
        self.assertNotIn("pose network", self.run_program("pose", *options, "--quiet").stderr)

    def test_flip_changes_the_result_and_fast_style_draws(self):
        self.pose("--indir", self.pictures)
        plain = self.results()
        self.assertEqual(self.pose("--indir", self.pictures, "--flip", "--save_img", "--vis_fast").returncode, DONE)
        self.assertNotEqual(self.results(), plain)
        self.assertEqual(len(list((self.out / "vis").iterdir())), 3)

    def test_bad_images_do_not_stop_the_others(self):
        good = (self.pictures / "a.png").read_bytes()
        (self.pictures / "b.png").write_bytes(b"")
        (self.pictures / "c.png").write_bytes(good[:len(good) // 2])
        (self.pictures / "d.jpg").write_text("this is not an image")
        (self.pictures / "e.png").write_bytes(good)
        huge = bytearray(good)
        huge[16:24] = struct.pack(">II", 100000, 100000)
        (self.pictures / "f.png").write_bytes(bytes(huge))
        run = self.pose("--indir", self.pictures, "--save_img")
        self.assertEqual(run.returncode, SOME_FAILED)
        self.assertEqual(sorted({e["image_id"] for e in self.results()}), ["a.png", "e.png"])
        for name in ["b.png", "c.png", "d.jpg", "f.png"]:
            self.assertEqual(sum(name in line for line in run.stderr.split("\n")), 1, run.stderr)
        self.assertEqual(sorted(p.name for p in (self.out / "vis").iterdir()), ["a.png", "e.png"])

    def test_missing_image(self):
        run = self.pose(self.pictures / "a.png", self.dir / "none.png")
        self.assertEqual(run.returncode, SOME_FAILED)
        self.assertIn("none.png", run.stderr)
        self.assertTrue(self.results())

    def test_usage_errors(self):
        empty = self.dir / "empty"
        empty.mkdir()
        self.expect_error(self.pose(), USAGE, "--indir")
        self.expect_error(self.pose("--indir", self.dir / "nowhere"), USAGE, "nowhere")
        self.expect_error(self.pose("--indir", empty), USAGE, "empty", "found none")
        self.expect_error(self.pose("--indir", self.pictures, self.pictures / "a.png"), USAGE, "found two")
        self.expect_error(self.pose("--list", self.dir / "nolist"), USAGE, "nolist")
        self.expect_error(self.pose("--indir", self.pictures, inp_dim=65), USAGE, "multiple of 32")
        for program in (self.detect, self.layers):
            arguments = [self.pictures / "a.png"] if program == self.detect else ["list"]
            self.expect_error(program(*arguments, "--inp_dim", 0, model="tiny.cfg"), USAGE, "multiple of 32")
        for name in ("coco2", "0", "1"):
            self.expect_error(self.pose("--indir", self.pictures, "--format", name), USAGE, "--format", name)

    def test_an_image_too_thin_for_the_detector_fails_alone(self):
        (self.pictures / "thin.png").write_bytes(tiny_models.png(1, 200))
        run = self.pose("--indir", self.pictures)
        self.assertEqual(run.returncode, SOME_FAILED)
        self.assertIn(f"{self.pictures}/thin.png: letterbox: an image of 1 x 200 pixels is too thin", run.stderr)
        self.assertIn("a.png", {e["image_id"] for e in self.results()})
        run = self.detect(self.pictures / "thin.png", self.pictures / "a.png")
        self.assertEqual(run.returncode, SOME_FAILED)
        self.assertIn(f"{self.pictures}/thin.png: darknet_letterbox: an image of 1 x 200 pixels is too thin", run.stderr)
        self.assertIn("a.png: 4 objects", run.stdout)
        self.expect_error(self.pose("--indir", self.pictures, "--conf", 1.5), USAGE, "--conf")
        self.expect_error(self.pose("--indir", self.pictures, "--detbatch", 0), USAGE, "--detbatch")
        self.expect_error(self.pose("--indir", self.pictures, "--format", "xml"), USAGE, "--format")
        self.expect_error(self.pose("--indir", self.pictures, "--no_such_option"), USAGE, "no_such_option")

    def test_output_folder_is_a_file(self):
        self.out.write_text("in the way")
        self.expect_error(self.pose("--indir", self.pictures), USAGE, self.out)
        self.assertEqual(self.out.read_text(), "in the way")

    def test_unreadable_folder(self):
        if os.geteuid() == 0:
            self.skipTest("root reads everything")
        self.pictures.chmod(0)
        self.expect_error(self.pose("--indir", self.pictures), USAGE, self.pictures)

    def test_devices_and_targets(self):
        for program in (self.detect, self.layers, self.pose):
            arguments = {self.detect: [self.pictures / "a.png"], self.layers: ["list"], self.pose: ["--indir", self.pictures]}[program]
            self.expect_error(program(*arguments, "--device", "cuda:99"), DEVICE, "cuda:99")
            for device in ("tpu", "cuda", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda:99999999999", "CPU", ""):
                self.expect_error(program(*arguments, "--device", device), DEVICE, f"device {device}: expected auto, cpu, cuda:N or emulated")
            self.expect_error(program(*arguments, "--precision", "int4"), DEVICE, "precision int4: expected fp32, tf32 or fp16")
            self.expect_error(program(*arguments, "--precision", "fp16"), DEVICE, "precision fp16: expected a GPU; the CPU computes in fp32")
        self.expect_error(self.pose("--indir", self.pictures, "--target", "sse9"), DEVICE, "sse9", "this CPU has ref")
        for program in (self.detect, self.layers):
            argument = self.pictures / "a.png" if program == self.detect else "list"
            self.expect_error(program(argument, "--target", "sse9"), DEVICE, "sse9", "this CPU has ref")
        capped = dict(os.environ, POSE_TARGET="ref")
        self.expect_error(self.pose("--indir", self.pictures, "--target", "avx2", env=capped), DEVICE, "avx2", "allows ref")
        for options in ([], ["--target", "ref"]):
            run = self.pose("--indir", self.pictures, *options, env=dict(os.environ, POSE_TARGET="sse9"))
            self.expect_error(run, DEVICE, "$POSE_TARGET", "sse9", "this CPU has ref")

    def test_weight_cache(self):
        cache = self.dir / "cache"
        self.assertEqual(self.pose("--indir", self.pictures).returncode, DONE)
        plain = (self.out / "alphapose-results.json").read_bytes()
        for options, env in [(["--weight_cache", cache], {}), (["--weight_cache", cache], {}), ([], {"POSE_WEIGHT_CACHE": str(cache)})]:
            run = self.pose("--indir", self.pictures, *options, env=dict(os.environ, **env))
            self.assertEqual(run.returncode, DONE)
            self.assertNotIn("note", run.stderr)
            self.assertEqual((self.out / "alphapose-results.json").read_bytes(), plain)
            self.assertEqual(len(list(cache.iterdir())), 2)
        for path in cache.iterdir():
            path.write_bytes(path.read_bytes()[:-1])
        run = self.pose("--indir", self.pictures, "--weight_cache", cache)
        self.assertEqual(run.returncode, DONE)
        self.assertEqual(run.stderr.count("note: "), 2)
        self.assertEqual((self.out / "alphapose-results.json").read_bytes(), plain)
        for path in cache.iterdir():
            path.write_bytes(b"")
        self.assertEqual(self.pose("--indir", self.pictures, "--weight_cache", cache, "--quiet").stderr, "")

    def test_models(self):
        self.expect_error(self.pose("--indir", self.pictures, detector="none.cfg"), MODEL, "none")
        self.expect_error(self.pose("--indir", self.pictures, pose="none.safetensors"), MODEL, "none")
        self.expect_error(self.pose("--indir", self.pictures, detector="tinypose.safetensors"), MODEL, "tinypose", "detector")
        self.expect_error(self.pose("--indir", self.pictures, pose="tiny.cfg"), MODEL, "tiny", "pose")

    def test_full_disk(self):
        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

        run = self.pose("--indir", self.pictures, "--save_img", preexec_fn=small_files)
        self.assertEqual(run.returncode, SOME_FAILED)
        self.assertIn("a.png", run.stderr)
        self.assertEqual([p.name for p in self.out.rglob("*.part")], [])

    def test_interrupt_writes_finished_results(self):
        for i in range(300):
            shutil.copy(self.pictures / "a.png", self.pictures / f"x{i:03}.png")
        command = [str(BUILD / "apps" / "pose"), "--outdir", str(self.out), "--detector", str(self.models / "tiny.cfg"), "--pose",
                   str(self.models / "tinypose.safetensors"), "--inp_dim", "64", "--indir", str(self.pictures), "--save_img", "--threads", "1"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        deadline = time.time() + 60
        while time.time() < deadline and not any((self.out / "vis").glob("*.png")):
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        done = {e["image_id"] for e in self.results()}
        if process.returncode == DONE:
            self.skipTest("it had finished before the signal came")
        self.assertEqual(process.returncode, INTERRUPTED)
        self.assertTrue(0 < len(done) < 303)


class Weights(ProgramTest):
    def weights(self, change):
        path = self.models / "tiny.weights"
        path.write_bytes(change(path.read_bytes()))

    def test_length(self):
        for change, words in [(lambda b: b[:-1], ["short"]), (lambda b: b[:len(b) // 2], ["short"]), (lambda b: b + b"x", ["1 "]), (lambda b: b[:10], []),
                              (lambda b: b"", [])]:
            whole = (self.models / "tiny.weights").read_bytes()
            self.weights(change)
            self.expect_error(self.detect(self.pictures / "a.png"), MODEL, "tiny.weights")
            self.weights(lambda _: whole)

    def test_nan(self):
        tiny_models.write_detector(self.models, bias_change=lambda v: v.__setitem__(3, float("nan")))
        self.expect_error(self.detect(self.pictures / "a.png"), MODEL, "tiny.weights", "yolo.0")

    def test_cfgs(self):
        for text, words in [("filters=0\nfilters=18", ["tiny.cfg:7"]), ("filters=0", ["tiny.cfg:7"]), ("filters=-3", ["tiny.cfg:7"]),
                            ("filters=99999999999", ["tiny.cfg:7"]), ("fillters=18", ["tiny.cfg:6", "filters"])]:
            (self.models / "tiny.cfg").write_text(tiny_models.DETECTOR_CFG.replace("filters=18", text))
            self.expect_error(self.detect(self.pictures / "a.png"), MODEL, *words)
        for old, new in [("[yolo]", "[yollo]"), ("[yolo]", "[route]\nlayers=5\n[yolo]"), ("[yolo]", "[shortcut]\nfrom=1\n[yolo]"), ("mask=0", "mask=7"),
                         ("classes=13", "classes=12"), ("[net]", "[convolutional]")]:
            (self.models / "tiny.cfg").write_text(tiny_models.DETECTOR_CFG.replace(old, new))
            self.expect_error(self.detect(self.pictures / "a.png"), MODEL, "tiny.cfg:")

    def test_safetensors(self):
        path = self.models / "tinypose.safetensors"
        whole = path.read_bytes()
        for data in [whole[:-1], whole + b"x", b"", whole[:7], struct.pack("<Q", 1 << 60) + whole[8:], whole.replace(b'"F32"', b'"F31"', 1),
                     whole.replace(b"data_offsets", b"data_offsetz", 1), whole.replace(b"conv2d", b"conv9d", 1)]:
            path.write_bytes(data)
            self.expect_error(self.layers("list"), MODEL, "tinypose.safetensors")


class Detect(ProgramTest):
    def test_json_on_standard_output(self):
        run = self.detect(self.pictures / "a.png", "--json", "-")
        self.assertEqual(run.returncode, DONE, run.stderr)
        boxes = json.loads(run.stdout)
        self.assertEqual(len(boxes), 4)
        self.assertEqual({b["image_id"] for b in boxes}, {"a.png"})
        self.assertTrue(0.9 < boxes[0]["score"] <= 1)

    def test_text_images_and_failures(self):
        run = self.detect(self.pictures / "a.png", self.dir / "none.png", self.pictures / "b.png", "--save_img", self.out)
        self.assertEqual(run.returncode, SOME_FAILED)
        self.assertIn("a.png: 4 objects", run.stdout)
        self.assertIn("none.png", run.stderr)
        self.assertEqual(sorted(p.name for p in self.out.iterdir()), ["a.png", "b.png"])
        self.assertNotIn("warning", run.stderr)

    def test_images_of_equal_names(self):
        other = self.dir / "other"
        other.mkdir()
        shutil.copy(self.pictures / "b.png", other / "a.png")
        self.expect_error(self.detect(self.pictures / "a.png", other / "a.png", "--save_img", self.out), USAGE, "one file for both", self.out / "a.png")
        self.assertNotIn("warning", self.detect(self.pictures / "a.png", other / "a.png").stderr)

    def test_thresholds(self):
        self.assertEqual(json.loads(self.detect(self.pictures / "a.png", "--json", "-", "--conf", "0.99").stdout), [])


class Layers(ProgramTest):
    def test_list_and_time(self):
        run = self.layers("list")
        self.assertEqual(run.returncode, DONE, run.stderr)
        self.assertIn("maps", run.stdout)
        run = self.layers("time", "--reps", 2, "--threads", 1)
        self.assertEqual(run.returncode, DONE, run.stderr)
        self.assertIn("GFLOP/s", run.stdout)

    def test_dump(self):
        x = self.dir / "x.npy"
        x.write_bytes(tiny_models.npy([2, 3, 64, 48], [i % 7 / 7 for i in range(2 * 3 * 64 * 48)]))
        f = self.dir / "f.safetensors"
        self.assertEqual(self.layers("dump", "--input", x, "--out", f).returncode, DONE)
        data = f.read_bytes()
        header = json.loads(data[8:8 + struct.unpack("<Q", data[:8])[0]])
        self.assertEqual(header["data"]["shape"], [2, 3, 64, 48])
        self.assertEqual(header["maps"]["shape"], [2, 17, 16, 12])
        self.assertEqual(self.layers("dump", "--input", self.pictures / "a.png", "--out", self.dir / "f.npz", "--only", "^maps$").returncode, DONE)

    def emulated(self, verb, *args, **kwargs):
        """Skips the test unless there is an emulated device, which builds with CUDA do not have."""
        run = self.layers(verb, "--device", "emulated", *args, **kwargs)
        if run.returncode == DEVICE and "this build has the CUDA backend" in run.stderr:
            self.skipTest(run.stderr.strip())
        return run

    def values(self, path):
        """Returns values by layer."""
        data = path.read_bytes()
        length = 8 + struct.unpack("<Q", data[:8])[0]
        entries = {name: e["data_offsets"] for name, e in json.loads(data[8:length]).items() if name != "__metadata__"}
        return {name: struct.unpack(f"<{(end - begin) // 4}f", data[length + begin:length + end]) for name, (begin, end) in entries.items()}

    def test_dump_on_a_device(self):
        x, cpu, gpu = self.dir / "x.npy", self.dir / "cpu.safetensors", self.dir / "gpu.safetensors"
        for model, shape in (("tinypose.safetensors", [2, 3, 64, 48]), ("tiny.cfg", [1, 3, 64, 64])):
            count = shape[0] * shape[1] * shape[2] * shape[3]
            x.write_bytes(tiny_models.npy(shape, [i % 7 / 7 for i in range(count)]))
            for fused in ([], ["--fused"]):
                self.assertEqual(self.layers("dump", "--input", x, "--out", cpu, "--target", "ref", *fused, model=model).returncode, DONE)
                want = self.values(cpu)
                for precision, bound in ((None, 1e-5), ("tf32", 2**-6), ("fp16", 2**-7)):
                    run = self.emulated("dump", "--input", x, "--out", gpu, *fused, *(["--precision", precision] if precision else []), model=model)
                    self.assertEqual(run.returncode, DONE, run.stderr)
                    got = self.values(gpu)
                    self.assertEqual(list(got), list(want))
                    for name, values in want.items():
                        size = sum(v * v for v in values) ** 0.5
                        error = sum((v - w) ** 2 for v, w in zip(values, got[name], strict=True)) ** 0.5
                        self.assertLessEqual(error, bound * size, (model, precision, name))

    def test_list_and_time_on_a_device(self):
        for precision in ("fp32", "fp16"):
            run = self.emulated("list", "--precision", precision)
            self.assertEqual(run.returncode, DONE, run.stderr)
            self.assertIn("maps", run.stdout)
        run = self.emulated("time", "--reps", 2, "--batch", 2)
        self.assertEqual(run.returncode, DONE, run.stderr)
        self.assertIn("GFLOP/s (emulated, fp32)", run.stdout)

    def test_device_errors(self):
        for option, value in (("--target", "ref"), ("--kernels", self.dir / "k.json"), ("--weight_cache", self.dir)):
            self.expect_error(self.emulated("list", option, value), USAGE, f"{option[2:]}: expected device cpu, found emulated")
        self.expect_error(self.emulated("tune", "--out", self.dir / "k.json"), DEVICE, "emulated: expected device cpu here")
        self.expect_error(self.emulated("time", "--all-kernels"), DEVICE, "emulated: expected device cpu here")
        x = self.dir / "x.npy"
        x.write_bytes(tiny_models.npy([1, 3, 64, 48], [0.5] * (3 * 64 * 48)))
        self.expect_error(self.emulated("dump", "--input", x, "--out", "/dev/full/x.npz"), SOME_FAILED, "/dev/full/x.npz")

    def test_dump_errors(self):
        x, f = self.dir / "x.npy", self.dir / "f.npz"
        x.write_bytes(tiny_models.npy([1, 3, 64, 49], [0.0] * (3 * 64 * 49)))
        self.expect_error(self.layers("dump", "--input", x, "--out", f), SOME_FAILED, "x.npy", "[n, 3, 64, 48]")
        x.write_bytes(b"\x93NUMPY")
        self.expect_error(self.layers("dump", "--input", x, "--out", f), SOME_FAILED, "x.npy")
        x.write_bytes(tiny_models.npy([1, 3, 64, 48], [0.0] * (3 * 64 * 48)))
        self.expect_error(self.layers("dump", "--input", x, "--out", self.dir / "f.txt"), USAGE, "f.txt")
        self.expect_error(self.layers("dump", "--input", x, "--out", f, "--only", "("), USAGE, "--only")
        self.expect_error(self.layers("dump", "--input", x, "--out", f, "--only", "nothing"), USAGE, "nothing")
        self.assertFalse(f.exists())


if __name__ == "__main__":
    unittest.main(verbosity=1)

# Tests convert_onnx.py: every op and weight is converted, and every wrong model is refused; also the written file format.
# SPDX-License-Identifier: MIT
"""With POSE_LAYERS=path of the program `layers` and the package onnxruntime the converted networks are also run and compared; with ../shared there,
the real ones, too."""

import glob
import json
import os
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True  # next to the scripts
from converter_case import PROJECT, Case, has, main  # before numpy: see there

import numpy as np

import convert_onnx
from lib import problem, safetensors_file

SHARED = os.path.join(os.path.dirname(PROJECT), "shared")
ORACLE = os.environ.get("POSE_ORACLE_DIR", os.path.join(SHARED, "oracle"))
SIMPLEPOSE = os.path.join(SHARED, "weights", "simplepose.onnx")
LAYERS = os.environ.get("POSE_LAYERS")


class ProgramTest(Case):
    def test_as_a_program(self):
        self.expect_program(convert_onnx)


class SafetensorsTest(Case):
    def test_round_trip(self):
        tensors = {"a": np.arange(6, dtype=np.float32).reshape(2, 3).T, "scalar": np.float32(3), "none": np.zeros((0, 4), np.float32)}
        safetensors_file.write(self.path("t"), tensors, {"graph": '{"\u00e9"}'})
        read, metadata = safetensors_file.read(self.path("t"))
        self.assertEqual(metadata, {"graph": '{"\u00e9"}'})
        self.assertEqual(list(read), list(tensors))
        for name, array in tensors.items():
            self.assertEqual(read[name].shape, array.shape)
            self.assertTrue((read[name] == array).all())

    def test_the_original_library_reads_it(self):
        if not has("safetensors"):
            self.skipTest("no package safetensors")
        from safetensors.numpy import load_file

        safetensors_file.write(self.path("t"), {"a": np.arange(6, dtype=np.float32).reshape(2, 3)}, {"k": "v"})
        self.assertTrue((load_file(self.path("t"))["a"] == np.arange(6).reshape(2, 3)).all())

    def test_damaged_files_are_problems(self):
        safetensors_file.write(self.path("t"), {"a": np.ones(100, np.float32)})
        with open(self.path("t"), "rb") as file:
            good = file.read()
        for bad in (b"", good[:7], good[:20], good[:-1], b"\xff" * 8 + good[8:], good.replace(b"F32", b"F99"), good.replace(b"400", b"404")):
            with open(self.path("bad"), "wb") as file:
                file.write(bad)
            self.assertRaises(problem.Problem, safetensors_file.read, self.path("bad"))

    def test_a_failure_leaves_no_file(self):
        with self.assertRaises(ZeroDivisionError), safetensors_file.atomic_file(self.path("t")) as file:
            file.write(b"half")
            raise ZeroDivisionError
        self.assertEqual(os.listdir(self.folder), [])


class NetCase(Case):
    def save(self, model, name="in.onnx"):
        with open(self.path(name), "wb") as file:
            file.write(model.SerializeToString())
        return self.path(name)

    def converted(self, model, *args):
        self.convert(convert_onnx, self.save(model), self.path("out.safetensors"), *args)
        tensors, metadata = safetensors_file.read(self.path("out.safetensors"))
        graph = json.loads(metadata["graph"])
        self.assertEqual(sorted({name for node in graph["nodes"] for name in node["params"]}), sorted(tensors))
        return graph, tensors

    def run_ours(self, x, output):
        """Returns the output of the program on the file that was converted last."""
        np.save(self.path("x.npy"), x)
        args = ["dump", "--model", self.path("out.safetensors"), "--input", self.path("x.npy"), "--out", self.path("y.npz")]
        result = subprocess.run([LAYERS, *args], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        with np.load(self.path("y.npz")) as arrays:
            return arrays[output]

    def run_theirs(self, path, x):
        import onnxruntime

        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        return session.run(None, {session.get_inputs()[0].name: x})[0]

    def expect_close(self, got, want, bound):
        """Returns the worst difference; a NaN in either side fails."""
        self.assertEqual(got.shape, want.shape)
        difference = np.abs(got.astype(np.float64) - want)
        self.assertTrue((difference <= bound).all(), f"worst difference {difference.max()}, allowed {bound}")
        return difference.max()


@unittest.skipUnless(has("onnx"), "no package onnx")
class OnnxTest(NetCase):
    def test_every_op(self):
        import onnx_cases

        for name, (model, ops) in onnx_cases.accepted().items():
            with self.subTest(name):
                graph, _ = self.converted(model)
                self.assertEqual([node["op"] for node in graph["nodes"]], ["input", *ops.split()])
                self.assertEqual(len({node["name"] for node in graph["nodes"]}), len(graph["nodes"]))

    def test_every_op_computes_what_onnxruntime_computes(self):
        if LAYERS is None or not has("onnxruntime"):
            self.skipTest("needs POSE_LAYERS and the package onnxruntime")
        import onnx_cases

        for name, (model, _) in onnx_cases.accepted().items():
            if name in onnx_cases.ONLY_CONVERTED:
                continue
            with self.subTest(name):
                graph, _ = self.converted(model)
                batch = model.graph.input[0].type.tensor_type.shape.dim[0].dim_value or 2
                x = np.random.default_rng(2).standard_normal((batch, 8, 12, 10)).astype(np.float32) * 3
                want = self.run_theirs(self.path("in.onnx"), x)
                got = self.run_ours(x, graph["outputs"][0])
                if want.ndim == 3:  # pixels and channels
                    got = got[:, :, 0].swapaxes(1, 2)
                self.expect_close(got.reshape(want.shape), want, 1e-5 * max(1, np.abs(want).max()))

    def test_refused(self):
        import onnx_refused

        for name, (model, words) in onnx_refused.refused().items():
            with self.subTest(name):
                self.expect_refused(convert_onnx, self.save(model), words=words)

    def test_external_data(self):
        import onnx_refused

        os.mkdir(self.path("deep"))
        for location in ("w.data", "deep/w.data"):
            proto, array = onnx_refused.external(location=location, offset="16", length=str(6 * 8 * 9 * 4))
            with open(self.path(location), "wb") as file:
                file.write(b"\1" * 16 + array.tobytes())
            _, tensors = self.converted(proto)
            self.assertTrue(np.array_equal(tensors["w"], array))
            os.remove(self.path("out.safetensors"))

    def test_external_data_is_refused_outside_of_the_folder_and_the_file(self):
        import onnx_refused

        with open(self.path("w.data"), "wb") as file:
            file.write(bytes(6 * 8 * 9 * 4))
        os.symlink("/etc/hostname", self.path("link"))
        os.mkfifo(self.path("pipe"))
        cases = {
            "no such file": {"location": "missing.data"},
            "model's folder": {"location": "/etc/hostname"},
            "location '../w.data'": {"location": "../w.data"},
            "location 'link'": {"location": "link"},
            "location '.'": {"location": "."},
            "location ''": {},
            "found no such": {"location": "pipe"},
            "found 1728 bytes": {"location": "w.data", "offset": "1"},
            "a length of 4": {"location": "w.data", "length": "4"},
            "offset as a number": {"location": "w.data", "offset": "-4"},
            "found '99999": {"location": "w.data", "offset": "9" * 40},
        }
        for words, entries in cases.items():
            with self.subTest(words):
                path = self.save(onnx_refused.external(**entries)[0])
                self.expect_refused(convert_onnx, path, words="tensor 'w'")
                self.assertIn(words, self.script(convert_onnx, path, self.path("out.safetensors"))[1])

    def test_open_sides_and_other_outputs(self):
        import onnx_cases

        model = onnx_cases.model([onnx_cases.node("r = Relu x"), onnx_cases.node("y = NonZero r")], shape=("n", 3, "h", "w"))
        path = self.save(model)
        self.expect_refused(convert_onnx, path, "--shape", "1,3,8,8", words="NonZero at the export")
        self.expect_refused(convert_onnx, path, "--shape", "1,4,8,8", "--outputs", "r", words="--shape")
        graph, _ = self.converted(model, "--shape", "2,3,8,6", "--outputs", "r")
        self.assertEqual(graph["nodes"][0]["shape"], {"n": 1, "h": 8, "w": 6, "c": 3})
        self.assertEqual(graph["outputs"], ["r"])
        self.assertEqual(self.script(convert_onnx, path, self.path("o"), "--shape", "1,3,0,8")[0], 2)

    def test_refused_heads(self):
        import onnx_cases

        path = self.save(onnx_cases.accepted()["relu"][0])
        for preset, words in (("rtmpose", "two outputs"), ("yolov8", "boxes"), ("rtmdet", "(n, 4, h, w)")):
            self.expect_refused(convert_onnx, path, "--preset", preset, words="" if preset == "rtmdet" else words)
        self.assertEqual(self.script(convert_onnx, path, self.path("o"), "--preset", "yolox", "--joints", "3")[0], 2)
        self.assertEqual(self.script(convert_onnx, path, self.path("o"), "--preset", "yolox", "--pose-mean", "1,2,3")[0], 2)

    def test_damaged_files(self):
        import onnx_cases

        cases = [onnx_cases.accepted()[name][0].SerializeToString() for name in ("squeeze_excite", "attention", "gelu_by_parts", "focus")]
        random = np.random.default_rng(3)
        from lib import onnx_model, onnx_ops

        for round_number in range(1200):
            good = cases[round_number % len(cases)]
            bad = bytearray(good[: random.integers(len(good))] if round_number % 12 < 4 else good)
            for _ in range(4):
                if bad:
                    bad[random.integers(len(bad))] = random.integers(256)
            with open(self.path("bad.onnx"), "wb") as file:
                file.write(bad)
            try:
                model = onnx_model.Model(self.path("bad.onnx"))
                model.convert(onnx_ops.CONVERTERS)
                model.outputs()
            except problem.Problem:
                pass  # any other exception fails
        self.expect_refused(convert_onnx, self.path("missing.onnx"), words="No such file")

    def test_pose_options(self):
        import onnx_cases

        model = onnx_cases.accepted()["conv"][0]  # 6 channels
        self.assertIsNone(self.converted(model)[0]["pose"])
        args = ("--pose-mean", "0.1,0.2,0.3", "--pose-std", "1,2,3", "--joints", "6")
        self.assertEqual(self.converted(model, *args)[0]["pose"], {"mean": [0.1, 0.2, 0.3], "std": [1, 2, 3], "joints": 6})
        os.remove(self.path("out.safetensors"))
        self.expect_refused(convert_onnx, self.path("in.onnx"), "--preset", "simplepose", words="`joints` from 1 to 6")
        self.expect_refused(convert_onnx, self.path("in.onnx"), *args[:2], "--joints", "6", "--pose-std", "1,0,1", words="std")
        self.assertEqual(self.script(convert_onnx, self.path("in.onnx"), self.path("o"), "--joints", "3")[0], 2)
        self.assertEqual(self.script(convert_onnx, self.path("in.onnx"), self.path("o"), "--pose-mean", "1,2")[0], 2)


@unittest.skipUnless(has("onnx") and os.path.exists(SIMPLEPOSE), "no package onnx, or no ../shared/weights/simplepose.onnx")
class SimplePoseTest(NetCase):
    def setUp(self):
        super().setUp()
        self.convert(convert_onnx, SIMPLEPOSE, self.path("out.safetensors"), "--preset", "simplepose")
        tensors, metadata = safetensors_file.read(self.path("out.safetensors"))
        self.graph, self.tensors = json.loads(metadata["graph"]), tensors

    def test_every_weight_arrives(self):
        import onnx
        import onnx.numpy_helper

        model = onnx.load(SIMPLEPOSE)
        self.assertEqual(len(self.tensors), len(model.graph.initializer))
        for initializer in model.graph.initializer:
            self.assertTrue(np.array_equal(self.tensors[initializer.name], onnx.numpy_helper.to_array(initializer)), initializer.name)
        self.assertEqual(len(self.graph["nodes"]), len(model.graph.node) + 1)
        self.assertEqual(self.graph["pose"]["joints"], 17)

    @unittest.skipUnless(LAYERS, "needs POSE_LAYERS")
    def test_heatmaps_of_real_crops(self):
        cases = sorted(glob.glob(os.path.join(ORACLE, "real", "*.npz")))
        if not cases:
            self.skipTest("no cases in oracle/real")
        for case in cases:
            with self.subTest(case), np.load(case) as arrays:
                # The crops are stored as float16.  That alone moves onnxruntime's heatmaps by up to 3.4e-3.  Changing the input by the same amount
                # once more shows how far it can move these.
                x = arrays["inps"].astype(np.float32)
                rounding = np.random.default_rng(5).uniform(-1, 1, x.shape).astype(np.float32) * 2**-11
                got, moved = (self.run_ours(v, self.graph["outputs"][0]) for v in (x, x * (1 + rounding)))
                sway = np.abs(got - moved).max()
                worst = self.expect_close(got, arrays["hm"], 2e-3 + 3 * sway)
                print(f"{os.path.basename(case)}: worst difference of a heatmap {worst:.2e}, by rounding of the input {sway:.2e}")

    @unittest.skipUnless(LAYERS and has("onnxruntime"), "needs POSE_LAYERS and the package onnxruntime")
    def test_heatmaps_of_noise(self):
        x = np.random.default_rng(4).standard_normal((1, 3, 256, 192)).astype(np.float32)
        want = self.run_theirs(SIMPLEPOSE, x)
        worst = self.expect_close(self.run_ours(x, self.graph["outputs"][0]), want, 1e-4 * np.abs(want).max())
        print(f"noise: worst difference of a heatmap {worst:.2e}, largest value {np.abs(want).max():.3g}")


if __name__ == "__main__":
    main()

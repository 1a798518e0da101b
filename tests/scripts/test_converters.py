# The converters: what goes in comes out, and nothing that is wrong with a file gets through.
# SPDX-License-Identifier: MIT
"""Exit code 77 (Meson: skipped) when nothing could be tested.  With POSE_LAYERS=path of the program `layers` and the package onnxruntime the
converted networks are also run and compared; with ../shared there, the real ones, too."""

import contextlib
import glob
import importlib.util
import io
import json
import os
import pickle
import struct
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPTS = os.path.join(PROJECT, "scripts")
SHARED = os.path.join(os.path.dirname(PROJECT), "shared")
ORACLE = os.environ.get("POSE_ORACLE_DIR", os.path.join(SHARED, "oracle"))
SIMPLEPOSE = os.path.join(SHARED, "weights", "simplepose.onnx")
LAYERS = os.environ.get("POSE_LAYERS")
sys.dont_write_bytecode = True
sys.path.insert(0, SCRIPTS)


def has(*packages):
    return all(importlib.util.find_spec(package) for package in packages)


if not has("numpy"):
    print("numpy is missing: skipped")
    sys.exit(77)

import numpy as np

import convert_alphapose
import convert_onnx
from lib import fastpose, problem, safetensors_file, torch_file


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def script(self, module, *args):
        """(exit code, standard error) of a script, run in this process: starting hundreds of others takes minutes."""
        errors = io.StringIO()
        try:
            with unittest.mock.patch("sys.argv", [module.__file__, *args]), contextlib.redirect_stderr(errors):
                problem.run(module.main)
        except SystemExit as end:
            return end.code, errors.getvalue()
        return 0, errors.getvalue()

    def convert(self, module, *args):
        self.assertEqual(self.script(module, *args), (0, ""))

    def expect_refused(self, module, source, *args, words=""):
        """Exit code 3, one line with the file and the words, no output."""
        code, text = self.script(module, source, self.path("out.safetensors"), *args)
        self.assertEqual(code, 3, text)
        self.assertRegex(text, r"^convert_\w+\.py: [^\n]+\n$")
        for word in [source, *words.split()]:
            self.assertIn(word, text)
        self.assertEqual([f for f in os.listdir(self.folder) if f.startswith("out.")], [])

    def expect_close(self, got, want, bound):
        """The worst difference; a NaN in either fails."""
        self.assertEqual(got.shape, want.shape)
        difference = np.abs(got.astype(np.float64) - want)
        self.assertTrue((difference <= bound).all(), f"worst difference {difference.max()}, allowed {bound}")
        return difference.max()


class ScriptTest(Case):
    def test_as_a_program(self):
        for script in ("convert_alphapose.py", "convert_onnx.py"):
            result = subprocess.run(
                [sys.executable, os.path.join(SCRIPTS, script), self.path("no such"), self.path("out")], capture_output=True, text=True, check=False
            )
            self.assertEqual(result.returncode, 3)
            self.assertRegex(result.stderr, f"^{script}: [^\\n]+\\n$")


class SafetensorsTest(Case):
    def test_there_and_back(self):
        tensors = {"a": np.arange(6, dtype=np.float32).reshape(2, 3).T, "scalar": np.float32(3), "none": np.zeros((0, 4), np.float32)}
        safetensors_file.write(self.path("t"), tensors, {"graph": '{"\u00e9"}'})
        read, metadata = safetensors_file.read(self.path("t"))
        self.assertEqual(metadata, {"graph": '{"\u00e9"}'})
        self.assertEqual(list(read), list(tensors))
        for name, array in tensors.items():
            self.assertEqual(read[name].shape, array.shape)
            self.assertTrue((read[name] == array).all())

    def test_the_original_reads_it(self):
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


class PickleTest(Case):
    """What a hostile or damaged .pth may hold.  None of it is executed, so that a marker file would show it."""

    def legacy(self, body):
        head = [pickle.dumps(part, 2) for part in (torch_file.LEGACY_MAGIC, torch_file.LEGACY_PROTOCOL, {"little_endian": True})]
        return b"".join(head) + body

    def expect_refused_bytes(self, data, words=""):
        with open(self.path("evil.pth"), "wb") as file:
            file.write(data)
        self.expect_refused(convert_alphapose, self.path("evil.pth"), words=words)

    def test_code_is_never_run(self):
        marker = self.path("marker").encode()

        class Evil:
            def __reduce__(self):
                return os.system, (f"touch '{marker.decode()}'",)

        for protocol in range(6):
            body = pickle.dumps({"a": Evil()}, protocol)
            self.expect_refused_bytes(body)
            self.expect_refused_bytes(self.legacy(body))
        self.expect_refused_bytes(self.legacy(pickle.dumps(Evil(), 2)), words="imports system")
        for name in (b"builtins\neval", b"torch\nload", b"torch._utils\nos", b"collections\nnamedtuple", b"torch.cuda\nFloatStorage.mro"):
            self.expect_refused_bytes(self.legacy(b"\x80\x02c" + name + b"\nX\x01\x00\x00\x001\x85R."), words="imports")
        self.assertFalse(os.path.exists(marker))

    def test_bombs(self):
        start = b"\x80\x02"
        bodies = {
            "nested": b")" + b"\x85" * 300_000,
            "nested key": b"})" + b"\x85" * 300_000 + b"Ns",
            "doubled": b"N" + b"q\x00h\x00\x86" * 60,
            "large memo": b"Nr\xff\xff\xff\xff",
            "long string": b"X\xff\xff\xff\x7fabc",
            "many opcodes": b"N" * (torch_file.MAX_OPCODES + 10),
            "empty stack": b"R",
            "no such memo": b"h\x05",
            "below the mark": b"]NN(\x86",
            "repeated list": b"]q\x00(" + b"K\x01K\x01\x86" * 100_000 + b"e" + b"ccollections\nOrderedDict\nh\x00\x85R" * 1000,
        }
        for name, body in bodies.items():
            with self.subTest(name):
                self.expect_refused_bytes(self.legacy(start + body + b"."))

    def tensor(self, offset=0, size=(2,), stride=(1,), count=2, kind=b"FloatStorage"):
        """The legacy file of one tensor "a" of two numbers."""

        def literal(value):
            return pickle.dumps(value, 2)[2:-1]

        storage = b"(" + literal("storage") + b"ctorch\n" + kind + b"\n" + literal("0") + literal("cpu") + literal(count) + b"NtQ"
        call = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + literal(offset) + literal(size) + literal(stride) + b"\x89}tR"
        body = b"\x80\x02}" + literal("a") + call + b"s."
        return self.legacy(body + pickle.dumps(["0"], 2) + struct.pack("<q2f", 2, 1.5, 2.5))

    def test_tensors_outside_their_storage(self):
        with open(self.path("good.pth"), "wb") as file:
            file.write(self.tensor())
        self.assertEqual(torch_file.read_state_dict(self.path("good.pth"))["a"].tolist(), [1.5, 2.5])
        big = 2**62
        for bad in (
            {"offset": 1}, {"offset": -1}, {"size": (3,)}, {"stride": (2,)}, {"stride": (-1,)}, {"size": (2, 2)}, {"size": (big,)},
            {"size": (big, big), "stride": (0, 0)}, {"size": (2, 2), "stride": (0, 1)}, {"count": big}, {"count": 1},
            {"size": (True,)}, {"size": (2.0,)}, {"offset": "0"}, {"kind": b"LongStorage"}, {"kind": b"Tensor"},
        ):
            with self.subTest(bad):
                self.expect_refused_bytes(self.tensor(**bad))
        good = self.tensor()
        for end in range(0, len(good), 5):
            self.assert_problem(good[:end])
        self.assert_problem(good + b"x")

    def assert_problem(self, data):
        with open(self.path("bad.pth"), "wb") as file:
            file.write(data)
        self.assertRaises(problem.Problem, torch_file.read_state_dict, self.path("bad.pth"))


@unittest.skipUnless(has("torch"), "no package torch")
class AlphaPoseTest(Case):
    SMALL = ("--width", "4", "--depth", "50", "--heatmaps", "5")

    def state(self):
        import torch

        random = np.random.default_rng(1)
        shapes = fastpose.tensors(50, 5, 4)
        return {name: torch.from_numpy(random.standard_normal(shape).astype(np.float32)) for name, shape in shapes.items()}

    def save(self, state, legacy=False, name="in.pth"):
        import torch

        torch.save(state, self.path(name), _use_new_zipfile_serialization=not legacy)
        return self.path(name)

    def test_both_containers(self):
        import torch

        state = self.state()
        saved = {"module." + name: tensor for name, tensor in state.items()}
        saved["module.preact.bn1.num_batches_tracked"] = torch.tensor(7)
        # A tensor that is not contiguous, one of two numbers a byte, one that is a slice of a larger storage.
        saved["module.preact.conv1.weight"] = state["preact.conv1.weight"].permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0)
        saved["module.conv_out.weight"] = state["conv_out.weight"].double()
        saved["module.conv_out.bias"] = torch.cat([torch.zeros(3), state["conv_out.bias"]])[3:]
        for legacy in (False, True):
            self.convert(convert_alphapose, self.save(saved, legacy), self.path("out.safetensors"), *self.SMALL)
            converted, _ = safetensors_file.read(self.path("out.safetensors"))
            self.assertEqual(list(converted), list(state))
            for name, tensor in state.items():
                self.assertTrue(np.array_equal(converted[name], tensor.numpy()), name)

    def test_the_full_list(self):
        shapes = fastpose.tensors()
        self.assertEqual((len(shapes), sum(int(np.prod(shape)) for shape in shapes.values())), (548, 59_696_737))

    def test_wrong_contents(self):
        import torch

        name = "duc1.bn.running_mean"
        for what, words in (
            (lambda s: s.pop(name), "found none"),
            (lambda s: s.update({name: torch.zeros(3)}), "[3]"),
            (lambda s: s.update({name: s[name].long()}), "int64"),
            (lambda s: s.update({name: s[name] * float("nan")}), "finite"),
            (lambda s: s.update({"extra.weight": torch.zeros(3)}), "extra.weight"),
            (lambda s: s.update({"module." + name: s[name]}), "found two"),
            (lambda s: s.update({name: "text"}), "'text'"),
        ):
            state = self.state()
            what(state)
            for legacy in (False, True):
                self.expect_refused(convert_alphapose, self.save(state, legacy), *self.SMALL, words=words)
        self.expect_refused(convert_alphapose, self.save({}), words="expected a dict")
        self.expect_refused(convert_alphapose, self.save(self.state()), words="preact.conv1.weight")  # not the default sizes
        self.expect_refused(convert_alphapose, self.path("missing.pth"), words="No such file")

    def test_truncated(self):
        for legacy in (False, True):
            path = self.save(self.state(), legacy)
            size = os.path.getsize(path)
            for end in (0, 3, 10, 1000, size // 2, size - 1):
                with open(path, "rb") as source, open(self.path("cut.pth"), "wb") as cut:
                    cut.write(source.read(end))
                self.expect_refused(convert_alphapose, self.path("cut.pth"), *self.SMALL)

    def test_torchscript_is_refused(self):
        import torch

        torch.jit.save(torch.jit.script(torch.nn.ReLU()), self.path("script.pth"))
        self.expect_refused(convert_alphapose, self.path("script.pth"))


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
        """The output of the program on the file that was converted last."""
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
                self.expect_close(got.reshape(want.shape), want, 1e-5 * max(1, np.abs(want).max()))

    def test_refused(self):
        import onnx_cases

        for name, (model, words) in onnx_cases.refused().items():
            with self.subTest(name):
                self.expect_refused(convert_onnx, self.save(model), words=words)

    def test_damaged_files(self):
        import onnx_cases

        good = onnx_cases.squeeze_excite().SerializeToString()
        random = np.random.default_rng(3)
        from lib import onnx_model, onnx_ops

        for round_number in range(300):
            bad = bytearray(good[: random.integers(len(good))] if round_number % 3 == 0 else good)
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
        self.expect_refused(convert_onnx, self.path("in.onnx"), "--preset", "simplepose", words="joints 6")
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
                # The crops are stored as float16.  That alone moves onnxruntime's heatmaps by up to 3.4e-3; how far it can move these
                # shows when the input is changed by as much once more.
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
    program = unittest.main(exit=False, verbosity=2)
    all_skipped = len(program.result.skipped) == program.result.testsRun
    sys.exit(1 if not program.result.wasSuccessful() else 77 if all_skipped else 0)

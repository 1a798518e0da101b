# Tests convert_alphapose.py: every form of a .pth is converted, and every damaged or hostile file is refused.
# SPDX-License-Identifier: MIT

import io
import json
import os
import pickle
import struct
import sys
import unittest
import zipfile

sys.dont_write_bytecode = True  # next to the scripts
from converter_case import Case, has, main  # before numpy: see there

import numpy as np

import convert_alphapose
from lib import fastpose, problem, safetensors_file, torch_file


class ProgramTest(Case):
    def test_as_a_program(self):
        self.expect_program(convert_alphapose)


class PickleTest(Case):
    """Hostile and damaged .pth files.  Code in them would create a marker file, but none is executed."""

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
        """Returns the legacy file of one tensor "a" of two numbers."""

        def literal(value):
            return pickle.dumps(value, 2)[2:-1]

        storage = b"(" + literal("storage") + b"ctorch\n" + kind + b"\n" + literal("0") + literal("cpu") + literal(count) + b"NtQ"
        call = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + literal(offset) + literal(size) + literal(stride) + b"\x89}tR"
        body = b"\x80\x02}" + literal("a") + call + b"s."
        return self.legacy(body + pickle.dumps(["0"], 2) + struct.pack("<q2f", 2, 1.5, 2.5))

    def test_damaged_archives(self):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("archive/data.pkl", b"\x80\x02}.")
        good = out.getvalue()
        member, end = good.rindex(b"PK\1\2"), good.rindex(b"PK\5\6")
        for at, value in ((member + 8, b"\1"), (member + 10, b"\xff"), (member + 16, b"\xff"), (member + 42, b"\xff\xff\xff\xff"), (end + 16, b"\xff\xff"),
                          (end + 12, b"\0\0")):  # encrypted, unknown method, wrong checksum, wrong offsets and sizes
            with self.subTest(at):
                self.expect_refused_bytes(good[:at] + value + good[at + len(value) :])

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
    FORM = fastpose.Form(50, 33, 4)

    def state(self, form=FORM):
        import torch

        random = np.random.default_rng(1)
        shapes = fastpose.tensors(form)
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
        # A tensor that is not contiguous, one of two-byte numbers, one that is a slice of a larger storage.
        saved["module.preact.conv1.weight"] = state["preact.conv1.weight"].permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0)
        saved["module.conv_out.weight"] = state["conv_out.weight"].double()
        saved["module.conv_out.bias"] = torch.cat([torch.zeros(3), state["conv_out.bias"]])[3:]
        for legacy in (False, True):
            self.convert(convert_alphapose, self.save(saved, legacy), self.path("out.safetensors"))
            converted, metadata = safetensors_file.read(self.path("out.safetensors"))
            self.assertEqual(list(converted), list(state))
            self.assertEqual((metadata["input"], json.loads(metadata["pose"])["joints"]), ("320x256", 17))
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
                self.expect_refused(convert_alphapose, self.save(state, legacy), words=words)
        self.expect_refused(convert_alphapose, self.save({}), words="expected a dict")
        self.expect_refused(convert_alphapose, self.path("missing.pth"), words="No such file")

    def converted(self, form, *args):
        """Returns (tensors, input, pose) of a network of branch master."""
        self.convert(convert_alphapose, self.save(self.state(form)), self.path("out.safetensors"), *args)
        tensors, metadata = safetensors_file.read(self.path("out.safetensors"))
        return tensors, metadata["input"], json.loads(metadata["pose"])

    def test_forms_follow_from_the_tensors(self):
        for form in (
            fastpose.Form(152, 17, 4, last=16), fastpose.Form(50, 136, 4, last=8), fastpose.Form(50, 26, 4, squeeze=False, head="stages"),
            fastpose.Form(50, 17, 4, squeeze=False, head="deconv", deconvs=(8, 4, 12)), fastpose.Form(101, 68, 4, head="stages", convs=(1, 3, 2)),
        ):
            with self.subTest(form):
                state = self.state(form)
                self.assertEqual(fastpose.form_of("", {name: tensor.numpy() for name, tensor in state.items()}), form)
                tensors, size, pose = self.converted(form)
                self.assertEqual((list(tensors), size), (list(state), "256x192"))
                self.assertEqual((pose["keypoints"], pose["crop"], pose["decode"]), (convert_alphapose.KEYPOINTS[form.heatmaps], "centered", "maxima"))

    def test_options(self):
        self.expect_refused(convert_alphapose, self.save(self.state(fastpose.Form(50, 21, 4))), words="33 or 17, 26, 68, 136 heatmaps, found 21")
        self.expect_refused(convert_alphapose, self.save(self.state()), "--loss", "MSELoss", words="no --loss")
        deformed = self.state() | {"preact.layer2.0.conv2_offset.weight": self.state()["conv_out.bias"]}
        self.expect_refused(convert_alphapose, self.save(deformed), words="offset.weight DCN")
        _, size, pose = self.converted(fastpose.Form(50, 136, 4), "--loss", "Combined", "--size", "128x96")
        self.assertEqual((size, pose["decode"]), ("128x96", "mixed"))
        _, size, pose = self.converted(fastpose.Form(50, 17, 4), "--branch", "pytorch")
        self.assertEqual((size, "crop" in pose, "decode" in pose), ("320x256", False, False))
        for bad in ("256", "256x", "255x192", "0x32", "256x192x3"):
            self.assertEqual(self.script(convert_alphapose, self.path("a"), self.path("b"), "--size", bad)[0], 2, bad)

    def test_a_stride_by_pixel_unshuffle(self):
        """The weights of PixelUnshuffle(2) and a convolution of 3 x 3 become those of one of 6 x 6, which computes the same."""
        import torch
        from torch.nn import functional

        form = fastpose.Form(50, 17, 4, unshuffle=True, head="stages")
        name = "preact.layer3.0.conv2.1.weight"
        before, (after, _, _) = self.state(form)[name], self.converted(form)
        x = torch.randn(2, 16, 10, 14)
        expected = functional.conv2d(functional.pixel_unshuffle(x, 2), before, padding=1)
        got = functional.conv2d(x, torch.from_numpy(after[name]), stride=2, padding=2)
        self.assertEqual(after[name].shape, (16, 16, 6, 6))
        self.assertLess(float((got - expected).abs().max()), 1e-4 * float(expected.abs().max()))

    def test_truncated(self):
        for legacy in (False, True):
            path = self.save(self.state(), legacy)
            size = os.path.getsize(path)
            for end in (0, 3, 10, 1000, size // 2, size - 1):
                with open(path, "rb") as source, open(self.path("cut.pth"), "wb") as cut:
                    cut.write(source.read(end))
                self.expect_refused(convert_alphapose, self.path("cut.pth"))

    def test_torchscript_is_refused(self):
        import torch

        torch.jit.save(torch.jit.script(torch.nn.ReLU()), self.path("script.pth"))
        self.expect_refused(convert_alphapose, self.path("script.pth"))


if __name__ == "__main__":
    main()

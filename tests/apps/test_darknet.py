#!/usr/bin/python3
# Tests Darknet's layers and heads by the programs: every value equals that of a NumPy implementation and, where it can, of OpenCV.
# SPDX-License-Identifier: MIT
"""Usage: test_darknet.py BUILD"""
import re
import sys
import unittest

from program_case import MODEL, ProgramTest

try:
    import darknet_numpy
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}; put NumPy on PYTHONPATH")
    sys.exit(77)
try:
    import cv2
except ImportError:
    cv2 = None

NET = "[net]\nwidth={w}\nheight={h}\nchannels=3\n"


def conv(filters, size=3, activation="leaky", **keys):
    more = "".join(f"{key}={value}\n" for key, value in keys.items())
    return f"[convolutional]\nfilters={filters}\nsize={size}\npad=1\nactivation={activation}\n{more}"


def normed(filters, size=3, activation="leaky", **keys):
    return conv(filters, size, activation, batch_normalize=1, **keys)


ANCHORS = "anchors=10,13, 16,30, 33,23, 30,61,\n"

def section(name, **keys):
    return f"[{name}]\n" + "".join(f"{key}={value}\n" for key, value in keys.items())


# Layers after [net] of 24 x 16.
LAYERS = {
    "connected": normed(8, stride=2) + section("connected", output=5, activation="relu")
    + section("connected", batch_normalize=1, output=9, activation="leaky") + section("soft", groups=3),
    "local": normed(16, stride=4) + section("local", filters=16, size=3, pad=1, activation="leaky")
    + section("local", filters=5, size=2, activation="linear") + section("local", size=1),
    "classifier": section("crop", crop_width=20, crop_height=11, flip=0) + normed(8) + section("max", size=2, stride=2)
    + section("dropout", probability=".5") + conv(6, 1, "linear") + section("avg") + section("softmax", groups=1) + section("cost", type="sse"),
    "crop without a change of values": section("crop", crop_width=7, crop_height=16, noadjust=1) + conv(4),
    "shortcuts of other depths": normed(8) + normed(20) + section("shortcut", **{"from": -2}, activation="leaky") + normed(5)
    + section("shortcut", **{"from": "-2,0"}, activation="linear") + section("shortcut", **{"from": 1}, activation="gelu"),
    "shortcut of another size": normed(8) + normed(12, stride=2) + section("shortcut", **{"from": 0}) + normed(8, stride=2)
    + section("shortcut", **{"from": "-3,0"}, activation="leaky"),
    "cool softmax": conv(5) + section("avg") + section("softmax", temperature=3),
    "softmax of a square map": section("crop", crop_width=7, crop_height=7) + conv(1, activation="linear") + section("softmax"),
    "attention": normed(8) + conv(8, 1, "logistic") + section("sam", **{"from": -2}) + section("avgpool") + conv(8, 1, "logistic")
    + section("scale_channels", **{"from": -3}, activation="relu"),
    "reorg": normed(16) + section("reorg", stride=2) + section("route", layers=0) + section("reorg3d", stride=2) + section("route", layers="-1,-3")
    + conv(4, 1, groups=4),
    "blur": normed(6, stride=2, antialiasing=1) + section("maxpool", size=2, stride=2, antialiasing=2)
    + normed(4, 3, "linear", antialiasing=2),
    "pools": conv(5) + section("maxpool", size=3, stride=2, padding=1) + section("local_avg", size=3, stride=1) + section("batchnorm")
    + section("activation", activation="tanh") + section("upsample", stride=2) + section("empty") + section("softmax", spatial=1),
    "groups": normed(12, groups=3) + section("route", layers=-1, groups=3, group_id=1) + conv(6)
    + section("route", layers="-1,0", groups=2, group_id=0),
    "activations": "".join(conv(3, 1, name) for name in sorted(darknet_numpy.ACTIVATIONS)),
}

# What OpenCV reads of them as Darknet does: one layer in a shortcut, no norm in a connected layer, no reorg3d.
FOR_OPENCV = {
    "connected": normed(8, stride=2) + section("connected", output=5, activation="relu") + section("connected", output=9, activation="leaky")
    + section("softmax", groups=1),
    "shortcut from a shallow map": normed(8) + normed(20) + "[shortcut]\nfrom=-2\nactivation=leaky\n",
    "shortcut from a deep map": normed(20) + normed(8) + "[shortcut]\nfrom=-2\nactivation=linear\n" + conv(4, activation="mish"),
    "attention": LAYERS["attention"],
    "reorg": normed(16) + "[reorg]\nstride=2\n" + conv(4, 1, groups=4, activation="swish"),
    "groups": normed(12, groups=3) + "[route]\nlayers=-1\ngroups=3\ngroup_id=1\n" + conv(6),
}

# Layers after [net] of 96 x 64; a head follows.
TRUNK = normed(8, stride=2) + normed(16, stride=2) + normed(16, stride=2)
HEADS = {
    "yolo": TRUNK + conv(24, 1, "linear") + f"[yolo]\nmask=1,2,3\n{ANCHORS}classes=3\nnum=4\nscale_x_y=1.05\n",
    "new_coords": TRUNK + conv(16, 1, "logistic") + f"[yolo]\nmask=0,3\n{ANCHORS}classes=3\nnum=4\nscale_x_y=2.0\nnew_coords=1\n",
    "gaussian": TRUNK + conv(24, 1, "linear") + f"[Gaussian_yolo]\nmask=1,2\n{ANCHORS}classes=3\nnum=4\nscale_x_y=1.1\n",
    "region": TRUNK + conv(40, 1, "linear")
    + section("region", anchors="1.3,1.7, 3.1,4, 5,8.1, 9.4,5.1, 11.2,10", classes=3, coords=4, num=5, softmax=1),
    "detection": TRUNK + "[connected]\noutput=117\nactivation=linear\n[detection]\nclasses=3\ncoords=4\nside=3\nnum=2\nsqrt=1\n",
    "two heads of YOLOv4": TRUNK + conv(16, 1, "linear") + f"[yolo]\nmask=0,1\n{ANCHORS}classes=3\nnum=4\n[route]\nlayers=-3\n" + normed(8)
    + "[upsample]\nstride=2\n" + conv(16, 1, "linear") + f"[yolo]\nmask=2,3\n{ANCHORS}classes=3\nnum=4\n",
}


class DarknetTest(ProgramTest):
    def compute(self, layers, w, h, transposed=False):
        """Returns our values by layer, the judge's, the input, and the paths of cfg and weights.  transposed: see Net.weights_file()"""
        cfg = NET.format(w=w, h=h) + layers
        judge = darknet_numpy.Net(cfg)
        x = np.random.default_rng(2).random((3, h, w), np.float32)
        want = judge.run(x)
        cfg_path, weights_path, input_path, out = (self.dir / name for name in ("x.cfg", "other.weights", "x.npy", "x.npz"))
        cfg_path.write_text(cfg)
        weights_path.write_bytes(judge.weights_file(transposed))
        np.save(input_path, x[None])
        ran = self.run_program("layers", "dump", "--model", cfg_path, "--weights", weights_path, "--input", input_path, "--out", out, "--threads", 1,
                               "--quiet")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        with np.load(out) as file:
            got = {name: file[name] for name in file.files}
        return got, want, x, (cfg_path, weights_path)

    def close(self, got, want, what, share=2e-5):
        """Errors grow with the depth; a share of 2e-5 of the largest value is far below any wrong formula."""
        self.assertEqual(got.shape, want.shape, what)
        limit = share * max(1.0, float(np.abs(want).max()))
        self.assertLess(float(np.abs(got - want).max()), limit, what)

    def check(self, layers, w, h, transposed=False):
        got, want, x, paths = self.compute(layers, w, h, transposed)
        for i, value in enumerate(want):
            if f"yolo.{i}" in got:  # layers that only compute a loss have no node
                self.close(got[f"yolo.{i}"][0], value, f"layer {i}")
        return got, want, x, paths

    def test_layers(self):
        for name, layers in LAYERS.items():
            with self.subTest(name):
                self.check(layers, 24, 16)

    def test_transposed_weights(self):
        self.check(LAYERS["connected"], 24, 16, transposed=True)

    def test_heads(self):
        for name, layers in HEADS.items():
            with self.subTest(name):
                _, want, _, _ = self.check(layers, 96, 64)
                rows = want[-1]
                self.assertGreater(len(rows), 8)

    @unittest.skipIf(cv2 is None, "OpenCV is missing: put it on PYTHONPATH")
    def test_opencv_agrees(self):
        share = 1e-4  # OpenCV adds 1e-6 to a variance, Darknet 1e-5
        for name in ("yolo", "new_coords", "region"):
            with self.subTest(name):
                got, want, x, (cfg, weights) = self.compute(HEADS[name], 96, 64)
                text = cfg.read_text()
                head = len(want) - 1
                net = cv2.dnn.readNetFromDarknet(np.frombuffer(text.encode(), np.uint8), np.frombuffer(weights.read_bytes(), np.uint8))
                net.setInput(x[None])
                theirs = net.forward()
                ours = got[f"yolo.{head}"][0].astype(np.float64)
                box = ours[:, :4] / [96, 64, 96, 64]
                self.close(box, theirs[:, :4], "boxes", share)
                self.close(ours[:, 4], theirs[:, 4], "objectness", share)
                scores = ours[:, 4:5] * ours[:, 5:]
                kept = theirs[:, 5:] > 0  # OpenCV sets low ones to 0
                self.assertGreater(kept.mean(), 0.05)
                self.close(np.where(kept, scores, 0), theirs[:, 5:], "scores", share)
        for name, layers in FOR_OPENCV.items():
            with self.subTest(name):
                got, want, x, (cfg, weights) = self.compute(layers, 24, 16)
                net = cv2.dnn.readNetFromDarknet(np.frombuffer(cfg.read_bytes(), np.uint8), np.frombuffer(weights.read_bytes(), np.uint8))
                net.setInput(x[None])
                last = got[f"yolo.{len(want) - 1}"]
                self.close(last.reshape(-1), net.forward().reshape(-1), name, share)

    def test_detect_and_pose_decode_the_new_heads(self):
        names = "\n".join(["cat", "dog", "person"]) + "\n"
        for name, layers in HEADS.items():
            with self.subTest(name):
                _, _, _, (cfg, weights) = self.compute(layers, 64, 64)
                cfg.with_suffix(".names").write_text(names)
                ran = self.run_program("detect", self.pictures / "a.png", "--model", cfg, "--weights", weights, "--conf", "0.01", "--nms", "1",
                                       "--threads", 1)
                self.assertEqual(ran.returncode, 0, ran.stderr)
                self.assertRegex(ran.stdout, r"(cat|dog|person) +\d")
                ran = self.run_program("pose", self.pictures / "a.png", "--detector", cfg, "--weights", weights, "--pose",
                                       self.models / "tinypose.safetensors", "--conf", "0.01", "--inp_dim", 64, "--outdir", self.out, "--threads", 1)
                self.assertEqual(ran.returncode, 0, ran.stderr)

    def test_unsupported_networks_are_named_in_one_line(self):
        for layers, message in {
            "[rnn]\noutput=3\n": "[rnn] is not supported: recurrent networks",
            "[crnn]\noutput=3\n": "[crnn] is not supported: recurrent networks",
            "[conv_lstm]\noutput=3\n": "[conv_lstm] is not supported: recurrent networks",
            conv(4, xnor=1): "[convolutional] xnor: is not supported: binary networks",
            conv(4, bin_output=1): "[convolutional] bin_output: is not supported: binary networks",
            "[shortcut]\nfrom=-1\n": "expected one of the 0 layers before this one",
            conv(4) + "[shortcut]\nfrom=0\nweights_type=per_channel\n": "weights_type: is not supported",
            conv(4) + "[reorg]\nstride=3\n": "factor: expected a divisor of 16 and 24",
            conv(4) + "[reorg3d]\nstride=60000\n": "factor: expected a divisor",
            conv(4) + "[connected]\noutput=65536\n" * 3: "expected at most",
            conv(4) + "[detection]\nside=60000\ncoords=4\nclasses=65536\nnum=16\n": "channels: expected side * side",
            conv(4) + "[region]\nsoftmax=1\nnum=17\n": "expected an integer from 1 to 16",
            "[crop]\ncrop_height=17\ncrop_width=1\n": "crop_height: expected an integer from 1 to 16",
            conv(4) + "[sam]\nfrom=-1,-1\n": "expected one layer, found 2",
            "[cost]\n": "expected a layer that computes a value",
        }.items():
            with self.subTest(layers):
                path = self.dir / "x.cfg"
                path.write_text(NET.format(w=24, h=16) + layers)
                ran = self.run_program("layers", "list", "--model", f"{path}@random", "--threads", 1)
                self.assertEqual(ran.returncode, MODEL, ran.stderr)
                self.assertRegex(ran.stderr, rf"\Alayers: {re.escape(str(path))}:\d+: [^\n]*\n\Z")
                self.assertIn(message, ran.stderr)


if __name__ == "__main__":
    unittest.main()

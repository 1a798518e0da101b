# Tests the Python module: values against the program `layers`, people against `pose`; views, threads, refused input.
# SPDX-License-Identifier: MIT
"""Usage: test_python.py BUILD.  Exit code 77 without the module."""
import gc
import io
import json
import os
import threading
import unittest
import warnings

from python_case import BUILD, PythonCase, alphapose_cpp, np, tiny_models

from alphapose_cpp import Error, Pose, load, nchw


class NetTest(PythonCase):
    def setUp(self):
        super().setUp()
        self.net = load("yolov3-tiny@random", inp_dim=64, threads=2)

    def test_values_are_those_of_layers(self):
        x = self.pictures(self.net, 2)
        np.save(self.dir / "x.npy", x)
        self.program("layers", "dump", "--model", "yolov3-tiny@random", "--inp_dim", 64, "--input", self.dir / "x.npy", "--out", self.dir / "all.npz")
        dumped = np.load(self.dir / "all.npz")
        values = self.net.activations(x)
        self.assertEqual(list(values), dumped.files)
        self.assertTrue(all(np.array_equal(values[name], dumped[name]) for name in values))
        self.assertTrue(np.array_equal(values["input"], x))
        self.program("layers", "dump", "--model", "yolov3-tiny@random", "--inp_dim", 64, "--input", self.dir / "x.npy", "--out", self.dir / "fused.npz", "--fused")
        fused, dumped = self.net.activations(x, fused=True), np.load(self.dir / "fused.npz")
        self.assertEqual(list(fused), [layer.name for layer in self.net.layers()])
        self.assertTrue(all(np.array_equal(fused[name], dumped[name]) for name in dumped.files))
        self.assertTrue(all(np.array_equal(got, fused[name]) for got, name in zip(self.net.run(x), self.net.outputs, strict=True)))

    def test_results_do_not_depend_on_the_batch(self):
        x = self.pictures(self.net, 5)
        together = load("yolov3-tiny@random", inp_dim=64, batch=3)
        for a, b in zip(self.net.run(x), together.run(x), strict=True):
            self.assertEqual(len(a), 5)
            self.assertTrue(np.array_equal(a, b))
        alone, several = self.net.activations(x, "yolo.8$"), together.activations(x, "yolo.8$")
        self.assertTrue(np.array_equal(alone["yolo.8"], several["yolo.8"]))

    def test_views(self):
        x = self.pictures(self.net, 2)
        values, views = self.net.activations(x), self.net.activations(x, copy=False)
        self.assertEqual(list(values), list(views))
        kinds = set()
        for name, view in views.items():
            kinds.add(view.ndim)
            plain = nchw(view, values[name].shape[1]) if view.ndim == 5 else view.transpose(0, 3, 1, 2) if view.ndim == 4 else view
            self.assertTrue(np.array_equal(plain, values[name]), name)
            self.assertFalse(view.flags.writeable or view.flags.owndata, name)
        self.assertEqual(kinds, {3, 4, 5})
        self.assertTrue(values["yolo.0"].flags.writeable)

    def test_views_keep_their_values(self):
        view = self.net.activations(self.pictures(self.net), "yolo.3$", copy=False)["yolo.3"]
        before = view.copy()
        again = self.net.activations(self.pictures(self.net, seed=2), "yolo.3$", copy=False)["yolo.3"]
        self.assertFalse(np.array_equal(again, before))
        self.net.run(self.pictures(self.net, seed=3))
        self.net = None
        gc.collect()
        self.assertTrue(np.array_equal(view, before))

    def test_memory_of_views_is_reused(self):
        self.net.activations(self.pictures(self.net), "yolo.3$", copy=False)
        first = self.net.activations(self.pictures(self.net), "yolo.3$", copy=False)["yolo.3"].ctypes.data
        second = self.net.activations(self.pictures(self.net), "yolo.3$", copy=False)["yolo.3"]
        self.assertEqual(first, second.ctypes.data)

    def test_any_strides(self):
        x = self.pictures(self.net, 4)
        want = self.net.run(x[::-2])[0]
        for y in (np.asfortranarray(x[::-2]), np.ascontiguousarray(x[::-2]), x.transpose(0, 2, 3, 1).copy().transpose(0, 3, 1, 2)[::-2]):
            self.assertTrue(np.array_equal(self.net.run(y)[0], want))

    def test_layers(self):
        first, conv = self.net.layers()[:2]
        self.assertEqual((first.name, first.op, first.kernel, first.shape), ("input", "input", "", (3, 64, 64)))
        self.assertEqual((conv.name, conv.op, conv.shape, conv.inputs), ("yolo.0", "conv2d", (16, 64, 64), ["input"]))
        self.assertEqual((conv.parameters, conv.macs), (16 * 27 + 4 * 16, 64 * 64 * 16 * 27))
        self.assertIn("conv2d", repr(conv))
        self.assertEqual((self.net.title, self.net.input_shape, self.net.outputs), ("yolov3-tiny", (3, 64, 64), ["yolo.16", "yolo.23"]))

    def test_refused_inputs(self):
        x = self.pictures(self.net)
        self.refused("expected float32 [n, 3, 64, 64] with n from 1 to 65536, found float64 [1, 3, 64, 64]", self.net.run, x.astype(np.float64))
        for y in (x[0], x[:, :2], x[:0], x[..., :63], x.astype(np.int32), x[None]):
            self.refused("expected float32", self.net.run, y)
            self.refused("expected float32", self.net.activations, y, copy=False)
        for y in (None, [1.0], "text", np.array(["a"])):
            self.assertRaises((TypeError, Error), self.net.run, y)
        self.refused("only: expected", self.net.activations, x, "nothing")
        self.assertRaises(Exception, self.net.activations, x, "(")
        self.assertRaises(TypeError, alphapose_cpp.Net)
        with warnings.catch_warnings(record=True):
            self.assertRaises(TypeError, alphapose_cpp.Net.__new__(alphapose_cpp.Net).run, x)

    def test_refused_models(self):
        name = "yolov3-tiny@random"
        self.refused("model nothing: expected", load, "nothing")
        self.refused("none.weights", load, self.dir / "tiny.cfg", weights=self.dir / "none.weights")
        self.refused("expected no other file of weights", load, name, weights="w.weights")
        self.refused("threads: expected 0 to 1024, found -1", load, name, threads=-1)
        self.refused("batch: expected 1 to 1024, found 0", load, name, batch=0)
        self.refused("inp_dim", load, name, inp_dim=33)
        self.refused("target", load, name, target="sse")
        self.refused("tpu", load, name, device="tpu")
        self.refused("precision", load, name, precision="fp16")

    def test_weights_that_shrink_later(self):
        path = self.dir / "deeppose.safetensors"
        net = alphapose_cpp.load(path)
        x = self.pictures(net)
        want = net.run(x)[0]
        with open(path, "r+b") as file:
            file.truncate(300)
        self.refused("the file shrank while it was read", net.activations, x)  # which packs the weights again
        np.testing.assert_array_equal(net.run(x)[0], want)

    def test_weights_from_another_path(self):
        os.rename(self.dir / "tiny.weights", self.dir / "other.bin")
        net = load(self.dir / "tiny.cfg", weights=self.dir / "other.bin")
        self.assertEqual(net.run(self.pictures(net))[0].shape, (1, 4, 18))

    def test_threads_wait_for_each_other(self):
        inputs = [self.pictures(self.net, seed=seed) for seed in range(8)]
        want = [self.net.run(x)[0] for x in inputs]
        got = [[] for _ in inputs]

        def work(i):
            for _ in range(3):
                got[i].append(self.net.run(inputs[i])[0])
                got[i].append(self.net.activations(inputs[i], r"yolo\.16$")["yolo.16"])

        threads = [threading.Thread(target=work, args=(i,)) for i in range(len(inputs))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for results, wanted in zip(got, want):
            self.assertTrue(all(np.array_equal(result, wanted) for result in results[::2]))
            self.assertEqual(len(results), 6)

    def test_other_threads_continue(self):
        """While the network computes, other Python code runs: a counter advances."""
        net, counts, done = load("yolov3@random", inp_dim=224, threads=1), [0], threading.Event()

        def count():
            while not done.is_set():
                counts[0] += 1
                done.wait(0.001)

        thread = threading.Thread(target=count)
        thread.start()
        before = counts[0]
        net.run(self.pictures(net, 2))
        moved = counts[0] - before
        done.set()
        thread.join()
        self.assertGreater(moved, 5)

    def test_a_forked_process_is_refused(self):
        pid = os.fork()
        if pid == 0:
            try:
                self.net.run(self.pictures(self.net))
            except Error as error:
                os._exit(0 if "fork" in str(error) else 2)
            os._exit(3)
        self.assertEqual(os.waitpid(pid, 0)[1], 0)

    def test_emulated_device(self):
        try:
            net = load(self.dir / "deeppose.safetensors", device="emulated", precision="fp32")
        except Error as error:
            self.skipTest(str(error))
        on_cpu = load(self.dir / "deeppose.safetensors")
        x = self.pictures(net, 2)
        for got, want in ((net.run(x)[0], on_cpu.run(x)[0]), (net.activations(x)["first"], on_cpu.activations(x)["first"])):
            self.assertEqual(got.shape, want.shape)
            self.assertLess(np.abs(got - want).max(), 1e-5)
        self.refused("expected a copy", net.activations, x, copy=False)


def image_files():
    """Yields (name, bytes) of kinds of BMP, WebP and TIFF files, written by OpenCV and Pillow."""
    import cv2
    from PIL import Image

    color = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 256, (37, 53, 4), np.uint8), (5, 5), 0)
    depths = {"gray": color[..., 0], "color": color[..., :3], "alpha": color}
    for depth, pixels in depths.items():
        for ending in ("bmp", "webp", "tiff"):
            yield f"{depth}.{ending}", cv2.imencode("." + ending, np.ascontiguousarray(pixels))[1].tobytes()
        yield f"{depth}16.tiff", cv2.imencode(".tiff", np.ascontiguousarray(pixels).astype(np.uint16) * 255)[1].tobytes()
    rgba = Image.fromarray(color, "RGBA")
    kinds = [("BMP", mode, {}) for mode in ("1", "L", "P", "RGB", "RGBA")]
    kinds += [("WEBP", mode, keys) for mode in ("RGB", "RGBA") for keys in ({"quality": 80}, {"lossless": True})]
    kinds += [("TIFF", mode, {"compression": name}) for mode in ("1", "L", "P", "RGB", "CMYK", "YCbCr")
              for name in (None, "tiff_lzw", "tiff_adobe_deflate", "packbits")]
    kinds += [("TIFF", "1", {"compression": name}) for name in ("group3", "group4", "tiff_ccitt")]
    kinds += [("TIFF", mode, {"compression": "jpeg", "quality": 90}) for mode in ("L", "RGB", "YCbCr")]
    kinds += [("TIFF", "RGB", {"tiffinfo": {274: turn}}) for turn in range(1, 9)]
    for kind, mode, keys in kinds:
        file = io.BytesIO()
        rgba.convert("RGB").convert(mode).save(file, kind, **keys)
        yield f"{kind} {mode} {keys}", file.getvalue()
    file = io.BytesIO()
    rgba.save(file, "WEBP", save_all=True, append_images=[rgba.rotate(90)], duration=50, lossless=True)
    yield "animated.webp", file.getvalue()


class DecodeTest(PythonCase):
    def test_other_formats_are_those_of_opencv(self):
        try:
            import cv2

            files = list(image_files())
        except ImportError as error:
            self.skipTest(str(error))
        for name, data in files:
            with self.subTest(name):
                try:
                    image = alphapose_cpp.decode(data)
                except Error as error:
                    self.assertRegex(str(error), "this build cannot read .*; install lib.*-dev and build again")
                    continue
                np.testing.assert_array_equal(image, cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))


class PoseTest(PythonCase):
    OPTIONS = {"inp_dim": 64, "conf": 0.2}

    def pose(self, **keywords):
        return Pose(self.dir / "tiny.cfg", self.dir / "tinypose.safetensors", **(self.OPTIONS | keywords))

    def wanted(self, path, *args):
        options = ["--detector", self.dir / "tiny.cfg", "--pose", self.dir / "tinypose.safetensors", "--inp_dim", 64, "--conf", 0.2, "--quiet"]
        self.program("pose", path, "--outdir", self.dir / "out", *options, *args)
        return json.loads((self.dir / "out" / "alphapose-results.json").read_text())

    def test_people_are_those_of_pose(self):
        path = self.dir / "picture.png"
        path.write_bytes(tiny_models.png(90, 70))
        for keywords, options in (({}, []), ({"flip": True, "posebatch": 1}, ["--flip", "--posebatch", 1]), ({"matching": True}, ["--matching"])):
            want, people = self.wanted(path, *options), self.pose(**keywords)(path)
            self.assertGreater(len(people), 0)
            for person, entry in zip(people, want, strict=True):
                self.assertEqual(person.keypoints.shape, (17, 3))
                self.assertEqual(person.keypoints.ravel().tolist(), np.array(entry["keypoints"], np.float32).tolist())
                self.assertEqual(np.float32(person.score), np.float32(entry["score"]))
                x1, y1, x2, y2 = person.box
                self.assertTrue(0 <= x1 < x2 <= 90 and 0 <= y1 < y2 <= 70, person)

    def test_weights_from_another_path(self):
        picture = np.random.default_rng(1).integers(0, 256, (70, 90, 3), np.uint8)
        want = self.pose()(picture)
        os.rename(self.dir / "tiny.weights", self.dir / "other.bin")
        people = self.pose(weights=self.dir / "other.bin")(picture)
        self.assertGreater(len(people), 0)
        self.assertTrue(all(np.array_equal(a.keypoints, b.keypoints) for a, b in zip(people, want, strict=True)))
        self.refused("none.bin: cannot be read", self.pose, weights=self.dir / "none.bin")

    def test_other_keypoints(self):
        path = self.dir / "picture.png"
        path.write_bytes(tiny_models.png(90, 70))
        tiny_models.write_pose(self.dir, "halpe", 26, keypoints="halpe26", crop="centered", decode="integral")
        for name, count in ((None, 26), ("coco17", 17)):
            pose = alphapose_cpp.Pose(self.dir / "tiny.cfg", self.dir / "halpe.safetensors", inp_dim=64, conf=0.2, keypoints=name)
            people = pose(path)
            self.assertGreater(len(people), 0)
            self.assertEqual((len(pose.keypoint_names), people[0].keypoints.shape, people[0].keypoint_set), (count, (count, 3), f"{name or 'halpe26'}"))
            self.assertEqual(people[0].keypoint_names, pose.keypoint_names)
            self.assertEqual(pose.keypoint_names[:2], ["nose", "left_eye"])
            (frame,) = pose.track([np.zeros((70, 90, 3), np.uint8)], smooth=True)
            for person in frame.people:
                self.assertEqual((person.keypoints.shape, person.smooth.shape, person.keypoint_names), ((count, 3), (count, 3), pose.keypoint_names))
        with self.assertRaisesRegex(alphapose_cpp.InputError, "keypoints: expected one of coco17, halpe26, halpe68, halpe136, blazepose33, found x"):
            alphapose_cpp.Pose(self.dir / "tiny.cfg", self.dir / "halpe.safetensors", inp_dim=64, keypoints="x")

    def test_images_as_arrays(self):
        path = self.dir / "picture.png"
        path.write_bytes(tiny_models.png(90, 70))
        w, h = 90, 70
        rgb = np.array([[[(x * x * 7 + y * y * 13 + x * y * 3 + c * 50 + 13) % 256 for c in range(3)] for x in range(w)] for y in range(h)], np.uint8)
        pose = self.pose()
        of_file, of_array = pose(str(path)), pose(rgb[:, :, ::-1])  # a view with negative strides
        self.assertEqual(len(of_file), len(of_array))
        for a, b in zip(of_file, of_array):
            self.assertTrue(np.array_equal(a.keypoints, b.keypoints))

    def test_refused(self):
        pose = self.pose()
        self.refused("expected uint8 [height, width, 3]", pose, np.zeros((4, 4, 3), np.float32))
        for bad in (np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8)):
            self.refused("expected uint8", pose, bad)
        self.refused("none.jpg", pose, self.dir / "none.jpg")
        self.refused("tiny.cfg", pose, self.dir / "tiny.cfg")  # not an image
        for bad in (None, 7):
            self.assertRaises(TypeError, pose, bad)
        self.refused("conf: expected 0 to 1, found 2", self.pose, conf=2)
        (self.dir / "yolov3-spp.weights").write_bytes(b"")  # the first detector in the order of preference
        self.refused("yolov3-spp.weights", Pose, pose=self.dir / "tinypose.safetensors", models=self.dir)
        self.refused("posebatch", self.pose, posebatch=0)
        self.refused("inp_dim", self.pose, inp_dim=32)
        self.assertRaises(TypeError, self.pose, detbatch=2)
        self.assertRaises(Error, Pose, self.dir / "tinypose.safetensors", self.dir / "tinypose.safetensors")

    def test_images_in_turn_in_threads(self):
        pose = self.pose()
        picture = np.random.default_rng(1).integers(0, 256, (60, 80, 3), dtype=np.uint8)
        want, got = pose(picture), []
        threads = [threading.Thread(target=lambda: got.append(pose(picture))) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for people in got:
            self.assertTrue(all(np.array_equal(a.keypoints, b.keypoints) for a, b in zip(people, want, strict=True)))
        self.assertEqual(len(got), 6)


class PackageTest(unittest.TestCase):
    def test_stubs_declare_everything(self):
        import ast

        stub = ast.parse((BUILD / "python" / "alphapose_cpp" / "_core.pyi").read_text())
        named = {node.name for node in stub.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
        self.assertEqual(named, {name for name in dir(alphapose_cpp._core) if not name.startswith("_")})
        self.assertTrue((BUILD / "python" / "alphapose_cpp" / "py.typed").exists())
        self.assertEqual(set(alphapose_cpp.__all__), {name for name in dir(alphapose_cpp) if not name.startswith("_")})


if __name__ == "__main__":
    unittest.main(verbosity=2)

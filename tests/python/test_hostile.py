# Tests the Python module against callers that do what they should not: every failure is an exception of one line, and none ends the process.
# SPDX-License-Identifier: MIT
"""Usage: test_hostile.py BUILD.  Exit code 77 without the module."""
import gc
import multiprocessing
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
import unittest

from python_case import BUILD, PythonCase, alphapose_cpp, np, tiny_models
from numpy.lib.stride_tricks import as_strided

from alphapose_cpp import DataError, InputError, ModelError, Pose, decode, load, nchw

PICTURE = np.random.default_rng(1).integers(0, 256, (40, 50, 3), dtype=np.uint8)


def shape_in_a_child(_):
    return load("yolov3-tiny@random", inp_dim=64).run(np.zeros((1, 3, 64, 64), np.float32))[0].shape


class HostileCase(PythonCase):
    def setUp(self):
        super().setUp()
        self.pose = self.new_pose()
        self.net = load("yolov3-tiny@random", inp_dim=64, threads=2)
        self.x = self.pictures(self.net)

    def new_pose(self, **keywords):
        return Pose(self.dir / "tiny.cfg", self.dir / "tinypose.safetensors", **({"inp_dim": 64, "conf": 0.2} | keywords))

    def fails(self, kind, words, function, *args, **keywords):
        with self.assertRaises(kind) as caught:
            function(*args, **keywords)
        text = str(caught.exception)
        self.assertIn(words, text)
        self.assertNotIn("\n", text)

    def same(self, a, b):
        self.assertTrue(all(np.array_equal(p.keypoints, q.keypoints) for p, q in zip(a, b, strict=True)))


class ArgumentsTest(HostileCase):
    def test_arrays_of_other_kinds(self):
        for bad in (np.zeros((4, 4, 3), bool), np.zeros((4, 4, 3), complex), np.zeros(3, np.uint8), np.zeros((0, 4, 3), np.uint8),
                    np.zeros((70000, 1, 3), np.uint8), np.ma.zeros((4, 4, 3)), bytearray(36)):
            self.fails(InputError, "image: expected uint8 [height, width, 3]", self.pose, bad)
            self.fails(InputError, "x: expected float32 [n, 3, 64, 64]", self.net.run, bad)
        for bad in (None, 7, [], {}, object(), np.zeros((4, 4, 3), object), np.array([["a"]]), np.zeros((4, 4), [("a", "u1", 3)]), np.zeros(4, ">u2")):
            self.fails(TypeError, "image: expected an array uint8 [height, width, 3] or a path, found ", self.pose, bad)
            self.fails(TypeError, "x: expected an array float32 [n, c, h, w], found ", self.net.run, bad)
            self.fails(TypeError, "x: expected an array", self.net.activations, bad)
        self.fails(InputError, "found bool8 [4, 4, 3]", self.pose, np.zeros((4, 4, 3), bool))
        self.fails(TypeError, "found bytes: decode() reads", self.pose, b"photo.jpg")

    def test_huge_images_are_refused_before_any_memory(self):
        huge = as_strided(np.zeros(3, np.uint8), (60000, 60000, 3), (0, 0, 1))
        self.fails(InputError, "expected at most 268435456 pixels, found 60000 x 60000", self.pose, huge)
        self.fails(InputError, "expected at most 268435456 pixels", next, self.pose.track([huge]))

    def test_any_strides_and_read_only_arrays(self):
        want = self.pose(PICTURE)
        padded = np.zeros((44, 60, 4), np.uint8)
        padded[2:42, 5:55, :3] = PICTURE
        locked = PICTURE.copy()
        locked.flags.writeable = False
        backwards = np.ascontiguousarray(PICTURE[::-1, ::-1, ::-1])[::-1, ::-1, ::-1]
        for image in (np.asfortranarray(PICTURE), backwards, padded[2:42, 5:55, :3], np.repeat(PICTURE, 3, 1)[:, ::3], locked, memoryview(PICTURE)):
            self.same(self.pose(image), want)
        one = np.broadcast_to(np.float32(0.5), (2, 3, 64, 64))
        self.assertTrue(np.array_equal(self.net.run(one)[0], self.net.run(one.copy())[0]))

    def test_numbers_that_are_none(self):
        for value in (np.nan, np.inf, -np.inf, 3e38):
            x = np.full_like(self.x, value)
            self.assertEqual(self.net.run(x)[0].shape, (1, 12, 85))
            self.assertTrue(np.array_equal(self.net.activations(x)["input"], x, equal_nan=True))

    def test_objects_with_broken_protocols(self):
        class Array:
            def __array__(self, *args, **keywords):
                raise ValueError("of the caller")

        class Capsule:
            def __dlpack_device__(self):
                return (1, 0)

            def __dlpack__(self, *args, **keywords):
                return 7

        class Everything:
            def __getattribute__(self, name):
                raise SystemExit(name)

        class Path:
            def __fspath__(self):
                raise ValueError("of the caller")

        for bad in (Array(), Capsule(), Everything()):
            self.fails(TypeError, "image: expected", self.pose, bad)
            self.fails(TypeError, "x: expected", self.net.run, bad)
            self.fails(TypeError, "source: expected", self.pose.track, bad)
            self.fails(TypeError, "data: expected", decode, bad)
        for function in (self.pose, self.pose.track, load):
            self.fails(ValueError, "of the caller", function, Path())

    def test_one_line_names_the_argument(self):
        for keywords, words in (({"conf": "1"}, "conf: expected float | None, found '1'"), ({"threads": 1.5}, "threads: expected int, found 1.5"),
                                ({"threads": 2**31}, "threads: expected int of 32 bits, found 2147483648"), ({"flip": "yes"}, "flip: expected bool"),
                                ({"inp_dim": 10**5000}, "inp_dim: expected int of 32 bits, found int"), ({"device": None}, "device: expected str"),
                                ({"target": b"avx2"}, "target: expected str | None, found bytes"), ({"models": 7}, "models: expected str | bytes"),
                                ({"detbatch": 2}, "__init__(): unknown argument 'detbatch'"), ({"nms": []}, "nms: expected float, found list")):
            self.fails(TypeError, words, self.new_pose, **keywords)
        for keywords in ({"conf": np.nan}, {"nms": np.inf}, {"inp_dim": -2**31}, {"posebatch": 0}, {"threads": -1}):
            self.fails(InputError, f"{next(iter(keywords))}: expected", self.new_pose, **keywords)
        self.fails(TypeError, "__init__(): expected at most 2 arguments without a name, found 3", Pose, 1, 2, 3)
        self.fails(TypeError, "run(): expected the argument 'x'", self.net.run)
        self.fails(TypeError, "run(): argument 'x' given twice", self.net.run, self.x, x=self.x)
        self.fails(TypeError, "detect_every: expected int | str, found 1.5", self.pose.track, [], detect_every=1.5)
        self.fails(InputError, "start: expected", self.pose.track, self.dir / "clip.mp4", start=np.nan)
        self.fails(InputError, "blocks: expected an array [n, blocks, h, w, 16]", nchw, self.x, 3)
        self.fails(InputError, "channels: expected 0 to 32, found -1", nchw, np.zeros((1, 2, 1, 1, 16)), -1)

        class Forgetful(Pose):
            def __init__(self):
                pass

        self.fails(TypeError, "self: expected an initialized Pose, found Forgetful", Forgetful(), PICTURE)

    def test_paths(self):
        for name in ("picture.png", b"\xff\xfe.png", "\u00e4 b.png", "x" * 200 + ".png"):
            path = os.path.join(os.fsencode(self.dir), os.fsencode(name))
            with open(path, "wb") as file:
                file.write(tiny_models.png(50, 40))
            self.assertGreater(len(self.pose(os.fsdecode(path))), 0)
        for bad, kind in (("a\0b", ValueError), ("\ud800", UnicodeEncodeError), ("x" * 5000, DataError), (os.fsdecode(b"\xff.png"), DataError)):
            self.fails(kind, "", self.pose, bad)
            self.fails(kind if kind is not DataError else ModelError, "", load, bad)
        self.fails(DataError, "\udcff.png: cannot be read", self.pose, os.fsdecode(b"\xff.png"))
        self.assertEqual(load(os.fsencode(self.dir / "tiny.cfg")).title, load(self.dir / "tiny.cfg").title)

    def test_decode(self):
        data = tiny_models.png(50, 40)
        path = self.dir / "picture.png"
        path.write_bytes(data)
        for kind in (bytes, bytearray, memoryview):
            image = decode(kind(data))
            self.assertEqual((image.shape, image.dtype, image.flags.writeable), ((40, 50, 3), np.uint8, True))
            self.same(self.pose(image), self.pose(path))
        for bad in (b"", b"\xff\xd8", data[: len(data) // 2], b"text"):
            self.fails(DataError, "a.png: ", decode, bad, source="a.png")
        self.fails(DataError, "expected at most 1999 pixels", decode, data, max_pixels=1999)
        self.fails(InputError, "max_pixels", decode, data, max_pixels=0)
        for bad in (None, 7, "text", [1], PICTURE[:, ::2]):
            self.fails(TypeError, "data: expected bytes", decode, bad)


class LifeTest(HostileCase):
    def program(self, text, code=0):
        """Runs a script that has `pose`, `net` and `x`; its errors, which must be none."""
        head = (f"import os, sys, threading, time, queue\nsys.path.insert(0, {str(BUILD / 'python')!r})\nimport numpy as np, alphapose_cpp\n"
                f"pose = alphapose_cpp.Pose({str(self.dir / 'tiny.cfg')!r}, {str(self.dir / 'tinypose.safetensors')!r}, inp_dim=64, conf=0.2)\n"
                "net, x = alphapose_cpp.load('yolov3-tiny@random', inp_dim=320, threads=1), np.zeros((1, 3, 320, 320), np.float32)\n")
        done = subprocess.run([sys.executable, "-c", head + text], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (code, ""))

    def test_the_interpreter_exits_while_threads_compute(self):
        loop = "def work():\n    while True: {}\nfor _ in range(3): threading.Thread(target=work, daemon=True).start()\ntime.sleep(0.3)\n"
        self.program(loop.format("net.run(x)"))
        self.program(loop.format("list(pose.track([np.zeros((40, 40, 3), np.uint8)] * 5))") + "sys.exit(3)", 3)
        # A thread that waits for an image, in Python code called by the module.
        self.program("def work(): list(pose.track(iter(queue.Queue().get, None)))\nthreading.Thread(target=work, daemon=True).start()\ntime.sleep(0.3)")

    def test_the_interpreter_exits_with_clips_open(self):
        clip = self.dir / "clip.y4m"
        clip.write_bytes(tiny_models.clip(60))
        try:
            self.pose.track(clip)
        except alphapose_cpp.Error as error:
            self.skipTest(str(error))
        self.program(f"import builtins\nbuiltins.kept = pose.track({str(clip)!r})\nnext(builtins.kept)")
        loop = f"def work():\n    while True: list(pose.track({str(clip)!r}))\nthreading.Thread(target=work, daemon=True).start()\ntime.sleep(0.3)\n"
        self.program(loop)
        waiting = "r, w = os.pipe()\nos.dup2(r, 0)\nthreading.Thread(target=lambda: list(pose.track('-')), daemon=True).start()\ntime.sleep(0.3)\n"
        self.program(waiting)

    def test_exit_after_fork(self):
        self.program("thread = threading.Thread(target=lambda: [net.run(x) for _ in range(40)])\nthread.start()\ntime.sleep(0.05)\n"
                     "pid = os.fork()\nif pid == 0: sys.exit(5)\nassert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5\nthread.join()")

    def test_processes(self):
        with multiprocessing.get_context("fork").Pool(2) as pool:
            self.assertEqual(pool.map(shape_in_a_child, range(2)), [(1, 12, 85)] * 2)
        for thing in (self.pose, self.net, self.pose.track([PICTURE]), self.pose(PICTURE)[0], next(self.pose.track([PICTURE])), self.net.layers()[0]):
            self.fails(TypeError, "cannot pickle", pickle.dumps, thing)
        self.assertEqual(repr(pickle.loads(pickle.dumps(InputError("of a child")))), "InputError('of a child')")

    def test_images_keep_their_order_when_threads_share_them(self):
        waits = queue.Queue()

        def images():
            for i in range(40):
                time.sleep(0.001)
                waits.put(i)
                yield np.full((40, 50, 3), i, np.uint8)

        frames, got = self.pose.track(images(), images=True), []
        threads = [threading.Thread(target=lambda: got.extend(frames)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted((f.index, int(f.image[0, 0, 0])) for f in got), [(i, i) for i in range(40)])

    def test_callbacks_that_fail_or_call_back(self):
        def images():
            yield PICTURE
            with self.assertRaisesRegex(InputError, "found one from within another"):
                next(frames)
            with self.assertRaisesRegex(InputError, "found one from within another"):
                frames.close()
            self.net.run(self.x)
            yield PICTURE
            raise KeyboardInterrupt

        frames = self.pose.track(images())
        self.assertEqual([next(frames).index, next(frames).index], [0, 1])
        self.assertRaises(KeyboardInterrupt, next, frames)
        for bad in (None, "text", PICTURE[0].astype(float)):
            self.assertRaises((TypeError, InputError), next, self.pose.track([bad]))

    def test_closed(self):
        frames = self.pose.track([PICTURE] * 3)
        next(frames)
        frames.close()
        frames.close()
        self.assertRaises(StopIteration, next, frames)
        (self.dir / "clip.y4m").write_bytes(tiny_models.clip(60))
        try:
            frames = self.pose.track(self.dir / "clip.y4m")
        except alphapose_cpp.Error as error:
            self.skipTest(str(error))
        next(frames)
        thread = threading.Thread(target=frames.close)
        thread.start()
        list(frames)
        thread.join()
        self.assertRaises(StopIteration, next, frames)

    def test_deleted_while_threads_compute(self):
        threads = [threading.Thread(target=lambda net=self.net, x=self.x: [net.run(x) for _ in range(20)]) for _ in range(3)]
        for thread in threads:
            thread.start()
        self.net = self.x = None
        frames = self.pose.track([PICTURE] * 3)
        self.pose = None
        gc.collect()
        self.assertEqual(len(list(frames)), 3)
        for thread in threads:
            thread.join()

    def test_interrupt(self):
        """Ctrl-C ends a loop of calls, and leaves the objects usable."""
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with self.assertRaises(KeyboardInterrupt):
            for _ in self.pose.track(PICTURE for _ in iter(int, 1)):
                pass
        timer.join()
        self.assertGreater(len(self.pose(PICTURE)), 0)

    @unittest.skipIf("asan" in os.environ.get("LD_PRELOAD", ""), "AddressSanitizer keeps freed memory")
    def test_failures_keep_no_memory(self):
        def fail_often(count):
            for _ in range(count):
                for bad in (self.x, None, "none.png", PICTURE.astype(np.float32)):
                    with self.assertRaises((TypeError, alphapose_cpp.Error)):
                        self.pose(bad)
                with self.assertRaises(DataError):
                    decode(b"\x89PNG\r\n\x1a\n" + bytes(1000))
                self.net.activations(self.x, "yolo.3$", copy=False)

        def resident():
            with open("/proc/self/statm") as file:
                return int(file.read().split()[1]) * 4

        fail_often(50)
        before = resident()
        fail_often(200)
        self.assertLess(resident() - before, 4000, "KB")


if __name__ == "__main__":
    unittest.main(verbosity=2)

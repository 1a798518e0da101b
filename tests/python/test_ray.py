# Tests alphapose_cpp.ray: rows and errors without Ray, then a real local Ray: images, clips, a worker that crashes, a job that is killed.
# SPDX-License-Identifier: MIT
"""Usage: test_ray.py BUILD.  Exit code 77 without the module or pyarrow; the tests on Ray are skipped without Ray."""
import importlib.util
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

from python_case import BUILD, PythonCase, np, tiny_models

try:
    import pyarrow as pa
    import pyarrow.parquet
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

from alphapose_cpp import DeviceError, Pose, decode
from alphapose_cpp.ray import KEYPOINTS, SCHEMA, VIDEO_SCHEMA, PoseEstimator, PoseVideo, default_weight_cache, typed_frames

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "ray_pose.py"
os.environ |= {"PYTHONPATH": str(BUILD.resolve() / "python"), "RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"}
SMALL = {"num_cpus": 4, "object_store_memory": 100 << 20, "_memory": 4 << 30, "include_dashboard": False, "logging_level": "error"}
LIMITS = {"num_cpus": 1, "max_restarts": 1, "max_task_retries": 1}


def large_png():
    """Returns a PNG file of one color that is 40000 pixels wide and high."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 40000, 40000, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(bytes(100)))


class RayCase(PythonCase):
    def setUp(self):
        super().setUp()
        self.options = {"detector": str(self.dir / "tiny.cfg"), "pose": str(self.dir / "tinypose.safetensors"), "inp_dim": 64, "conf": 0.2}
        self.bad = {"empty.jpg": (b"", "empty file"), "text.jpg": (b"text", "found other data"), "gif.gif": (b"GIF89a" + bytes(50), "found other data"),
                    "cut.png": (tiny_models.png(50, 40)[:900], "ends early"), "huge.png": (large_png(), "expected at most 268435456 pixels")}
        self.good = {f"{i}.png": tiny_models.png(50 + i, 40 + i) for i in range(3)}

    def folder(self, files):
        folder = self.dir / "in"
        folder.mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)
        return folder

    def check_rows(self, table):
        """Checks the rows of the good and the bad files, against Pose."""
        pose, rows = Pose(**self.options), {os.path.basename(row["path"]): row for row in table.to_pylist()}
        self.assertEqual(set(rows), set(self.good) | set(self.bad))
        self.assertEqual(table.num_rows, len(rows))
        for name, (_, words) in self.bad.items():
            row = rows[name]
            self.assertEqual((row["status"], row["width"], row["height"], row["people"]), ("error", 0, 0, []))
            self.assertIn(words, row["error"])
            self.assertIn(name, row["error"])
        for name, data in self.good.items():
            row, image = rows[name], decode(data)
            self.assertEqual((row["status"], row["error"], row["height"], row["width"]), ("ok", None, *image.shape[:2]))
            for person, want in zip(row["people"], pose(image), strict=True):
                self.assertIsNone(person["id"])
                self.assertEqual((person["score"], person["box_score"], tuple(person["box"].values())), (want.score, want.box_score, want.box))
                self.assertEqual(list(person["keypoints"]), list(KEYPOINTS))
                self.assertEqual([list(point.values()) for point in person["keypoints"].values()], want.keypoints.tolist())


class RowsTest(RayCase):
    def batch(self):
        data = {name: data for name, (data, _) in self.bad.items()} | self.good
        return {"bytes": np.array(list(data.values()), object), "path": np.array(list(data), object), "label": np.arange(len(data))}

    def test_images_in_all_of_rays_formats(self):
        estimator, batch = PoseEstimator(**self.options), self.batch()
        table = pa.table({"bytes": pa.array(batch["bytes"], pa.binary()), "path": batch["path"], "label": batch["label"]})
        result = estimator(table)
        self.assertEqual(result.schema, pa.schema([("label", pa.int64()), *SCHEMA]))
        self.check_rows(result)
        for other in (batch, table.to_pandas(), pa.concat_tables([table.slice(0, 3), table.slice(3)])):
            self.assertTrue(estimator(other).equals(result))
        self.assertEqual(estimator(table.slice(0, 0)).schema, result.schema)

    def test_rows_that_are_no_bytes(self):
        rows = PoseEstimator(column="file", **self.options)({"file": np.array([None, "text", 7, float("nan")], object)}).to_pylist()
        self.assertEqual([row["status"] for row in rows], ["error"] * 4)
        self.assertEqual([row["path"] for row in rows], [None] * 4)
        self.assertEqual(rows[0]["error"], "expected the bytes of a file, found null")
        self.assertIn("found 'text'", rows[1]["error"])

    def test_a_limit_of_pixels(self):
        rows = PoseEstimator(max_pixels=2100, **self.options)({"bytes": list(self.good.values())}).to_pylist()
        self.assertEqual([row["status"] for row in rows], ["ok", "ok", "error"])

    def test_a_device_that_fails_is_no_row(self):
        class Broken:
            def __call__(self, image):
                raise DeviceError("cuda:0: out of order")

        estimator = PoseEstimator(**self.options)
        estimator._pose = Broken()
        with self.assertRaisesRegex(DeviceError, "out of order"):
            estimator({"bytes": list(self.good.values())})

    def test_clips(self):
        data = tiny_models.clip(8)
        path = self.dir / "a.y4m"
        path.write_bytes(data)
        for options in ({}, {"track": {"smooth": True, "step": 2}}):
            video = PoseVideo(**self.options, **options)
            rows = list(video({"path": str(path)}))
            if "this build has no FFmpeg" in (rows[0]["error"] or ""):
                self.skipTest(rows[0]["error"])
            self.assertEqual(list(video({"path": str(path), "bytes": data})), rows)
            self.assertEqual([row["frame"] for row in rows], list(range(0, 8, 2 if options else 1)))
            table = typed_frames(pa.Table.from_pylist(rows))
            self.assertEqual(table.schema, VIDEO_SCHEMA)
            for row, frame in zip(table.to_pylist(), Pose(**self.options).track(path, **options.get("track", {})), strict=True):
                self.assertEqual((row["status"], row["time"], row["width"], row["height"]), ("ok", frame.seconds, 64, 48))
                self.assertEqual([person["id"] for person in row["people"]], [person.id or None for person in frame.people])
                self.assertEqual([person["smooth"] is not None for person in row["people"]], [bool(options)] * len(frame.people))
        for row, words in (({"path": "b.mp4", "bytes": b"text"}, "b.mp4: "), ({"path": None}, "found null"), ({"path": str(self.dir / "none.mp4")}, "none.mp4"),
                           ({"bytes": b""}, "data: ")):
            (got,) = video(row)
            self.assertEqual((got["status"], got["frame"], got["people"]), ("error", None, []))
            self.assertIn(words, got["error"])
            self.assertEqual(typed_frames(pa.Table.from_pylist([got])).schema, VIDEO_SCHEMA)

    def test_the_weight_cache_is_the_users_own(self):
        self.addCleanup(setattr, tempfile, "tempdir", tempfile.tempdir)
        tempfile.tempdir = str(self.dir)
        path = default_weight_cache()
        self.assertEqual((os.path.dirname(path), os.stat(path).st_mode & 0o777), (str(self.dir), 0o700))
        PoseEstimator(**self.options)
        self.assertGreater(len(os.listdir(path)), 0)
        os.chmod(path, 0o777)
        self.assertIsNone(default_weight_cache())
        shutil.rmtree(path)
        os.symlink("/", path)
        self.assertIsNone(default_weight_cache())


class Crashes(PoseEstimator):
    """Ends its worker for the first batches, as a fault in a decoder would; counts in a file."""

    def __init__(self, counter, times, **options):
        super().__init__(**options)
        self.counter, self.times = counter, times

    def __call__(self, batch):
        with open(self.counter, "a+") as file:
            file.write("x")
            file.seek(0)
            if len(file.read()) <= self.times:
                os._exit(1)
        return super().__call__(batch)


@unittest.skipUnless(importlib.util.find_spec("ray"), "Ray is not installed: pip install 'ray[data]'")
class LocalRayTest(RayCase):
    @classmethod
    def setUpClass(cls):
        import ray

        cls.ray, cls.temp = ray, tempfile.mkdtemp(prefix="r", dir="/tmp")  # Ray's sockets are in it, whose paths must be short
        cls.addClassCleanup(shutil.rmtree, cls.temp, ignore_errors=True)
        ray.init(_temp_dir=cls.temp, **SMALL)
        cls.addClassCleanup(ray.shutdown)
        ray.data.DataContext.get_current().enable_progress_bars = False

    def test_images_to_parquet(self):
        """A worker crashes once, and no row is lost; one that crashes always does not run for ever."""
        folder = self.folder(self.good | {name: data for name, (data, _) in self.bad.items()})
        images = self.ray.data.read_binary_files(str(folder), include_paths=True)
        one, counter = self.ray.data.ActorPoolStrategy(size=1), self.dir / "crashes"
        options = self.options | {"counter": str(counter), "times": 1}
        images.map_batches(Crashes, fn_constructor_kwargs=options, compute=one, batch_size=8, **LIMITS).write_parquet(str(self.dir / "out"))
        self.assertGreater(counter.stat().st_size, 1)
        with self.assertRaises(self.ray.exceptions.RayError):  # one that always crashes ends the job
            images.limit(1).map_batches(Crashes, fn_constructor_kwargs=options | {"times": 99}, compute=one, **LIMITS).take_all()
        self.assertLess(counter.stat().st_size, 20)
        table = pa.parquet.read_table(self.dir / "out")
        self.assertEqual(set(table.schema.names), set(SCHEMA.names))
        self.check_rows(table.select(SCHEMA.names).cast(SCHEMA))

    def test_clips_to_rows(self):
        folder = self.folder({"a.y4m": tiny_models.clip(5), "b.y4m": tiny_models.clip(3), "c.mp4": b"text"})
        clips = self.ray.data.from_items([{"path": str(path)} for path in sorted(folder.iterdir())])
        frames = clips.flat_map(PoseVideo, fn_constructor_kwargs=self.options, compute=self.ray.data.ActorPoolStrategy(size=1), **LIMITS)
        rows = frames.map_batches(typed_frames, batch_format="pyarrow").take_all()
        if any("this build has no FFmpeg" in (row["error"] or "") for row in rows):
            self.skipTest("this build has no FFmpeg")
        got = sorted((os.path.basename(row["path"]), row["status"], -1 if row["frame"] is None else row["frame"]) for row in rows)
        self.assertEqual(got, [("a.y4m", "ok", i) for i in range(5)] + [("b.y4m", "ok", i) for i in range(3)] + [("c.mp4", "error", -1)])

    def test_threads_are_those_of_the_actor(self):
        def share():
            from alphapose_cpp.ray import _assigned
            return _assigned("CPU"), _assigned("GPU")

        self.assertEqual(self.ray.get(self.ray.remote(num_cpus=2)(share).remote()), (2, 0))
        self.assertEqual(share(), (None, None))


@unittest.skipUnless(importlib.util.find_spec("ray"), "Ray is not installed: pip install 'ray[data]'")
class KilledJobTest(RayCase):
    def start(self, temp, *args):
        program = (f"import runpy, ray\nray.init(_temp_dir={temp!r}, **{SMALL!r})\nray.data.DataContext.get_current().enable_progress_bars = False\n"
                   f"runpy.run_path({str(EXAMPLE)!r}, run_name='__main__')")
        job = subprocess.Popen([sys.executable, "-c", program, *map(str, args)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(job.kill)
        return job

    def test_every_image_once(self):
        folder = self.folder({f"{i:03}.png": tiny_models.png(40, 30, i) for i in range(60)})
        out, done = self.dir / "out", self.dir / "out.done"
        args = (folder, out, "actors=1", "cpus=1", "batch=2", "detector=yolov3-tiny@random", f"pose={self.options['pose']}", "inp_dim=416", "conf=0.9")
        temp = tempfile.mkdtemp(prefix="r", dir="/tmp")
        self.addCleanup(shutil.rmtree, temp, ignore_errors=True)
        killed = self.start(temp, *args)
        deadline = time.monotonic() + 90
        while killed.poll() is None and time.monotonic() < deadline and not any(".pending" not in path.name for path in done.glob("*.parquet")):
            time.sleep(0.02)
        killed.send_signal(signal.SIGKILL)
        _, errors = killed.communicate()
        self.assertEqual(killed.returncode, -signal.SIGKILL, errors)
        before = sum(pa.parquet.read_table(path).num_rows for path in done.glob("*.parquet") if ".pending" not in path.name)
        self.assertTrue(0 < before < 60, before)
        again = self.start(temp, *args)
        _, errors = again.communicate(timeout=120)
        self.assertEqual(again.returncode, 0, errors)
        paths = pa.parquet.read_table(out)["path"].to_pylist()
        self.assertEqual(sorted(paths), [str(path) for path in sorted(folder.iterdir())])


if __name__ == "__main__":
    unittest.main(verbosity=2)

# Tests Pose.track() and track(): ids, clips against their images, threads, Ctrl-C, refused input.
# SPDX-License-Identifier: MIT
"""Usage: test_track.py BUILD.  Exit code 77 without the module."""
import gc
import os
import signal
import subprocess
import sys
import threading
import unittest

from python_case import BUILD, PythonCase, alphapose_cpp, np, tiny_models

from alphapose_cpp import Error, Pose


class TrackTest(PythonCase):
    def pose(self, **keywords):
        return Pose(self.dir / "tiny.cfg", self.dir / "tinypose.safetensors", **({"inp_dim": 64, "conf": 0.2} | keywords))

    def clip(self, frames=12):
        path = self.dir / "clip.y4m"
        path.write_bytes(tiny_models.clip(frames))
        return path

    def tracked(self, source, **keywords):
        """Returns an iterator, of the clip only where this build reads clips."""
        try:
            return self.pose().track(source, **keywords)
        except Error as error:
            if "this build has no FFmpeg" in str(error):
                self.skipTest(str(error))
            raise

    def same(self, a, b):
        self.assertEqual((a.index, a.detected, len(a.people)), (b.index, b.detected, len(b.people)))
        for p, q in zip(a.people, b.people):
            self.assertEqual(p.id, q.id)
            self.assertTrue(np.array_equal(p.keypoints, q.keypoints) and np.array_equal(p.smooth, q.smooth))

    def test_images_in_memory(self):
        images = np.random.default_rng(1).integers(0, 256, (6, 60, 80, 3), dtype=np.uint8)
        pose = self.pose()
        frames = list(pose.track(images, fps=50, images=True))
        self.assertEqual([(f.index, f.seconds) for f in frames], [(i, i / 50) for i in range(6)])
        for frame, image in zip(frames, images):
            self.assertTrue(np.array_equal(frame.image, image))
            self.assertEqual(frame.error, "")
            for tracked, person in zip(frame.people, pose(image), strict=True):
                self.assertTrue(np.array_equal(tracked.keypoints, person.keypoints) and np.array_equal(tracked.smooth, person.keypoints))
                self.assertEqual((tracked.score, tracked.box), (person.score, person.box))
        self.assertGreater(max(p.id for p in frames[-1].people), 0)
        self.assertIn("index=5", repr(frames[-1]))
        self.assertIn("id=", repr(frames[-1].people[0]))

    def test_images_are_taken_one_by_one(self):
        taken = []

        def images():
            for i in range(3):
                taken.append(i)
                yield np.full((40, 50, 3), i, np.uint8)
            raise ValueError("of the caller")

        frames = self.pose().track(images())
        self.assertEqual(taken, [])
        self.assertEqual((next(frames).index, taken), (0, [0]))
        self.assertIsNone(next(frames).image)
        self.assertEqual(next(frames).seconds, 2 / 25)
        with self.assertRaisesRegex(ValueError, "of the caller"):
            next(frames)
        self.assertRaises(StopIteration, next, frames)

    def test_a_clip_gives_what_its_images_give(self):
        options = {"detect_every": 3, "smooth": True, "images": True}
        frames = list(self.tracked(self.clip(), **options))
        self.assertEqual([f.index for f in frames], list(range(12)))
        self.assertTrue(any(not f.detected for f in frames))
        self.assertTrue(any(not np.array_equal(p.smooth, p.keypoints) for p in frames[-1].people))
        again = self.pose().track([f.image for f in frames], **options)
        for frame, other in zip(frames, again, strict=True):
            self.same(frame, other)

    def test_part_of_a_clip(self):
        frames = list(self.tracked(str(self.clip()), start=0.16, end=0.4, step=2, detect_every="auto"))
        self.assertEqual([f.index for f in frames], [4, 6, 8])
        self.assertAlmostEqual(frames[0].seconds, 0.16)
        self.assertIsNone(frames[0].image)

    def test_track_makes_the_pose(self):
        self.tracked(self.clip())
        frames = alphapose_cpp.track(self.clip(), detector=self.dir / "tiny.cfg", pose=self.dir / "tinypose.safetensors", inp_dim=64, conf=0.2)
        for frame, other in zip(frames, self.pose().track(self.clip()), strict=True):
            self.same(frame, other)
        self.assertRaises(TypeError, alphapose_cpp.track, self.clip(), no_such_option=1)

    def test_a_clip_may_be_left(self):
        frames = self.tracked(self.clip(60))
        next(frames)
        del frames
        gc.collect()
        pose = self.pose()
        clip = self.clip(20)  # written once: the first iterator reads it ahead
        first, second = pose.track(clip), pose.track(clip)
        pose = None
        self.assertEqual(len(list(zip(first, second))), 20)

    def test_refused(self):
        pose, images = self.pose(), np.zeros((2, 40, 50, 3), np.uint8)
        for bad in (0, -1, 10001, "often", ""):
            self.refused("detect_every: expected", pose.track, images, detect_every=bad)
        for bad in (0, -1, float("nan"), float("inf")):
            self.refused("fps: expected", pose.track, images, fps=bad)
        self.refused("found images in memory", pose.track, images, start=1)
        self.refused("found images in memory", pose.track, images, step=2)
        self.refused("expected uint8", next, pose.track(images.astype(np.float32)))
        with self.assertRaisesRegex(TypeError, "^source: expected arrays of uint8 .height, width, 3., found 'text'$"):
            next(pose.track(["text"]))
        self.refused("clip, which has its own times", pose.track, "clip.mp4", fps=25)
        self.assertRaises(TypeError, pose.track, 7)
        self.assertRaises(TypeError, pose.track, None)

    def test_refused_clips(self):
        clip = self.clip()
        self.tracked(clip)
        pose = self.pose()
        self.refused("none.mp4", pose.track, self.dir / "none.mp4")
        self.refused("tiny.cfg", pose.track, self.dir / "tiny.cfg")
        self.refused("webcam:987", pose.track, "webcam:987")
        self.refused("end: expected", pose.track, clip, start=2, end=1)
        self.refused("step: expected", pose.track, clip, step=0)

    def test_threads_share_the_frames(self):
        frames, got = self.tracked(self.clip(40)), []

        def work():
            for frame in frames:
                got.append(frame.index)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(got), list(range(40)))

    def test_interrupt_ends_a_wait(self):
        """Ctrl-C while a clip from a pipe has no data: before its first frame, and after it."""
        self.tracked(self.clip())
        data = tiny_models.clip(30)
        for sent in (b"", data[: len(data) // 2]):
            program = ("import os, signal, sys, threading, alphapose_cpp\n"
                       f"pose = alphapose_cpp.Pose({str(self.dir / 'tiny.cfg')!r}, {str(self.dir / 'tinypose.safetensors')!r}, inp_dim=64)\n"
                       "threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
                       "try:\n    for frame in pose.track('-'): print(frame.index, flush=True)\n"
                       "except KeyboardInterrupt: sys.exit(7)\n")
            with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  env=os.environ | {"PYTHONPATH": str(BUILD / "python")}) as child:
                child.stdin.write(sent)
                child.stdin.flush()
                self.assertEqual(child.wait(timeout=30), 7)
                self.assertEqual(bool(child.stdout.read()), bool(sent))

    def test_a_forked_process(self):
        frames = self.tracked(self.clip(60))
        next(frames)
        pid = os.fork()
        if pid == 0:
            signal.alarm(20)
            code = 3
            try:
                next(frames)
            except Error as error:
                code = 0 if "fork" in str(error) else 2
            del frames
            os._exit(code)
        self.assertEqual(os.waitpid(pid, 0)[1], 0)
        self.assertEqual(next(frames).index, 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)

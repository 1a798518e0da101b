# Tests scripts/train: judging photos are recognized by name, bytes and looks, and no training gets them.
# SPDX-License-Identifier: MIT

import contextlib
import io
import os
import pathlib
import sys
import unittest
import unittest.mock

sys.dont_write_bytecode = True  # next to the scripts
from train_folder import PROJECT, Case, main  # before numpy: see there

import cv2
import numpy as np

import judging
import sources
from lib.problem import Problem

SHARED = pathlib.Path(PROJECT).parent / "shared"


def scene(seed, height=240, width=320):
    """Returns an image with the structure of a photo: blurred noise of several sizes, and discs."""
    rng = np.random.default_rng(seed)
    out = sum(cv2.resize(rng.normal(0, size, (size, size, 3)), (width, height), interpolation=cv2.INTER_CUBIC) / size * 40 for size in (4, 8, 16, 32)) + 128
    for _ in range(12):
        cv2.circle(out, tuple(map(int, rng.integers(0, width, 2))), int(rng.integers(8, 50)), rng.uniform(0, 255, 3).tolist(), -1)
    return np.clip(out, 0, 255).astype(np.uint8)


def copies(picture):
    """Yields (name, image) of one image as others may have saved it."""
    height, width = picture.shape[:2]
    yield "half", cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    yield "larger", cv2.resize(picture, None, fx=1.7, fy=1.7, interpolation=cv2.INTER_CUBIC)
    yield "another aspect", cv2.resize(picture, (300, 300), interpolation=cv2.INTER_AREA)
    yield "saved again", cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], cv2.IMREAD_COLOR)
    yield "mirrored", np.ascontiguousarray(picture[:, ::-1])
    for left, right, top, bottom in ((0.04, 0, 0, 0), (0.06, 0.06, 0.06, 0.06), (0.1, 0.02, 0.07, 0.09), (0, 0.09, 0.03, 0)):
        cut = picture[int(top * height) : height - int(bottom * height), int(left * width) : width - int(right * width)]
        yield f"cut {left} {right} {top} {bottom}", cv2.resize(cut, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)


class Looks(Case):
    def expect_refused(self, path):
        with self.assertRaisesRegex(Problem, "judging photos"):
            sources.read(path)

    def know(self, *pictures, sums=()):
        """Replaces the list of judging photos."""
        looks = np.concatenate([judging.looks(picture) for picture in pictures])
        patch = unittest.mock.patch.object(judging, "known", lambda: (set(sums), looks))
        patch.start()
        self.addCleanup(patch.stop)

    def test_copies_are_recognized_and_other_images_are_not(self):
        photos = [scene(k) for k in range(3)]
        self.know(*photos)
        for k, photo in enumerate(photos):
            for name, picture in copies(photo):
                with self.subTest(photo=k, copy=name):
                    self.assertTrue(judging.is_look(picture))
        for k in range(100, 116):
            self.assertGreater(judging.distance(scene(k), judging.known()[1]), judging.SAME_LOOK + 10)
        for flat in (np.zeros((1, 1, 3), np.uint8), np.full((50, 60, 3), 255, np.uint8)):
            self.assertFalse(judging.is_look(flat))

    def test_a_photo_saved_again_is_refused(self):
        self.know(scene(1))
        for name, picture in copies(scene(1)):
            cv2.imwrite(self.path("again.png"), picture)
            self.expect_refused(self.path("again.png"))

    def test_by_bytes(self):
        cv2.imwrite(self.path("one.png"), scene(2))
        self.know(scene(1))
        self.assertEqual(sources.read(self.path("one.png")).shape, (240, 320, 3))
        self.know(scene(1), sums=[judging.sum_of(self.path("one.png"))])
        self.expect_refused(self.path("one.png"))

    def test_by_name(self):
        for name in judging.NAMES:
            cv2.imwrite(self.path(name), scene(3))
            self.expect_refused(self.path(name))

    def test_folders_leave_them_out_and_say_so(self):
        self.know(scene(4))
        for name, seed in (("a.png", 3), ("b.png", 4), ("c.png", 5)):
            cv2.imwrite(self.path(name), scene(seed))
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors):
            names = [path.name for path, _ in sources.pictures([pathlib.Path(self.folder)])]
        self.assertEqual(names, ["a.png", "c.png"])
        self.assertRegex(errors.getvalue(), r"^left out: [^\n]*b\.png: [^\n]*looks like one of the judging photos\n$")

    def test_clips(self):
        path = self.path("clip.avi")
        video = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*"MJPG"), 10, (320, 240))
        for seed in (5, 6, 7):
            video.write(scene(seed))
        video.release()
        self.know(scene(20))
        self.assertEqual(len(list(sources.frames(path, 0.1))), 1)  # the first two are too near to the held-out one
        self.know(scene(6))
        with self.assertRaisesRegex(Problem, "clip.avi: .* frame, 1, that looks like"):
            list(sources.frames(path, 0.1))
        self.know(scene(20), sums=[judging.sum_of(path)])
        with self.assertRaisesRegex(Problem, "clip.avi: .* judging photos"):
            sources.opened(path)


class TheList(Case):
    def test_it_has_what_it_says(self):
        sums, looks = judging.known()
        self.assertTrue(all(len(one) == 64 for one in sums))
        # 6 test photos, 9 with labels, a clip and its 5 frames; all differ, except frames and the two moments of basketball.
        self.assertEqual((len(sums), looks.shape), (21, (20, 256)))
        text = judging.LIST.read_text(encoding="ascii")
        self.assertTrue(all(name in text for name in judging.NAMES))

    def test_the_photos_themselves(self):
        photos = [path for folder in ("labelled", "photos") for path in (SHARED / folder).rglob("*") if path.suffix in (".jpg", ".png", ".mp4")]
        if not photos:
            self.skipTest("no ../shared/labelled, no ../shared/photos")
        labeled = [path for path in photos if "labelled" in path.parts]
        refused = {path for path in photos if judging.is_file(path)}
        self.assertLessEqual(set(labeled), refused)
        # The others are the copies of them that are among the photos of people, and AlphaPose's three.
        self.assertEqual({path.name.split("_")[1] for path in refused - set(labeled) if path.name.startswith("mm_")}, {"coco", "crowdpose", "posetrack18"})
        self.assertFalse(any(judging.is_look(cv2.imread(str(path))) for path in sorted(set(photos) - refused)[:8]))
        for path in labeled[::5]:
            if path.suffix == ".jpg":
                for name, picture in copies(cv2.imread(str(path))):
                    with self.subTest(photo=path.name, copy=name):
                        self.assertTrue(judging.is_look(picture))


if __name__ == "__main__":
    main()

# Tests scripts/train: augmentation moves labels and heatmaps with the pixels, batches depend on seed and number only.
# SPDX-License-Identifier: MIT

import dataclasses
import sys
import unittest

sys.dont_write_bytecode = True  # next to the scripts
from train_case import Case, main, portraits  # before numpy: see there

import cv2
import numpy as np

import augment
import crops
import people
import ring
import samples
import sources
import teacher
from lib.problem import Problem
from lib import reference_stages as stages

GEOMETRY = augment.Options(half=0, paste=0, hide=0, color=0, degrade=0)  # moves pixels without changing their colors


def marked(rng):
    """Returns a sample whose keypoints are discs of separate colors, and whose heatmaps have their maxima there."""
    picture = np.full((420, 360, 3), 128, np.uint8)
    grid = np.array([(x, y) for y in np.linspace(110, 310, 5) for x in np.linspace(120, 240, 4)])[:17] + rng.uniform(-8, 8, (17, 2))
    colors = [(255 * (j & 1), 120 * (j >> 1 & 1) + 100 * (j >> 2 & 1), 120 * (j >> 3 & 1) + 100 * (j >> 4 & 1)) for j in range(17)]
    for (x, y), color in zip(grid, colors):
        cv2.circle(picture, (int(round(x * 16)), int(round(y * 16))), 9 * 16, color, -1, cv2.LINE_8, 4)
    joints = np.concatenate([grid, np.ones((17, 1))], 1).astype(np.float32)
    box = np.array([105, 95, 255, 325], np.float32)
    matrix = crops.to_input(*crops.window(box, 360, 420))
    places = crops.to_map(crops.apply(matrix, grid))
    ys, xs = np.mgrid[0 : crops.MAP_H, 0 : crops.MAP_W]
    maps = np.exp(-((xs - places[:, 0, None, None]) ** 2 + (ys - places[:, 1, None, None]) ** 2) / 8)
    return samples.Sample(picture, joints, box, (maps * 255).astype(np.uint8), matrix, False), np.array(colors)


class Pixels(Case):
    def test_labels_and_heatmaps_move_with_the_pixels(self):
        rng, mirrored, pictures, compared = np.random.default_rng(1), 0, 0, 0
        for _ in range(60):
            sample, colors = marked(rng)
            picture, target = augment.augmented(rng, sample, GEOMETRY)
            places, _ = stages.peaks(target.maps.astype(np.float32)[None])
            points = (target.joints[:, :2] + crops.SHIFT) * 255 / 64
            distance = np.abs(picture.astype(int)[None] - colors[:, None, None]).max(3) <= 9
            enough = max(70, 0.85 * np.sort(distance.sum((1, 2)))[-4])  # others are cut off by the edge
            found = np.array([np.median(np.argwhere(d)[:, ::-1], 0) if d.sum() > enough else (np.nan, np.nan) for d in distance])
            whole = (points > 14).all(1) & (points < [178, 242]).all(1)
            swapped = found[teacher.MIRRORED]
            errors = {name: np.linalg.norm(where - points, axis=1)[whole & np.isfinite(where).all(1)] for name, where in (("same", found), ("mirrored", swapped))}
            best = min(errors, key=lambda name: np.median(errors[name]) if len(errors[name]) else np.inf)
            if len(errors[best]) < 4:  # a small box: few discs are complete
                continue
            pictures += 1
            self.assertLess(errors[best].max(), 2.5)  # of 256 x 192
            mirrored += best == "mirrored"
            inner = whole & (target.maps.max((1, 2)) > 150)
            self.assertLess(np.abs(places[0] - crops.SHIFT - target.joints[:, :2])[inner].max(initial=0), 0.8)  # a quarter pixel of decoding, blur of warping
            compared += inner.sum()
        self.assertGreater(pictures, 40)
        self.assertTrue(0.25 * pictures < mirrored < 0.75 * pictures, (mirrored, pictures))
        self.assertGreater(compared, 300)

    def test_measuring_changes_nothing(self):
        sample, _ = marked(np.random.default_rng(2))
        picture, target = augment.augmented(np.random.default_rng(3), sample, augment.NONE)
        same = (picture == crops.cut(sample.picture, *crops.window(sample.box, 360, 420))).all(2)
        self.assertGreater(same.mean(), 0.985)  # all except the edge of the box
        np.testing.assert_array_equal(target.maps, sample.maps)

    def test_strength(self):
        whole, half = augment.Options(), augment.Options().scaled(0.5)
        self.assertEqual((half.degrees, half.paste, half.flip), (whole.degrees / 2, whole.paste / 2, whole.flip))
        self.assertEqual(dataclasses.replace(whole.scaled(0), flip=0), augment.NONE)
        self.assertTrue(all(value == 0 for value in dataclasses.astuple(augment.NONE)))

    def test_another_person_is_pasted(self):
        rng = np.random.default_rng(8)
        sample, other = marked(rng)[0], marked(rng)[0]
        other.picture = 255 - other.picture
        hidden = 0
        for _ in range(40):
            both = augment.beside(rng, sample, other)
            changed = (both.picture.astype(int) != sample.picture).any(2)
            self.assertTrue(0.01 < changed.mean() < 0.5, changed.mean())
            halved = both.joints[:, 2] < sample.joints[:, 2]
            for x, y in sample.joints[halved, :2].round().astype(int):
                self.assertTrue(changed[y, x])
            hidden += halved.sum()
            np.testing.assert_array_equal(both.joints[:, :2], sample.joints[:, :2])
        self.assertTrue(10 < hidden < 300, hidden)
        other.joints[:, 2] = 0  # so that no person can be cut out
        self.assertIs(augment.beside(rng, sample, other), sample)

    def test_crops_equal_those_of_the_program(self):
        rng = np.random.default_rng(4)
        picture = cv2.GaussianBlur(rng.integers(0, 256, (300, 400, 3), dtype=np.uint8), (0, 0), 3)
        for box in ((100, 50, 180, 250), (10, 20, 300, 90), (300, 150, 399, 299)):
            pt1, pt2 = crops.window(box, 400, 300)
            ours = crops.normalised(crops.cut(picture, pt1, pt2)[None])[0]
            theirs = stages.crop(stages.normalised(picture, crops.nano_net.MEAN, crops.nano_net.STD), pt1, pt2, 256, 192)
            self.assertLess(np.median(np.abs(ours - theirs)), 0.06)

    def test_decoding_inverts_encoding(self):
        pt1, pt2 = crops.window((100, 50, 180, 250), 400, 300)
        point = np.array([[131.0, 170.0]])
        on_map = crops.to_map(crops.apply(crops.to_input(pt1, pt2), point)) + crops.SHIFT  # as stages.peaks returns it
        np.testing.assert_allclose(stages.back(on_map.astype(np.float32), pt1, pt2, 64, 256, 192), point, atol=1.2)


class Batches(Case):
    def test_batches_do_not_depend_on_workers(self):
        people = portraits(4)
        mixer = ring.Mixer([(people, 1.0)], 3, seed=5)
        alone, helped = ring.Ring(mixer, 7, workers=0), ring.Ring(mixer, 7, workers=2, depth=2)
        self.addCleanup(helped.close)
        seen = []
        for step in range(7, 13):
            (number, mine), (other, theirs) = alone.next(), helped.next()
            self.assertEqual((number, other), (step, step))
            for name, array in mine.items():
                np.testing.assert_array_equal(array, theirs[name], err_msg=name)
            seen.append(mine["pictures"].copy())
        self.assertFalse(any(np.array_equal(seen[0], other) for other in seen[1:]))

    def test_a_failing_worker_is_reported(self):
        broken = samples.Set()
        broken.add(portraits(1)[0], "train/x")
        broken.jpegs[0] = np.zeros(3, np.uint8)
        lane = ring.Ring(ring.Mixer([(broken, 1.0)], 2, seed=0), workers=1)
        self.addCleanup(lane.close)
        with self.assertRaisesRegex(RuntimeError, "batch 0: "):
            lane.next()


class Sources(Case):
    def test_missing_files_are_reported_before_the_work(self):
        folder = sources.pathlib.Path(self.folder)
        cv2.imwrite(self.path("other.png"), np.zeros((50, 60, 3), np.uint8))
        (folder / "text.avi").write_text("no video", encoding="ascii")
        with self.assertRaisesRegex(Problem, "nowhere: expected a folder"):
            next(sources.pictures([folder, folder / "nowhere"]))
        for video in ("nowhere.avi", "text.avi"):
            code, text = self.script(people, self.path("out.npz"), "--folder", self.folder, "--video", str(folder / video))
            self.assertEqual((code, "Traceback" in text), (3, False))
            self.assertIn(f"{video}: expected a video", text)


class SampleFiles(Case):
    def test_round_trip(self):
        people = portraits(2)
        sample, _ = marked(np.random.default_rng(6))
        people.add(sample, "held/x")
        people.save(self.path("set.npz"))
        read = samples.load(self.path("set.npz"))
        self.assertEqual(read.names, people.names)
        for i in range(len(people)):
            a, b = people[i], read[i]
            for field in ("picture", "joints", "box", "maps", "matrix"):
                np.testing.assert_array_equal(getattr(a, field), getattr(b, field), err_msg=field)
            self.assertEqual(a.exact, b.exact)
        self.assertEqual(len(read.chosen(lambda name: name.startswith("held/"))), 1)
        read.extend(people)
        self.assertEqual(read.names, people.names * 2)
        np.testing.assert_array_equal(read[len(people)].picture, people[0].picture)

    def test_other_files_give_errors_that_name_them(self):
        with open(self.path("bad.npz"), "wb") as file:
            file.write(b"PK\3\4 no archive")
        np.savez(self.path("other.npz"), x=np.zeros(3))
        for name in ("bad.npz", "other.npz"):
            with self.assertRaisesRegex(Problem, f"{name}: expected samples"):
                samples.load(self.path(name))


if __name__ == "__main__":
    main()

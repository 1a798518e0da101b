# Tests scripts/train/train.py: a stopped run continues bit for bit, the loss falls, and a run that cannot continue gives the reason.
# SPDX-License-Identifier: MIT

import csv
import os
import subprocess
import sys
import unittest
import unittest.mock

sys.dont_write_bytecode = True  # next to the scripts
from train_case import Case, main, portraits  # before numpy: see there

import numpy as np
import torch

from lib import keypoints

import checkpoint
import objective
import ring
import together
import train


class Training(Case):
    @classmethod
    def setUpClass(cls):
        cls.people = portraits(6)

    def arguments(self, *more):
        self.people.save(self.path("people.npz"))
        files = ["--people", self.path("people.npz"), "--held-rendered", self.path("people.npz"), "--rendered", self.path("people.npz"), "--share-rendered", "0"]
        return ["--size", "pico", "--batch", "4", "--threads", "1", "--processes", "1", "--device", "cpu", "--out", self.path("run"), *files, *more]

    def parsed(self, *more):
        with unittest.mock.patch("sys.argv", ["train.py", *self.arguments(*more)]):
            return train.parse_args()

    def steps(self, state, batches, count):
        return [state.train_step(batches.next()[1], state.done()) for _ in range(count)]

    def mixer(self, args):
        return ring.Mixer([(self.people, 1.0)], args.batch, args.seed)

    def test_continuing_is_exact(self):
        args = self.parsed("--steps", "6", "--small", "0.4")
        whole = train.Run(args)
        losses = self.steps(whole, ring.Ring(self.mixer(args), workers=0), 6)
        first = train.Run(args)
        self.steps(first, ring.Ring(self.mixer(args), workers=0), 3)
        first.save(train.pathlib.Path(self.path("state.pt")))
        torch.manual_seed(99)
        second = train.Run(args)
        second.load(self.path("state.pt"))
        self.assertEqual(second.step, 3)
        self.assertEqual(self.steps(second, ring.Ring(self.mixer(args), second.step, workers=0), 3), losses[3:])
        for name in ("net", "averaged"):
            for a, b in zip(getattr(whole, name).state_dict().values(), getattr(second, name).state_dict().values()):
                self.assertTrue(torch.equal(a, b))
        self.assertFalse(torch.equal(next(whole.net.parameters()), next(first.net.parameters())))

    def test_the_program(self):
        arguments = self.arguments("--steps", "4", "--eval-steps", "2", "--workers", "1")
        self.assertEqual(self.script(train, *arguments)[0], 0)
        self.assertEqual(sorted(os.listdir(self.path("run")))[-2:], ["log.csv", "state.pt"])
        with open(self.path("run/log.csv"), encoding="ascii", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["step"] for row in rows], ["2", "4"])
        self.assertTrue(all(0 <= float(row["pck_rendered"]) <= 1 for row in rows))
        self.assertEqual(self.script(train, *arguments)[0], 0)  # the run is complete
        code, text = self.script(train, *self.arguments("--steps", "4", "--seed", "1"))
        self.assertEqual(code, 3)
        self.assertIn("expected the run's seed 0, found 1", text)

    def test_processes_share_a_batch(self):
        for run in ("one", "other"):
            arguments = [*self.arguments("--steps", "3", "--workers", "0"), "--processes", "2", "--out", self.path(run)]
            command = [sys.executable, train.__file__, *arguments]
            ran = subprocess.run(command, capture_output=True, text=True, check=False)
            self.assertEqual(ran.returncode, 0, ran.stderr)
        one, other = (checkpoint.read(train.pathlib.Path(self.path(run), "state.pt")) for run in ("one", "other"))
        for name, values in one["net"].items():
            self.assertTrue(torch.equal(values, other["net"][name]), name)
        self.assertEqual(one["step"], 3)
        # Each process has its part of the same batch.
        mixer = ring.Mixer([(self.people, 1.0)], 4, 0)
        parts = [ring.Mixer([(self.people, 1.0)], 4, 0, part=range(rank, 4, 2)) for rank in range(2)]
        whole, (first, second) = ring.Ring(mixer, workers=0).next()[1], (ring.Ring(part, workers=0).next()[1] for part in parts)
        for name, values in whole.items():
            self.assertTrue(np.array_equal(values[0::2], first[name]) and np.array_equal(values[1::2], second[name]), name)

    def test_processes_agree(self):
        def meet(others):
            tensors = [torch.full((2, 2), float(others.rank)), torch.full((3,), 10.0 * others.rank)]
            others.average(tensors)
            return [t.tolist() for t in tensors], others.tell(others.rank + 0.5, 7)

        self.assertEqual(together.run(3, meet), ([[[1.0, 1.0], [1.0, 1.0]], [10.0, 10.0, 10.0]], (0.5, 7)))
        self.assertEqual(together.run(1, lambda others: others.tell(3)), (3,))

    def test_usage(self):
        for more in ([], ["--steps", "3", "--hours", "1"], ["--hours", "0"], ["--steps", "3", "--batch", "1"], ["--steps", "3", "--distil", "2"], ["--steps", "3", "--processes", "3"]):
            self.assertEqual(self.script(train, *self.arguments(*more))[0], 2, more)

    def test_the_loss_falls(self):
        args = self.parsed("--steps", "30")
        state, (_, batch) = train.Run(args), ring.Ring(self.mixer(args), workers=0).next()
        losses = [state.train_step(batch, state.done()) for _ in range(30)]
        self.assertLess(np.mean(losses[-3:]), 0.8 * losses[0])


class Objective(Case):
    def test_loss_by_hand(self):
        joints = np.zeros((1, 17, 3), np.float32)
        joints[0, 3] = 20, 30, 0.5
        batch = {"joints": joints, "maps": np.zeros((1, 17, 64, 48), np.uint8), "has_maps": np.zeros(1, np.uint8)}
        zeros, right = torch.zeros(1, 17, 64, 48), objective.gaussians(torch.from_numpy(joints))
        device = torch.device("cpu")
        self.assertAlmostEqual(float(objective.loss_of(zeros, batch, 0.5, device)), 0.5 / 17, delta=1e-3)  # 1 for a keypoint of full weight
        share = float((right[0, 3] ** 3).sum() / (right[0, 3] ** 2).sum())  # of a Gaussian: 2 / 3
        self.assertAlmostEqual(float(objective.loss_of(zeros, batch, 0.5, device, 3.0)), (1 + 3 * share) * 0.5 / 17, delta=2e-3)
        self.assertAlmostEqual(float(objective.loss_of(right, batch, 0.5, device)), 0, delta=1e-6)
        batch["has_maps"][:] = 1
        batch["maps"][0, 5] = 255
        expected = 0.25 / 17 + 0.5 * 64 * 48 / objective.ENERGY / 17
        self.assertAlmostEqual(float(objective.loss_of(zeros, batch, 0.5, device)), expected, delta=1e-3 * expected)
        half = torch.nn.functional.avg_pool2d(right, 2)
        self.assertLess(float(objective.loss_of(half, batch | {"has_maps": np.zeros(1, np.uint8)}, 0.5, device)), 1e-6)  # inputs of half the sides
        maps = right[0, 3]
        self.assertEqual(int(maps.argmax()), 30 * 48 + 20)
        self.assertAlmostEqual(float(maps[30, 22]), np.exp(-0.5), delta=1e-6)

    def test_pck_by_hand(self):
        joints = np.zeros((1, 17, 2))
        joints[0, 5:7], joints[0, 11:13] = [[-10, 0], [10, 0]], [[-8, 100], [8, 100]]
        found = joints + np.where(np.arange(17) < 9, 19.9, 20.1)[None, :, None] * [1, 0]
        self.assertAlmostEqual(keypoints.pck(found, joints, np.ones((1, 17))), 9 / 17)
        self.assertAlmostEqual(keypoints.pck(found, joints, np.arange(17)[None] < 9), 1)
        self.assertTrue(np.isnan(keypoints.pck(found, joints, np.zeros((1, 17)))))
        self.assertAlmostEqual(keypoints.pck(np.full_like(found, np.nan), joints, np.ones((1, 17))), 0)


if __name__ == "__main__":
    main()

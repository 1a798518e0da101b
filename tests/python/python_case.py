# What the tests of the Python module share: the module of a build, models, and the check of a refusal.
# SPDX-License-Identifier: MIT
"""Takes BUILD off the command line.  Exits with 77 without the module."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(sys.argv.pop(1))
sys.path[:0] = [str(BUILD / "python"), str(pathlib.Path(__file__).resolve().parents[1] / "apps")]
sys.dont_write_bytecode = True
try:
    import numpy as np

    import alphapose_cpp
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

import tiny_models
from alphapose_cpp import Error


class PythonCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pose-python-")
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        tiny_models.write_detector(self.dir)
        tiny_models.write_pose(self.dir)
        tiny_models.write_deep_pose(self.dir)

    def program(self, name, *args):
        done = subprocess.run([BUILD / "apps" / name, *map(str, args)], capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def refused(self, words, function, *args, **keywords):
        with self.assertRaises(Error) as caught:
            function(*args, **keywords)
        self.assertIn(words, str(caught.exception))
        self.assertNotIn("\n", str(caught.exception))

    def pictures(self, net, n=1, seed=1):
        return np.random.default_rng(seed).random((n, *net.input_shape), dtype=np.float32)

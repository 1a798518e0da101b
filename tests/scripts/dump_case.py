# Shared code of the tests of dump_pytorch.py: reads dumps back, and checks a refusal.
# SPDX-License-Identifier: MIT

import os

from converter_case import Case  # before numpy: see there

import numpy as np

import dump_pytorch
from lib import safetensors_file


def relative(got, want):
    """Returns the norm of the difference in units of the norm; NaN counts as infinite."""
    value = float(np.linalg.norm(got.astype(np.float64) - want) / max(np.linalg.norm(want), 1e-30))
    return value if np.isfinite(value) else float("inf")


class DumpCase(Case):
    def dump(self, *args):
        """Returns (name -> array, metadata)."""
        out = self.path("out.safetensors")
        code, text = self.script(dump_pytorch, "--out", out, *args)
        self.assertEqual(code, 0, text)
        return safetensors_file.read(out)

    def expect_error(self, words, *args):
        code, text = self.script(dump_pytorch, "--out", self.path("refused.safetensors"), *args)
        self.assertEqual(code, 3, text)
        self.assertRegex(text, r"^dump_pytorch\.py: [^\n]+\n$")
        self.assertIn(words, text)
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("refused")], [])

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

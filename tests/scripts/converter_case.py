# Shared code of the converters' tests: a fresh folder for each test, runs of the script, checks of a refusal.
# SPDX-License-Identifier: MIT
"""Must be imported first: ends with exit code 77 (Meson: skipped) without numpy, and finds the modules in scripts/."""

import contextlib
import importlib.util
import io
import os
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(PROJECT, "scripts"))


def has(*packages):
    return all(importlib.util.find_spec(package) for package in packages)


if not has("numpy"):
    print("numpy is missing: skipped")
    sys.exit(77)

from lib import problem


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def script(self, module, *args):
        """Returns (exit code, standard error) of a script, run in this process: starting hundreds of processes takes minutes."""
        errors = io.StringIO()
        try:
            with unittest.mock.patch("sys.argv", [module.__file__, *args]), contextlib.redirect_stderr(errors):
                problem.run(module.main)
        except SystemExit as end:
            return end.code, errors.getvalue()
        return 0, errors.getvalue()

    def convert(self, module, *args):
        self.assertEqual(self.script(module, *args), (0, ""))

    def expect_refused(self, module, source, *args, words=""):
        """Checks for exit code 3, one line with the file and the words, and no output."""
        code, text = self.script(module, source, self.path("out.safetensors"), *args)
        self.assertEqual(code, 3, text)
        self.assertRegex(text, r"^convert_\w+\.py: [^\n]+\n$")
        for word in [source, *words.split()]:
            self.assertIn(word, text)
        self.assertEqual([f for f in os.listdir(self.folder) if f.startswith("out.")], [])

    def expect_program(self, module):
        """Runs the script as a separate program: a missing input ends it with exit code 3 and one line."""
        command = [sys.executable, module.__file__, self.path("no such"), self.path("out")]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stderr, f"^{os.path.basename(module.__file__)}: [^\\n]+\\n$")


def main():
    """Runs the tests of the started file; exit code 77 when every one was skipped."""
    program = unittest.main(exit=False, verbosity=2)
    all_skipped = len(program.result.skipped) == program.result.testsRun
    sys.exit(1 if not program.result.wasSuccessful() else 77 if all_skipped else 0)

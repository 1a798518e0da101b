#!/usr/bin/env python3
# Tests which packages setup reports as missing, and the summary of Meson's log in scripts/test.
# SPDX-License-Identifier: MIT
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

TESTS = [{"name": name, "suite": ["x:" + suite for suite in suites], "depends": [name.upper()]}
         for name, suites in (("a", ["unit"]), ("b", ["unit", "long"]), ("c", ["scripts"]))]
TARGETS = [{"id": name.upper(), "filename": [f"FOLDER/tests/{name}"]} for name in "abc"]
# What a program in place of meson answers.
MESON = f"""case "$*" in
  *--tests) echo '{json.dumps(TESTS)}' ;;
  *--targets) echo '{json.dumps(TARGETS)}' | sed "s,FOLDER,$2,g" ;;
esac
"""
SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"


class MissingPackages(unittest.TestCase):
    def missing(self, *packages):
        script = 'set -euo pipefail; . "$1/lib/common.sh"; . "$1/lib/apt.sh"; shift; missing_packages "$@"'
        done = subprocess.run(["bash", "-c", script, "test", SCRIPTS, *packages], capture_output=True, text=True, check=True)
        return done.stdout.split()

    @unittest.skipUnless(pathlib.Path("/usr/bin/dpkg-query").exists(), "no dpkg")
    def test_installed_and_unknown(self):
        self.assertEqual(self.missing("dpkg", "bash"), [])
        self.assertEqual(self.missing("dpkg", "no-such-package", "bash"), ["no-such-package"])


class Arguments(unittest.TestCase):
    def test_usage_errors(self):
        for command in (["setup", "--for"], ["setup", "--for", "fun"], ["demo", "--fast"], ["test", "all"], ["fetch_models", "--models"]):
            done = subprocess.run([SCRIPTS / command[0], *command[1:]], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 2, f"{command}: {done.stderr}")

    def test_help(self):
        for name in ("setup", "demo", "test", "fetch_models"):
            done = subprocess.run([SCRIPTS / name, "--help"], capture_output=True, text=True, check=True)
            self.assertIn(f"scripts/{name}", done.stdout)
            self.assertNotIn("SPDX", done.stdout)


class WarningsAsErrors(unittest.TestCase):
    """Runs copies of scripts, with programs in place of meson and ninja that only record their command lines."""

    def calls(self, script, *options, configured=None, **environment):
        """Returns the calls of meson.  configured: the value of option werror in an existing build folder; None: there is no build folder."""
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            shutil.copytree(SCRIPTS / "lib", folder / "scripts/lib")
            shutil.copy(SCRIPTS / script, folder / "scripts")
            for program in ("scripts/setup", "scripts/fetch_models", "bin/meson", "bin/ninja"):
                path = folder / program
                path.parent.mkdir(exist_ok=True)
                path.write_text(f'#!/bin/sh\necho "{path.name} $*" >>{folder}/calls\n{MESON if path.name == "meson" else ""}', encoding="utf-8")
                path.chmod(0o755)
            build = folder / ("build-sanitize" if "--sanitize" in options else "build")
            (build / "meson-info").mkdir(parents=True)
            if configured is not None:
                (build / "build.ninja").touch()
                (build / "meson-info/intro-buildoptions.json").write_text(json.dumps([{"name": "werror", "value": configured}]), encoding="utf-8")
            path = f"{folder}/bin:{os.environ['PATH']}"
            everything = {k: v for k, v in os.environ.items() if k != "CI"} | {"PATH": path, "POSE_MODELS": name} | environment
            subprocess.run([folder / "scripts" / script, *options], capture_output=True, check=False, stdin=subprocess.DEVNULL, env=everything)
            calls = (folder / "calls").read_text(encoding="utf-8").splitlines()
        self.ninja = next(call for call in calls if call.startswith("ninja "))
        return [call for call in calls if call.startswith("meson ")]

    def test_requested(self):
        for options, environment in (["--werror"], {}), ([], {"CI": "true"}), (["--werror", "--sanitize"], {}), (["--sanitize"], {"CI": "true"}):
            setup, *_ = self.calls("test", *options, **environment)
            self.assertTrue(setup.startswith("meson setup "), setup)
            self.assertIn(" -Dwerror=true", setup)

    def test_targets(self):
        """A whole run builds everything, others what their tests need."""
        for options, targets in ([], ""), (["--quick"], ""), (["--sanitize"], " tests/a tests/b"), (["--sanitize", "--quick"], " tests/a"):
            self.calls("test", *options)
            self.assertRegex(self.ninja, f"^ninja -C [^ ]*/build(-sanitize)?{targets}$")

    def test_not_requested(self):
        for script, environment in ("test", {}), ("test", {"CI": "false"}), ("demo", {}), ("demo", {"CI": "true"}):
            setup, *_ = self.calls(script, **environment)
            self.assertTrue(setup.startswith("meson setup "), setup)
            self.assertNotIn("werror", setup)

    def test_existing_folders(self):
        configure = [call for call in self.calls("test", "--werror", configured=False) if "werror" in call]
        self.assertEqual(len(configure), 1)
        self.assertRegex(configure[0], "^meson configure .*/build -Dwerror=true$")
        for script, options, configured in ("test", ["--werror"], True), ("test", [], False), ("test", [], True), ("demo", [], True):
            self.assertEqual([call for call in self.calls(script, *options, configured=configured) if "werror" in call], [])


class Version(unittest.TestCase):
    """The version is set in meson.build; the programs, the Python package and the libraries take it from there."""

    def test_one_place(self):
        root = SCRIPTS.parent
        version = re.search(r"^  version: '([0-9.]+)'", (root / "meson.build").read_text(encoding="ascii"), re.MULTILINE)[1]
        self.assertRegex((root / "pyproject.toml").read_text(encoding="ascii"), r'(?m)^dynamic = \["version"\]$')
        self.assertRegex((root / "CHANGELOG.md").read_text(encoding="ascii"), rf"(?m)^## {re.escape(version)} (- [0-9]|\(unreleased\)$)")
        if not (root / ".git").exists() or not shutil.which("git"):
            self.skipTest("no git repository")
        literal = rf"(^|[^0-9.]){re.escape(version)}($|[^0-9.])"
        command = ["git", "grep", "-lE", literal, "--", "*.h", "*.cpp", "*.py", "*.build", "*.toml", "*.in", "*.cmake", "scripts"]
        found = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        self.assertEqual(found.stdout.split(), ["meson.build"], found.stderr)


class Summary(unittest.TestCase):
    def summarise(self, tests):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder, "testlog.json")
            if tests is not None:
                log.write_text("".join(json.dumps(test) + "\n" for test in tests), encoding="utf-8")
            done = subprocess.run([SCRIPTS / "lib/summarise_tests.py", log], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.splitlines()

    def test_counts_and_reasons(self):
        code, lines = self.summarise([
            {"name": "a", "result": "OK", "stdout": ""},
            {"name": "b", "result": "SKIP", "stdout": "", "stderr": "skipped: no oracle\n"},
            {"name": "c", "result": "OK"},
        ])
        self.assertEqual(code, 0)
        self.assertEqual(lines, ["skipped: b: skipped: no oracle", "2 passed, 0 failed, 1 skipped"])

    def test_skipped_parts(self):
        code, lines = self.summarise([{"name": "a", "result": "OK", "stdout": "skipped: no b\n1 test\nskipped: no b\n  skipped: no c\nnone skipped: d\n"}])
        self.assertEqual(code, 0)
        self.assertEqual(lines, ["skipped in part: a: no b", "skipped in part: a: no c", "1 passed, 0 failed, 0 skipped"])

    def test_failures(self):
        for result in ("FAIL", "TIMEOUT", "ERROR", "INTERRUPT", "UNEXPECTEDPASS"):
            code, lines = self.summarise([{"name": "a", "result": "OK"}, {"name": "b", "result": result}])
            self.assertEqual(code, 1)
            self.assertEqual(lines[-1], "1 passed, 1 failed, 0 skipped")

    def test_nothing_ran(self):
        for tests in ([], None):
            code, lines = self.summarise(tests)
            self.assertEqual(code, 1)
            self.assertEqual(lines[-1], "0 passed, 0 failed, 0 skipped")


if __name__ == "__main__":
    unittest.main()

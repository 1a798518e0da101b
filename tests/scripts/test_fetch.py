#!/usr/bin/env python3
# Tests downloads: files are complete and right, or absent.  The servers are files of this machine.
# SPDX-License-Identifier: MIT
import hashlib
import pathlib
import subprocess
import tempfile
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
CONTENT = bytes(range(256)) * 40
SUM = hashlib.sha256(CONTENT).hexdigest()


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.target = self.folder / "models" / "net.weights"
        self.good = self.server("good", CONTENT)
        self.absent = f"file://{self.folder}/absent"

    def server(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return f"file://{path}"

    def call(self, function, *args):
        """Calls a function of lib/download.sh; returns its exit code and output."""
        script = '. "$1/lib/common.sh"; . "$1/lib/download.sh"; shift; "$@"'
        command = ["bash", "-c", script, "test", SCRIPTS, function, "net", self.target, *args]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout + done.stderr

    def fetch(self, *urls, size=str(len(CONTENT)), checksum=SUM):
        return self.call("fetch_file", size, checksum, *urls)

    def assert_got(self, result):
        self.assertEqual(result[0], 0, result[1])
        self.assertEqual(self.target.read_bytes(), CONTENT)
        self.assertEqual([p.name for p in self.target.parent.iterdir()], ["net.weights"])

    def assert_absent(self, result, *expected):
        self.assertNotEqual(result[0], 0)
        self.assertFalse(self.target.exists())
        for words in expected:
            self.assertIn(words, result[1])


class Fetch(Case):
    def test_right_file(self):
        self.assert_got(self.fetch(self.good))

    def test_next_mirror(self):
        result = self.fetch(self.absent, self.good)
        self.assert_got(result)
        self.assertEqual(result[1].count("curl:"), 1, result[1])

    def test_no_mirror(self):
        self.assert_absent(self.fetch(self.absent, self.absent), "curl:")

    def test_wrong_sum(self):
        other = self.server("other", CONTENT[::-1])
        self.assert_absent(self.fetch(other), f"expected sha256 {SUM}")
        self.assertFalse(list(self.target.parent.iterdir()))
        self.assert_got(self.fetch(other, self.good))

    def test_short_file_is_not_taken(self):
        self.assert_absent(self.fetch(self.server("short", CONTENT[:100])), f"expected {len(CONTENT)} bytes, found 100")

    def test_resumes_a_partial_download(self):
        self.target.parent.mkdir()
        part = self.target.with_name("net.weights.part")
        part.write_bytes(CONTENT[:5000])
        rest = self.server("rest", b"?" * 5000 + CONTENT[5000:])
        self.assert_got(self.fetch(rest))

    def test_complete_part_needs_no_server(self):
        self.target.parent.mkdir()
        self.target.with_name("net.weights.part").write_bytes(CONTENT)
        self.assert_got(self.fetch(self.absent))

    def test_present_file_needs_no_server(self):
        self.assert_got(self.fetch(self.good))
        self.assert_got(self.fetch(self.absent))

    def test_damaged_file_is_replaced(self):
        self.target.parent.mkdir()
        self.target.write_bytes(CONTENT[:-1])
        code, said = self.fetch(self.good)
        self.assertEqual(code, 0, said)
        self.assertEqual(self.target.read_bytes(), CONTENT)
        self.assertEqual(self.target.with_name("net.weights.wrong").read_bytes(), CONTENT[:-1])

    def test_unknown_sum_and_size(self):
        self.assert_got(self.fetch(self.good, size="-", checksum="-"))

    def test_copy(self):
        self.assert_got(self.call("copy_file", str(len(CONTENT)), SUM, self.folder / "good"))

    def test_wrong_copy(self):
        self.server("other", b"x")
        self.assert_absent(self.call("copy_file", str(len(CONTENT)), SUM, self.folder / "other"), "found 1")


class FetchModels(Case):
    def run_script(self, *args):
        command = [SCRIPTS / "fetch_models", "--models", self.folder / "models", *args]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout + done.stderr

    def test_unknown_name_is_refused_first(self):
        code, said = self.run_script("yolov3", "yolov5")
        self.assertEqual(code, 2)
        self.assertIn("unknown argument 'yolov5'", said)
        self.assertFalse((self.folder / "models").exists())

    def test_fastpose_names_the_source_of_its_file(self):
        code, said = self.run_script("fastpose")
        self.assertEqual(code, 1)
        self.assertIn("duc_se.pth", said)
        self.assertIn("non-commercial", said)
        self.assertIn("could not get: fastpose", said)

    def test_missing_file(self):
        code, said = self.run_script("fastpose", self.folder / "no.pth")
        self.assertEqual(code, 1)
        self.assertIn("no such file", said)


if __name__ == "__main__":
    unittest.main()

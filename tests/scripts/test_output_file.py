#!/usr/bin/python3
# Tests files that scripts write: through links, to devices, long names, two writers, never an input; and downloads of two runs into one folder.
# SPDX-License-Identifier: MIT
import fcntl
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "scripts"))

from lib import output_file  # noqa: E402
from lib.problem import Problem  # noqa: E402


class OutputFile(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def write(self, name, data=b"new"):
        with output_file.atomic_file(self.dir / name) as file:
            file.write(data)

    def names(self):
        return sorted(path.name for path in self.dir.iterdir())

    def test_complete_or_absent(self):
        (self.dir / "f").write_bytes(b"old")
        with self.assertRaises(ValueError), output_file.atomic_file(self.dir / "f") as file:
            file.write(b"half")
            raise ValueError
        self.assertEqual(((self.dir / "f").read_bytes(), self.names()), (b"old", ["f"]))
        with self.assertRaisesRegex(OSError, "No such file"):
            self.write("none/f")

    def test_links_and_permissions(self):
        (self.dir / "f").write_bytes(b"old")
        (self.dir / "f").chmod(0o600)
        (self.dir / "link").symlink_to("f")
        (self.dir / "dangling").symlink_to("g")
        self.write("link")
        self.write("dangling")
        self.assertEqual(((self.dir / "f").read_bytes(), (self.dir / "f").stat().st_mode & 0o777), (b"new", 0o600))
        self.assertTrue((self.dir / "link").is_symlink() and (self.dir / "dangling").is_symlink())
        self.assertEqual(self.names(), ["dangling", "f", "g", "link"])

    def test_names(self):
        for name in ("x" * 255, "\u00e4" * 127):
            self.write(name)
            self.assertEqual((self.dir / name).read_bytes(), b"new")
        (self.dir / "f.part").write_bytes(b"of the user")
        self.write("f")
        self.assertEqual((self.dir / "f.part").read_bytes(), b"of the user")

    def test_two_writers(self):
        with output_file.atomic_file(self.dir / "f") as one, output_file.atomic_file(self.dir / "f") as two:
            one.write(b"one")
            two.write(b"two!")
        self.assertEqual(((self.dir / "f").read_bytes(), self.names()), (b"one", ["f"]))  # the one that ended last

    def test_devices_and_pipes(self):
        self.write("/dev/null")
        self.assertTrue(pathlib.Path("/dev/null").is_char_device())
        text = f"import sys; sys.path.insert(0, {str(PROJECT / 'scripts')!r})\nfrom lib import output_file\n" \
               "with output_file.atomic_file(sys.argv[1]) as file: file.write(b'text')"
        (self.dir / "link").symlink_to("/dev/stdout")
        for path in ("/dev/stdout", self.dir / "link"):
            self.assertEqual(subprocess.run([sys.executable, "-c", text, path], capture_output=True, check=True).stdout, b"text")
            with open(self.dir / "log", "w+b") as log:
                log.write(b"before ")
                log.flush()
                subprocess.run([sys.executable, "-c", text, path], stdout=log, check=True)
            self.assertEqual((self.dir / "log").read_bytes(), b"before text")

    def test_no_output_is_an_input(self):
        (self.dir / "f").write_bytes(b"x")
        (self.dir / "link").symlink_to("f")
        (self.dir / "hard").hardlink_to(self.dir / "f")
        for name in ("f", "link", "hard"):
            with self.assertRaisesRegex(Problem, "expected another file than the input"):
                output_file.expect_other(self.dir / name, None, self.dir / "none", self.dir / "f")
        output_file.expect_other(self.dir / "g", self.dir / "f", self.dir / "none")

    def test_converters_keep_their_input(self):
        path = self.dir / "x.safetensors"
        path.write_bytes(b"of the user")
        for script, options in (("convert_onnx.py", [path, path]), ("convert_alphapose.py", [path, path]), ("roofline.py", [path, "--out", path]),
                                ("dump_pytorch.py", ["--onnx", path, "--input", "zeros", "--out", path])):
            run = subprocess.run([sys.executable, PROJECT / "scripts" / script, *options], capture_output=True, text=True, check=False)
            self.assertIn(run.returncode, (2, 3), run.stderr)
            self.assertTrue("another file than the input" in run.stderr or "Python package" in run.stderr or "usage" in run.stderr, run.stderr)
            self.assertEqual(path.read_bytes(), b"of the user")

    def script(self, *arguments, streams=""):
        """Runs a script of ours with redirections.  Returns (exit code, standard error)."""
        text = f"import sys, time; sys.path.insert(0, {str(PROJECT / 'scripts')!r})\nfrom lib import output_file, problem\n" \
               "def main():\n  for _ in range(int(sys.argv[1])): print('line')\n" \
               "  if sys.argv[2:]:\n    with output_file.atomic_file(sys.argv[2]) as file: file.write(b'half'); time.sleep(60)\n" \
               "problem.run(main)"
        (self.dir / "script.py").write_text(text)
        command = ["bash", "-c", f'exec {sys.executable} "$0" "$@" {streams}', self.dir / "script.py", *map(str, arguments)]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def test_standard_output_of_scripts(self):
        line = "script.py: standard output: cannot be written: "
        for streams, text, code in ((">/dev/full", line + "No space left on device\n", 1), (">&-", line + "Bad file descriptor\n", 1),
                                    (">/dev/null 2>/dev/full", "", 0), (">/dev/null 2>&-", "", 0), (">/dev/full 2>/dev/full", "", 1),
                                    ("> >(true)", "", 141)):
            for lines in (1, 5000):  # less and more than a buffer holds
                with self.subTest(streams=streams, lines=lines):
                    run = self.script(lines, streams=streams)
                    error = run.communicate()[1]
                    if code == 141 and lines == 1 and run.returncode == 0:
                        continue  # the pipe was still open
                    self.assertEqual((error, run.returncode), (text, code))

    def test_signals_leave_no_file(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            run = self.script(0, self.dir / "new")
            while not list(self.dir.glob("new.*.part")) and run.poll() is None:
                time.sleep(0.01)
            run.send_signal(number)
            self.assertEqual((run.communicate(timeout=30)[1], run.returncode), ("", 130))
            self.assertEqual(self.names(), ["script.py"])

    def test_one_download_at_a_time(self):
        lock = os.open(self.dir, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        run = subprocess.Popen([PROJECT / "scripts" / "fetch_models", "--models", self.dir, "fastpose"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        time.sleep(0.5)
        self.assertIsNone(run.poll())
        os.close(lock)
        self.assertIn(b"expected the file", run.communicate(timeout=30)[0])


if __name__ == "__main__":
    unittest.main()

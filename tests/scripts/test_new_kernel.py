#!/usr/bin/python3
# Tests kernels outside the tree: the template and the steps of docs/kernels.md are built against an installed copy, tested and measured.
# SPDX-License-Identifier: MIT
"""Usage: test_new_kernel.py BUILD"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import installed_copy

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
PROJECT = pathlib.Path(__file__).resolve().parents[2]
QUICK = ["--net", "yolov3-tiny", "--layer", r"yolo\.1[34]", "--cache", "hot", "--benchmark_min_time=0.001"]


def has_avx2():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return " avx2 " in file.read().replace("\n", " ")


class NewKernelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory(prefix="pose-kernel-")
        cls.addClassCleanup(cls.holder.cleanup)
        cls.root = pathlib.Path(cls.holder.name)
        cls.installed = installed_copy.install(BUILD, cls.root / "installed", "alphapose-kernels", "--tags", "devel")
        cls.env = os.environ | {"PKG_CONFIG_PATH": str(cls.installed)}

    def run_command(self, *command, code=0):
        run = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300, check=False, env=self.env)
        self.assertEqual(run.returncode, code, run.stdout + run.stderr)
        return run

    def new_kernel(self, name, *args):
        self.run_command(PROJECT / "scripts" / "new_kernel", self.root / name, *args)
        return self.root / name

    def try_in(self, folder, code=0):
        """Returns the lines of the test, and the measured kernels."""
        run = self.run_command(folder / "try", *QUICK, code=code)
        return run.stdout, {m[1] for m in re.finditer(r"^\w+/(\w+)/yolov3-tiny-416/", run.stdout, re.MULTILINE)}

    def test_the_template_is_right_and_measured_with_ours(self):
        folder = self.new_kernel("mine")
        out, kernels = self.try_in(folder)
        self.assertRegex(out, r"conv2d/my_conv2d: accepts [1-9]\d\d of \d+ cases, 0 of them wrong")
        self.assertIn("my_conv2d", kernels)
        self.assertRegex(out, r"ms +\d.* my_conv2d yolov3-tiny-416/yolo\.1")
        # A mistake in one column is found, and then no kernel is measured.
        source = (folder / "kernel.cpp").read_text()
        self.assertIn("- op.pad_top, ", source)
        (folder / "kernel.cpp").write_text(source.replace("- op.pad_top, ", "- op.pad_top * (x > 0), "))
        out, kernels = self.try_in(folder, code=1)
        self.assertRegex(out, r"conv2d/my_conv2d: accepts \d+ of \d+ cases, [1-9]\d* of them wrong")
        self.assertEqual(kernels, set())
        run = self.run_command(folder / "build" / "kernel_bench", *QUICK, code=1)  # it checks the result, too
        self.assertIn("wrong result", run.stdout)
        self.assertNotIn("wrong", "".join(line for line in run.stdout.splitlines() if "/my_conv2d/" not in line))

    def test_other_ops_begin_with_the_reference_implementation(self):
        folder = self.new_kernel("pool", "--op", "max_pool")
        self.run_command("meson", "setup", folder / "build", folder)
        self.run_command("ninja", "-C", folder / "build", "kernel_test")
        self.assertRegex(self.run_command(folder / "build" / "kernel_test").stdout, r"max_pool/my_max_pool: accepts [1-9]\d+ of \d+ cases, 0 of them wrong")

    @unittest.skipUnless(has_avx2(), "this machine lacks AVX2")
    def test_steps_of_the_example(self):
        folder = self.new_kernel("steps")
        for path in (PROJECT / "bench" / "template" / "steps").iterdir():
            shutil.copy(path, folder)
        text = (folder / "meson.build").read_text()
        (folder / "meson.build").write_text(text.replace("'kernel.cpp'", "'step1.cpp', 'step2.cpp', 'step3.cpp'"))
        out, kernels = self.try_in(folder)
        for name in ("step1_naive", "step2_blocked", "step3_tiled"):
            self.assertRegex(out, rf"conv2d/{name}: accepts [1-9]\d* of \d+ cases, 0 of them wrong")
            self.assertRegex(out, rf"ms +\d.* {name} yolov3-tiny-416/")

    def test_every_op_has_a_template(self):
        ops = subprocess.run([BUILD / "bench" / "ops", "--list", "--cache", "hot"], capture_output=True, text=True, check=True).stdout
        for op in {line.split("/")[0] for line in ops.splitlines()}:
            self.assertIn("kernel.cpp", os.listdir(self.new_kernel(op, "--op", op)))

    def test_installed_headers_stand_alone(self):
        flags = self.run_command("pkg-config", "--cflags", "alphapose-kernels").stdout.split()
        self.assertFalse([f for f in flags if str(PROJECT) in f])
        source = self.root / "all.cpp"
        source.write_text('#include "nets/zoo.h"\n#include "ops/ops.h"\n#include "tests/ops/cases.h"\n#include "bench/ops_run.h"\n')
        self.run_command("c++", "-std=c++20", "-fsyntax-only", *flags, source)

    def test_refusals(self):
        folder = self.new_kernel("full")
        run = self.run_command(PROJECT / "scripts" / "new_kernel", folder, code=3)
        self.assertIn("expected an empty or new folder", run.stderr)
        self.run_command(PROJECT / "scripts" / "new_kernel", self.root / "other", "--op", "sort", code=2)


if __name__ == "__main__":
    unittest.main(verbosity=2)

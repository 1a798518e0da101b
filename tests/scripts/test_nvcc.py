#!/usr/bin/env python3
# Tests nvcc.py, which probes nvcc and GPUs for Meson, with scripts in place of nvcc and nvidia-smi.
# SPDX-License-Identifier: MIT
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/lib/nvcc.py"
NVCC = """#!/bin/sh
case "$*" in
  *--version*) echo 'Cuda compilation tools, release 12.6, V12.6.20';;
  *--list-gpu-code*) printf 'sm_90\\nsm_75\\nsm_100\\n';;
  *--dryrun*) printf '#$ INCLUDES="-I/cuda/include"  \\n#$ LIBRARIES=  "-L%s/stubs" "-L%s"\\n' "LIB" "LIB";;
  *) COMPILE;;
esac
"""


class Nvcc(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "lib").mkdir()
        (self.root / "lib/libcudart_static.a").touch()

    def run_with(self, compile_command, *arguments):
        nvcc = self.root / "nvcc"
        nvcc.write_text(NVCC.replace("LIB", str(self.root / "lib")).replace("COMPILE", compile_command))
        nvcc.chmod(0o755)
        arguments = [nvcc if a == "NVCC" else a for a in arguments]
        return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False)

    def test_probe(self):
        done = self.run_with("exit 0", "probe", "NVCC", "-O3")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.splitlines(), ["12.6", "/cuda/include", str(self.root / "lib"), "75 90 100"])

    def test_probe_of_an_nvcc_that_compiles_nothing(self):
        done = self.run_with("echo 'note'; echo 'x.h:1: error: unsupported GNU version'; exit 1", "probe", "NVCC")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.strip(), f"{self.root / 'nvcc'}: x.h:1: error: unsupported GNU version")

    def gpus(self, smi, *known):
        """Returns the output of nvcc.py gpus where nvidia-smi is the script `smi`; None: it is missing."""
        folder = self.root / "bin"
        folder.mkdir(exist_ok=True)
        program = folder / "nvidia-smi"
        program.unlink(missing_ok=True)
        if smi is not None:
            program.write_text("#!/bin/sh\n" + smi)
            program.chmod(0o755)
        done = subprocess.run([sys.executable, SCRIPT, "gpus", *known], capture_output=True, text=True, check=False, env={"PATH": f"{folder}:/bin"})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split()

    def test_gpus(self):
        known = ("75", "80", "86", "90")
        self.assertEqual(self.gpus("echo 9.0", *known), ["90a"])
        self.assertEqual(self.gpus("printf '8.6\\n7.5\\n8.6\\n'", *known), ["75", "86"])
        self.assertEqual(self.gpus("printf '6.1\\n8.0\\n'", *known), ["80"])
        self.assertEqual(self.gpus("echo 6.1", *known), [])
        self.assertEqual(self.gpus("echo 12.0", *known), ["default"])

    def test_no_gpu(self):
        if list(pathlib.Path("/dev").glob("nvidia[0-9]*")):
            self.skipTest("this machine has a GPU")
        for smi in (None, "echo 'NVIDIA-SMI has failed'; exit 9", "echo 'No devices were found'", "exit 0"):
            self.assertEqual(self.gpus(smi, "80"), [])

    def test_compile_keeps_the_log_and_shows_the_rest(self):
        log = self.root / "kernel.log"
        told = "ptxas info    : Used 31 registers\\n    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\\nk.cu(3): warning: unused\\n"
        done = self.run_with(f"printf '{told}'; exit 3", "compile", log, "NVCC", "-c", "k.cu")
        self.assertEqual(done.returncode, 3)
        self.assertEqual(done.stderr, "k.cu(3): warning: unused\n")
        self.assertIn("Used 31 registers", log.read_text())


if __name__ == "__main__":
    unittest.main()

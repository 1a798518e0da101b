#!/usr/bin/env python3
# Tests that check_ptxas.py finds each fault: it is planted in the logs, or in the listing of a cuobjdump that is a script.
# SPDX-License-Identifier: MIT
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "check_ptxas.py"
MMA = "_ZN4pose12_GLOBAL__N_110mma_kernelIfEEvPT_"  # void pose::(anonymous namespace)::mma_kernel<float>(float*)


def log_of(name=MMA, arch="sm_80", stack=0, stores=0, extra=""):
    return (f"ptxas info    : 0 bytes gmem\n{extra}ptxas info    : Compiling entry function '{name}' for '{arch}'\n"
            f"ptxas info    : Function properties for {name}\n    {stack} bytes stack frame, {stores} bytes spill stores, {stores} bytes spill loads\n"
            "ptxas info    : Used 96 registers, used 1 barriers, 512 bytes smem, 400 bytes cmem[0]\n")


def listing_of(*instructions, name=MMA):
    lines = [f"        /*{16 * i:04x}*/    {text} ;    /* 0x0000000000017802 */\n" for i, text in enumerate(instructions)]
    return f"\t\tFunction : {name}\n" + "".join(lines)


class Ptxas(unittest.TestCase):
    def check(self, log, listing=None):
        """Returns the exit code, the output, and the kernels that it wrote."""
        with tempfile.TemporaryDirectory() as folder:
            build = pathlib.Path(folder)
            (build / "device").mkdir(parents=True)
            if log:
                (build / "device/conv_cuda_cu.ptxas.log").write_text(log)
            environment = dict(os.environ)
            if listing is not None:
                (build / "bin").mkdir()
                (build / "listing").write_text(listing)
                for tool in ("cuobjdump", "nvdisasm"):
                    (build / "bin" / tool).write_text(f"#!/bin/sh\ncat '{build}/listing'\n")
                    (build / "bin" / tool).chmod(0o755)
                environment["PATH"] = f"{build / 'bin'}:{environment['PATH']}"
            done = subprocess.run([sys.executable, SCRIPT, build], capture_output=True, text=True, check=False, env=environment)
            written = build / "cuda/kernels.json"
            return done.returncode, done.stdout + done.stderr, json.loads(written.read_text()) if written.exists() else None

    GOOD = listing_of("LDG.E.128 R4, [R2.64]", "@P0 HMMA.16816.F32 R8, R4, R6, R8", "@!UP1 FFMA R1, R2, R3, R4", "EXIT")

    def test_good_kernel(self):
        code, said, kernels = self.check(log_of(), self.GOOD)
        self.assertEqual(code, 0, said)
        self.assertEqual(len(kernels), 1)
        self.assertEqual({k: kernels[0][k] for k in ("name", "arch", "registers", "shared", "spills")},
                         {"name": "mma_kernel<float>", "arch": "sm_80", "registers": 96, "shared": 512, "spills": 0})
        self.assertEqual(kernels[0]["code"], {"EXIT": 1, "FFMA": 1, "HMMA": 1, "LDG": 1, "LDG.128": 1})
        self.assertIn("kernels: 1 in 1 files, 0 faults; machine code checked", said)

    def fault(self, words, log, listing=GOOD):
        code, said, _ = self.check(log, listing)
        self.assertEqual(code, 1, said)
        self.assertIn(words, said)

    def test_spills_and_stack(self):
        self.fault("mma_kernel<float>, sm_80: expected no spills, found 16 bytes", log_of(stores=8))
        self.fault("mma_kernel<float>, sm_80: expected no stack frame, found one of 24 bytes", log_of(stack=24))

    def test_serialized_wgmma(self):
        self.fault("serialized", log_of(extra="ptxas info    : (C7515) Potential Performance Loss: wgmma.mma_async instructions are serialized\n"))

    def test_instructions(self):
        self.fault("expected HMMA in its machine code, found none", log_of(), listing_of("HFMA2.MMA R3, -RZ, RZ, 0, 0", "EXIT"))
        self.fault("expected no local memory, found 1 instructions", log_of(), self.GOOD + listing_of("STL [R1], R0"))
        wgmma = MMA.replace("10mma_kernel", "12wgmma_kernel")
        self.fault("wgmma_kernel<float>, sm_90a: expected HGMMA", log_of(wgmma, "sm_90a"), listing_of("HMMA.16816.F32 R8, R4, R6, R8", name=wgmma))

    def test_names_without_a_promise(self):
        ffma = MMA.replace("10mma_kernel", "11ffma_kernel")
        self.assertEqual(self.check(log_of(ffma), listing_of("FFMA R1, R2, R3, R4", name=ffma))[0], 0)
        self.assertEqual(self.check(log_of(arch="sm_75"), listing_of("EXIT"))[0], 0)  # no tf32 on sm_75

    def test_no_input(self):
        self.assertIn("expected logs of ptxas", self.check("")[1])
        self.assertIn("expected kernels", self.check("ptxas info    : 0 bytes gmem\n")[1])


if __name__ == "__main__":
    unittest.main()

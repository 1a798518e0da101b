#!/usr/bin/env python3
"""Probes nvcc and the machine's GPUs for Meson, and compiles a file of kernels."""
# SPDX-License-Identifier: MIT
#
# nvcc.py probe NVCC [OPTION...]
#     Compiles a kernel with the options given and prints four lines: release, folder of the headers, folder of the libraries, architectures
#     that it knows ("75 80 86 ..."). If that fails, prints one line and ends with exit code 1.
# nvcc.py gpus [KNOWN...]
#     Prints the architectures of the machine's GPUs for which kernels are compiled ("80 90a"); nothing where there is no GPU. "default" in place
#     of one that is not among KNOWN, or if there is a GPU but nvidia-smi cannot be asked.
# nvcc.py compile LOG NVCC ARGUMENT...
#     Runs nvcc and writes its messages and those of ptxas to LOG. If nvcc fails or warns, prints them without the report of each kernel.
import glob
import pathlib
import re
import subprocess
import sys
import tempfile

OLDEST = 75  # that the kernels are written for
WITH_SUFFIX = {90: "90a"}  # kernels use instructions of Hopper's own

PROBE = """#include <cuda_fp16.h>
template <class T> concept Any = true;
template <Any T> __global__ void probe(T* p) { *p = T(); }
template __global__ void probe(half*);
"""


def output_of(*command):
    """Returns what the command writes to both streams. Ends the program with one line if the command fails."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except OSError as e:
        sys.exit(f"{command[0]}: {e.strerror}")
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if "error" in line] or done.stdout.splitlines() or ["no message"]
        sys.exit(f"{command[0]}: {lines[0].strip()}")
    return done.stdout


def probe(nvcc, options):
    release = re.search(r"release (\d+\.\d+)", output_of(nvcc, "--version"))
    if release is None:
        sys.exit(f"{nvcc}: expected 'release N.N' in --version, found none")
    archs = sorted(set(re.findall(r"^sm_(\d+)$", output_of(nvcc, "--list-gpu-code"), re.M)), key=int)
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "probe.cu"
        source.write_text(PROBE)
        output_of(nvcc, *options, "-c", str(source), "-o", str(source) + ".o")
        plan = output_of(nvcc, "--dryrun", *options, str(source), "-o", str(source) + ".program")
    headers = re.search(r'^#\$ INCLUDES="?-I([^"\s]+)', plan, re.M)
    libraries = [p for p in re.findall(r'"-L([^"]+)"', plan) if (pathlib.Path(p) / "libcudart_static.a").exists()]
    # Debian's package puts both where compilers look anyway.
    for line in (release[1], headers[1] if headers else "", libraries[0] if libraries else "", " ".join(archs)):
        print(line)


def gpus(known):
    try:
        query = ["nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader"]
        done = subprocess.run(query, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=60, check=False)
        lines = done.stdout.splitlines() if done.returncode == 0 else []
    except (OSError, subprocess.TimeoutExpired):
        lines = []
    archs = sorted({10 * int(m[1]) + int(m[2]) for m in map(re.compile(r"\s*(\d+)\.(\d)\s*").fullmatch, lines) if m})
    if not archs and glob.glob("/dev/nvidia[0-9]*"):
        print("default")
    elif any(arch >= OLDEST and str(arch) not in known for arch in archs):
        print("default")  # the PTX of the newest architecture is for later GPUs
    else:
        print(" ".join(WITH_SUFFIX.get(arch, str(arch)) for arch in archs if arch >= OLDEST))


def compile_file(log, command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    pathlib.Path(log).write_text(done.stdout)
    said = [line for line in done.stdout.splitlines() if not re.match(r"ptxas info|\s*\d+ bytes stack frame", line)]
    if said:
        print("\n".join(said), file=sys.stderr)
    sys.exit(done.returncode)


if __name__ == "__main__":
    if len(sys.argv) >= 3 and sys.argv[1] == "probe":
        probe(sys.argv[2], sys.argv[3:])
    elif len(sys.argv) >= 2 and sys.argv[1] == "gpus":
        gpus(sys.argv[2:])
    elif len(sys.argv) >= 4 and sys.argv[1] == "compile":
        compile_file(sys.argv[2], sys.argv[3:])
    else:
        sys.exit("usage: nvcc.py probe NVCC [OPTION...] | gpus [KNOWN...] | compile LOG NVCC ARGUMENT...")

#!/usr/bin/env python3
"""What Meson asks of nvcc: whether it is good for anything here, and to compile a file of kernels."""
# SPDX-License-Identifier: MIT
#
# nvcc.py probe NVCC [OPTION...]
#     Compiles a kernel with the options given and prints four lines: release, folder of the headers, folder of the libraries, architectures
#     that it knows ("75 80 86 ..."). Exit code 1 and one line when it cannot.
# nvcc.py compile LOG NVCC ARGUMENT...
#     Runs nvcc and keeps what it and ptxas said in LOG; prints it, less what ptxas reports of every kernel, where nvcc fails or warns.
import pathlib
import re
import subprocess
import sys
import tempfile

PROBE = """#include <cuda_fp16.h>
template <class T> concept Any = true;
template <Any T> __global__ void probe(T* p) { *p = T(); }
template __global__ void probe(half*);
"""


def output_of(*command):
    """What it wrote to both streams; ends the program with one line when it fails."""
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
    elif len(sys.argv) >= 4 and sys.argv[1] == "compile":
        compile_file(sys.argv[2], sys.argv[3:])
    else:
        sys.exit("usage: nvcc.py probe NVCC [OPTION...] | compile LOG NVCC ARGUMENT...")

#!/usr/bin/env python3
"""Checks what ptxas made of the kernels of a build: prints a table, and finds spills, local memory and lost tensor cores."""
# SPDX-License-Identifier: MIT
#
# check_ptxas.py BUILD_DIR
#     Reads the logs that the build kept (device/*.ptxas.log).  Where cuobjdump and nvdisasm are available (in PATH, next to nvcc, or from
#     PyPI in .venv), it reads the machine code as well.  Writes BUILD_DIR/cuda/kernels.txt and kernels.json.  Exit code 1 when a kernel spills, has a
#     stack frame, is named in an advice of ptxas ("wgmma serialized"), loads or stores local memory, or has none of the instructions that its name
#     promises: mma -> HMMA (from sm_80 on), wgmma -> HGMMA (sm_90a).
import collections
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
# Instructions that are counted in the hot loops, and those that must not occur.
COUNTED = ("HGMMA", "HMMA", "FFMA", "LDGSTS", "UBLKCP", "LDSM", "LDS", "STS", "LDG", "LDG.128", "STG", "STG.128", "SHFL", "BAR", "LDL", "STL")
# Disassembly takes seconds per architecture, so only two are read: one with mma.sync and one with wgmma.
LOOKED_AT = ("sm_80", "sm_90a")


def read_log(path):
    """Returns the kernels of one log, and the advices in it.  A function that a kernel calls counts as a kernel."""
    kernels, advices, arch, name = {}, [], "", ""
    for line in path.read_text().splitlines():
        if entry := re.search(r"Compiling entry function '(\S+)' for '(sm_\w+)'", line):
            arch = entry[2]
        elif properties := re.search(r"Function properties for (\S+)", line):
            name = properties[1]
            kernels[name, arch] = {"mangled": name, "arch": arch, "registers": 0, "shared": 0, "stack": 0, "spills": 0}
        elif frame := re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", line):
            kernels[name, arch] |= {"stack": int(frame[1]), "spills": int(frame[2]) + int(frame[3])}
        elif used := re.search(r"Used (\d+) registers", line):
            shared = re.search(r"(\d+) bytes smem", line)
            kernels[name, arch] |= {"registers": int(used[1]), "shared": int(shared[1]) if shared else 0}
        elif re.search(r"\(C\d+\)", line):
            advices.append(f"{path.name}: {line.strip()}")
    return list(kernels.values()), advices


def short_names(mangled):
    """Returns readable names without namespaces, result and parameters."""
    if not mangled:
        return {}
    text = "\n".join(mangled)
    if shutil.which("c++filt"):
        text = subprocess.run(["c++filt"], input=text, capture_output=True, text=True, check=True).stdout
    names = {}
    for raw, name in zip(mangled, text.splitlines()):
        name = re.sub(r"\(anonymous namespace\)::|\bpose::|\bsimt::|^void |\(\w+(?: \w+)?\)(?=[-\d])", "", name)
        depth, end = 0, len(name)
        for i, c in enumerate(name):
            depth += (c == "<") - (c == ">")
            if c == "(" and depth == 0:
                end = i
                break
        names[raw] = name[:end]
    return names


def find_tool(name):
    nvcc = shutil.which("nvcc") or "/usr/local/cuda/bin/nvcc"
    folders = [*os.environ.get("PATH", "").split(os.pathsep), str(pathlib.Path(nvcc).parent)]
    folders += map(str, ROOT.glob(".venv/lib/python3*/site-packages/nvidia/*/bin"))
    return shutil.which(name, path=os.pathsep.join(folders)) or next((f"{f}/{name}" for f in folders if pathlib.Path(f, name).is_file()), None)


def machine_code(cuobjdump, nvdisasm, objects, archs):
    """Returns {(mangled, arch): Counter of instructions} of all objects.  Accesses of 16 bytes are counted a second time as LDG.128 ..."""
    counts = {}
    path = os.pathsep.join([str(pathlib.Path(nvdisasm).parent), os.environ.get("PATH", "")])
    for tool in (cuobjdump, nvdisasm):
        if not os.access(tool, os.X_OK):  # pip leaves them without the executable bit
            os.chmod(tool, 0o755)
    for obj, arch in itertools.product(objects, archs):
        listing = subprocess.run([cuobjdump, "-sass", "-arch", arch, str(obj)], stdout=subprocess.PIPE, text=True, check=True,
                                 env=os.environ | {"PATH": path})
        now = collections.Counter()
        for line in listing.stdout.splitlines():
            if found := re.match(r"\s*Function : (\S+)", line):
                now = counts.setdefault((found[1], arch), collections.Counter())
            elif found := re.match(r"\s*/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+\s+)?([A-Z][A-Z0-9]*)(\S*)", line):
                now[found[1]] += 1
                if ".128" in found[2]:
                    now[found[1] + ".128"] += 1
    return counts


def faults_of(kernel):
    where = f"{kernel['name']}, {kernel['arch']}"
    if kernel["spills"]:
        yield f"{where}: expected no spills, found {kernel['spills']} bytes of them"
    if kernel["stack"]:
        yield f"{where}: expected no stack frame, found one of {kernel['stack']} bytes"
    code = kernel.get("code")
    if code is None:
        return
    local = code.get("LDL", 0) + code.get("STL", 0)
    if local and not kernel["spills"] and not kernel["stack"]:
        yield f"{where}: expected no local memory, found {local} instructions that use it"
    name, arch = kernel["name"].split("<")[0], kernel["arch"].removeprefix("sm_")
    if "wgmma" in name:
        if arch == "90a" and not code.get("HGMMA"):
            yield f"{where}: expected HGMMA in its machine code, found none"
    elif "mma" in name.replace("ffma", "") and int(arch.rstrip("a")) >= 80 and not code.get("HMMA"):
        yield f"{where}: expected HMMA in its machine code, found none"


def table(kernels):
    """Returns one row per kernel: registers by architecture, then the instructions of one architecture."""
    archs = sorted({k["arch"] for k in kernels}, key=lambda a: (int(a.removeprefix("sm_").rstrip("a")), a))
    shown = "sm_90a" if "sm_90a" in archs else archs[-1]
    counted = [c for c in COUNTED if any(k.get("code", {}).get(c) for k in kernels if k["arch"] == shown)]
    rows = {}
    for k in kernels:
        rows.setdefault((k["file"], k["name"]), {})[k["arch"]] = k
    width = max(len(name) for _, name in rows)
    lines = ["registers by architecture" + (f"; instructions of {shown}" if counted else ""),
             " ".join([f"{'kernel':{width}}", *(f"{a.removeprefix('sm_'):>4}" for a in archs), *(f"{c:>7}" for c in counted)]).rstrip()]
    last = ""
    for (file, name), by_arch in sorted(rows.items()):
        if file != last:
            lines.append(file)
            last = file
        code = by_arch.get(shown, {}).get("code", {})
        registers = [f"{by_arch[a]['registers']:>4}" if a in by_arch else "   -" for a in archs]
        lines.append(" ".join([f"{name:{width}}", *registers, *(f"{code.get(c, 0):>7}" for c in counted)]).rstrip())
    return lines


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: check_ptxas.py BUILD_DIR")
    build = pathlib.Path(sys.argv[1])
    logs = sorted(build.glob("device/*.ptxas.log"))
    if not logs:
        sys.exit(f"{build}: expected logs of ptxas in device, found none: was it built with CUDA?")
    kernels, faults = [], []
    for log in logs:
        found, advices = read_log(log)
        faults += advices
        kernels += [k | {"file": log.name.removesuffix("_cu.ptxas.log")} for k in found]
    if not kernels:
        sys.exit(f"{build}: expected kernels in the logs of ptxas, found none")
    names = short_names(sorted({k["mangled"] for k in kernels}))
    tools = [find_tool("cuobjdump"), find_tool("nvdisasm")]
    built = {k["arch"] for k in kernels}
    archs = [a for a in LOOKED_AT if a in built] or [sorted(built)[-1]]
    code = machine_code(*tools, [log.with_name(log.name.removesuffix(".ptxas.log") + ".o") for log in logs], archs) if all(tools) else {}
    for k in kernels:
        k["name"] = names[k["mangled"]]
        if (k["mangled"], k["arch"]) in code:
            k["code"] = dict(sorted(code[k["mangled"], k["arch"]].items()))
        faults += faults_of(k)
    lines = table(kernels)
    (build / "cuda").mkdir(exist_ok=True)
    (build / "cuda/kernels.txt").write_text("\n".join(lines) + "\n")
    (build / "cuda/kernels.json").write_text(json.dumps(kernels, indent=1) + "\n")
    print("\n".join(lines + faults))
    looked = "machine code checked" if code else "machine code not checked: no cuobjdump and nvdisasm"
    print(f"kernels: {len(kernels)} in {len(logs)} files, {len(faults)} faults; {looked}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()

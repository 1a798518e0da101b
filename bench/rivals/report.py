# Medians, ratios, Markdown tables, and their insertion between two markers of a document.
# SPDX-License-Identifier: MIT

import datetime
import json
import os
import platform
import statistics
import sys

from lib import safetensors_file
from lib.problem import Problem


def ratio(theirs, ours):
    """Returns baseline / ours from the times of the same rounds: the ratio of the medians, and the smallest and largest ratio within a round."""
    each = [a / b for a, b in zip(theirs, ours, strict=True)]
    return {"median": statistics.median(theirs) / statistics.median(ours), "min": min(each), "max": max(each)}


def ratio_text(value):
    return f"**{value['median']:.2f}** ({value['min']:.2f}..{value['max']:.2f})"


def table(head, rows):
    """Returns a Markdown table.  A bar within a cell would end it."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def between(text, name, content, source):
    """Returns the text with `content` between <!-- NAME:begin --> and <!-- NAME:end -->."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise Problem(f"{source}: expected {begin} followed by {end}, each once, found otherwise")
    return text[: text.index(begin) + len(begin)] + "\n" + content.strip("\n") + "\n" + text[text.index(end) :]


def write_between(path, name, content):
    with open(path, encoding="utf-8") as file:
        text = between(file.read(), name, content, path)
    with safetensors_file.atomic_file(path) as file:
        file.write(text.encode())


def write_json(path, value):
    with safetensors_file.atomic_file(path) as file:
        file.write(json.dumps(value, indent=1).encode())


def machine():
    """Returns the name of the CPU and the number of logical CPUs."""
    cpu = platform.processor() or platform.machine()
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        lines = file.read().splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    count = len(names) or 1
    return f"{names[0] if names else cpu}, {count} logical CPU{'s' if count > 1 else ''}"


def warn_if_busy():
    """Warns if the machine is busy.  Threads that wait for each other suffer most: some baselines take several times as long."""
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"warning: the machine is busy (load {load:.1f}): these times are worth little", file=sys.stderr)


def today():
    return datetime.date.today().isoformat()

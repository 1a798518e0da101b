# docs/quality.md's tables: what is measured, on what, and how it is written down.
# SPDX-License-Identifier: MIT

import pathlib
import subprocess
import sys
import tempfile

from lib import coco_ap, quality
from lib.pose_program import ROOT
from lib.problem import Problem

BEGIN, END = "<!-- written by scripts/eval_pose.py table: begin -->", "<!-- end -->"
TEACHER = ["--pose", "simplepose", "--flip"]
PHOTOS = [f"models/photos/{name}" for name in ("messi5.jpg", "basketball1.png")] + [f"../shared/photos/{n}.jpg" for n in (1, 2, 3)]
VIDEO = "models/train/vtest.avi"
FRAMES = 8  # every so many of those held out
SCENES, SEED = 140, 77  # a seed that no training uses


def rows_of(nets):
    """What is compared: (name, options of `pose`)"""
    out = [("simplepose", ["--pose", "simplepose"])]
    for net in nets:
        name = pathlib.PurePath(net).stem
        out += [(name, ["--pose", net]), (f"{name}, `--flip`", ["--pose", net, "--flip"])]
    return out


def photos():
    there = [path for path in PHOTOS if (ROOT / path).is_file()]
    if not there:
        raise Problem(f"expected judging photos, found none of {', '.join(PHOTOS)}: scripts/fetch_models photos gets some")
    return [str(ROOT / path) for path in there]


def held_frames(folder):
    """The frames of the video that are never trained on, as PNG files."""
    sys.path.insert(0, str(ROOT / "scripts" / "train"))
    import cv2
    import sources

    if not (ROOT / VIDEO).is_file():
        raise Problem(f"expected {VIDEO}, found none: scripts/train/setup gets it")
    files = []
    for number, picture, held in sources.frames(ROOT / VIDEO, FRAMES):
        if held:
            files.append(f"{folder}/{number:04d}.png")
            cv2.imwrite(files[-1], picture)
    return files


def rendered(folder, count=SCENES, seed=SEED):
    """Scenes with exact labels, on drawn backgrounds, so that they are the same everywhere: (labels, folder)"""
    command = [sys.executable, ROOT / "scripts" / "train" / "render.py", folder, "--count", str(count), "--seed", str(seed)]
    ran = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise Problem(ran.stderr.strip().splitlines()[-1])
    return coco_ap.Labels(pathlib.Path(folder) / "annotations.json")


def markdown(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def same_boxes(program, nets, sets, labels, images):
    """sets: name -> quality.Wanted"""
    rows = []
    for name, options in rows_of(nets):
        row = [name]
        for wanted in sets.values():
            sums, _ = quality.beside(program, wanted, options, True)
            row += [f"{sums.pck():.3f}", f"{sums.mean_oks():.3f}"]
        values, _ = quality.precision(program, labels, images, options, True)
        rows.append(row + [f"{values[key]:.3f}" for key in ("AP", "AP50", "AP75")])
    head = ["net"] + [f"{name}: {what}" for name in sets for what in ("PCK@0.2", "OKS")] + ["rendered: AP", "AP50", "AP75"]
    return markdown(head, rows)


def pipelines(program, nets, sets, labels, images):
    rows = []
    for detector, finds in quality.DETECTORS.items():
        for name, options in rows_of(nets):
            row = [detector, name]
            for wanted in sets.values():
                sums, _ = quality.beside(program, wanted, [*finds, *options], False)
                row += [f"{sums.pck():.3f}", f"{sums.same} of {sums.people}, {sums.found}"]
            values, _ = quality.precision(program, labels, images, [*finds, *options], False)
            rows.append(row + [f"{values[key]:.3f}" for key in ("AP", "AP50", "AR")])
    head = ["detector", "net"] + [f"{name}: {what}" for name in sets for what in ("PCK@0.2", "people, found")] + ["rendered: AP", "AP50", "AR"]
    return markdown(head, rows)


def by_kind(program, net, labels, images):
    """Rendered scenes of each kind: render.py draws them in turn."""
    sys.path.insert(0, str(ROOT / "scripts" / "train"))
    import render

    rows = []
    detector, finds = next(iter(quality.DETECTORS.items()))
    for k, kind in enumerate(render.STRESS):
        names = {pathlib.PurePath(file).name for file in labels.files[k :: len(render.STRESS)]}
        people = len(labels.boxes(names))
        row = [kind, len(names), people]
        for options, true_boxes in ((["--pose", net], True), ([*finds, "--pose", net], False)):
            values, found = quality.precision(program, labels, images, options, true_boxes, names)
            row += [f"{values['AP']:.3f}" if people else "", found]
        rows.append(row)
    return markdown(["scenes", "pictures", "people", "AP in true boxes", "people found", f"AP with {detector}", "people found"], rows)


def measure(program, nets, folder):
    sets = {"photos": quality.seen_by(program, photos(), TEACHER), "video": quality.seen_by(program, held_frames(folder), TEACHER)}
    images = pathlib.Path(folder) / "scenes"
    labels = rendered(images)
    counts = [f"{name}: {len(w.pictures)} pictures, {sum(len(j) for j, _ in w.people.values())} people of the teacher's, "
              f"{sum(int(c.sum()) for _, c in w.people.values())} joints" for name, w in sets.items()]  # fmt: skip
    counts.append(f"rendered: {len(labels.files)} pictures, {len(labels.people)} people")
    return "\n\n".join([
        "; ".join(counts) + ".",
        "### In the same boxes", same_boxes(program, nets, sets, labels, images),
        "### Whole pipelines", pipelines(program, nets, sets, labels, images),
        f"### Rendered scenes, {pathlib.PurePath(nets[0]).stem}", by_kind(program, nets[0], labels, images),
    ])  # fmt: skip


def write(file, program, nets):
    """Replaces what stands between the marks."""
    text = file.read_text(encoding="ascii")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise Problem(f"{file}: expected the marks {BEGIN} and {END}, found one or none of them")
    with tempfile.TemporaryDirectory(prefix="quality-") as folder:
        tables = measure(program, nets, folder)
    part = file.with_suffix(".part")
    part.write_text(f"{before}{BEGIN}\n{tables}\n{END}{after}", encoding="ascii")
    part.replace(file)

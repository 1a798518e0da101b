#!/usr/bin/env python3
# Labels the people of photos and video with the teacher, as samples for training and for measuring.
# SPDX-License-Identifier: MIT
"""Boxes come from our `detect`, keypoints and heatmaps from the teacher, averaged over mirrored and shifted crops.  Names of samples start with train/ or
held/: the last fifth of a video is held out."""

import argparse
import json
import pathlib
import sys
import tempfile

import cv2
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib.pose_program import find_program  # noqa: E402
from lib.problem import Problem, run  # noqa: E402
from lib.quality import ENOUGH, SURE, united  # noqa: E402
from lib.run_program import run_program  # noqa: E402

import samples  # noqa: E402
import sources  # noqa: E402
from teacher import Teacher  # noqa: E402

F = np.float32
DETECTORS = (("yolov3-tiny", 608, 0.3), ("yolo-fastest-xl", 0, 0.3))  # model, --inp_dim (0: the model's default), --conf
JITTER = ((0.04, 0.02, 1.1), (-0.04, -0.02, 0.95))  # additional views for the teacher
SMALLEST = 40  # least height of a box in pixels
BATCH = 64  # images for one call of `detect`


def boxes_of(pictures, program, threads):
    """Returns the boxes [n, 4] of people for each image: those of all detectors, without duplicates."""
    with tempfile.TemporaryDirectory() as folder:
        files = [f"{folder}/{i}.png" for i in range(len(pictures))]
        for file, picture in zip(files, pictures):
            cv2.imwrite(file, picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        entries = united([detected(program, files, *detector, threads) for detector in DETECTORS])
    out = [[e["corners"] for e in entries if pathlib.Path(e["image_id"]).stem == str(i)] for i in range(len(pictures))]
    return [np.array(boxes, F).reshape(-1, 4) for boxes in out]


def detected(program, files, model, side, conf, threads):
    """Returns the people that `detect` finds, in the form that quality.united takes."""
    command = [program, *files, "--model", model, "--conf", conf, "--json", "-", "--quiet", "--threads", threads, *(["--inp_dim", side] if side else [])]
    people = [(e, e["bbox"]) for e in json.loads(run_program(command, name=f"{program} --model {model}")) if e["class"] == 0]
    return [{"image_id": e["image_id"], "score": e["score"], "corners": (x, y, x + w, y + h)} for e, (x, y, w, h) in people]


def add_people(out, picture, boxes, name, teacher):
    """Adds the people of whom the teacher is confident."""
    height, width = picture.shape[:2]
    for k, box in enumerate(boxes):
        box = np.clip(box, 0, [width, height, width, height]).astype(F)
        if box[3] - box[1] < SMALLEST or box[2] - box[0] < SMALLEST / 4:
            continue
        joints, scores, maps, matrix = teacher.label(picture, box, JITTER)
        if (scores > SURE).sum() < ENOUGH:
            continue
        labels = np.concatenate([joints, np.where(scores > SURE, scores, 0)[:, None]], 1)
        maps = np.clip(maps * 255 + 0.5, 0, 255).astype(np.uint8)
        out.add(samples.cut(picture, box, labels, maps, matrix, exact=False), f"{name}#{k}")


def batches(folders, videos, seconds):
    """Yields lists of (name, image)."""
    batch = []

    def put(name, picture):
        batch.append((name, picture))
        full = batch[:] if len(batch) == BATCH else []
        if full:
            batch.clear()
        return full

    for path, picture in sources.pictures(folders):
        if full := put(f"train/{path.name}", picture):
            yield full
    for video in videos:
        for number, picture, held in sources.frames(video, seconds):
            if full := put(f"{'held' if held else 'train'}/{video.name}/{number:04d}", picture):
                yield full
    if batch:
        yield batch


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=pathlib.Path, metavar="FILE.npz", nargs="?", default=sources.DATA / "people.npz")
    parser.add_argument("--folder", type=pathlib.Path, action="append", help="folder of photos; can be repeated (default: ../shared/photos/people and the folders that setup fetched)")
    parser.add_argument("--video", type=pathlib.Path, action="append", help="video; can be repeated (default: the videos that setup fetched)")
    parser.add_argument("--seconds", type=float, default=0.3, help="seconds between two frames that are used (default: 0.3)")
    parser.add_argument("--teacher", help="simplepose.onnx (default: models/ or ../shared/weights)")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    if args.seconds <= 0 or args.threads < 1:
        parser.error("expected --seconds above 0 and --threads of at least 1")
    return args


def main():
    args = parse_args()
    cv2.setNumThreads(args.threads)
    folders = args.folder or sources.photo_folders()
    fetched = [sources.DATA / "vtest.avi", *sorted(sources.CLIPS.glob("*.*"))]
    videos = args.video or [video for video in fetched if video.is_file()]
    for video in videos:
        sources.opened(video)  # opened before the photos are processed, so that an error shows at once
    teacher, program, out, count = Teacher(args.teacher, args.threads), find_program("detect"), samples.Set(), 0
    for batch in batches(folders, videos, args.seconds):
        found = boxes_of([picture for _, picture in batch], program, args.threads)
        for (name, picture), boxes in zip(batch, found):
            add_people(out, picture, boxes, name, teacher)
        count += len(batch)
        print(f"\r{count} images, {len(out)} people", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    if len(out) == 0:
        raise Problem(f"{args.output}: expected people in the images, found none")
    args.output.parent.mkdir(parents=True, exist_ok=True)
    out.save(args.output)
    held = sum(name.startswith("held/") for name in out.names)
    print(f"{args.output}: {len(out)} people of {count} images, {held} held out, {args.output.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    run(main)

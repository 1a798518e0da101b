#!/usr/bin/env python3
# Renders people with exact labels: images and COCO annotations, for training, for measuring AP, and for stress tests.
# SPDX-License-Identifier: MIT
"""The same seed gives the same images and labels for any count.  Writes DIR/images/*.jpg and DIR/annotations.json, in COCO's format for
keypoints; an output that ends in .npz gets people cut out of the images instead, in the format of samples.py."""

import argparse
import functools
import json
import multiprocessing
import pathlib
import sys

import cv2
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib.problem import Problem, run  # noqa: E402

import body  # noqa: E402
import raster  # noqa: E402
import samples  # noqa: E402
import scenes  # noqa: E402
import sources  # noqa: E402

SKELETON = [[16, 14], [14, 12], [17, 15], [15, 13], [12, 13], [6, 12], [7, 13], [6, 7], [6, 8], [7, 9], [8, 10], [9, 11], [2, 3], [1, 2], [1, 3], [2, 4],
            [3, 5], [4, 6], [5, 7]]  # fmt: skip

FACE = 5  # COCO's first keypoints
FEWEST_SEEN = 4
HIDDEN, HIDDEN_FACE = 0.7, 0.3  # weight of keypoints in training that are not visible


def camera_for(rng, width, height):
    """Returns a camera between a phone held low and one on a wall."""
    place = np.array([0, rng.choice([rng.uniform(0.6, 2.0), rng.uniform(2, 5)], p=[0.75, 0.25]), 0])
    return raster.Camera(height * rng.uniform(0.9, 2.2), width, height, place, 0.0, rng.normal(0, 2.5))


def look_at(camera, distance, up):
    """Tilts the camera so that a point at that distance and height is in the middle."""
    camera.pitch = float(np.degrees(np.arctan2(camera.place[1] - up, distance)))


def whole_picture(rng):
    """Returns (width, height, camera) of an image with room for several people."""
    width, height = int(rng.integers(480, 800)), int(rng.integers(400, 640))
    return width, height, camera_for(rng, width, height)


def pose_among(rng, kinds):
    """Returns the result of body.draw_pose for one of those kinds."""
    pose = body.draw_pose(rng)
    while pose[0] not in kinds:
        pose = body.draw_pose(rng)
    return pose


def facing(rng):
    """Returns a direction: front more often than back, any side."""
    return rng.choice([rng.normal(0, 35), rng.uniform(-180, 180), 180 + rng.normal(0, 30)], p=[0.45, 0.4, 0.15])


def portrait(rng, photos):
    """Renders one person that fills the image, often with others next to it or in front: the content of a detector's crop."""
    height = int(rng.integers(220, 340))
    width = int(height * rng.uniform(0.75, 1.15))
    camera = camera_for(rng, width, height)
    distance = 1.75 * camera.focal / height / rng.choice([rng.uniform(0.6, 0.95), rng.uniform(0.95, 1.9)], p=[0.8, 0.2])
    person = scenes.Person(rng, (0, distance), facing(rng))
    middle = person.to_world(person.figure.joints).mean(0)[1]
    look_at(camera, distance, middle + rng.normal(0, 0.12) * (1 if rng.random() < 0.7 else 4))
    people = [person]
    for _ in range(rng.choice([0, 1, 2], p=[0.6, 0.25, 0.15])):
        at = (rng.normal(0, 0.8), distance + rng.normal(0.3, 1.0))
        if at[1] > 1.2 and np.hypot(at[0], at[1] - distance) > 0.45:
            people.append(scenes.Person(rng, at, facing(rng)))
    return scenes.draw(rng, width, height, camera, people, photos, 0.3)


UPRIGHT, LOW = ("stand", "walk", "gesture"), ("sit", "crouch")
STRESS = ("one", "few", "crowd", "tiny", "border", "overlap", "none")


def stress(rng, photos, kind):
    """Renders a complete image of one of STRESS's kinds."""
    width, height, camera = whole_picture(rng)
    count = {"none": 0, "one": 1, "few": rng.integers(2, 6), "crowd": rng.integers(12, 31), "tiny": rng.integers(4, 12), "border": rng.integers(1, 4),
             "overlap": rng.integers(2, 5)}[kind]  # fmt: skip
    share = {"tiny": (0.08, 0.16), "crowd": (0.2, 0.5), "overlap": (0.6, 0.9), "border": (0.6, 1.3)}.get(kind, (0.4, 0.85))  # share of the height, for a person
    far = 1.7 * camera.focal / height
    distances = far / rng.uniform(*share, count)
    look_at(camera, distances.mean() if count else far, 0.9)
    people = []
    centre = rng.uniform(-0.25, 0.25)
    for distance in distances:
        span = np.hypot(distance, camera.place[1] - 0.9) * width / camera.focal
        side = {"border": rng.choice([-0.5, 0.5]) + rng.normal(0, 0.06), "overlap": centre + rng.normal(0, 0.07)}.get(kind, rng.uniform(-0.4, 0.4))
        people.append(scenes.Person(rng, (side * span, distance), facing(rng)))
    return scenes.draw(rng, width, height, camera, people, photos, 0.15)


def ordinary(rng, photos):
    """Renders a complete image of one to four people who stand or walk, apart from each other, seen from the height of a face."""
    width, height, camera = whole_picture(rng)
    camera.place[1] = rng.uniform(1.2, 1.8)
    count = int(rng.integers(1, 5))
    distances = 1.7 * camera.focal / height / rng.uniform(0.5, 0.8, count)
    look_at(camera, distances.mean(), 0.9)
    people = []
    for k, distance in enumerate(distances):
        place = ((k + 0.5) / count - 0.5 + rng.uniform(-0.1, 0.1) / count) * 0.9 * width / camera.focal * distance
        pose = pose_among(rng, UPRIGHT)
        people.append(scenes.Person(rng, (place, distance), facing(rng), pose))
    return scenes.draw(rng, width, height, camera, people, photos)


def group(rng, photos):
    """Renders a complete image of two to six people close to each other in one or two rows.  They face about the same way, as in a group photo;
    in half of the images the first row sits or crouches."""
    width, height, camera = whole_picture(rng)
    camera.place[1] = rng.uniform(0.9, 1.9)
    count, rows, low = int(rng.integers(2, 7)), int(rng.integers(1, 3)), rng.random() < 0.5
    nearest = 1.6 * camera.focal / height / rng.uniform(0.5, 0.95)
    look_at(camera, nearest, rng.uniform(0.6, 1.1))
    along, way, people = rng.uniform(0.38, 0.75), rng.choice([rng.normal(0, 20), rng.uniform(-180, 180)], p=[0.8, 0.2]), []
    for k in range(count):
        row = k % rows
        place = ((k - (count - 1) / 2) * along / rows + rng.normal(0, 0.08), nearest + row * rng.uniform(0.4, 0.9) + rng.normal(0, 0.08))
        pose = pose_among(rng, LOW if low and row == 0 else UPRIGHT)
        people.append(scenes.Person(rng, place, way + rng.normal(0, 25), pose))
    return scenes.draw(rng, width, height, camera, people, photos, 0.05)


TRAINED = {"portrait": portrait, "ordinary": ordinary, "group": group}  # kinds to train on, in addition to those of STRESS


def rendered(seed, index, kind, photos=()):
    """Renders scene number `index` of a seed.  kind: one of TRAINED, mixed (all of STRESS in turn), or one of STRESS"""
    rng = np.random.default_rng([seed, index])
    if kind in TRAINED:
        return TRAINED[kind](rng, photos)
    return stress(rng, photos, STRESS[index % len(STRESS)] if kind == "mixed" else kind)


def labelled(person):
    """Returns [17, 3], labeled like COCO's annotations: keypoints hidden by the person's own body are labeled at their true position.  Keypoints covered by
    other people or objects and hidden parts of a face are not labeled, nor is a person of whom hardly any keypoint is visible."""
    points = person["keypoints"].copy()
    points[(points[:, 2] == 1) & (person["covered"] | (np.arange(17) < FACE))] = 0
    if (points[:, 2] == 2).sum() < FEWEST_SEEN:
        points[:] = 0
    return points


def coco(entries):
    """entries: (file name, Scene) pairs -> the annotations.  In COCO's evaluation, people without a labeled keypoint are neither expected nor wrong"""
    category = {"id": 1, "name": "person", "supercategory": "person", "keypoints": list(body.JOINTS), "skeleton": SKELETON}
    out = {"info": {"description": "rendered people"}, "licenses": [], "images": [], "annotations": [], "categories": [category]}
    for number, (name, scene) in enumerate(entries, 1):
        height, width = scene.picture.shape[:2]
        out["images"].append({"id": number, "file_name": name, "width": width, "height": height})
        for person in scene.people:
            points = labelled(person)
            out["annotations"].append({
                "id": len(out["annotations"]) + 1, "image_id": number, "category_id": 1, "iscrowd": 0, "area": round(person["area"], 2),
                "bbox": [round(float(v), 2) for v in person["box"]], "num_keypoints": int((points[:, 2] > 0).sum()),
                "keypoints": [round(float(v), 2) for v in points.ravel()],
            })  # fmt: skip
    return out


def cut_people(scene, name):
    """Returns the people that a detector would find, as samples.  A hidden keypoint has a smaller weight than a visible one."""
    out = []
    for k, person in enumerate(scene.people):
        x, y, w, h = person["box"]
        points = person["keypoints"]
        if h < 40 or person["area"] < 900 or (points[:, 2] == 2).sum() < 5:
            continue
        weights = np.choose(points[:, 2].astype(int), [0.0, np.where(np.arange(17) < FACE, HIDDEN_FACE, HIDDEN), 1.0])
        out.append((f"{name}#{k}", samples.cut(scene.picture, (x, y, x + w, y + h), np.concatenate([points[:, :2], weights[:, None]], 1))))
    return out


def one(index, args, photos):
    """Returns what the output needs of scene `index`: (file name, Scene), or its people cut out."""
    scene = rendered(args.seed, index, args.kind, photos)
    return cut_people(scene, f"seed{args.seed}/{index:06d}") if args.output.suffix == ".npz" else (f"images/{index:06d}.jpg", scene)


def write_samples(path, people):
    out = samples.Set()
    for cut in people:
        for name, sample in cut:
            out.add(sample, name)
    if len(out) == 0:
        raise Problem(f"{path}: expected people in the images, found none")
    path.parent.mkdir(parents=True, exist_ok=True)
    out.save(path)
    return f"{path}: {len(out)} people, {path.stat().st_size / 1e6:.0f} MB"


def write_coco(folder, scenes_of):
    (folder / "images").mkdir(parents=True, exist_ok=True)
    labels = []
    for name, scene in scenes_of:
        if not cv2.imwrite(str(folder / name), scene.picture, [cv2.IMWRITE_JPEG_QUALITY, 92]):
            raise Problem(f"{folder / name}: cannot be written")
        scene.parts = None  # only needed for drawing, and large
        labels.append((name, scene))
    (folder / "annotations.json").write_text(json.dumps(coco(labels)) + "\n", encoding="ascii")
    return f"{folder}: {len(labels)} images, {sum(len(scene.people) for _, scene in labels)} people"


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=pathlib.Path, metavar="DIR|FILE.npz")
    parser.add_argument("--count", type=int, default=70, help="number of images (default: 70)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", choices=(*TRAINED, "mixed", *STRESS), default="mixed",
                        help="portrait: one large person; ordinary: one to four people upright and apart; group: two to six close together, some of them"
                             " seated; mixed: %s in turn" % ", ".join(STRESS))
    parser.add_argument("--backgrounds", type=pathlib.Path, metavar="DIR", help="photos without people (default: drawn backgrounds only)")
    parser.add_argument("--processes", type=int, default=1)
    args = parser.parse_args()
    if args.count < 1 or args.seed < 0 or args.processes < 1:
        parser.error("expected --count and --processes of at least 1 and --seed of at least 0")
    return args


def main():
    args = parse_args()
    cv2.setNumThreads(1)  # before anything is decoded: threads do not survive a fork, and joining them in the child would block for ever
    photos = sources.backgrounds(args.backgrounds) if args.backgrounds else []
    with multiprocessing.get_context("fork").Pool(args.processes) as pool:
        drawn = pool.imap(functools.partial(one, args=args, photos=photos), range(args.count), chunksize=4)
        drawn = progress(drawn, args.count)
        print(write_samples(args.output, drawn) if args.output.suffix == ".npz" else write_coco(args.output, drawn))


def progress(things, count):
    try:
        from tqdm import tqdm
    except ImportError:
        return things
    return tqdm(things, total=count, unit="picture", disable=None)


if __name__ == "__main__":
    run(main)

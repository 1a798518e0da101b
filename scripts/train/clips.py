#!/usr/bin/env python3
# Renders clips of moving people with exact ids and keypoints in every frame, to judge trackers and smoothing.
# SPDX-License-Identifier: MIT
"""Writes DIR/SEED/000000.jpg ... and DIR/SEED/labels.json for each seed.  A seed gives the same clip on every run.  The kind of a clip, its frame rate and
the camera's movement follow from the seed; README.md has the format of the labels."""

import argparse
import json
import multiprocessing
import pathlib
import sys

import cv2
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib.problem import Problem, run  # noqa: E402

import filming  # noqa: E402
import motion  # noqa: E402
import raster  # noqa: E402
import render  # noqa: E402

WIDTH, HEIGHT = 640, 360
RATES = (15.0, 20.0, 25.0)
MOVES = ("still", "shake", "pan", "zoom", "all")
SCHEMA = 1


class Ground:
    """The ground that a camera sees.  Places on it are (share of the image's width, distance in meters)"""

    def __init__(self, rng, width, height, seconds):
        self.rng, self.width, self.height, self.seconds = rng, width, height, seconds
        self.camera = raster.Camera(height * rng.uniform(1.25, 1.7), width, height, np.array([0, rng.uniform(1.5, 2.9), 0]))

    def place(self, share, distance):
        return (share - 0.5) * self.width / self.camera.focal * distance, distance

    def across(self, speed, distance, middle, share, drift=0.0):
        """Returns a path along the image that is at `share` at the time `middle`.  speed: m/s, negative: to the left; drift: m/s away"""
        x, z = self.place(share, distance)
        times = np.array([-1.5, self.seconds + 1.5])
        return motion.Path(times, [(x + speed * (t - middle), max(z + drift * (t - middle), 2.5)) for t in times])

    def through(self, *points, facing=0.0):
        """Returns a path through points (time, share, distance)."""
        return motion.Path([p[0] for p in points], [self.place(p[1], p[2]) for p in points], facing)

    def facing(self):
        return render.facing(self.rng)

    def gestures(self, often=0.6):
        """Returns gestures for one person over the clip, one after the other."""
        out, start = [], self.rng.uniform(0, 1.5)
        while start < self.seconds:
            end = start + self.rng.uniform(1.4, 3)
            if self.rng.random() < often:
                out.append(motion.Gesture(self.rng, self.rng.choice(motion.Gesture.KINDS), start, end))
            start = end + self.rng.uniform(0, 0.8)
        return out

    def walker(self, path, often=0.0):
        return motion.Actor(self.rng, path, self.gestures(often) if often else ())

    def speed(self, low=0.9, high=1.7):
        return self.rng.uniform(low, high) * self.rng.choice([-1, 1])

    def board(self, share, distance, width, height):
        return filming.Board(self.rng, self.place(share, distance), (width, height))


def cross(g):
    """Three to six people walk past each other; two of them meet in the middle."""
    rng, actors = g.rng, []
    for k in range(rng.integers(3, 7)):
        sign = 1 if k % 2 else -1
        when, share = (g.seconds * 0.5, 0.5) if k < 2 else (g.seconds * rng.uniform(0.3, 0.7), rng.uniform(0.3, 0.7))
        actors.append(g.walker(g.across(sign * rng.uniform(0.9, 1.6), 4.6 + 0.75 * k + rng.uniform(0, 0.4), when, share, rng.normal(0, 0.1))))
    return actors, []


def hide(g):
    """People walk past walls and pillars that hide them; some wait there, some turn back."""
    rng = g.rng
    boards = [g.board(0.5 + rng.uniform(-0.12, 0.12), 4.2, rng.uniform(0.8, 1.7), rng.uniform(1.5, 2.4))]
    boards += [g.board(share, 4.0, rng.uniform(0.25, 0.6), 3.0) for share in (rng.uniform(0.05, 0.25), rng.uniform(0.75, 0.95))]
    actors = []
    for k in range(rng.integers(3, 5)):
        distance, way = 5.5 + 0.9 * k, rng.choice([-1, 1])
        wait, there = rng.choice([0.02, rng.uniform(0.5, 2.0)]), g.seconds * rng.uniform(0.22, 0.6)
        span = rng.uniform(1.0, 1.5) * there / (g.width / g.camera.focal * distance)  # the share of the image that one walks until then
        back = rng.random() < 0.4
        end = 0.5 + (-1 if back else 1) * way * span * (g.seconds - there - wait) / there
        points = [(0, 0.5 - way * span), (there, 0.5), (there + wait, 0.5), (g.seconds, end)]
        actors.append(g.walker(g.through(*((t, share, distance) for t, share in points))))
    return actors, boards


def leave(g):
    """People leave the image and come back after one to three seconds; one stays."""
    rng = g.rng
    actors = [g.walker(g.through((0, rng.uniform(0.3, 0.7), 6.0), (g.seconds, rng.uniform(0.3, 0.7), 6.5), facing=g.facing()), 0.5)]
    for k in range(rng.integers(2, 5)):
        distance, side = 4.8 + 0.8 * k, rng.choice([-1, 1])
        out, away, inside = g.seconds * rng.uniform(0.25, 0.4), rng.uniform(1.0, 3.0), rng.uniform(0.2, 0.7)
        edge = 0.5 + side * 0.62
        start = 0.5 - side * rng.uniform(0, 0.35)
        points = [(0, start, distance), (out, edge, distance), (out + away, edge, distance)]
        points.append((min(out + away + out, g.seconds + 2), inside, distance + rng.uniform(-0.3, 0.3)))
        actors.append(g.walker(g.through(*points)))
    return actors, []


def group(g):
    """Three to five people walk side by side and one after the other; half of the groups turn back.  One person comes towards them."""
    rng = g.rng
    way, speed, distance = rng.choice([-1, 1]), rng.uniform(0.8, 1.4), rng.uniform(5.5, 7)
    turn = g.seconds * rng.uniform(0.5, 0.65) if rng.random() < 0.5 else None
    actors = []
    for k in range(rng.integers(3, 6)):
        ahead, aside = 0.45 * (k % 3) + rng.normal(0, 0.12), 0.5 * (k // 2) + rng.normal(0, 0.1)
        x = ahead - way * speed * g.seconds * (0.3 if turn else 0.5)
        times = [0, turn, g.seconds + 1] if turn else [-1, g.seconds + 1]
        points = [(x + way * speed * (t if turn is None or t <= turn else 2 * turn - t), distance + aside) for t in times]
        actors.append(g.walker(motion.Path(times, points)))
    actors.append(g.walker(g.across(-way * rng.uniform(0.9, 1.4), distance - 0.7, g.seconds * 0.45, 0.5)))
    return actors, []


def meet(g):
    """Pairs walk towards each other, stop close together, then pass each other or turn back."""
    rng, actors = g.rng, []
    for k in range(rng.integers(1, 3)):
        distance, share, stay = 5.0 + 1.8 * k, rng.uniform(0.35, 0.65), rng.uniform(0.4, 2.0)
        meets, passes = g.seconds * rng.uniform(0.3, 0.45), rng.random() < 0.5
        gap, apart = rng.uniform(0.1, 0.3), rng.uniform(0.2, 0.45)
        for side in (-1, 1):
            x, _ = g.place(share, distance)
            far, near = side * rng.uniform(1.0, 1.4) * meets, side * gap
            away = (-1 if passes else 1) * side * rng.uniform(1.0, 1.4) * (g.seconds - meets - stay)
            times, places = [0, meets, meets + stay, g.seconds], [far, near, near, near + away]
            actors.append(g.walker(motion.Path(times, [(x + place, distance + side * apart / 2) for place in places])))
    actors.append(g.walker(g.across(g.speed(), 8.5, g.seconds * rng.uniform(0.3, 0.7), 0.5)))
    return actors, []


def crowd(g):
    """Nine to thirteen people who walk to and fro and stop; a pillar."""
    rng, actors = g.rng, []
    for k in range(rng.integers(9, 14)):
        distance, points, t = 4.5 + 0.55 * k, [], 0.0
        share = rng.uniform(0, 1)
        while t < g.seconds + 1:
            points.append((t, share, distance))
            if rng.random() < 0.3:
                t += rng.uniform(0.5, 2)
                points.append((t, share, distance))
            walk = rng.uniform(1, 3)
            t, share = t + walk, share + rng.choice([-1, 1]) * rng.uniform(0.7, 1.5) * walk / (g.width / g.camera.focal * distance)
            share, distance = np.clip(share, -0.1, 1.1), max(4.2, distance + rng.normal(0, 0.4))
        points.append((t, share, distance))
        actors.append(g.walker(g.through(*points, facing=g.facing())))
    return actors, [g.board(rng.uniform(0.3, 0.7), 3.6, rng.uniform(0.25, 0.5), 3.0)]


def fast(g):
    """Runners, who turn around outside the image, among people who walk."""
    rng, actors = g.rng, []
    for k in range(rng.integers(4, 7)):
        distance, middle = 5.2 + 0.8 * k, g.seconds * rng.uniform(0.25, 0.75)
        if k % 3 == 0:
            actors.append(g.walker(g.across(g.speed(), distance, middle, 0.5, rng.normal(0, 0.2))))
            continue
        points, t, side, lap = [], rng.uniform(-2, 0), rng.choice([-1, 1]), 1.3 * g.width / g.camera.focal * distance / rng.uniform(2.6, 4.8)
        while t < g.seconds + lap:
            points += [(t, 0.5 - 0.65 * side, distance), (t + lap, 0.5 + 0.65 * side, distance + rng.normal(0, 0.3))]
            t, side = t + lap + rng.uniform(0.2, 0.8), -side
        actors.append(g.walker(g.through(*points)))
    return actors, []


def stand(g):
    """Two to four people gesture, bend and squat next to each other, without walking; one or two walk past in front."""
    rng, actors = g.rng, []
    for k in range(count := rng.integers(2, 5)):
        share, distance = 0.5 + (k - (count - 1) / 2) * rng.uniform(0.1, 0.16), 5.5 + rng.uniform(0, 1.2)
        actors.append(g.walker(g.through((0, share, distance), (g.seconds, share, distance), facing=g.facing()), 0.7))
    for k in range(rng.integers(1, 3)):
        actors.append(g.walker(g.across(g.speed(), 4.4 + 0.5 * k, g.seconds * rng.uniform(0.3, 0.7), 0.5)))
    return actors, []


def still(g):
    """One standing person."""
    return [g.walker(g.through((0, 0.5, 4.5), (g.seconds, 0.5, 4.5), facing=g.rng.normal(0, 30)))], []


def wave(g):
    """One standing person, who waves with one arm all the time."""
    path = g.through((0, 0.5, 4.5), (g.seconds, 0.5, 4.5), facing=g.rng.normal(0, 20))
    return [motion.Actor(g.rng, path, [motion.Gesture(g.rng, "wave", -1, g.seconds + 1)])], []


KINDS = {kind.__name__: kind for kind in (cross, hide, leave, group, meet, crowd, fast, stand)}
SINGLE = {kind.__name__: kind for kind in (still, wave)}  # to judge smoothing; the camera stays still


def camera_move(g, move):
    rng, everything = g.rng, move == "all"
    pan = motion.Wander(rng, 5.0, 0.05, 0.2) if move == "pan" or everything else None
    zoom = motion.Wander(rng, 0.14, 0.08, 0.25) if move == "zoom" or everything else None
    shake = [motion.Wander(rng, size, 0.5, 4) for size in (0.25, 0.2, 0.3)] if move == "shake" or everything else None
    follow = g.rng.uniform(-2, 2) if move == "pan" else 0.0
    return filming.CameraMove(g.camera, pan, shake, zoom, follow, g.seconds / 2)


def composed(seed, kind=None, width=WIDTH, height=HEIGHT, seconds=None):
    """Returns the Clip of a seed, ready to draw.  kind: one of KINDS (default: by the seed) or SINGLE"""
    rng = np.random.default_rng([seed, 0])
    move = "still" if kind in SINGLE else MOVES[(seed // len(KINDS) + seed) % len(MOVES)]
    kind = kind or list(KINDS)[seed % len(KINDS)]
    fps, length = rng.choice(RATES), rng.uniform(6, 10)
    g = Ground(rng, width, height, seconds or length)
    render.look_at(g.camera, 6.5, 0.95)
    actors, boards = (KINDS | SINGLE)[kind](g)
    clip = filming.Clip(kind, seed, width, height, float(fps), int(g.seconds * fps), camera_move(g, move), actors, boards)
    clip.prepare()
    return clip


def write(seed, folder, kind=None, **size):
    """Renders one clip.  The labels are written last: where they are, the clip is complete."""
    clip, place, frames = composed(seed, kind, **size), pathlib.Path(folder) / str(seed), []
    place.mkdir(parents=True, exist_ok=True)
    for k in range(clip.count):
        picture, people = clip.frame(k)
        if not cv2.imwrite(str(place / f"{k:06d}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 92]):
            raise Problem(f"{place / f'{k:06d}.jpg'}: cannot be written")
        frames.append({"image": f"{k:06d}.jpg", "time": round(k / clip.fps, 4), "people": people})
    head = {"schema": SCHEMA, "seed": seed, "kind": clip.kind, "fps": clip.fps, "width": clip.width, "height": clip.height}
    (place / "labels.json").write_text(json.dumps(head | {"frames": frames}) + "\n", encoding="ascii")
    return clip.count


def seeds_of(text):
    """7 or 7..9 -> the seeds; the last one is included."""
    first, dots, last = text.partition("..")
    try:
        seeds = range(int(first), int(last if dots else first) + 1)
    except ValueError:
        seeds = ()
    if not seeds or seeds[0] < 0:
        raise argparse.ArgumentTypeError(f"expected a seed or FIRST..LAST, found {text}")
    return seeds


def task(job):
    return write(*job)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--seeds", type=seeds_of, required=True, metavar="FIRST..LAST")
    parser.add_argument("--kind", choices=(*KINDS, *SINGLE), help="kind of the clips (default: all of %s in turn, by the seed)" % ", ".join(KINDS))
    parser.add_argument("--processes", type=int, default=1)
    args = parser.parse_args()
    if args.processes < 1:
        parser.error("expected --processes of at least 1")
    missing = [seed for seed in args.seeds if not (args.folder / str(seed) / "labels.json").is_file()]
    cv2.setNumThreads(1)  # before anything is decoded: threads do not survive a fork
    with multiprocessing.get_context("fork").Pool(args.processes) as pool:
        frames = sum(render.progress(pool.imap(task, [(seed, args.folder, args.kind) for seed in missing]), len(missing)))
    print(f"{args.folder}: {len(args.seeds)} clips, {frames} frames rendered")


if __name__ == "__main__":
    run(main)

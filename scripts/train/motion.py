# People who move: paths over the ground, a gait that follows the speed, gestures; all of them functions of the time in seconds.
# SPDX-License-Identifier: MIT

import numpy as np

import body
import scenes

RATE = 100  # samples of a path per second
TURNS = 0.15  # m/s from which people face the way that they go


def smooth_step(x):
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def blurred(values, seconds):
    """Returns values [n, ...] of a path averaged with a Gaussian of that deviation; the ends are held."""
    reach = int(3 * seconds * RATE)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (seconds * RATE)) ** 2)
    padded = np.concatenate([np.repeat(values[:1], reach, 0), values, np.repeat(values[-1:], reach, 0)])
    columns = [np.convolve(column, weights / weights.sum(), "valid") for column in padded.reshape(len(padded), -1).T]
    return np.stack(columns, 1).reshape(values.shape)


class Wander:
    """A slow random function of time: a few waves with random phases.  low, high: frequencies in Hz"""

    def __init__(self, rng, size, low=0.1, high=0.6):
        self.rates, self.phases = rng.uniform(low, high, 4), rng.uniform(0, 2 * np.pi, 4)
        self.size = size * np.sqrt(0.5)  # four waves: the deviation is `size`

    def __call__(self, t):
        return self.size * float(np.sin(2 * np.pi * self.rates * t + self.phases).sum())


class Path:
    """Where a person is and where it faces.  times: seconds; points: (right, forward) in meters; facing: degrees before the first step, 0 to the camera"""

    def __init__(self, times, points, facing=0.0):
        self.t = np.arange(times[0], times[-1] + 1.5 / RATE, 1 / RATE)
        points = np.array(points, float)
        self.at = blurred(np.stack([np.interp(self.t, times, points[:, k]) for k in range(2)], 1), 0.22)
        velocity = np.gradient(self.at, 1 / RATE, axis=0)
        self.speed = np.hypot(*velocity.T)
        moves = np.flatnonzero(self.speed > TURNS)
        way = np.full(len(self.t), float(facing))
        if len(moves):
            ways = np.degrees(np.unwrap(np.arctan2(-velocity[moves, 0], -velocity[moves, 1])))
            last = np.searchsorted(moves, np.arange(len(self.t)), "right") - 1
            way = ways[np.maximum(last, 0)]
        self.way = blurred(way, 0.16)

    def sample(self, values, t):
        return np.interp(t, self.t, values)


def gait(path, height):
    """Returns the phase of the stride at the path's samples, in radians, and the swing of the hips in degrees.  A stride of two steps grows with the
    speed; its length fits that of adults who walk (1.4 m at 1.3 m/s) and run (2.5 m at 3.5 m/s)."""
    stride = height * (0.42 + 0.30 * path.speed)
    phase = np.concatenate([[0], np.cumsum(2 * np.pi * path.speed / stride / RATE)[:-1]])
    return phase, np.minimum(np.degrees(np.arcsin(np.minimum(stride / (4 * 0.48 * height), 1))), 42)


class Gesture:
    """A movement on top of the gait, from `start` to `end`.  kind: one of KINDS; side: of the arm"""

    KINDS = ("wave", "raise", "bend", "squat", "point")

    def __init__(self, rng, kind, start, end):
        self.kind, self.start, self.end = kind, start, end
        self.side, self.rate, self.phase = rng.choice(["left", "right"]), rng.uniform(1.2, 2.2), rng.uniform(0, 2 * np.pi)
        self.arm = {"wave": (rng.uniform(10, 50), rng.uniform(70, 120)), "raise": (rng.uniform(120, 170), rng.uniform(0, 30)),
                    "point": (rng.uniform(50, 100), rng.uniform(-10, 60))}.get(kind)  # fmt: skip
        self.depth = rng.uniform(0.6, 1)

    def share(self, t):
        return float(smooth_step((t - self.start) / 0.5) * smooth_step((self.end - t) / 0.5))

    def add(self, pose, t):
        share = self.share(t)
        if share == 0:
            return

        def towards(name, value, side=None):
            place, key = (pose, name) if side is None else (pose[name], side)
            place[key] = float(place[key] + share * (value - place[key]))

        if self.arm:
            for side in ("left", "right") if self.kind == "raise" else (self.side,):
                towards("arm_flex", self.arm[0], side)
                towards("arm_abd", self.arm[1], side)
                towards("elbow", 65 + 45 * np.sin(2 * np.pi * self.rate * t + self.phase) if self.kind == "wave" else 12, side)
            return
        towards("lean", (65 if self.kind == "bend" else 35) * self.depth)
        for side, _ in body.SIDES:
            towards("arm_flex", 70 * self.depth, side)
            if self.kind == "squat":
                towards("hip_flex", 85 * self.depth, side)
                towards("knee", 115 * self.depth, side)


class Actor:
    """A person with one build and one outfit for a whole clip."""

    def __init__(self, rng, path, gestures=()):
        self.base, self.path, self.gestures = body.relaxed(rng), path, gestures
        self.person = scenes.Person(rng, path.at[0], path.way[0], ("walk", self.base))
        self.phase, self.swing = gait(path, self.person.build.height)
        self.phase = self.phase + rng.uniform(0, 2 * np.pi)
        self.arms, self.knees, self.bounce = rng.uniform(0.5, 1.1), rng.uniform(42, 58), rng.uniform(0.03, 0.07)
        self.sway = {name: Wander(rng, size) for name, size in (("lean", 0.8), ("tilt", 0.7), ("twist", 1.5), ("nod", 3), ("look", 9))}
        self.drift = {(name, side): Wander(rng, size) for name, size in (("arm_flex", 1.5), ("arm_abd", 1), ("elbow", 2)) for side, _ in body.SIDES}

    def angles(self, t):
        """Returns (angles of the body, lift above the ground)."""
        at = lambda values: float(self.path.sample(values, t))
        speed, phase, swing = at(self.path.speed), at(self.phase), at(self.swing)
        moving, running = float(smooth_step(speed / 0.7)), float(smooth_step((speed - 1.9) / 0.9))
        pose = {name: dict(value) if isinstance(value, dict) else value for name, value in self.base.items()}
        for name, wander in self.sway.items():
            pose[name] += wander(t)
        for (name, side), wander in self.drift.items():
            pose[name][side] += wander(t)
        pose["lean"] += moving * (1 + 11 * running)
        pose["twist"] += moving * 6 * np.cos(phase)
        for side, sign in body.SIDES:
            cycle = phase if sign > 0 else phase + np.pi
            wanted = {
                "hip_flex": 4 + 9 * running + swing * np.cos(cycle),
                "knee": 6 + 9 * running + (self.knees + 45 * running) * max(0.0, -np.sin(cycle)) ** 1.3,
                "arm_flex": 3 - self.arms * swing * np.cos(cycle),
                "elbow": 18 + 62 * running - 8 * np.cos(cycle),
            }
            for name, value in wanted.items():
                pose[name][side] += moving * (value - pose[name][side])
        for gesture in self.gestures:
            gesture.add(pose, t)
        return pose, running * self.bounce * (1 + np.cos(2 * phase))

    def move(self, t):
        """Puts the person where it is at that time."""
        pose, lift = self.angles(t)
        self.person.move([self.path.sample(self.path.at[:, k], t) for k in range(2)], self.path.sample(self.path.way, t), pose, lift)

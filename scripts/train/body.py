# An articulated human body: lengths, poses within the human range of motion, and the positions of keypoints and limbs.
# SPDX-License-Identifier: MIT
"""Axes of a person: left, up, forward, in meters; the pelvis is the origin.  Proportions after Drillis and Contini 1966, as fractions of the height."""

import dataclasses

import numpy as np

JOINTS = ("nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist",
          "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle")  # COCO's order
SIDES = (("left", 1), ("right", -1))
DOWN, FORWARD = np.array([0.0, -1, 0]), np.array([0.0, 0, 1])
HEAD = {"nose": (0, -0.012, 0.098), "eye": (0.032, 0.022, 0.078), "ear": (0.076, 0.0, -0.005)}  # from the head's center; x for the left side


def rotation(axis, degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    m = np.eye(3)
    m[i, i], m[i, j], m[j, i], m[j, j] = c, -s, s, c
    return m


@dataclasses.dataclass
class Build:
    """height in meters; girth: thickness of all parts, 1 for a lean adult; shoulders, hips: factors of the width"""

    height: float
    girth: float
    shoulders: float
    hips: float
    head: float  # children have larger ones

    @classmethod
    def draw(cls, rng):
        child = rng.random() < 0.15
        height = rng.uniform(1.0, 1.45) if child else rng.normal(1.71, 0.09)
        wide, broad = rng.normal(1, 0.06), rng.normal(1, 0.06)
        return cls(height, np.clip(rng.normal(1.08, 0.14), 0.85, 1.6), wide, broad, 1.15 if child else 1.0)


@dataclasses.dataclass
class Limb:
    """A capsule from a to b whose radius goes from ra to rb.  part: body part; side: of the body"""

    part: str
    side: str
    a: np.ndarray
    b: np.ndarray
    ra: float
    rb: float


def both(rng, low, high):
    return {side: rng.uniform(low, high) for side, _ in SIDES}


def relaxed(rng):
    """Returns the angles in degrees of a standing person.  flex: forward, abd: sideways, turn: about the limb's axis"""
    return {
        "lean": rng.normal(2, 4), "tilt": rng.normal(0, 3), "twist": rng.normal(0, 8),
        "nod": rng.normal(5, 12), "look": rng.normal(0, 25), "cock": rng.normal(0, 6),
        "arm_flex": both(rng, -15, 20), "arm_abd": both(rng, 3, 18), "arm_turn": both(rng, -40, 20), "elbow": both(rng, 5, 40),
        "hip_flex": both(rng, -6, 8), "hip_abd": both(rng, 0, 8), "hip_turn": both(rng, 0, 25), "knee": both(rng, 0, 12),
    }  # fmt: skip


def stride(rng, pose, swing, knee):
    """Moves legs and arms in opposite phases."""
    phase = rng.uniform(-1, 1)
    for side, sign in SIDES:
        at = phase * sign
        pose["hip_flex"][side] = swing * at + 5
        pose["knee"][side] = rng.uniform(2, 12) + knee * max(-at, 0) * rng.uniform(0.5, 1)
        pose["arm_flex"][side] = -swing * at * rng.uniform(0.4, 1.1)


def arms(rng, pose, kind):
    for side, _ in SIDES:
        if kind == "one" and rng.random() < 0.5:
            continue
        if kind in ("up", "one"):
            pose["arm_flex"][side], pose["arm_abd"][side], pose["elbow"][side] = rng.uniform(60, 175), rng.uniform(0, 50), rng.uniform(0, 110)
        elif kind == "wide":
            pose["arm_flex"][side], pose["arm_abd"][side], pose["elbow"][side] = rng.uniform(-20, 40), rng.uniform(40, 140), rng.uniform(0, 100)
        elif kind == "hips":
            pose["arm_flex"][side], pose["arm_abd"][side], pose["elbow"][side] = rng.uniform(-30, 0), rng.uniform(30, 50), rng.uniform(80, 110)
            pose["arm_turn"][side] = rng.uniform(-60, -30)
        elif kind == "front":
            pose["arm_flex"][side], pose["arm_abd"][side], pose["elbow"][side] = rng.uniform(10, 70), rng.uniform(-10, 15), rng.uniform(40, 130)
            pose["arm_turn"][side] = rng.uniform(-70, 0)


def seat(rng, pose):
    for side, _ in SIDES:
        pose["hip_flex"][side], pose["knee"][side] = rng.uniform(70, 105), rng.uniform(50, 115)
        pose["hip_abd"][side] = rng.uniform(0, 22)
    pose["lean"] = rng.uniform(-15, 25)


def wild(rng, pose):
    """Returns any pose that the limits allow, upright or not."""
    pose |= {"lean": rng.uniform(-20, 70), "tilt": rng.uniform(-25, 25), "twist": rng.uniform(-35, 35), "look": rng.uniform(-60, 60), "nod": rng.uniform(-30, 35)}
    ranges = {"arm_flex": (-50, 175), "arm_abd": (-10, 150), "arm_turn": (-80, 60), "elbow": (0, 140), "hip_flex": (-25, 110), "hip_abd": (-5, 50),
              "hip_turn": (-20, 40), "knee": (0, 130)}  # fmt: skip
    for name, (low, high) in ranges.items():
        pose[name] = both(rng, low, high)


def draw_pose(rng):
    """Returns (kind, angles)."""
    kinds = {"stand": 18, "walk": 22, "run": 9, "sit": 14, "crouch": 6, "bend": 6, "lunge": 7, "wild": 10, "gesture": 8}
    kind = rng.choice(list(kinds), p=np.array(list(kinds.values())) / sum(kinds.values()))
    pose = relaxed(rng)
    if kind == "walk":
        stride(rng, pose, rng.uniform(15, 32), 45)
    elif kind == "run":
        stride(rng, pose, rng.uniform(30, 55), 100)
        pose["lean"], pose["elbow"] = rng.uniform(5, 25), both(rng, 60, 110)
    elif kind == "sit":
        seat(rng, pose)
    elif kind == "crouch":
        for side, _ in SIDES:
            pose["hip_flex"][side], pose["knee"][side], pose["hip_abd"][side] = rng.uniform(60, 115), rng.uniform(70, 140), rng.uniform(0, 35)
        pose["lean"] = rng.uniform(10, 50)
    elif kind == "bend":
        pose["lean"] = rng.uniform(30, 90)
        pose["arm_flex"] = both(rng, 20, 100)
    elif kind == "lunge":
        front = rng.choice(["left", "right"])
        for side, _ in SIDES:
            pose["hip_flex"][side], pose["knee"][side] = (rng.uniform(40, 85), rng.uniform(40, 100)) if side == front else (rng.uniform(-30, 5), rng.uniform(5, 60))
            pose["hip_abd"][side] = rng.uniform(0, 40)
        pose["lean"] = rng.uniform(-5, 40)
    elif kind == "wild":
        wild(rng, pose)
    if kind in ("stand", "sit", "gesture", "lunge", "walk", "crouch") and (kind == "gesture" or rng.random() < 0.45):
        arms(rng, pose, rng.choice(["up", "one", "wide", "hips", "front"]))
    return kind, pose


class Figure:
    """`joints` [17, 3], limbs, and the head's center and axes, of one pose of one build."""

    def __init__(self, build, pose):
        h, self.build = build.height, build
        self.joints, self.limbs = np.zeros((17, 3)), []
        self.chest = rotation("z", pose["tilt"]) @ rotation("x", pose["lean"]) @ rotation("y", pose["twist"])
        self.neck = self.chest @ np.array([0, 0.288 * h, 0.0])
        self._trunk(h, build)
        self._head(h, build, pose)
        for side, sign in SIDES:
            self._arm(h, build, pose, side, sign)
            self._leg(h, build, pose, side, sign)

    def _put(self, name, place):
        self.joints[JOINTS.index(name)] = place

    def _limb(self, part, side, a, b, ra, rb):
        self.limbs.append(Limb(part, side, a, b, ra * self.build.girth, rb * self.build.girth))

    def _trunk(self, h, build):
        for side, sign in (("middle", 0), *SIDES):
            top = self.neck + self.chest @ np.array([sign * 0.062 * h * build.shoulders, -0.045 * h, -0.003 * h])
            low = np.array([sign * 0.043 * h * build.hips, 0.0, 0.0])
            self._limb("torso", side, top, low, 0.060 * h, 0.058 * h)
        across = self.chest @ np.array([0.105 * h * build.shoulders, 0, 0])
        yoke = self.neck + self.chest @ np.array([0, -0.022 * h, -0.005 * h])
        self._limb("torso", "middle", yoke + across, yoke - across, 0.031 * h, 0.031 * h)
        hips = np.array([0.05 * h * build.hips, -0.02 * h, -0.008 * h])
        self._limb("pelvis", "middle", hips, hips * [-1, 1, 1], 0.060 * h, 0.060 * h)

    def _head(self, h, build, pose):
        self.size = build.head * h / 1.71 * 1.05
        self.axes = self.chest @ rotation("y", pose["look"]) @ rotation("x", pose["nod"]) @ rotation("z", pose["cock"])
        base = self.neck + 0.5 * (self.chest + self.axes) @ np.array([0, 0.052 * h, 0.008 * h])
        self.head = base + self.axes @ np.array([0, 0.085, 0.022]) * self.size
        self._limb("neck", "middle", self.neck - self.chest @ np.array([0, 0.02 * h, 0]), base, 0.034 * h, 0.030 * h)
        jaw, skull = self.head + self.axes @ np.array([0, -0.052, 0.018]) * self.size, self.head + self.axes @ np.array([0, 0.038, -0.012]) * self.size
        self.limbs.append(Limb("head", "middle", jaw, skull, 0.060 * self.size, 0.088 * self.size))
        self._put("nose", self.head + self.axes @ np.array(HEAD["nose"]) * self.size)
        for side, sign in SIDES:
            for what in ("eye", "ear"):
                self._put(f"{side}_{what}", self.head + self.axes @ (np.array(HEAD[what]) * [sign, 1, 1]) * self.size)

    def _arm(self, h, build, pose, side, sign):
        shoulder = self.neck + self.chest @ np.array([sign * 0.108 * h * build.shoulders, -0.026 * h, -0.003 * h])
        upper = self.chest @ rotation("x", -pose["arm_flex"][side]) @ rotation("z", sign * pose["arm_abd"][side]) @ rotation("y", sign * pose["arm_turn"][side])
        lower = upper @ rotation("x", -pose["elbow"][side])
        elbow = shoulder + upper @ DOWN * 0.172 * h
        wrist = elbow + lower @ DOWN * 0.150 * h
        self._limb("upper_arm", side, shoulder, elbow, 0.030 * h, 0.023 * h)
        self._limb("forearm", side, elbow, wrist, 0.023 * h, 0.016 * h)
        self._limb("hand", side, wrist, wrist + lower @ DOWN * 0.07 * h, 0.019 * h, 0.014 * h)
        for name, place in (("shoulder", shoulder), ("elbow", elbow), ("wrist", wrist)):
            self._put(f"{side}_{name}", place)

    def _leg(self, h, build, pose, side, sign):
        hip = np.array([sign * 0.055 * h * build.hips, -0.005 * h, 0])
        thigh = rotation("x", -pose["hip_flex"][side]) @ rotation("z", sign * pose["hip_abd"][side]) @ rotation("y", sign * pose["hip_turn"][side])
        shin = thigh @ rotation("x", pose["knee"][side])
        knee = hip + thigh @ DOWN * 0.240 * h
        ankle = knee + shin @ DOWN * 0.236 * h
        sole = shin @ (0.125 * h * FORWARD + 0.028 * h * DOWN)
        self._limb("thigh", side, hip, knee, 0.049 * h, 0.033 * h)
        self._limb("shin", side, knee, knee + 0.45 * (ankle - knee), 0.033 * h, 0.031 * h)
        self._limb("shin", side, knee + 0.45 * (ankle - knee), ankle, 0.031 * h, 0.022 * h)
        heel = ankle + shin @ (0.025 * h * DOWN - 0.012 * h * FORWARD)
        self._limb("foot", side, heel, ankle + sole, 0.023 * h, 0.016 * h)
        for name, place in (("hip", hip), ("knee", knee), ("ankle", ankle)):
            self._put(f"{side}_{name}", place)

    def lowest(self):
        return min(min(limb.a[1] - limb.ra, limb.b[1] - limb.rb) for limb in self.limbs)

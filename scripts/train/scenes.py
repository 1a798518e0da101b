# Scenes of rendered people: camera, light, positions, occluders; drawn together with the exact labels.
# SPDX-License-Identifier: MIT

import dataclasses

import cv2
import numpy as np

import backgrounds
import body
import looks
import raster

F = np.float32
SMOOTH = 1.5  # pixels drawn per pixel of the image, along a side
TOLERANCE = {"nose": 0.05, "eye": 0.05, "ear": 0.05, "wrist": 0.07, "elbow": 0.08, "ankle": 0.08, "knee": 0.1, "shoulder": 0.12, "hip": 0.16}  # meters below the skin


@dataclasses.dataclass
class Scene:
    """`picture`: [h, w, 3] BGR bytes.  people: keypoints [17, 3] with 2 for visible, 1 for hidden, 0 for outside; covered [17]: by something other than the
    person's own body; box x, y, w, h and area of the visible part.  parts: [H, W], the visible person's limb (SMOOTH times as large):
    1 + person * 100 + limb, 0 for none"""

    picture: np.ndarray
    people: list
    parts: np.ndarray
    limbs: list  # for each person: the names of the limbs, in order


class Person:
    """One figure in the world, rotated by `yaw` degrees: 0 faces the camera.  at: (right, forward) on the ground"""

    def __init__(self, rng, at, yaw, pose=None):
        self.kind, angles = pose or body.draw_pose(rng)
        self.build, self.outfit = body.Build.draw(rng), looks.Outfit(rng)
        self.move(at, yaw, angles, rng.uniform(0, 0.4) if self.kind == "run" and rng.random() < 0.3 else 0.0)

    def move(self, at, yaw, angles, lift=0.0):
        """Puts the person there in that pose.  lift: of the lowest foot above the ground"""
        self.figure = body.Figure(self.build, angles)
        self.turn = body.rotation("y", yaw) @ np.diag([1.0, 1, -1])  # body axes -> world: left is on the right of the image
        self.place = np.array([at[0], lift - self.figure.lowest(), at[1]])

    def to_world(self, points):
        return points @ self.turn.T + self.place

    def limbs(self):
        """Returns all parts to draw: the figure, its skirt, coat and long hair."""
        f, o = self.figure, self.outfit
        out = list(f.limbs)
        left, right = (f.joints[body.JOINTS.index(f"{side}_hip")] for side in ("left", "right"))
        knees = [f.joints[body.JOINTS.index(f"{side}_knee")] for side in ("left", "right")]
        hips, between = (left + right) / 2, (knees[0] + knees[1]) / 2
        h, girth = f.build.height, f.build.girth
        if o.skirt:
            out.append(body.Limb("skirt", "middle", hips, hips + (between - hips) * o.skirt, 0.066 * h * girth, 0.07 * h * girth * (1 + 0.2 * o.skirt)))
        if o.coat:
            out.append(body.Limb("skirt_of_coat", "middle", hips, hips + (between - hips) * o.coat, 0.07 * h * girth, 0.08 * h * girth))
        if o.long_hair and not o.bald:
            top, end = np.array([0, 0.02, -0.035]), np.array([0, -0.16, -0.06])
            out.append(body.Limb("hair", "middle", f.head + f.axes @ top * f.size, f.head + f.axes @ end * f.size, 0.085 * f.size, 0.06 * f.size))
        return out

    def draw(self, canvas, first_part):
        camera = canvas.camera
        axes = camera.matrix() @ self.turn @ self.figure.axes
        face = looks.Face(self.outfit, camera, camera.see(self.to_world(self.figure.head)), axes, self.figure.size)
        limbs = self.limbs()
        ends = camera.see(self.to_world(np.array([(limb.a, limb.b) for limb in limbs])))
        for i, (limb, (a, b)) in enumerate(zip(limbs, ends)):
            canvas.capsule(a, b, limb.ra, limb.rb, self.outfit.paint(limb, face), first_part + i)


def light(rng):
    """Returns (direction to the light, brightness of the shadows)."""
    direction = np.array([rng.normal(0, 0.8), rng.uniform(-1.2, 0.1), rng.uniform(-1, 0.2)])
    return direction / np.linalg.norm(direction), rng.uniform(0.4, 0.8)


def shadow(canvas, person):
    """Draws a soft dark patch on the ground below the feet."""
    ground = person.place * [1, 0, 1]
    at = canvas.camera.project(canvas.camera.see(ground))
    size = 0.35 * canvas.camera.focal / max(canvas.camera.see(ground)[2], 0.3)
    window = canvas.window(at - [1.6 * size, size], at + [1.6 * size, size])
    if window is not None:
        ys, xs = np.ogrid[window]
        away = ((xs - at[0]) / (1.5 * size)) ** 2 + ((ys - at[1]) / (0.4 * size)) ** 2
        canvas.color[window] *= (1 - 0.45 * np.exp(-2 * away))[..., None].astype(F)


def hide(rng, canvas, at, size, depth):
    """Draws a flat object in front: a box, a pole, a leaf.  at, size: in pixels"""
    half = np.maximum(size * rng.uniform(0.1, 0.45, 2) * (rng.choice([1, 0.25]), 1), 2)
    window = canvas.window(at - half, at + half)
    if window is None:
        return
    h, w = canvas.part[window].shape
    ys, xs = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
    mask = (xs**2 + ys**2 < 1) if rng.random() < 0.35 else np.ones((h, w), bool)
    canvas.flat(mask, window, np.clip(backgrounds.draw(rng, h, w), 0, 1), depth, 0)


def seen_from(person, canvas, number, width, height):
    """Returns the person's COCO entry, or None if no part of it is visible.  number: the first of its parts; width, height: of the image"""
    mine = (canvas.part >= number) & (canvas.part < number + 100)
    if not mine.any():
        return None
    points = canvas.camera.see(person.to_world(person.figure.joints))
    pixels = canvas.camera.project(points)
    keypoints, covered = np.zeros((17, 3), F), np.zeros(17, bool)
    for j, ((x, y), (_, _, z), name) in enumerate(zip(pixels, points, body.JOINTS)):
        column, row = int(round(x)), int(round(y))
        if 0 <= x / SMOOTH <= width - 1 and 0 <= y / SMOOTH <= height - 1 and z > 0.2:
            bare = mine[row, column] and z - canvas.depth[row, column] < TOLERANCE[name.rpartition("_")[2]]
            keypoints[j] = x / SMOOTH, y / SMOOTH, 2 if bare else 1
            covered[j] = not mine[row, column]
    rows, columns = np.flatnonzero(mine.any(1)), np.flatnonzero(mine.any(0))
    box = np.array([columns[0], rows[0], columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0]]) / SMOOTH
    return {"keypoints": keypoints, "covered": covered, "box": box.astype(F), "area": float(mine.sum()) / SMOOTH**2, "kind": person.kind}


class Recording:
    """What a camera adds to a drawing: contrast, color of the light, blur, noise."""

    def __init__(self, rng):
        self.gain, self.tint, self.offset = rng.uniform(0.85, 1.1), 1 + rng.normal(0, 0.04, 3), rng.normal(0, 0.02)
        self.blur = rng.uniform(0.3, 0.9) if rng.random() < 0.5 else 0.0
        self.noise = rng.uniform(0, 0.03)

    def __call__(self, rng, canvas, width, height):
        """Returns the image [height, width, 3] in bytes."""
        out = cv2.resize(canvas.color, (width, height), interpolation=cv2.INTER_AREA)
        out = out * self.gain * self.tint + self.offset
        if self.blur:
            out = cv2.GaussianBlur(out, (0, 0), self.blur)
        out = out + self.noise * rng.standard_normal(out.shape, F)
        return (np.clip(out, 0, 1) * 255 + 0.5).astype(np.uint8)


def draw(rng, width, height, camera, people, photos=(), hidden=0.0):
    """Draws a Scene.  camera: for pixels of the image; hidden: probability of an object in front of each person"""
    wide, high = round(width * SMOOTH), round(height * SMOOTH)
    camera = dataclasses.replace(camera, focal=camera.focal * wide / width, width=wide, height=high)
    horizon = high / 2 - camera.focal * np.tan(np.radians(camera.pitch))
    behind = backgrounds.draw(rng, height, width, photos, horizon / SMOOTH + 0.1 * height)
    canvas = raster.Canvas(cv2.resize(behind, (wide, high), interpolation=cv2.INTER_LINEAR), camera, *light(rng))
    for person in people:
        shadow(canvas, person)
    for i, person in enumerate(people):
        person.draw(canvas, 1 + 100 * i)
    for person in people:
        if rng.random() < hidden:
            middle = camera.see(person.place + [0, 0.5, 0])
            size = 1.7 * camera.focal / max(middle[2], 0.3)
            hide(rng, canvas, camera.project(middle) + rng.normal(0, 0.3, 2) * size * [0.5, 1], size, max(middle[2] - 0.8, 0.3))
    entries = [seen_from(person, canvas, 1 + 100 * i, width, height) for i, person in enumerate(people)]
    names = [[limb.side + " " + limb.part for limb in person.limbs()] for person in people]
    return Scene(Recording(rng)(rng, canvas, width, height), [e for e in entries if e is not None], canvas.part, names)

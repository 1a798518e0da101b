# Reads keypoints that people labeled, in COCO's format and those derived from it, and maps them to COCO's 17 by name.
# SPDX-License-Identifier: MIT
"""COCO, CrowdPose (14 keypoints, no areas) and PoseTrack 2018 (17 others, no areas, regions that are not judged).  As in COCO, a person with no labeled
keypoint among the 17, and a crowd, need not be found, and finding one is no error."""

import dataclasses
import json
import pathlib
import re

import numpy as np

from lib import coco_ap
from lib.keypoints import NAMES
from lib.problem import Problem, excerpt, reading

# A person without an area gets this fraction of the box, as in the evaluation of CrowdPose (crowdposetools) and of MMPose (xtcocotools, use_area=False).
AREA_OF_BOX = 0.53
MAX_NUMBER = 1_000_000  # pixels, as in pose/boxes_file


@dataclasses.dataclass
class Photo:
    """people [n]: `joints` [n, 17, 2] in pixels, counted [n, 17], boxes [n, 4] (x, y, width, height), areas [n], crowd [n].  regions: polygons that are not judged"""

    path: pathlib.Path
    joints: np.ndarray
    counted: np.ndarray
    boxes: np.ndarray
    areas: np.ndarray
    crowd: np.ndarray
    regions: list

    @property
    def judged(self):
        return self.counted.any(1) & ~self.crowd


def plain_name(name):
    """Returns a keypoint's name as COCO writes it: "L-Knee" and "left knee" are left_knee."""
    name = re.sub(r"[ -]+", "_", str(name).strip().lower())
    return re.sub(r"^([lr])_", lambda side: {"l": "left_", "r": "right_"}[side[1]], name)


def places_of(category, path):
    """Returns (number of keypoints in the file, [(index in the file, index of COCO's 17)])."""
    names = [plain_name(name) for name in category.get("keypoints", NAMES)]
    places = [(names.index(name), i) for i, name in enumerate(NAMES) if name in names]
    if not places:
        raise Problem(f"{path}: expected names of keypoints, some of them COCO's, found {excerpt(names)}")
    return len(names), places


def inside(points, polygon):
    """Returns [n]: whether the points [n, 2] are in the polygon [k, 2], by the number of edges that a ray to the right crosses."""
    (x, y), (x0, y0), (x1, y1) = points.T[..., None], polygon.T, np.roll(polygon, -1, 0).T
    crosses = (y0 > y) != (y1 > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (crosses & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))).sum(1) % 2 == 1


def in_regions(points, regions):
    """Returns [n]: whether the points [n, 2] are in one of the polygons."""
    return np.any([inside(points, polygon) for polygon in regions] + [np.zeros(len(points), bool)], axis=0)


def regions_of(image):
    """Returns the polygons [k, 2] of PoseTrack's regions; where there is one, some files have its numbers without a list around them."""
    xs, ys = (image.get(key) or [] for key in ("ignore_regions_x", "ignore_regions_y"))
    if xs and not isinstance(xs[0], list):
        xs, ys = [xs], [ys]
    return [np.array([numbers(x, len(x)), numbers(y, len(x))]).T for x, y in zip(xs, ys, strict=True) if len(x) > 2]


def numbers(values, count):
    out = np.array(values, float)
    if out.shape != (count,) or not (np.abs(out) <= MAX_NUMBER).all():
        raise ValueError(f"expected {count} finite numbers of at most {MAX_NUMBER}, found {excerpt(values)}")
    return out


def photo_of(path, people, regions, count, places):
    """people: the annotations of one image"""
    joints, counted = np.zeros((len(people), 17, 2)), np.zeros((len(people), 17), bool)
    boxes, areas = np.zeros((len(people), 4)), np.zeros(len(people))
    from_file, to = map(list, zip(*places))
    for k, person in enumerate(people):
        values = numbers(person["keypoints"], 3 * count).reshape(count, 3)
        joints[k, to], counted[k, to] = values[from_file, :2], values[from_file, 2] > 0
        boxes[k] = numbers(person["bbox"], 4)
        area = float(person.get("area") or 0)
        areas[k] = area if 0 < area <= MAX_NUMBER**2 else AREA_OF_BOX * boxes[k, 2] * boxes[k, 3]
        counted[k] &= ~in_regions(joints[k], regions)
    return Photo(path, joints, counted, boxes, areas, np.array([bool(person.get("iscrowd")) for person in people], bool), regions)


def find_photo(name, folders, path):
    for folder in folders:
        if (folder / name).is_file():
            return (folder / name).resolve()
    raise Problem(f"{path}: expected its image {excerpt(name)} in {' or '.join(map(str, folders))}, found none")


def read_json(path):
    with reading(path, "JSON"):
        return json.loads(path.read_text(encoding="utf-8"))


def is_labels(data):
    """Returns whether this is a file of labels, and not one of detections or boxes."""
    return isinstance(data, dict) and {"images", "annotations"} <= data.keys() and any("keypoints" in a for a in data["annotations"] if isinstance(a, dict))


def read(path, data, folders):
    """Returns the photos of one file.  folders: where file_name may be relative to"""
    with reading(path, "people in COCO's keypoint format"):
        category = next((c for c in data.get("categories", []) if c.get("name") == "person" or c["id"] == 1), {"id": 1})
        count, places = places_of(category, path)
        people = {image["id"]: [] for image in data["images"]}
        for annotation in data["annotations"]:
            if annotation.get("category_id", 1) == category["id"] and "keypoints" in annotation:
                people[annotation["image_id"]].append(annotation)
        # PoseTrack lists the frames between labeled ones; they are not judged.
        images = [image for image in data["images"] if image.get("is_labeled", True)]
        return [photo_of(find_photo(image["file_name"], folders, path), people[image["id"]], regions_of(image), count, places) for image in images]


def read_all(path, images=None):
    """path: a file, or a folder whose files of labels are all read.  Returns {set: photos}; a set is named after the file, or after the folder inside `path`.
    A file is left out if those before it, the ones in fewer folders first, have all its photos."""
    if path.is_file():
        return {path.stem: read(path, read_json(path), [images or path.parent])}
    sets, known = {}, set()
    for file in sorted(path.rglob("*.json"), key=lambda file: (len(file.parts), file)):
        data = read_json(file)
        if is_labels(data):
            around = [images] if images else [folder for folder in file.parents if folder == path or path in folder.parents]
            inner = file.relative_to(path)
            photos = [photo for photo in read(file, data, around) if photo.path not in known]
            known |= {photo.path for photo in photos}
            if photos:
                sets.setdefault(inner.parts[0] if len(inner.parts) > 1 else file.stem, []).extend(photos)
    if not sets:
        raise Problem(f"{path}: expected a file or a folder with people in COCO's keypoint format, found none")
    return sets


def write(photos, folder):
    """Writes annotations.json with COCO's 17 keypoints, and links 1.jpg ... to the photos, whose names need not be distinct -> coco_ap.Labels.  The ids of
    people count from 1, photo by photo."""
    images, annotations = [], []
    for number, photo in enumerate(photos, 1):
        name = f"{number}{photo.path.suffix}"
        (folder / name).symlink_to(photo.path)
        images.append({"id": number, "file_name": name})
        for k, counted in enumerate(photo.counted):
            values = np.where(counted[:, None], np.concatenate([photo.joints[k], np.full((17, 1), 2)], 1), 0)
            annotations.append({"id": len(annotations) + 1, "image_id": number, "category_id": 1, "iscrowd": int(photo.crowd[k]), "area": photo.areas[k],
                                "bbox": photo.boxes[k].tolist(), "num_keypoints": int(counted.sum()), "keypoints": values.ravel().tolist()})  # fmt: skip
    file = folder / "annotations.json"
    file.write_text(json.dumps({"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "person"}]}), encoding="ascii")
    return coco_ap.Labels(file)

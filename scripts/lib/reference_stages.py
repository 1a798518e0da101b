# The stages around the networks in the original's pipeline, with NumPy and OpenCV (docs/spec.md, sections 2, 4, 5 and 7 to 10).
# SPDX-License-Identifier: MIT
"""Only letterbox and crop need OpenCV.  Numbers are float32 unless docs/spec.md says otherwise."""

import numpy as np

F = np.float32


def letterbox(picture, side):
    """Section 2: BGR bytes -> [1, 3, side, side], RGB in 0..1, the image centered on gray."""
    import cv2

    h, w = picture.shape[:2]
    ratio = min(side / w, side / h)
    new_w, new_h = int(w * ratio), int(h * ratio)
    canvas = np.full((side, side, 3), 128, np.uint8)
    top, left = (side - new_h) // 2, (side - new_w) // 2
    canvas[top : top + new_h, left : left + new_w] = cv2.resize(picture, (new_w, new_h), interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(canvas[:, :, ::-1].transpose(2, 0, 1)[None], F) / F(255)


def overlap(box, others):
    """Returns the IoU by whole pixels: a box from 1 to 1 is one pixel wide."""
    inter = np.maximum(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]) + 1, 0).prod(1)
    area = lambda b: (b[..., 2] - b[..., 0] + 1) * (b[..., 3] - b[..., 1] + 1)
    return inter / (area(box) + area(others) - inter)


def suppress(boxes, nms):
    """Boxes in falling order of confidence -> indices of the boxes to keep."""
    kept, left = [], np.arange(len(boxes))
    while len(left) > 0:
        kept.append(left[0])
        left = left[1:][overlap(boxes[left[0]], boxes[left[1:]]) < F(nms)]
    return kept


def people(rows, conf, nms):
    """Section 4, for one image: rows [n, 5 + classes] -> boxes [m, 4] in pixels of the input, objectness [m]."""
    rows = rows[rows[:, 4] > F(conf)]
    best = rows[:, 5:].argmax(1) if len(rows) else np.zeros(0, int)
    rows = rows[(best == 0) & (rows[:, 5] != 0)]
    rows = rows[np.argsort(-rows[:, 4], kind="stable")]
    half = rows[:, 2:4] / F(2)
    boxes = np.concatenate([rows[:, :2] - half, rows[:, :2] + half], 1)
    kept = suppress(boxes, nms)
    if len(kept) > 100:
        kept = suppress(boxes, nms - 0.05)
    return boxes[kept], rows[kept, 4]


def to_picture(boxes, w, h, side):
    """Converts pixels of the detector's input to pixels of the image, clipped at its edges."""
    size = np.array([w, h], F)
    scale = (F(1) / size * F(side)).min()
    pad = (F(side) - scale * size) / F(2)
    return np.clip((boxes.reshape(-1, 2, 2) - pad) / scale, 0, size).reshape(-1, 4).astype(F)


def enlarge(box, w, h):
    """Section 5: the box enlarged by three tenths, inside the image -> pt1, pt2."""
    more = (box[2:] - box[:2]) * F(0.3) / F(2)
    pt1 = np.maximum(box[:2] - more, F(0))
    pt2 = np.maximum(np.minimum(box[2:] + more, np.array([w - 1, h - 1], F)), pt1 + F(5))
    return pt1.astype(F), pt2.astype(F)


def normalised(picture, mean, std):
    """Converts BGR bytes to the RGB floats that the pose network expects."""
    rgb = picture[:, :, ::-1].astype(F)
    if rgb.max() > 1:
        rgb /= F(255)
    return (rgb - np.array(mean, F)) / np.array(std, F)


def crop(image, pt1, pt2, out_h, out_w):
    """Section 5: [3, out_h, out_w] from the normalized image; zeros outside the box."""
    import cv2

    (u0, v0), (u1, v1) = (int(a) for a in pt1), (int(a - 1) for a in pt2)
    side_h = max(v1 - v0, (u1 - u0) * out_h / out_w)
    side_w = side_h * out_w / out_h
    pad = np.array([np.floor((side_w - (u1 - u0)) / 2), np.floor((side_h - (v1 - v0)) / 2)], F)
    inside = np.ascontiguousarray(image[max(v0, 0) : v1 + 1, max(u0, 0) : u1 + 1])  # all else is zero
    corner = np.array([max(u0, 0), max(v0, 0)], F)
    third = lambda a, b: b + np.array([-(a - b)[1], (a - b)[0]], F)
    source = [np.array([u0, v0], F) - pad - corner, np.array([u1, v1], F) + pad - corner]
    target = [np.array([0, 0], F), np.array([out_w - 1, out_h - 1], F)]
    matrix = cv2.getAffineTransform(np.stack([*source, third(*source)]), np.stack([*target, third(*target)]))
    return cv2.warpAffine(inside, matrix, (out_w, out_h), flags=cv2.INTER_LINEAR).transpose(2, 0, 1)


def peaks(maps):
    """Section 7: heatmaps [n, k, h, w] -> positions [n, k, 2] in pixels of the map, scores [n, k]."""
    n, k, h, w = maps.shape
    flat = maps.reshape(n, k, -1)
    index, score = flat.argmax(2), flat.max(2)
    index = np.where(score > 0, index, 0)
    x, y = index % w, index // w
    inner = (x > 0) & (x < w - 1) & (y > 0) & (y < h - 1)
    at = lambda dy, dx: np.take_along_axis(flat, np.where(inner, index + dy * w + dx, 0)[..., None], 2)[..., 0]
    shift = np.stack([np.sign(at(0, 1) - at(0, -1)), np.sign(at(1, 0) - at(-1, 0))], 2) * inner[..., None]
    return (np.stack([x, y], 2) + F(0.25) * shift + F(0.2)).astype(F), score


def back(places, pt1, pt2, map_h, out_h, out_w):
    """Section 8, for one person: from pixels of the map to pixels of the image."""
    centre = (pt2 - F(1) - pt1) / F(2)
    side_h = np.maximum((pt2[0] - pt1[0]) * F(out_h / out_w), pt2[1] - pt1[1])
    side = np.array([side_h * F(out_w / out_h), side_h], F)
    return (places * side_h / F(map_h) - np.maximum((side - F(1)) / F(2) - centre, F(0)) + pt1).astype(F)


def pose_nms(boxes, objectness, poses, scores):
    """Section 9: merges the candidates of each person -> (keypoints [k, 2], scores [k], the person's score) of each."""
    scores = np.where(scores == 0, F(1e-5), scores)
    reference = F(0.1) * np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    mean, left, found = scores.mean(1), np.arange(len(boxes)), []
    while len(left) > 0:
        p = left[mean[left].argmax()]
        distance = np.sqrt(((poses[p] - poses[left]) ** 2).sum(2))
        near = np.tanh(scores[p]) * np.tanh(scores[left]) * (distance <= 1)
        similar = near.sum(1) + F(1.7) * np.exp(-distance / F(2.65)).sum(1)
        with np.errstate(divide="ignore", invalid="ignore"):
            matches = (distance / np.minimum(reference[p], F(7)) <= 1).sum(1)
        gone = (similar > F(22.48)) | (matches >= 5) | (left == p)
        cluster, left = left[gone], left[~gone]
        person = merged(p, cluster, poses, scores, min(reference[p], F(15)))
        if person is not None:
            places, weights = person
            found.append((places - F(0.3), weights, float(weights.mean() + objectness[p] + F(1.25) * weights.max())))
    return found


def merged(p, cluster, poses, scores, radius):
    """Returns the mean of the cluster's keypoints near those of p, weighted by their scores; None for a person without a confident keypoint."""
    if scores[p].max() < F(0.3):
        return None
    if len(cluster) == 1:
        return poses[p], scores[p]
    near = np.sqrt(((poses[p] - poses[cluster]) ** 2).sum(2)) <= radius
    weight = near * scores[cluster]
    share = weight / weight.sum(0)
    mean = (weight * share).sum(0)
    return None if mean.max() < F(0.3) else ((poses[cluster] * share[..., None]).sum(0), mean)


def to_json(name, persons):
    """Section 10: returns the entries of alphapose-results.json, for json.dumps."""
    entries = []
    for places, scores, score in persons:
        joints = np.concatenate([places, scores[:, None]], 1).astype(F)
        entries.append({"image_id": name, "category_id": 1, "keypoints": joints.ravel().tolist(), "score": float(F(score))})
    return entries

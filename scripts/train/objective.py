# The loss (distance to Gaussians at the keypoints and to the teacher's heatmaps), and the PCK on people that are not trained on.
# SPDX-License-Identifier: MIT

import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib import keypoints  # noqa: E402
from lib import reference_stages as stages  # noqa: E402

import augment  # noqa: E402
import crops  # noqa: E402
import nano_net  # noqa: E402

SIGMA = 2.0  # pixels of the heatmap, as in simplepose
ENERGY = math.pi * SIGMA**2  # of a Gaussian: a network that answers 0 has a loss of about 1


def normalised(pictures, device):
    """Converts bytes [n, h, w, 3], BGR, to the network's input, channels last in memory."""
    x = torch.from_numpy(pictures).to(device).flip(3).permute(0, 3, 1, 2).float().div_(255)
    mean, std = (torch.tensor(v, device=device).view(1, 3, 1, 1) for v in (nano_net.MEAN, nano_net.STD))
    return ((x - mean) / std).contiguous(memory_format=torch.channels_last)


def gaussians(joints):
    """Returns Gaussians: [n, 17, 3], pixels of the map -> [n, 17, 64, 48]."""
    xs, ys = torch.arange(crops.MAP_W, device=joints.device), torch.arange(crops.MAP_H, device=joints.device)
    gx = torch.exp(-((xs - joints[..., 0:1]) ** 2) / (2 * SIGMA**2))
    gy = torch.exp(-((ys - joints[..., 1:2]) ** 2) / (2 * SIGMA**2))
    return gy[..., :, None] * gx[..., None, :]


def loss_of(maps, batch, distil, device, focus=0.0):
    """maps: the network's output, [n, 17, 64, 48] or an even fraction of it for smaller inputs; batch: arrays of ring.Mixer; distil: share of the loss
    for the teacher's heatmaps, where there are any; focus: additional weight of a pixel whose target is 1, relative to one whose target is 0"""
    joints = torch.from_numpy(batch["joints"]).to(device)
    has_maps = torch.from_numpy(batch["has_maps"]).to(device).float().view(-1, 1)
    factor = crops.MAP_H // maps.shape[2]

    def distance(wanted):
        wanted = F.avg_pool2d(wanted, factor)
        return ((maps - wanted) ** 2 * (1 + focus * wanted)).sum((2, 3)) * factor**2

    to_joints = distance(gaussians(joints)) * joints[..., 2]
    to_teacher = distance(torch.from_numpy(batch["maps"]).to(device).float().div_(255))
    share = distil * has_maps
    return ((1 - share) * to_joints + share * to_teacher).mean() / ENERGY


def predict(net, pictures, device, batch=32):
    """Bytes [n, h, w, 3] -> (positions [n, 17, 2] in pixels of the map, with the offset of targets; scores)"""
    places, scores = [], []
    with torch.no_grad():
        for i in range(0, len(pictures), batch):
            maps = net(normalised(pictures[i : i + batch], device)).float().cpu().numpy()
            at, value = stages.peaks(maps)
            places.append(at - np.float32(crops.SHIFT))
            scores.append(value)
    return np.concatenate(places), np.concatenate(scores)


class Exam:
    """People to measure with, prepared once.  The teacher's keypoints count above its threshold, exact ones where they are visible."""

    def __init__(self, samples, most=400):
        chosen = np.linspace(0, len(samples) - 1, min(most, len(samples))).astype(int)
        pairs = [augment.augmented(np.random.default_rng(0), samples[int(i)], augment.NONE) for i in chosen]
        self.pictures = np.stack([picture for picture, _ in pairs])
        joints = np.stack([target.joints for _, target in pairs])
        self.joints = joints[..., :2]
        self.counted = joints[..., 2] > np.where([[target.exact] for _, target in pairs], 0.9, 0.0)

    def pck(self, net, device):
        net.eval()
        places, _ = predict(net, self.pictures, device)
        return keypoints.pck(places, self.joints, self.counted)

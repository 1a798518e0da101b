#!/usr/bin/env python3
# Runs the stages of AlphaPose's demo.py (branch pytorch) one after another, with PyTorch, NumPy and OpenCV.  `pose` is measured and checked against it.
# SPDX-License-Identifier: MIT
"""Needs torch, numpy and cv2 (bench/rivals.py --setup installs them into `.venv-rivals`).  The networks are files written by bench/nets
--save_model.  Writes OUTDIR/alphapose-results.json and prints one JSON object: the seconds for the images, without imports and loading, and the number
of people."""

import argparse
import json
import os
import time

import numpy as np

from lib import net_file
from lib import reference_stages as stages
from lib.output_file import atomic_file
from lib.problem import Problem, run

PICTURES = (".jpg", ".jpeg", ".png")


class Networks:
    """folded: batch norms in the convolutions, which the original does not do.  half: fp16, channels last."""

    def __init__(self, torch, detector, pose, folded, device="cpu", half=False):
        from lib import torch_net

        self.torch, self.device, self.type = torch, device, torch.half if half else torch.float
        self.detector, self.pose = net_file.prepared(detector, folded), net_file.prepared(pose, folded)
        if self.pose.pose is None:
            raise Problem(f"{pose}: expected a pose network, found none")
        layout = torch.channels_last if half else torch.contiguous_format
        self.detect, self.estimate = torch_net.TorchNet(self.detector, layout), torch_net.TorchNet(self.pose, layout)
        for net in (self.detect, self.estimate):
            net.params = {name: [t.to(device, self.type) for t in tensors] for name, tensors in net.params.items()}

    def run(self, net, x):
        return [y.float().cpu() for y in net(self.torch.from_numpy(x).to(self.device, self.type))]

    def rows(self, x):
        """Returns the detector's predictions for one image, head after head, [n, 5 + classes]."""
        with self.torch.inference_mode():
            outputs = self.run(self.detect, x)
            return self.torch.cat([self.decode(self.detector.heads[name], raw[0]) for name, raw in zip(self.detector.outputs, outputs)]).numpy()

    def decode(self, head, raw):
        torch = self.torch
        if head["scale_x_y"] != 1:
            raise Problem(f"node {head['name']}: expected scale_x_y 1, as YOLOv3 has it, found {head['scale_x_y']}")
        _, h, w = raw.shape
        t = raw.reshape(head["anchors"], 5 + head["classes"], h, w).permute(2, 3, 0, 1)
        grid = torch.stack(torch.meshgrid(torch.arange(w), torch.arange(h), indexing="xy"), 2)[:, :, None]
        stride = torch.tensor([head["net_w"] / w, head["net_h"] / h])
        anchors = torch.tensor([head["anchor_w"], head["anchor_h"]]).T
        rows = torch.cat([(t[..., :2].sigmoid() + grid) * stride, t[..., 2:4].exp() * anchors, t[..., 4:].sigmoid()], 3)
        return rows.reshape(-1, rows.shape[3])

    def maps(self, crops):
        with self.torch.inference_mode():
            return self.run(self.estimate, crops)[0][:, : self.pose.pose["joints"]].numpy()


def find_people(picture, networks, args):
    h, w = picture.shape[:2]
    _, _, side = networks.detector.input_shape
    boxes, objectness = stages.people(networks.rows(stages.letterbox(picture, side)), args.conf, args.nms)
    if len(boxes) == 0:
        return []
    boxes = stages.to_picture(boxes, w, h, side)
    _, out_h, out_w = networks.pose.input_shape
    image = stages.normalised(picture, networks.pose.pose["mean"], networks.pose.pose["std"])
    corners = [stages.enlarge(box, w, h) for box in boxes]
    crops = np.stack([stages.crop(image, pt1, pt2, out_h, out_w) for pt1, pt2 in corners])
    maps = np.concatenate([networks.maps(crops[i : i + args.posebatch]) for i in range(0, len(crops), args.posebatch)])
    places, scores = stages.peaks(maps)
    poses = np.stack([stages.back(place, pt1, pt2, maps.shape[2], out_h, out_w) for place, (pt1, pt2) in zip(places, corners)])
    return stages.pose_nms(boxes, objectness, poses, scores)


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--indir", required=True, help="folder of images")
    parser.add_argument("--outdir", required=True, help="folder for the result")
    parser.add_argument("--detector", required=True, help="X.safetensors with a graph")
    parser.add_argument("--pose", required=True, help="X.safetensors with a graph")
    parser.add_argument("--conf", type=float, default=0.05)
    parser.add_argument("--nms", type=float, default=0.6)
    parser.add_argument("--posebatch", type=int, default=80)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--device", default="cpu", help="cpu or cuda:N")
    parser.add_argument("--half", action="store_true", help="run the networks in fp16, channels last (the original does not)")
    parser.add_argument("--fold", action="store_true", help="fold batch norms into the convolutions first (the original does not)")
    return parser.parse_args()


def main():
    args = parse_args()
    try:
        import cv2
        import torch
    except ImportError as error:
        raise Problem(f"expected the Python packages torch and cv2, found: {error}") from None
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(args.threads)
    names = sorted(name for name in os.listdir(args.indir) if name.lower().endswith(PICTURES))
    if not names:
        raise Problem(f"{args.indir}: expected images, found none")
    start = time.perf_counter()
    try:
        networks = Networks(torch, args.detector, args.pose, args.fold, args.device, args.half)
    except (RuntimeError, AssertionError) as error:  # PyTorch may be built without CUDA
        raise Problem(f"--device {args.device}: {str(error).splitlines()[0]}") from None
    loaded = time.perf_counter()
    entries = []
    for name in names:
        picture = cv2.imread(os.path.join(args.indir, name))
        if picture is None:
            raise Problem(f"{name}: expected an image, found something else")
        entries += stages.to_json(name, find_people(picture, networks, args))
    os.makedirs(args.outdir, exist_ok=True)
    with atomic_file(os.path.join(args.outdir, "alphapose-results.json")) as file:
        file.write(json.dumps(entries).encode())
    seconds = time.perf_counter() - loaded
    versions = {"torch": torch.__version__.split("+")[0], "opencv": cv2.__version__}
    print(json.dumps({"load_s": loaded - start, "seconds": seconds, "pictures": len(names), "people": len(entries), "versions": versions}))


if __name__ == "__main__":
    run(main)

#!/usr/bin/env python3
# Trains pose-nano for a time or a number of steps, with checkpoints, measures and curves; a resumed run is bit-identical.
# SPDX-License-Identifier: MIT
"""DIR gets state.pt (everything that is needed to resume, replaced atomically), log.csv and curve.png.  The same command resumes a run that was stopped."""

import argparse
import copy
import csv
import ctypes
import functools
import math
import os
import pathlib
import signal
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # PyTorch may come with it, and its threads spin while they wait; --threads does not affect them

import cv2
import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib.problem import Problem, run  # noqa: E402

import augment  # noqa: E402
import checkpoint  # noqa: E402
import nano_net  # noqa: E402
import objective  # noqa: E402
import ring  # noqa: E402
import samples  # noqa: E402
import sources  # noqa: E402
import together  # noqa: E402
from curve import FIELDS, draw_curve  # noqa: E402

WARM_UP, LAST_RATE = 100, 0.01  # steps; share of the rate that is left at the end
AVERAGE = 0.999  # decay of the averaged weights, which are measured and exported
FIXED = ("size", "batch", "processes", "rate", "seed", "steps", "distil", "focus", "small")  # options that must not change when a run is resumed


def learning_rate(args, step, done):
    """done: 0 to 1, the used share of the budget"""
    warm_up = min(WARM_UP, max(1, args.steps // 10)) if args.steps else WARM_UP
    cosine = LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * min(done, 1)))
    return args.rate * cosine * min(1, (step + 1) / warm_up)


class Run:
    """Everything that a checkpoint contains."""

    def __init__(self, args, others=together.Together()):
        torch.manual_seed(args.seed)
        self.args, self.device, self.others = args, torch.device(args.device), others
        self.net = nano_net.NanoPose(args.size).to(self.device, memory_format=torch.channels_last)  # an eighth faster on a CPU
        self.averaged = copy.deepcopy(self.net).eval().requires_grad_(False)
        self.forward = torch.compile(self.net) if args.compile else self.net
        plain = [p for p in self.net.parameters() if p.dim() < 2]  # no weight decay for batch norms and biases
        self.optimiser = torch.optim.AdamW([{"params": [p for p in self.net.parameters() if p.dim() >= 2]}, {"params": plain, "weight_decay": 0.0}],
                                           lr=args.rate, weight_decay=args.decay)  # fmt: skip
        self.step, self.seconds, self.scores = 0, 0.0, {}

    def done(self):
        return self.step / self.args.steps if self.args.steps else self.seconds / (3600 * self.args.hours)

    def options(self):
        return {name: getattr(self.args, name) for name in FIXED}

    def save(self, path):
        state = {"size": self.args.size, "net": self.net.state_dict(), "averaged": self.averaged.state_dict(), "optimiser": self.optimiser.state_dict(),
                 "step": self.step, "samples": self.step * self.args.batch, "seconds": self.seconds, "options": self.options(), "scores": self.scores}  # fmt: skip
        checkpoint.write(path, state)

    def load(self, path):
        state = checkpoint.read(path, self.device)
        for name in FIXED:
            if state["options"][name] != getattr(self.args, name):
                raise Problem(f"{path}: expected the run's {name} {state['options'][name]}, found {getattr(self.args, name)}; name another --out for a new run")
        self.net.load_state_dict(state["net"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds, self.scores = state["step"], state["seconds"], state["scores"]

    def train_step(self, batch, done):
        self.net.train()
        rate = learning_rate(self.args, self.step, done)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        x = objective.normalised(batch["pictures"], self.device)
        if done < self.args.small:
            x = F.avg_pool2d(x, 2)
        loss = objective.loss_of(self.forward(x), batch, self.args.distil, self.device, self.args.focus)
        self.optimiser.zero_grad()
        loss.backward()
        self.others.average([p.grad for p in self.net.parameters()] + [b for b in self.net.buffers() if b.dtype.is_floating_point])
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimiser.step()
        self.step += 1
        keep = min(AVERAGE, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mine, theirs in zip(self.averaged.state_dict().values(), self.net.state_dict().values()):
                if mine.dtype.is_floating_point:
                    mine.lerp_(theirs, 1 - keep)
                else:
                    mine.copy_(theirs)
        return float(loss.detach())


def load_sets(args):
    """Returns (pairs for ring.Mixer, name -> Exam)."""
    people, load = samples.Set(), functools.cache(samples.load)  # a file that is named twice counts twice and is read once
    for path in args.people:
        people.extend(load(path))
    video = people.chosen(lambda name: name.startswith("train/") and name.count("/") == 2)  # people.py: train/FILE/FRAME#PERSON
    photos = people.chosen(lambda name: name.startswith("train/") and name.count("/") == 1)
    held = people.chosen(lambda name: name.startswith("held/"))
    real = 1 - args.share_rendered
    sets = [(video, 0.2 * real), (photos, 0.8 * real)] + [(load(path), args.share_rendered / len(args.rendered)) for path in args.rendered]
    exams = {"pck_video": held, "pck_rendered": samples.load(args.held_rendered) if args.held_rendered.is_file() else samples.Set()}
    sets = [(chosen, share) for chosen, share in sets if len(chosen) and share > 0]
    if not sets:
        raise Problem(f"{args.people[0]}: expected people to train on, found none")
    return sets, {name: objective.Exam(chosen) for name, chosen in exams.items() if len(chosen)}


def append_row(path, row):
    new = not path.is_file()
    with open(path, "a", encoding="ascii", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow({name: round(v, 6) if isinstance(v, float) else v for name, v in row.items()})


class Stop:
    """Set by SIGINT and SIGTERM: the current step is finished and the state saved."""

    def __init__(self):
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: setattr(self, "asked", True))


def train(state, batches, exams, bar):
    """Trains until the budget is used up or a signal arrives.  Returns True when the run is finished."""
    args, stop, losses = state.args, Stop(), []
    kept = measured = shown = time.monotonic()
    while True:
        begin = time.monotonic()
        done, asked = state.others.tell(state.done(), stop.asked)
        if done >= 1 or asked:
            break
        _, batch = batches.next()
        losses.append(state.train_step(batch, done))
        now = time.monotonic()
        state.seconds += now - begin
        if state.others.rank > 0:
            continue
        finished = state.done() >= 1
        if finished or now - measured > 60 * args.eval_minutes or (args.eval_steps and state.step % args.eval_steps == 0):
            state.scores = {name: exam.pck(state.averaged, state.device) for name, exam in exams.items()}
            row = {"step": state.step, "samples": state.step * args.batch, "seconds": state.seconds, "loss": float(np.mean(losses)),
                   "rate": state.optimiser.param_groups[0]["lr"], **state.scores}  # fmt: skip
            append_row(args.out / "log.csv", row)
            draw_curve(args.out)
            bar.write(f"step {state.step}: loss {row['loss']:.4f}, " + ", ".join(f"{name} {value:.3f}" for name, value in state.scores.items()))
            losses, measured = [], time.monotonic()
        if now - kept > 60 * args.checkpoint_minutes:
            state.save(args.out / "state.pt")
            kept = now
        if now - shown > 1:
            bar.show(state, losses)
            shown = now
    if state.others.rank == 0:
        state.save(args.out / "state.pt")
    return state.done() >= 1


class Bar:
    """A progress bar over the budget, if tqdm is installed and standard error is a terminal."""

    def __init__(self, state):
        try:
            from tqdm import tqdm
        except ImportError:
            self.bar = None
            return
        form = "{l_bar}{bar}| {elapsed}<{remaining}{postfix}"
        quiet = True if state.others.rank > 0 else None
        self.bar = tqdm(total=100.0, initial=round(100 * state.done(), 2), bar_format=form, disable=quiet, file=sys.stderr)

    def show(self, state, losses):
        if self.bar is not None and not self.bar.disable:
            self.bar.n = min(100.0, round(100 * state.done(), 2))
            self.bar.set_postfix(step=state.step, loss=f"{np.mean(losses[-50:]):.4f}" if losses else "-", speed=f"{state.step * state.args.batch / max(state.seconds, 1e-3):.1f}/s")

    def write(self, line):
        if self.bar is not None and not self.bar.disable:
            self.bar.write(line)
        else:
            print(line, flush=True)


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    budget = parser.add_mutually_exclusive_group(required=True)
    budget.add_argument("--hours", type=float, default=0.0, help="hours of training, all parts of a resumed run together")
    budget.add_argument("--steps", type=int, default=0, help="steps instead of hours, for comparisons")
    parser.add_argument("--size", default="nano", choices=nano_net.SIZES)
    parser.add_argument("--out", type=pathlib.Path, help="folder of the run (default: models/train/runs/SIZE)")
    parser.add_argument("--people", type=pathlib.Path, action="append", help="file of people.py; can be repeated (default: models/train/people.npz)")
    parser.add_argument("--rendered", type=pathlib.Path, action="append", help="file of render.py; can be repeated (default: models/train/rendered.npz)")
    parser.add_argument("--held-rendered", type=pathlib.Path, default=sources.DATA / "rendered_held.npz", help="file of render.py to measure with")
    parser.add_argument("--share-rendered", type=float, default=0.5, help="share of rendered people in each batch (default: 0.5)")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-3, help="largest learning rate (default: 0.002)")
    parser.add_argument("--decay", type=float, default=0.02, help="weight decay (default: 0.02)")
    parser.add_argument("--distil", type=float, default=0.5, help="share of the loss for the teacher's heatmaps, where there are any (default: 0.5)")
    parser.add_argument("--focus", type=float, default=8.0, help="additional weight of a heatmap's pixels at a keypoint (default: 8)")
    parser.add_argument("--small", type=float, default=0.0, help="first share of the budget, in which inputs have half the sides, at a quarter of the work (default: 0)")
    parser.add_argument("--strength", type=float, default=1.0, help="strength of the random changes: 0 for none; lower values suit the last part of a run (default: 1)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--compile", action="store_true", help="with PyTorch 2 and a C++ compiler: steps are faster after the first minute")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--processes", type=int, help="number of training processes, each with its part of the batch (default: as many as there are cores; 1 on a GPU)")
    parser.add_argument("--threads", type=int, default=1, help="threads of each process (default: 1)")
    parser.add_argument("--workers", type=int, default=1, help="processes that make batches, for each training process; 0: none")
    parser.add_argument("--eval-minutes", type=float, default=5.0)
    parser.add_argument("--eval-steps", type=int, default=0, help="also measure every so many steps")
    parser.add_argument("--checkpoint-minutes", type=float, default=5.0)
    args = parser.parse_args()
    args.people = args.people or [sources.DATA / "people.npz"]
    args.rendered = args.rendered or [sources.DATA / "rendered.npz"]
    args.out = args.out or sources.DATA / "runs" / args.size
    if args.processes is None:
        most = os.cpu_count() if torch.device(args.device).type == "cpu" else 1
        args.processes = max(n for n in range(1, most + 1) if n == 1 or (args.batch % n == 0 and args.batch // n >= 4))
    if args.processes < 1 or args.batch % args.processes or args.batch // args.processes < 2:
        parser.error("expected --processes that divide --batch into parts of at least 2")
    shares_fit = all(0 <= share <= 1 for share in (args.share_rendered, args.distil, args.small))
    if args.threads < 1 or min(args.workers, args.steps, args.focus) < 0 or not shares_fit or not 0 <= args.strength <= 2:
        parser.error("expected --threads of at least 1, no negative numbers, shares from 0 to 1, and --strength from 0 to 2")
    if not args.steps and args.hours <= 0:
        parser.error("expected --hours or --steps above 0")
    return args


def train_part(args, sets, exams, others):
    """One process's part of the training; the first one's result counts: (finished, state)."""
    state = Run(args, others)
    if (args.out / "state.pt").is_file():
        state.load(args.out / "state.pt")
        if others.rank == 0:
            print(f"{args.out}: resuming after step {state.step}, {state.seconds / 60:.0f} minutes", file=sys.stderr)
    part = range(others.rank, args.batch, others.count)
    batches = ring.Ring(ring.Mixer(sets, args.batch, args.seed, augment.Options().scaled(args.strength), sources.backgrounds(), part), state.step, args.workers)
    try:
        return train(state, batches, exams, Bar(state)), state
    finally:
        batches.close()


def keep_memory():
    """Makes the C library keep freed memory.  Otherwise a third of the time goes into pages that are returned to the system and requested again with every
    layer."""
    trim_threshold, mmap_max = -1, -4  # malloc.h
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # glibc
        mallopt(trim_threshold, (1 << 31) - 1)
        mallopt(mmap_max, 0)


def main():
    args = parse_args()
    keep_memory()
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)  # before processes are forked: OpenCV's threads do not survive it
    args.out.mkdir(parents=True, exist_ok=True)
    sets, exams = load_sets(args)
    finished, state = together.run(args.processes, functools.partial(train_part, args, sets, exams))
    if not finished:
        print(f"{args.out}: stopped after step {state.step}; the same command resumes it", file=sys.stderr)
        sys.exit(130)
    print(f"{args.out}: {state.step} steps, {state.step * args.batch} samples, {state.seconds / 60:.1f} minutes, {state.step * args.batch / state.seconds:.1f} samples/s")


if __name__ == "__main__":
    run(main)

# Prepares batches in other processes, so that training never waits: each has a ring of slots in shared memory.
# SPDX-License-Identifier: MIT
"""Sample i of batch number k depends only on the seed, k and i, not on the process that makes it.  So a run that is resumed, or that has another number of
workers or processes, sees the same batches."""

import ctypes
import multiprocessing
import queue
import signal

import numpy as np

import augment
import crops
import nano_net

JOINTS, H, W = nano_net.JOINTS, nano_net.INPUT_H, nano_net.INPUT_W


class Mixer:
    """The sources of batches.  sets: (samples.Set, share of the batch) pairs; photos: backgrounds without people; part: the samples of each batch to
    make, by default all"""

    def __init__(self, sets, size, seed, options=None, photos=(), part=None):
        self.sets, self.size, self.seed, self.options, self.photos = sets, size, seed, options or augment.Options(), photos
        self.part = range(size) if part is None else part
        total = sum(share for _, share in sets)
        self.ends = np.cumsum([share / total for _, share in sets])

    def layout(self):
        """Returns name -> (shape, type) of a batch's arrays."""
        n = len(self.part)
        return {
            "pictures": ((n, H, W, 3), np.uint8), "joints": ((n, JOINTS, 3), np.float32), "maps": ((n, JOINTS, crops.MAP_H, crops.MAP_W), np.uint8),
            "has_maps": ((n,), np.uint8),
        }  # fmt: skip

    def fill(self, step, arrays):
        for k, i in enumerate(self.part):
            rng = np.random.default_rng([self.seed, step, i])
            chosen = self.sets[int(np.searchsorted(self.ends, (i + rng.random()) / self.size))][0]
            picture, target = augment.augmented(rng, chosen[int(rng.integers(len(chosen)))], self.options, self.photos, chosen)
            arrays["pictures"][k], arrays["joints"][k], arrays["maps"][k] = picture, target.joints, target.maps
            arrays["has_maps"][k] = target.has_maps


def views(layout, memory):
    """Returns the arrays of one slot."""
    out, at = {}, 0
    for name, (shape, kind) in layout.items():
        count = int(np.prod(shape))
        out[name] = np.frombuffer(memory, kind, count, at).reshape(shape)
        at += count * np.dtype(kind).itemsize
    return out


def slot_bytes(layout):
    return sum(int(np.prod(shape)) * np.dtype(kind).itemsize for shape, kind in layout.values())


def work(mixer, slots, free, filled, first, stride):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all processes; the trainer ends its workers itself
    arrays, step, failed = [views(mixer.layout(), memory) for memory in slots], first, None
    while True:
        slot = free.get()
        if slot is None:
            return
        try:
            mixer.fill(step, arrays[slot])
        except Exception as error:  # noqa: BLE001: the trainer must get every error
            failed = f"{type(error).__name__}: {error}"
        filled.put((step, slot, failed))
        step += stride


class Ring:
    """for step, arrays in Ring(...): the arrays stay valid until the next step is requested."""

    def __init__(self, mixer, first_step=0, workers=1, depth=6):
        self.mixer, self.step, self.workers, self.held = mixer, first_step, max(workers, 0), None
        context, layout = multiprocessing.get_context("fork"), mixer.layout()
        self.lanes = []
        for w in range(self.workers):
            slots = [context.RawArray(ctypes.c_uint8, slot_bytes(layout)) for _ in range(depth)]
            free, filled = context.Queue(), context.Queue()
            for slot in range(depth):
                free.put(slot)
            lane_first = first_step + (w - first_step) % self.workers
            process = context.Process(target=work, args=(mixer, slots, free, filled, lane_first, self.workers), daemon=True)
            process.start()
            self.lanes.append((process, [views(layout, memory) for memory in slots], free, filled))
        self.own = None if self.lanes else views(layout, bytearray(slot_bytes(layout)))

    def next(self):
        step = self.step
        self.step += 1
        if self.own is not None:
            self.mixer.fill(step, self.own)
            return step, self.own
        if self.held is not None:
            free, slot = self.held
            free.put(slot)
        process, arrays, free, filled = self.lanes[step % self.workers]
        while True:
            try:
                number, slot, failed = filled.get(timeout=5)
                break
            except queue.Empty:
                if not process.is_alive():
                    raise RuntimeError(f"a worker ended with exit code {process.exitcode}") from None
        if failed:
            raise RuntimeError(f"batch {number}: {failed}")
        if number != step:
            raise RuntimeError(f"expected batch {step}, found {number}")
        self.held = (free, slot)
        return step, arrays[slot]

    def close(self):
        for process, _, free, _ in self.lanes:
            free.put(None)
            process.join(timeout=10)
            if process.is_alive():
                process.terminate()

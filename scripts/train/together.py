# Trains one network in several processes: each has its part of every batch, all have the same weights.
# SPDX-License-Identifier: MIT
"""On a CPU, single-threaded processes that synchronize once per step are faster than threads that synchronize in every layer.  Random numbers and clock
values come from the first process.  Gradients and the statistics of batch norms are averaged, so that all processes continue with the same numbers."""

import multiprocessing
import tempfile

import torch
import torch.distributed as distributed


class Together:
    """rank: of this process; count: of all"""

    def __init__(self, rank=0, count=1):
        self.rank, self.count = rank, count

    def tell(self, *numbers):
        """Returns the first process's numbers, in every process."""
        if self.count == 1:
            return numbers
        told = torch.tensor(numbers, dtype=torch.float64)
        distributed.broadcast(told, 0)
        return tuple(told.tolist())

    def average(self, tensors):
        """Replaces each tensor by its mean over all processes."""
        if self.count == 1:
            return
        flat = torch.cat([t.reshape(-1) for t in tensors])
        distributed.all_reduce(flat)
        flat /= self.count
        at = 0
        for t in tensors:
            t.copy_(flat[at : at + t.numel()].view_as(t))
            at += t.numel()


def join(rank, count, folder, body):
    distributed.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=count)
    return body(Together(rank, count))


def run(count, body):
    """Calls body(Together) in `count` processes; the first is this one, and its result is returned."""
    if count == 1:
        return body(Together())
    with tempfile.TemporaryDirectory(prefix="together-") as folder:
        others = [multiprocessing.get_context("fork").Process(target=join, args=(rank, count, folder, body)) for rank in range(1, count)]
        for other in others:
            other.start()
        try:
            result = join(0, count, folder, body)
        except BaseException:
            for other in others:
                other.terminate()
            raise
        for other in others:
            other.join()
        return result

# Compares two samples of times: is one program faster, by how much, and with what confidence?
# SPDX-License-Identifier: MIT
"""Model: log(time) of both programs has the same distribution except for a shift d; exp(d) is the ratio of their times.  Nothing else is assumed about
the distribution: no normality, no variance.  The values are independent, or were taken in turns (A B B A ...), so that a machine that slows down over
minutes affects both programs; that can only make the test err on the side of "undecided".

d is estimated by the median of all differences log(b) - log(a) (Hodges and Lehmann).  The tests use the Mann-Whitney statistic, the number of
pairs with b > a.  Its exact distribution without a difference is counted, not approximated:

  differs   the two-sided test of d = 0
  same      two one-sided tests, of d <= log(1 - delta) and d >= log(1 + delta), which are the same test on shifted values (TOST)

delta is the least difference of interest.  The verdict is `faster` or `slower` when the first test rejects and the estimate is at least delta away from 1,
`same` when the second does, else `undecided`.

Several benchmarks at once: every p is multiplied by their number m (Bonferroni).  m suffices although each benchmark has two tests: d cannot be 0 and at
least delta away from it, so at most one of its two hypotheses is true and can be rejected wrongly.  The probability that a list has at least one wrong
verdict is at most alpha, for any dependence between the benchmarks."""

import math

import numpy as np

FASTER, SLOWER, SAME, UNDECIDED = "faster", "slower", "same", "undecided"
_counts = {}


def orders(n, m):
    """Returns counts[u]: in how many orders of n + m distinct values exactly u of the n * m pairs have the second sample's value above."""
    if (n, m) not in _counts:
        # Products of (1 - q^(m+i)) / (1 - q^i), i = 1 .. n; integers, since 2 * 40 values have more orders than a float has digits.
        counts = [1] + [0] * (n * m)
        for i in range(1, n + 1):
            for u in range(n * m, m + i - 1, -1):
                counts[u] -= counts[u - m - i]
            for u in range(i, n * m + 1):
                counts[u] += counts[u - i]
        _counts[n, m] = counts
    return _counts[n, m]


def at_most(n, m, u):
    """Returns the probability of at most u such pairs when both samples have one distribution."""
    counts = orders(n, m)
    return sum(counts[: max(0, u + 1)]) / sum(counts)


def p_less(a, b, shift=0.0):
    """Returns the probability that so few pairs have b - shift above a, if b is not below a by more than `shift`.  Ties count as no difference."""
    pairs = int(np.count_nonzero(b[:, None] - shift >= a[None, :]))
    return at_most(len(a), len(b), pairs)


class Comparison:
    """Compares the times a and b (positive, at least one each); ratio is b / a.  m: number of comparisons made at once."""

    def __init__(self, a, b, m=1, delta=0.02, alpha=0.05):
        a, b = (np.log(np.asarray(times, dtype=float)) for times in (a, b))
        differences = np.sort((b[:, None] - a[None, :]).ravel())
        self.median_a, self.median_b = (float(np.exp(np.median(x))) for x in (a, b))
        self.ratio = float(np.exp(np.median(differences)))
        self.low, self.high = interval(differences, len(a), len(b), alpha / m)
        p_differs = min(1.0, 2 * min(p_less(a, b), p_less(b, a)))
        p_same = max(p_less(a, b, math.log(1 + delta)), p_less(b, a, -math.log(1 - delta)))
        changed = abs(self.ratio - 1) >= delta
        if changed and m * p_differs <= alpha:
            self.verdict, p = FASTER if self.ratio < 1 else SLOWER, p_differs
        elif m * p_same <= alpha:
            self.verdict, p = SAME, p_same
        else:
            self.verdict, p = UNDECIDED, None
        self.confidence = None if p is None else 1 - m * p

    def to_json(self):
        return {key: value if not isinstance(value, float) or math.isfinite(value) else str(value) for key, value in vars(self).items()}


def interval(differences, n, m, alpha):
    """Returns the ratio's confidence interval at 1 - alpha; (0, inf) if the samples are too small for one."""
    k = 0
    while k < (n * m + 1) // 2 and 2 * at_most(n, m, k) <= alpha:
        k += 1
    return (float(np.exp(differences[k - 1])), float(np.exp(differences[n * m - k]))) if k > 0 else (0.0, math.inf)


def least_size(m, alpha=0.05):
    """Returns the size that both samples need, so that m comparisons can be decided at all."""
    n = 1
    while m * 2 / math.comb(2 * n, n) > alpha:
        n += 1
    return n

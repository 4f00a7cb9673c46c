"""Measures of dependence between two series of numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from varwg._arrays import FloatArray, IntArray


def thinned(n: int, n_wanted: int) -> slice | IntArray:
    """Which of `n` values to take for about `n_wanted` that are spread evenly over them."""
    if n <= n_wanted:
        return slice(None)
    return np.linspace(0, n - 1, n_wanted).astype(np.intp)


def kendall_tau(x: FloatArray, y: FloatArray) -> float:
    """Kendall's tau-b of the pairs without NaN, by counting inversions (Knight 1966); 0 for constant series."""
    x, y = np.ravel(x), np.ravel(y)
    valid = ~(np.isnan(x) | np.isnan(y))
    x_rank = np.unique(x[valid], return_inverse=True)[1]
    y_rank = np.unique(y[valid], return_inverse=True)[1]
    n = x_rank.size
    n_pairs = n * (n - 1) // 2
    both = x_rank.astype(np.int64) * (n + 1) + y_rank
    x_ties, y_ties, joint_ties = (_tied_pairs(ranks) for ranks in (x_rank, y_rank, both))
    discordant = _inversions(y_rank[np.argsort(both, kind="stable")])
    concordant = n_pairs - discordant - x_ties - y_ties + joint_ties
    scale = float(n_pairs - x_ties) * float(n_pairs - y_ties)
    return float(concordant - discordant) / scale**0.5 if scale > 0.0 else 0.0


def _tied_pairs(ranks: NDArray[np.integer]) -> int:
    counts = np.unique(ranks, return_counts=True)[1]
    return int(np.sum(counts * (counts - 1) // 2))


def _inversions(ranks: NDArray[np.integer]) -> int:
    """Pairs i < j with ranks[i] > ranks[j], counted where their highest differing bit is."""
    total = 0
    n_bits = int(ranks.max(initial=0)).bit_length()
    # 16 bits, where they suffice, are sorted by radix, in linear time
    current: NDArray[np.integer] = ranks.astype(np.uint16 if n_bits <= 16 else np.uint32)
    for bit in reversed(range(n_bits)):
        # `current` is sorted by all higher bits, and within equal ones still in the given order
        is_one = ((current >> bit) & 1).astype(np.int32)
        group = current >> (bit + 1)
        ones_before = np.cumsum(is_one) - is_one
        is_start = np.concatenate([[True], group[1:] != group[:-1]])
        in_group = ones_before - ones_before[is_start][np.cumsum(is_start) - 1]
        total += int(np.sum(in_group[is_one == 0]))
        current = current[np.argsort(current >> bit, kind="stable")]
    return total

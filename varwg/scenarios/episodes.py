"""Episodes of weather out of the ordinary: alternately above and below normal, of random length and strength."""

from __future__ import annotations

from typing import Final

import numpy as np

from varwg.arrays import FloatArray, IntArray
from varwg.streams import Streams

#: Name of the streams that the episodes are drawn from.
EPISODES: Final = "episodes"


def episode_series(n_days: int, mean_arrival: float, *, streams: Streams) -> FloatArray:
    """Daily deviations of episodes whose amplitudes have unit standard deviation about zero.

    Episodes follow each other without a break, alternately warm and cold. Their lengths are 1 day more than an
    exponential number (in whole days), their amplitudes |N(0, 1)|, and within an episode the deviation rises and falls
    like a triangle whose mean is the amplitude.

    Parameters
    ----------
    n_days : int
        Length n of the series.
    mean_arrival : float
        Mean of the exponential numbers, days.
    streams : Streams
        Streams of the call; those called "episodes" are used. A longer series begins with the shorter one.

    Returns
    -------
    array, shape (n,)
    """
    lengths = 1 + np.rint(streams.generator(EPISODES, "lengths").exponential(mean_arrival, n_days)).astype(np.intp)
    amplitudes = np.abs(streams.generator(EPISODES, "amplitudes").standard_normal(n_days))
    first_sign = 1.0 if streams.generator(EPISODES, "sign").random() < 0.5 else -1.0
    n_episodes = 1 + int(np.searchsorted(np.cumsum(lengths), n_days))
    signs = first_sign * (-1.0) ** np.arange(n_episodes)
    used = lengths[:n_episodes]
    return (np.repeat(signs * amplitudes[:n_episodes], used) * triangles(used))[:n_days]


def triangles(lengths: IntArray) -> FloatArray:
    """Triangular windows one after the other, each with mean 1: heights at the middles of the days."""
    total = np.repeat(lengths, lengths)
    day = np.arange(total.size) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    heights = 1.0 - np.abs(2.0 * (day + 0.5) / total - 1.0)
    means = np.add.reduceat(heights, np.cumsum(lengths) - lengths) / lengths
    return np.asarray(heights / np.repeat(means, lengths), dtype=np.float64)

"""Ranges of members: where one more member would be with 90 % and 99.7 % probability, however few there are."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special

from varwg.arrays import FloatArray

#: Probabilities of the median and the limits of both ranges, in the order of `varwg` results: low before high.
LEVELS: Final = (0.5, 0.05, 0.95, 0.0015, 0.9985)


def member_quantiles(members: FloatArray) -> FloatArray:
    """Quantiles of members (M, ...) at `LEVELS`, shape (5, ...).

    A further member is below the i-th smallest of M with the probability i / (M + 1), so that quantiles are interpolated
    between these positions (type 6 of Hyndman and Fan 1996). Beyond the first and the last position, which for 20 members
    are 5 % and 95 %, they are the limits of a normal distribution for one more value (Student's t; Wilks 2011, Statistical
    Methods in the Atmospheric Sciences), but no nearer than the outermost member. So the model that is true is poor in 0.3 %
    of the values, not in the 10 % that lie outside of 20 members by chance.
    """
    ordered = np.sort(members, axis=0)
    count = np.isfinite(members).sum(axis=0)
    last = np.maximum(count - 1, 0)
    known = np.maximum(count, 1)
    mean = np.where(np.isfinite(members), members, 0.0).sum(axis=0) / known
    squares = np.where(np.isfinite(members), members - mean, 0.0) ** 2
    sd = np.sqrt(squares.sum(axis=0) / np.maximum(count - 1, 1)) * np.sqrt(1.0 + 1.0 / known)
    found = []
    for level in LEVELS:
        position = level * (count + 1) - 1.0
        inner = _at(ordered, np.clip(position, 0.0, last))
        limit = mean + special.stdtrit(np.maximum(count - 1, 1), level) * sd
        outer = np.minimum(limit, inner) if level < 0.5 else np.maximum(limit, inner)
        found.append(np.where((position >= 0.0) & (position <= last), inner, outer))
    return np.where(count > 0, np.stack(found), np.nan)


def _at(ordered: FloatArray, position: FloatArray) -> FloatArray:
    """Values between two neighbouring members."""
    below = np.floor(position).astype(np.intp)
    above = np.minimum(below + 1, len(ordered) - 1)
    low, high = (np.take_along_axis(ordered, place[None], 0)[0] for place in (below, above))
    return np.asarray(np.where(position > below, low + (position - below) * (high - low), low))

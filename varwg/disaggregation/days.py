"""Which observed day lends its course to each simulated day."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from varwg.arrays import BoolArray, FloatArray, IntArray

#: Observed days that are weighed against each other for every simulated day.
SHORTLIST: Final = 12

#: Half-width in days of the season where the usual one has no day with the same wet and dry stations.
WIDENED: Final = 30

#: A mismatch at midnight of this size (mean square in standard deviations) costs a factor of e in probability.
_TOLERANCE: Final = 0.1

#: More than any squared distance between the states of two days, so that wet and dry come first.
_DISAGREEMENT: Final = 1e6


class Choice(NamedTuple):
    """Positions of the observed days, shape (T,), and how well they fit: 0 exact, 1 widened, 2 nearest."""

    days: IntArray
    quality: NDArray[np.int8]


class Shortlist(NamedTuple):
    """Candidates of every simulated day, shape (T, n), which of them count, and how the best of them fits, shape (T,)."""

    days: IntArray
    eligible: BoolArray
    quality: NDArray[np.int8]


class Features(NamedTuple):
    """What is compared between days: wet flags (days, F), and states (days, G)."""

    wet: FloatArray
    state: FloatArray


def shortlist(wanted: Features, wanted_doy: IntArray, observed: Features, observed_doy: IntArray, window: int) -> Shortlist:
    """The observed days of the season most like each simulated day: first in wet and dry, then in state."""
    season = _Season(observed_doy)
    n_days = min(SHORTLIST, observed_doy.size)
    days = np.zeros((wanted_doy.size, n_days), dtype=np.intp)
    cost = np.empty((wanted_doy.size, n_days))
    quality = np.zeros(wanted_doy.size, dtype=np.int8)
    matrix, squares = _augmented(observed)
    wanted_matrix, _ = _augmented(wanted)
    everyone = np.arange(wanted_doy.size)
    for half_width, found in ((window, 0), (max(WIDENED, window), 1)):
        todo = everyone[quality == found]
        order = todo[np.argsort(wanted_doy[todo], kind="stable")]
        rows, starts = np.unique(wanted_doy[order], return_index=True)
        for row, mine in zip(rows, np.split(order, starts[1:]), strict=True):
            candidates = season.around(int(row), half_width)
            apart = squares[candidates] - 2.0 * (wanted_matrix[mine] @ matrix[candidates].T)
            _ = apart
    return Shortlist(days, cost < 0, quality)

"""Which observed day lends its course to each simulated day."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from varwg.arrays import BoolArray, FloatArray, IntArray
from varwg.calendar import N_DOYS
from varwg.disaggregation.features import Features
from varwg.streams import require_generator

#: How well an observed day fits: same wet and dry stations in the season, in a wider season, or the best there is.
EXACT: Final = 0
WIDENED: Final = 1
NEAREST: Final = 2

#: Half-width in days of the wider season.
WIDER: Final = 30

#: Observed days that are weighed against each other for every simulated day: the best of so many parts of the season.
SHORTLIST: Final = 16

#: Squared distance of states that makes a day less likely by a factor of e.
_STATE_TOLERANCE: Final = 3.0

#: The same for the mean squared gap at midnight, in variances. It is so small that days which go together are taken
#: wherever the shortlists have any.
_GAP_TOLERANCE: Final = 0.1

#: Squared distance of a station that is wet in one case and dry in the other: more than that of any two states.
_DISAGREEMENT: Final = 1e6

#: Days whose gaps are held in memory at a time.
_BLOCK: Final = 2048


class Shortlist(NamedTuple):
    """Observed days to choose from.

    Attributes
    ----------
    days : array of int, shape (T, n)
        Positions in the archive.
    eligible : array of bool, shape (T, n)
        Those that agree best in wet and dry.
    distance : array, shape (T, n)
        Squared distance of their states.
    quality : array of int, shape (T,)
        `EXACT`, `WIDENED` or `NEAREST`.
    """

    days: IntArray
    eligible: BoolArray
    distance: FloatArray
    quality: NDArray[np.int8]


def shortlist(wanted: Features, observed: Features, window: int) -> Shortlist:
    """The observed days most like each simulated day: first in wet and dry, then in state.

    Each part of the season (two days of the year, usually) gives its best. The season is `window` days to either side;
    where none of its days has the same wet and dry stations, such days are sought within `WIDER`. Where the archive has
    no days at all so near, its nearest are taken.
    """
    shape = wanted.doy.size, min(SHORTLIST, observed.doy.size)
    found = Shortlist(
        days=np.zeros(shape, dtype=np.intp),
        eligible=np.zeros(shape, dtype=bool),
        distance=np.zeros(shape),
        quality=np.full(shape[0], NEAREST, dtype=np.int8),
    )
    _search(found, np.arange(shape[0]), wanted, observed, window, EXACT)
    unlike = np.flatnonzero(found.quality == NEAREST)
    if window < WIDER and unlike.size:
        _search(found, unlike, wanted, observed, WIDER, WIDENED)
    return found


def _search(found: Shortlist, todo: IntArray, wanted: Features, observed: Features, window: int, quality: int) -> None:
    """Fill in the simulated days `todo`: in the first search all of them, later those for which days agree completely."""
    season = _Season(observed)
    points = _coordinates(wanted)
    squares = np.einsum("ij,ij->i", points, points)
    order = todo[np.argsort(wanted.doy[todo], kind="stable")]
    rows, starts = np.unique(wanted.doy[order], return_index=True)
    stops = np.append(starts, order.size)[1:]
    for row, start, stop in zip(rows.tolist(), starts.tolist(), stops.tolist(), strict=True):
        asking = order[start:stop]
        near, half_width = season.around(row, window)
        # Not a matrix product, whose last bits depend on the number of threads and decide between equal days.
        cost = season.squares[near] - 2.0 * np.einsum("ik,kj->ij", points[asking], season.columns[:, near])
        cost += squares[asking, None]
        disagreement = np.floor(cost.min(axis=1) / _DISAGREEMENT + 0.5)
        if quality != EXACT:
            agreeing = disagreement == 0
            asking, cost, disagreement = asking[agreeing], cost[agreeing], disagreement[agreeing]
        best = _best_of_parts(cost, found.days.shape[1])
        distance = cost[np.arange(asking.size)[:, None], best] - disagreement[:, None] * _DISAGREEMENT
        n_best = best.shape[1]
        found.days[asking, :n_best] = season.days[near][best]
        found.distance[asking, :n_best] = distance
        found.eligible[asking] = False
        found.eligible[asking, :n_best] = distance < 0.5 * _DISAGREEMENT
        if half_width <= window:
            found.quality[asking[disagreement == 0]] = quality


def _best_of_parts(cost: FloatArray, n: int) -> IntArray:
    """Position of the smallest in each of n parts of every row (all if there are fewer).

    Much faster than the n smallest, of which it has the first and most; the parts are parts of the season.
    """
    n_rows, n_columns = cost.shape
    if n_columns <= n:
        return np.broadcast_to(np.arange(n_columns), cost.shape)
    width = -(-n_columns // n)
    n_parts = -(-n_columns // width)
    padded = np.full((n_rows, n_parts * width), np.inf)
    padded[:, :n_columns] = cost
    best = padded.reshape(n_rows, n_parts, width).argmin(axis=2)
    return np.asarray(best + width * np.arange(n_parts))


def _coordinates(features: Features) -> FloatArray:
    """Points whose squared distances count disagreements in wet and dry first and states second."""
    return np.concatenate([np.sqrt(_DISAGREEMENT) * features.wet, features.state], axis=1)


class _Season:
    """Observed days in the order of the year, which is there three times, so that a season is a slice."""

    def __init__(self, observed: Features) -> None:
        order = np.argsort(observed.doy, kind="stable")
        self.days = np.concatenate([order, order, order])
        self.columns = np.ascontiguousarray(_coordinates(observed)[self.days].T)
        self.squares = np.einsum("ij,ij->j", self.columns, self.columns)
        doy = observed.doy[order]
        self._doy = np.concatenate([doy - N_DOYS, doy, doy + N_DOYS])

    def around(self, row: int, window: int) -> tuple[slice, int]:
        """The days within `window` of a row, or else the nearest, and the half-width that was needed."""
        after = int(np.searchsorted(self._doy, row))
        nearest = int(min(self._doy[after] - row, row - self._doy[after - 1]))
        half_width = max(window, nearest)
        first = int(np.searchsorted(self._doy, row - half_width))
        return slice(first, int(np.searchsorted(self._doy, row + half_width, side="right"))), half_width


def choose(listed: Shortlist, begins: FloatArray, ends: FloatArray, weights: FloatArray, *, rng: np.random.Generator) -> IntArray:
    """One observed day for each simulated day, so that the end of a day and the beginning of the next go together.

    Of the days on a shortlist each has a score: the logarithm of its weight, less its distance, plus a Gumbel variable, so
    that the largest score alone would be a draw. From day to day the one is taken whose score, less the squared gap at
    midnight to the day taken before, is largest together with the best that can follow it; without that look ahead rain
    would often end at midnight, because no day on the next shortlist goes on with it. A day that followed the one before
    in the record leaves no gap.

    Parameters
    ----------
    listed : Shortlist
    begins, ends : array, shape (D, F)
        What observed days are like at their first and second midnight, in comparable units.
    weights : array, shape (D,)
        Logarithms of how much more likely a day shall be than others at the same distance.
    rng : numpy.random.Generator
        Source of the choices.

    Returns
    -------
    array of int, shape (T,)
        Positions in the archive.
    """
    require_generator(rng)
    n_days, n_listed = listed.days.shape
    scores = rng.gumbel(size=(n_days, n_listed)) - listed.distance / _STATE_TOLERANCE + weights[listed.days]
    scores = np.where(listed.eligible, scores, -np.inf)
    path: list[int] = []
    for first in range(0, max(n_days - 1, 1), _BLOCK):
        last = min(first + _BLOCK, n_days - 1)
        until = min(last + 1, n_days - 1)
        gaps = _gaps(ends[listed.days[first:until]], begins[listed.days[first + 1 : until + 1]]) / _GAP_TOLERANCE
        with_next = scores[first : until + 1].copy()
        with_next[: until - first] += np.max(scores[first + 1 : until + 1, None, :] - gaps, axis=2)
        path = path or [int(np.argmax(with_next[0]))]
        n_steps = last - first
        for successors in np.argmax(with_next[1 : n_steps + 1, None, :] - gaps[:n_steps], axis=2).tolist():
            path.append(successors[path[-1]])
    return np.asarray(listed.days[np.arange(n_days), path])


def _gaps(ends: FloatArray, begins: FloatArray) -> FloatArray:
    """Mean squared gaps between all days of one shortlist (t, i, F) and all of the next (t, j, F), shape (t, i, j)."""
    squares = np.einsum("tif,tif->ti", ends, ends)[:, :, None] + np.einsum("tjf,tjf->tj", begins, begins)[:, None, :]
    return np.asarray((squares - 2.0 * (ends @ begins.swapaxes(1, 2))) / max(begins.shape[2], 1))

"""The likelihood of every day of the year on a grid of parameters, and the seasonal course that follows from it."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from varwg.arrays import BoolArray, FloatArray, IntArray
from varwg.calendar import N_DOYS
from weathercop.copulas.likelihood import Pairs
from weathercop.copulas.selection import Candidate, parameters_at, strength_range

#: Families with a narrow range of strengths get at least this many steps.
_FEWEST_STEPS: Final = 4


class LikelihoodGrid(NamedTuple):
    """Log-likelihood of the pairs of each day of the year at equally spaced strengths of one copula.

    A strength is Fisher-transformed Kendall's tau: in it a log-likelihood is nearly a parabola, equally wide
    everywhere.
    """

    #: shape (G,)
    grid: FloatArray
    #: shape (366, G)
    daily: FloatArray
    #: number of pairs on each day, shape (366,)
    counts: FloatArray

    @classmethod
    def of(cls, pairs: Pairs, candidate: Candidate, window: int, step: float) -> LikelihoodGrid:
        """The grid grows from the constant estimate to both sides until no window has its maximum at an end.

        Its points divide the whole range of strengths evenly, so that it can reach both bounds.
        """
        copula, shape = candidate.copula, candidate.shape
        low, high = strength_range(copula.family, shape)
        points = np.linspace(low, high, max(int(np.ceil((high - low) / step)), _FEWEST_STEPS) + 1)
        first_parameter, *rest = parameters_at(copula.family, points, shape)
        counts = np.bincount(pairs.doy, minlength=N_DOYS).astype(np.float64)
        filled = circular_window_sum(counts, window) > 0.0

        def column(number: int) -> FloatArray:
            terms = pairs.log_likelihoods(copula, (first_parameter[number], *rest))
            return np.asarray(np.bincount(pairs.doy, weights=terms, minlength=N_DOYS), dtype=np.float64)

        centre = int(np.clip(np.searchsorted(points, candidate.strength), 1, points.size - 2))
        first, last = centre - 1, centre + 1
        columns = [column(number) for number in (first, centre, last)]
        while last < points.size - 1 and _peaks_in_column(columns, -1, filled, window):
            last += 1
            columns.append(column(last))
        while first > 0 and _peaks_in_column(columns, 0, filled, window):
            first -= 1
            columns.insert(0, column(first))
        return cls(points[first : last + 1], np.column_stack(columns), counts)

    def strengths(self, window: int, fourier_order: int) -> FloatArray:
        """Strength that maximises the likelihood of the window around each day, smoothed over the year; shape (366,).

        The maximum is that of the parabola through the best point of the grid and its neighbours.
        """
        table = circular_window_sum(self.daily, window)
        best = np.argmax(table, axis=1)
        middle = np.clip(best, 1, self.grid.size - 2)
        left, centre, right = _neighbours(table, middle)
        bend = 2.0 * centre - left - right
        with np.errstate(divide="ignore", invalid="ignore"):
            shift = np.where(bend > 0.0, 0.5 * (right - left) / bend, best - middle)
        # a parabola whose peak is beyond its outer points says only that the best of these is the bound
        peaks = self.grid[middle] + np.clip(shift, -1.0, 1.0) * (self.grid[1] - self.grid[0])
        return fourier_smooth(peaks, circular_window_sum(self.counts, window), fourier_order)

    def loglikelihood(self, strengths: FloatArray) -> float:
        """Sum over the days of the log-likelihood at the strength of each, by parabolas through the grid."""
        position = (np.clip(strengths, self.grid[0], self.grid[-1]) - self.grid[0]) / (self.grid[1] - self.grid[0])
        middle = np.clip(np.rint(position).astype(np.intp), 1, self.grid.size - 2)
        left, centre, right = _neighbours(self.daily, middle)
        shift = position - middle
        return float(np.sum(centre + 0.5 * shift * (right - left + shift * (left + right - 2.0 * centre))))


def _neighbours(table: FloatArray, middle: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The elements of each row left of, at and right of a column."""
    rows = np.arange(table.shape[0])
    return table[rows, middle - 1], table[rows, middle], table[rows, middle + 1]


def _peaks_in_column(columns: list[FloatArray], end: int, filled: BoolArray, window: int) -> bool:
    """Whether the window around some day of the year is most likely in the first (0) or last (-1) column."""
    windowed = circular_window_sum(np.column_stack(columns), window)[filled]
    return bool(np.any(np.argmax(windowed, axis=1) == end % len(columns)))


def circular_window_sum(daily: FloatArray, window: int) -> FloatArray:
    """Sum over the days within `window` days of each day of the year (first axis), around the turn of the year."""
    padded = np.concatenate([np.zeros_like(daily[:1]), daily[-window:], daily, daily[:window]])
    sums = np.cumsum(padded, axis=0)
    return np.asarray(sums[2 * window + 1 :] - sums[: -2 * window - 1])


def fourier_smooth(values: FloatArray, weights: FloatArray, order: int) -> FloatArray:
    """Weighted least-squares fit of a Fourier series of `order` harmonics to 366 values."""
    angle = 2.0 * np.pi * np.arange(N_DOYS)[:, np.newaxis] * np.arange(order + 1) / N_DOYS
    basis = np.concatenate([np.cos(angle), np.sin(angle[:, 1:])], axis=1)
    root = np.sqrt(weights)
    coefficients, *_ = np.linalg.lstsq(basis * root[:, np.newaxis], values * root, rcond=None)
    return np.asarray(basis @ coefficients)

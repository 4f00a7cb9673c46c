"""Seasonal quantile functions as tables over standard-normal scores: piecewise linear, therefore exactly invertible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from varwg.arrays import FloatArray, IntArray, readonly_floats
from varwg.ranks import RANK_MARGIN

#: Outermost score that a rank can have, after clipping.
LAST_SCORE: Final = float(-special.ndtri(RANK_MARGIN))
_SQRT_2PI: Final = float(np.sqrt(2.0 * np.pi))


def normal_density(scores: FloatArray) -> FloatArray:
    """Standard normal density."""
    return np.asarray(np.exp(-0.5 * np.square(scores)) / _SQRT_2PI, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class ScoreTable:
    """x(z) for each of the 366 rows at equidistant scores, straight lines between them.

    The table *is* the distribution: F(x) = Phi(z(x)), density = phi(z) dz/dx, and both directions are inverses of each
    other but for rounding. Beyond the outer nodes the last line continues, except at a bound: there the function is
    constant outside the scores `bottom` and `top`.

    Attributes
    ----------
    start, step : array, shape (366,)
        Score of the first node and distance of the nodes.
    values : array, shape (366, N)
        Values at the nodes, not decreasing along a row.
    bottom, top : array, shape (366,)
        Scores of the bounds, -inf and inf where there is none.
    """

    start: FloatArray
    step: FloatArray
    values: FloatArray
    bottom: FloatArray
    top: FloatArray

    def values_at(self, scores: FloatArray, doy: IntArray) -> FloatArray:
        """Values x(z); NaN stays NaN."""
        inside = np.clip(scores, self.bottom[doy], self.top[doy])
        position = (inside - self.start[doy]) / self.step[doy]
        last = self.values.shape[1] - 2
        node = np.fmax(np.fmin(position, last), 0.0).astype(np.intp)
        left, right = self._cell(node, doy)
        return np.asarray(left + (position - node) * (right - left), dtype=np.float64)

    def scores_at(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """Scores z(x); a value at or beyond a bound gets the score of the bound; NaN stays NaN."""
        node, left, right = self._locate(values, doy)
        width = np.where(right > left, right - left, np.inf)
        scores = self.start[doy] + self.step[doy] * (node + (values - left) / width)
        return np.asarray(np.clip(scores, self.bottom[doy], self.top[doy]), dtype=np.float64)

    def density_at(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """phi(z) dz/dx, zero outside the bounds; NaN stays NaN."""
        _, left, right = self._locate(values, doy)
        slope = np.where(right > left, (right - left) / self.step[doy], np.inf)
        return np.asarray(normal_density(self.scores_at(values, doy)) / slope, dtype=np.float64)

    def moments(self) -> tuple[FloatArray, FloatArray]:
        """Integrals of x and of x**2 over the scores above `start`, in closed form, shapes (366,)."""
        z = self.start[:, None] + self.step[:, None] * np.arange(self.values.shape[1])
        slope = np.diff(self.values) / self.step[:, None]
        base = self.values[:, :-1] - slope * z[:, :-1]
        upper = special.ndtr(-z)
        mass = upper[:, :-1] - upper[:, 1:]
        density = normal_density(z)
        first = density[:, :-1] - density[:, 1:]
        second = mass + z[:, :-1] * density[:, :-1] - z[:, 1:] * density[:, 1:]
        beyond, end = upper[:, -1], self.values[:, -1]
        mean = (base * mass + slope * first).sum(axis=1) + end * beyond
        square = (base**2 * mass + 2.0 * base * slope * first + slope**2 * second).sum(axis=1) + end**2 * beyond
        return mean, square

    def _cell(self, node: IntArray, doy: IntArray) -> tuple[FloatArray, FloatArray]:
        flat = self.values.ravel()
        at = doy * self.values.shape[1] + node
        return flat[at], flat[at + 1]

    def _locate(self, values: FloatArray, doy: IntArray) -> tuple[IntArray, FloatArray, FloatArray]:
        """Cell of each value (the last whose left node is not above it) by bisection."""
        flat = self.values.ravel()
        n_nodes = self.values.shape[1]
        row = np.asarray(doy) * n_nodes
        low = np.zeros(np.broadcast_shapes(np.shape(values), np.shape(doy)), dtype=np.intp)
        high = np.full_like(low, n_nodes - 1)
        for _ in range(int(np.ceil(np.log2(n_nodes)))):
            middle = (low + high) >> 1
            above = values >= flat[row + middle]
            low = np.where(above, middle, low)
            high = np.where(above, high, middle)
        low = np.minimum(low, n_nodes - 2)
        return low, flat[row + low], flat[row + low + 1]


def table_scores(start: FloatArray, n_nodes: int) -> tuple[FloatArray, FloatArray]:
    """Steps (366,) and scores (366, N) of equidistant nodes from `start` to just beyond the last possible score.

    The last but one node is at the last possible score, so that a bound reached there is followed by a flat cell.
    """
    step = (LAST_SCORE - start) / (n_nodes - 2)
    return step, start[:, None] + step[:, None] * np.arange(n_nodes)


def make_table(
    start: FloatArray,
    values: FloatArray,
    *,
    lower: FloatArray | None = None,
    upper: FloatArray | None = None,
    at_lower: FloatArray | None = None,
    at_upper: FloatArray | None = None,
) -> ScoreTable:
    """A `ScoreTable` from values at the nodes of `table_scores`, ending at the bounds.

    Recorded values sit on a bound more often than a continuous distribution allows (relative humidity 1.00, calm).
    Such a value must not get an impossible score, so half of its frequency becomes a mass at the bound: the bound is
    reached at the node next to the score of that rank, and the function is flat from there on. Without an upper bound
    the last line always rises, so that any larger value has a score.

    Parameters
    ----------
    start : array, shape (366,)
        Score of the first node.
    values : array, shape (366, N)
        Values at the nodes.
    lower, upper : array, shape (366,), optional
        Bounds of each row; None where there is none.
    at_lower, at_upper : array, shape (366,), optional
        Frequency of values recorded at the bounds.
    """
    n_nodes = values.shape[1]
    step, _ = table_scores(start, n_nodes)
    ordered = np.maximum.accumulate(values, axis=1)
    node = np.arange(n_nodes)
    bottom, top = np.full(start.shape, -np.inf), np.full(start.shape, np.inf)
    if lower is not None:
        first = _bound_node(start, step, at_lower, n_nodes)
        ordered = np.where(node <= first[:, None], lower[:, None], np.maximum(ordered, lower[:, None]))
        bottom = start + step * first
    if upper is not None:
        last = n_nodes - 1 - _bound_node(-(start + step * (n_nodes - 1)), step, at_upper, n_nodes)
        ordered = np.where(node >= last[:, None], upper[:, None], np.minimum(ordered, upper[:, None]))
        top = start + step * last
    else:
        ordered[:, -1] += np.where(ordered[:, -1] > ordered[:, -2], 0.0, 1e-3 * (ordered[:, -1] - ordered[:, 0]))
    return ScoreTable(*(readonly_floats(part) for part in (start, step, ordered, bottom, top)))


def _bound_node(start: FloatArray, step: FloatArray, frequency: FloatArray | None, n_nodes: int) -> IntArray:
    """Node at which a bound is reached, counted from the bound: one before the end where no value sits on it."""
    share = np.zeros(start.shape) if frequency is None else frequency
    score = special.ndtri(np.clip(0.5 * share, RANK_MARGIN, 0.5))
    return np.clip(np.rint((score - start) / step), 1, n_nodes // 2).astype(np.intp)

"""Marginals as tables of quantiles: one row for each day of the year, and what scores go beyond them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from varwg._arrays import FloatArray, IntArray, brief, interpolated, readonly_floats
from varwg._calendar import N_DOYS
from varwg._ranks import LAST_SCORE, RANK_MARGIN, ranks_from_scores, scores_from_ranks
from varwg.marginals._base import Continuous
from varwg.marginals._sample import SeasonalSample, share_at
from varwg.marginals._seasonal import row_sums, window_weights

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

    __repr__ = brief

    def values_at(self, scores: FloatArray, doy: IntArray) -> FloatArray:
        """Values x(z); NaN stays NaN."""
        rows = np.asarray(doy)
        bounded = np.isfinite(self.bottom).any() or np.isfinite(self.top).any()
        inside = np.clip(scores, self.bottom[rows], self.top[rows]) if bounded else scores
        position = np.asarray(inside - self.start[rows])
        position /= self.step[rows]
        return interpolated(self.values, rows, position)

    def scores_at(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """Scores z(x); a value at or beyond a bound gets the score of the bound; NaN stays NaN."""
        return self._scores(values, doy, self._locate(values, doy))

    def scores_of_all(self, values: FloatArray) -> FloatArray:
        """Scores z(x), shape (366, G), of the same increasing values (G,) on all rows: many times as fast as `scores_at`."""
        n_rows, n_nodes = self.values.shape
        places = np.searchsorted(values, self.values) + (values.size + 1) * np.arange(n_rows)[:, None]
        reached = np.bincount(places.ravel(), minlength=n_rows * (values.size + 1)).reshape(n_rows, -1)[:, :-1].cumsum(axis=1)
        return self._scores(values, np.arange(n_rows)[:, None], np.clip(reached - 1, 0, n_nodes - 2))

    def density_at(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """phi(z) dz/dx, zero outside the bounds; NaN stays NaN."""
        left, right = self._ends(self._locate(values, doy), doy)
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

    def _scores(self, values: FloatArray, doy: IntArray, node: IntArray) -> FloatArray:
        left, right = self._ends(node, doy)
        width = np.where(right > left, right - left, np.inf)
        scores = self.start[doy] + self.step[doy] * (node + (values - left) / width)
        return np.asarray(np.clip(scores, self.bottom[doy], self.top[doy]), dtype=np.float64)

    def _ends(self, node: IntArray, doy: IntArray) -> tuple[FloatArray, FloatArray]:
        """Values at both ends of cells."""
        flat, at = self.values.ravel(), np.asarray(doy) * self.values.shape[1] + node
        return flat[at], flat[at + 1]

    def _locate(self, values: FloatArray, doy: IntArray) -> IntArray:
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
        return np.asarray(np.minimum(low, n_nodes - 2))


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
    return np.asarray(np.clip(np.rint((score - start) / step), 1, n_nodes // 2).astype(np.intp))


#: Nodes of a table from the first to the last possible score, an eighth apart.
_N_NODES: Final = 115


@dataclass(frozen=True, eq=False)
class Tabulated(Continuous):
    """Any continuous family, by its quantiles at equidistant scores.

    Between the nodes, an eighth of a standard deviation apart, the quantile function is a straight line: it differs
    from the family's own by less than 0.001 in rank, both directions are exact inverses, and both cost the same
    whatever the family.

    Attributes
    ----------
    name : str
        Name of the family.
    table : ScoreTable
        The quantile function.
    lower, upper : array, shape (366,)
        Bounds, infinite where there is none.
    parameter_names : tuple of str
        What the columns of `parameters` are.
    parameters : array, shape (366, P)
        Parameters of the family, for reports; what counts is the table.
    """

    name: str
    table: ScoreTable
    lower: FloatArray
    upper: FloatArray
    parameter_names: tuple[str, ...]
    parameters: FloatArray

    __repr__ = brief

    @property
    def family(self) -> str:
        """Name of the family."""
        return self.name

    def cdf(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """F(x), 0 below and 1 from the bounds on."""
        ranks = ranks_from_scores(self.to_scores(values, doy))
        ranks = np.where(values < self.lower[doy], 0.0, ranks)
        return np.asarray(np.where(values >= self.upper[doy], 1.0, ranks), dtype=np.float64)

    def pdf(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """Density at x, without the masses at the bounds."""
        return self.table.density_at(values, doy)

    def ppf(self, ranks: FloatArray, doy: IntArray) -> FloatArray:
        """Values of uniform ranks."""
        return self.from_scores(scores_from_ranks(ranks), doy)

    def to_scores(self, values: FloatArray, doy: IntArray) -> FloatArray:
        """Scores of values; a value on or beyond a bound gets the score of the bound."""
        return self.table.scores_at(values, doy)

    def from_scores(self, scores: FloatArray, doy: IntArray) -> FloatArray:
        """Values of scores."""
        return self.table.values_at(scores, doy)

    def mean(self) -> FloatArray:
        """Mean of each row, shape (366,)."""
        below = ranks_from_scores(self.table.start) * self.table.values[:, 0]
        return np.asarray(self.table.moments()[0] + below, dtype=np.float64)


def first_scores() -> FloatArray:
    """Where the table of a continuous distribution begins, shape (366,)."""
    return np.full(N_DOYS, -LAST_SCORE)


def node_scores() -> FloatArray:
    """Scores of the nodes of such a table, shape (366, N)."""
    return table_scores(first_scores(), _N_NODES)[1]


def tabulate(
    name: str,
    quantiles: FloatArray,
    sample: SeasonalSample,
    parameters: Sequence[tuple[str, FloatArray]],
    *,
    lower: FloatArray | None = None,
    upper: FloatArray | None = None,
) -> Tabulated:
    """A distribution from its quantiles at `node_scores`.

    Parameters
    ----------
    name : str
        Name of the family.
    quantiles : array, shape (366, N)
        Values at the nodes.
    sample : SeasonalSample
        What was fitted; how often it sits on the bounds decides how a value there is scored, see `make_table`.
    parameters : sequence of (str, array)
        Parameters of the family with their names, shape (366,) each.
    lower, upper : array, shape (366,), optional
        Bounds of the distribution; None where it has none.
    """
    weights = window_weights(row_sums(sample.doy), sample.window)
    at_lower = at_upper = None
    if lower is not None:
        at_lower = share_at(sample.values <= lower[sample.doy], sample.doy, weights)
    if upper is not None:
        at_upper = share_at(sample.values >= upper[sample.doy], sample.doy, weights)
    table = make_table(first_scores(), quantiles, lower=lower, upper=upper, at_lower=at_lower, at_upper=at_upper)
    return Tabulated(
        name,
        table,
        readonly_floats(np.full(N_DOYS, -np.inf) if lower is None else lower),
        readonly_floats(np.full(N_DOYS, np.inf) if upper is None else upper),
        tuple(parameter for parameter, _ in parameters),
        readonly_floats(np.column_stack([rows for _, rows in parameters])),
    )

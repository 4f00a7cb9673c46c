"""A continuous seasonal marginal that is kept as a table of its quantile function over scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from varwg.arrays import BoolArray, FloatArray, IntArray, readonly_floats
from varwg.calendar import N_DOYS
from varwg.marginals.base import Uncapped
from varwg.marginals.recording import share_at
from varwg.marginals.sample import SeasonalSample
from varwg.marginals.score_table import LAST_SCORE, ScoreTable, make_table, table_scores
from varwg.marginals.seasonal import row_sums, window_weights
from varwg.ranks import ranks_from_scores, scores_from_ranks

#: Nodes of a table from the first to the last possible score, an eighth apart.
_N_NODES: Final = 115


@dataclass(frozen=True, eq=False)
class Tabulated(Uncapped):
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

    def is_censored(self, values: FloatArray, doy: IntArray) -> BoolArray:
        """Nothing is censored."""
        return np.zeros(np.broadcast_shapes(np.shape(values), np.shape(doy)), dtype=np.bool_)

    def threshold_scores(self) -> FloatArray:
        """-inf: nothing is censored."""
        return np.full(N_DOYS, -np.inf)


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

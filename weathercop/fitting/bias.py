"""Rank tables: what maps simulated scores onto standard-normal ones where the vine leaves a small bias."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from varwg.arrays import FloatArray, readonly_floats

#: Scores at which the distribution of the simulated scores is estimated.
_NODE_LIMIT: Final = 2.8
_N_NODES: Final = 113
#: Equidistant scores at which a map is tabulated, many enough to follow the estimate's own nodes.
_N_TABULATED: Final = 4 * _N_NODES


@dataclass(frozen=True, eq=False)
class RankTables:
    """Monotone maps of simulated scores to standard-normal scores, one per station and variable.

    Attributes
    ----------
    low, high : array, shape (S, K)
        First and last simulated score of each table.
    target : array, shape (S, K, n)
        Standard-normal scores of the same ranks as n equidistant simulated scores from `low` to `high`.
    """

    low: FloatArray
    high: FloatArray
    target: FloatArray

    @classmethod
    def of(cls, scores: NDArray[np.floating[Any]]) -> RankTables:
        """Tables from a long simulation of shape (S, K, N)."""
        nodes = np.linspace(-_NODE_LIMIT, _NODE_LIMIT, _N_NODES)
        low, high = np.empty(scores.shape[:-1]), np.empty(scores.shape[:-1])
        target = np.empty((*low.shape, _N_TABULATED))
        for place in np.ndindex(*low.shape):
            quantiles = np.quantile(scores[place], special.ndtr(nodes))
            low[place], high[place] = quantiles[0], quantiles[-1]
            target[place] = np.interp(np.linspace(low[place], high[place], _N_TABULATED), quantiles, nodes)
        return cls(readonly_floats(low), readonly_floats(high), readonly_floats(target))

    @classmethod
    def identity(cls, n_stations: int, n_variables: int) -> RankTables:
        """Tables that change nothing."""
        limits = np.full((n_stations, n_variables), _NODE_LIMIT)
        target = np.linspace(-_NODE_LIMIT, _NODE_LIMIT, _N_TABULATED)
        everywhere = np.broadcast_to(target, (n_stations, n_variables, _N_TABULATED))
        return cls(readonly_floats(-limits), readonly_floats(limits), readonly_floats(everywhere))

    def apply(self, scores: FloatArray, station: int, variable: int) -> FloatArray:
        """Scores of one station and variable after the map; beyond the table they are shifted with its ends."""
        low, high = self.low[station, variable], self.high[station, variable]
        target = self.target[station, variable]
        inside = np.clip(scores, low, high)
        position = (inside - low) * ((target.size - 1) / (high - low))
        node = np.fmin(position, target.size - 2).astype(np.intp)
        left = target[node]
        return np.asarray(left + (position - node) * (target[node + 1] - left) + (scores - inside), dtype=np.float64)

"""Rank tables: what maps simulated scores onto standard-normal ones where the vine leaves a small bias."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from varwg.arrays import FloatArray, readonly_floats

#: Scores at which the distribution of the simulated scores is tabulated.
_NODE_LIMIT: Final = 2.8
_N_NODES: Final = 113


@dataclass(frozen=True, eq=False)
class RankTables:
    """Monotone maps of simulated scores to standard-normal scores, one per station and variable.

    Attributes
    ----------
    simulated : array, shape (S, K, n)
        Quantiles of long-run simulated scores.
    target : array, shape (n,)
        Standard-normal quantiles of the same probabilities.
    """

    simulated: FloatArray
    target: FloatArray

    @classmethod
    def of(cls, scores: FloatArray) -> RankTables:
        """Tables from a long simulation of shape (S, K, N)."""
        target = np.linspace(-_NODE_LIMIT, _NODE_LIMIT, _N_NODES)
        quantiles = np.quantile(scores, special.ndtr(target), axis=-1)
        return cls(readonly_floats(np.moveaxis(quantiles, 0, -1)), readonly_floats(target))

    @classmethod
    def identity(cls, n_stations: int, n_variables: int) -> RankTables:
        """Tables that change nothing."""
        target = np.linspace(-_NODE_LIMIT, _NODE_LIMIT, _N_NODES)
        return cls(readonly_floats(np.broadcast_to(target, (n_stations, n_variables, _N_NODES))), readonly_floats(target))

    def apply(self, scores: FloatArray, station: int, variable: int) -> FloatArray:
        """Scores of one station and variable after the map; beyond the table they are shifted with its ends."""
        nodes = self.simulated[station, variable]
        low, high = np.minimum(scores - nodes[0], 0.0), np.maximum(scores - nodes[-1], 0.0)
        return np.interp(scores, nodes, self.target) + low + high

"""How the scores of one day go together, season by season: their covariances under the vine, and regressions made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from varwg.arrays import FloatArray
from varwg.calendar import N_DOYS
from varwg.ranks import ranks_from_scores, scores_from_ranks
from varwg.scenarios.responses import regression_weights
from weathercop.model import MultisiteModel

#: Every how many rows of the year covariances are computed (they are interpolated between), and from how many points.
_ROW_STEP: Final = 6
_N_POINTS: Final = 512


def score_covariances(model: MultisiteModel) -> FloatArray:
    """Covariances of the scores of all variables of a station on the same day, without the noise of rain amounts.

    Independent ranks go through the vine and the rank tables as in a simulation, but are taken from an evenly spread
    sequence of points instead of a random one, so that the result is deterministic.

    Parameters
    ----------
    model : MultisiteModel
        A fitted model.

    Returns
    -------
    array, shape (S, 366, K, K)
    """
    n_stations, n_variables = len(model.sites), len(model.variables)
    rows = np.arange(0, N_DOYS, _ROW_STEP)
    independent = ranks_from_scores(np.tile(standard_points(_N_POINTS, n_variables), rows.size))
    ranks = np.broadcast_to(independent[:, None, :], (n_variables, n_stations, independent.shape[1]))
    dependent = scores_from_ranks(model.vine.inverse_rosenblatt(ranks, np.repeat(rows, _N_POINTS)))
    scores = np.moveaxis(dependent, 1, 0).copy()
    for station, variable in np.ndindex(n_stations, n_variables):
        if variable != model.primary:
            scores[station, variable] = model.rank_tables.apply(scores[station, variable], station, variable)
    by_row = np.moveaxis(scores.reshape(n_stations, n_variables, rows.size, _N_POINTS), 2, 1)
    centred = by_row - by_row.mean(axis=-1, keepdims=True)
    return _all_rows(centred @ np.swapaxes(centred, -1, -2) / _N_POINTS)


def seasonal_weights(covariances: FloatArray, predictors: Sequence[int]) -> FloatArray:
    """Weights of the linear regression of all scores on those of some variables, by station and day of the year.

    Parameters
    ----------
    covariances : array, shape (S, 366, K, K)
        As `score_covariances` returns them.
    predictors : sequence of int
        The P variables that are regressed on.

    Returns
    -------
    array, shape (S, K, P, 366)
    """
    return np.stack([np.moveaxis(regression_weights(own, predictors), 0, -1) for own in covariances])


def standard_points(n: int, n_dims: int) -> FloatArray:
    """n points that represent the standard normal distribution, shape (n_dims, n), with its means and covariances exactly.

    They are evenly spread ranks, multiples modulo 1 of powers of the root of g^(d+1) = g + 1 (Roberts 2018, The
    unreasonable effectiveness of quasirandom sequences), as scores, made uncorrelated.
    """
    root = 2.0
    for _ in range(64):
        root = (1.0 + root) ** (1.0 / (n_dims + 1))
    steps = root ** -np.arange(1.0, n_dims + 1)
    scores = scores_from_ranks((0.5 + steps[:, None] * np.arange(1.0, n + 1)) % 1.0)
    scores -= scores.mean(axis=1, keepdims=True)
    return np.asarray(np.linalg.solve(np.linalg.cholesky(scores @ scores.T / n), scores))


def _all_rows(covariances: FloatArray) -> FloatArray:
    """Matrices (S, rows, K, K) of every `_ROW_STEP`th row, interpolated around the year to all 366."""
    position = np.arange(N_DOYS) / _ROW_STEP
    before = position.astype(np.intp)
    share = (position - before)[:, None, None]
    after = (before + 1) % covariances.shape[1]
    return np.asarray((1.0 - share) * covariances[:, before] + share * covariances[:, after])

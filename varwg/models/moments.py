"""Means and covariances that a vector autoregression settles to, without simulating it."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import linalg

from varwg.arrays import FloatArray
from varwg.models.base import Autoregression

#: Years that a seasonal model is run for, after which its moments are those of every year.
_YEARS: Final = 4


def stationary_moments(model: Autoregression) -> tuple[FloatArray, FloatArray]:
    """Mean and covariance of the series on each row of the model's tables.

    For constant coefficients they solve mu = T mu + c and S = T S T' + Q (Luetkepohl 2005, equation 2.1.39) in the
    companion form; for seasonal ones the same recursion is run until it repeats from year to year.

    Parameters
    ----------
    model : VARModel, SeasonalVARModel or VARMAModel
        A stable model.

    Returns
    -------
    means : array, shape (R, K)
    covariances : array, shape (R, K, K)
    """
    transitions, offsets, noises = _state_space(model)
    n_variables = model.n_variables
    if len(transitions) == 1:
        mean = linalg.solve(np.eye(len(transitions[0])) - transitions[0], offsets[0])
        covariance = linalg.solve_discrete_lyapunov(transitions[0], noises[0])
        return mean[None, :n_variables], covariance[None, :n_variables, :n_variables]
    means = np.empty((len(transitions), n_variables))
    covariances = np.empty((len(transitions), n_variables, n_variables))
    mean, covariance = np.zeros(offsets.shape[1]), np.zeros(noises.shape[1:])
    for row in list(range(len(transitions))) * _YEARS:
        mean = transitions[row] @ mean + offsets[row]
        covariance = transitions[row] @ covariance @ transitions[row].T + noises[row]
        means[row], covariances[row] = mean[:n_variables], covariance[:n_variables, :n_variables]
    return means, covariances


def _state_space(model: Autoregression) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Transition, offset and noise of the state (y_t, ..., y_{t-p+1}, e_t, ..., e_{t-q+1}), one per row."""
    n_rows, order, n_variables, _ = model.lag_matrices.shape
    n_shocks = len(model.ma_matrices)
    size, first_shock = (order + n_shocks) * n_variables, order * n_variables
    transitions = np.zeros((n_rows, size, size))
    transitions[:, :n_variables, :first_shock] = model.lag_matrices.transpose(0, 2, 1, 3).reshape(n_rows, n_variables, -1)
    transitions[:, n_variables:first_shock, : first_shock - n_variables] = np.eye((order - 1) * n_variables)
    offsets = np.zeros((n_rows, size))
    offsets[:, :n_variables] = model.intercepts
    entry = np.zeros((size, n_variables))
    entry[:n_variables] = np.eye(n_variables)
    if n_shocks:
        transitions[:, :n_variables, first_shock:] = model.ma_matrices.transpose(1, 0, 2).reshape(n_variables, -1)
        transitions[:, first_shock + n_variables :, first_shock : size - n_variables] = np.eye((n_shocks - 1) * n_variables)
        entry[first_shock : first_shock + n_variables] = np.eye(n_variables)
    return transitions, offsets, entry @ model.covariances @ entry.T

"""Choosing the number of lags of a vector autoregression."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import numpy as np

from varwg.arrays import FloatArray
from varwg.errors import FitError
from varwg.models.base import check_series, lagged_design
from varwg.models.var import least_squares

#: Akaike, Hannan and Quinn, Schwarz ("bic" is another name of "sc"), final prediction error.
Criterion: TypeAlias = Literal["aic", "hq", "sc", "bic", "fpe"]

_CRITERIA: Final = ("aic", "hq", "sc", "fpe")


def select_order(scores: FloatArray, max_order: int, criterion: Criterion = "bic") -> int:
    """Number of lags, 1 to `max_order`, with the smallest value of a criterion.

    Parameters
    ----------
    scores : array, shape (K, T)
        Normal scores, NaN where missing.
    max_order : int
        Largest number of lags considered.
    criterion : {"aic", "hq", "sc", "bic", "fpe"}
        Which criterion decides.

    Raises
    ------
    FitError
        If the criterion is unknown or the record too short for `max_order`.
    """
    name = "sc" if criterion == "bic" else criterion
    if name not in _CRITERIA:
        raise FitError(f"the criterion is {criterion!r}, but one of {', '.join(_CRITERIA)} or bic is expected.")
    return 1 + int(np.argmin(order_criteria(scores, max_order)[_CRITERIA.index(name)]))


def order_criteria(scores: FloatArray, max_order: int) -> FloatArray:
    """The criteria of all orders on one common sample, the days that are complete with `max_order` predecessors.

    Luetkepohl (2005), equations 4.3.2 (FPE), 4.3.4 (AIC), 4.3.8 (HQ) and 4.3.9 (SC), with the intercepts counted as
    parameters.

    Returns
    -------
    array, shape (4, max_order)
        Rows AIC, HQ, SC, FPE.
    """
    series = check_series(scores, max_order)
    n_variables = series.shape[0]
    design, days = lagged_design(series, max_order)
    targets = series[:, days].T
    n_days = days.size
    columns = []
    for order in range(1, max_order + 1):
        n_predictors = 1 + order * n_variables
        _, residuals = least_squares(design[:, :n_predictors], targets)
        log_det = float(np.linalg.slogdet(residuals.T @ residuals / n_days)[1])
        per_parameter = n_predictors * n_variables / n_days
        inflation = (n_days + n_predictors) / (n_days - n_predictors)
        columns.append(
            (
                log_det + 2.0 * per_parameter,
                log_det + 2.0 * np.log(np.log(n_days)) * per_parameter,
                log_det + np.log(n_days) * per_parameter,
                np.exp(log_det) * inflation**n_variables,
            )
        )
    return np.array(columns).T

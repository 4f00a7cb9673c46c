"""Running a vector autoregression forward: from random innovations, or from given ones."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import fft

from varwg._arrays import FloatArray, IntArray
from varwg.errors import DataError
from varwg.models._base import Autoregression, rows_before, table_rows
from varwg.streams import require_generator

#: Days that are simulated and thrown away, so that a series begins like any other stretch of it: one year.
BURN_IN: Final = 366
#: Negative eigenvalues smaller than this share of the largest are rounding and count as zero.
_ROUNDING: Final = 1e-10


def simulate(
    model: Autoregression,
    n_days: int,
    *,
    rng: np.random.Generator,
    doy: IntArray | None = None,
    start: FloatArray | None = None,
    forcing: FloatArray | None = None,
    burn_in: int = BURN_IN,
) -> FloatArray:
    """Simulate with Gaussian innovations.

    Parameters
    ----------
    model : VARModel, SeasonalVARModel or the like
        What is simulated.
    n_days : int
        Length n of the series.
    rng : numpy.random.Generator
        Source of the innovations.
    doy : array of int, shape (n,), optional
        Day of the year of every day; needed by a seasonal model.
    start : array, shape (K, p), optional
        The p days before the first. Without it, `burn_in` days, on the days of the year before the first, lead up to it.
    forcing : array, shape (K, n), optional
        Added to the equation of each day, for instance (I - A_1 - ... - A_p) m for a mean that moves to m.
    burn_in : int
        Length of the run-up.

    Returns
    -------
    array, shape (K, n)

    Raises
    ------
    DataError
        If shapes do not fit, or `doy` is missing for a seasonal model.
    """
    require_generator(rng)
    rows = table_rows(model, n_days, doy)
    if start is None:
        rows = np.concatenate([rows_before(model, rows, burn_in), rows])
    innovations = moving_average(gaussian_innovations(model.covariances, rows, rng=rng), model.ma_matrices)
    n_before = rows.size - n_days
    if forcing is not None:
        innovations[:, n_before:] += _checked(forcing, (model.n_variables, n_days), "forcing")
    return run(model, rows, innovations, start)[:, n_before:]


def replay(
    model: Autoregression,
    innovations: FloatArray,
    *,
    doy: IntArray | None = None,
    start: FloatArray | None = None,
    forcing: FloatArray | None = None,
) -> FloatArray:
    """Simulate with given innovations; a model's own `residuals` reproduce the series it was fitted to.

    Parameters
    ----------
    model : VARModel, SeasonalVARModel or the like
        What is simulated.
    innovations : array, shape (K, n)
        e_t of every day, without NaN.
    doy, forcing
        As for `simulate`.
    start : array, shape (K, p), optional
        The p days before the first; zeros if it is not given.

    Returns
    -------
    array, shape (K, n)

    Raises
    ------
    DataError
        If shapes do not fit, an innovation is missing, or `doy` is missing for a seasonal model.
    """
    n_days = np.shape(innovations)[-1]
    shape = (model.n_variables, n_days)
    additions = moving_average(_checked(innovations, shape, "innovations"), model.ma_matrices)
    if forcing is not None:
        additions = additions + _checked(forcing, shape, "forcing")
    return run(model, table_rows(model, n_days, doy), additions, start)


def run(model: Autoregression, rows: IntArray, additions: FloatArray, start: FloatArray | None) -> FloatArray:
    """`recursion` with a model's intercepts and lag matrices."""
    intercepts = model.intercepts[rows].T
    return recursion(
        model.lag_matrices, rows, additions + intercepts.reshape(*intercepts.shape, *(1,) * (additions.ndim - 2)), start
    )


def recursion(lag_matrices: FloatArray, rows: IntArray, additions: FloatArray, start: FloatArray | None) -> FloatArray:
    """y_t = A_1 y_{t-1} + ... + A_p y_{t-p} + additions: one small matrix product a day, on arrays made before it begins.

    Parameters
    ----------
    lag_matrices : array, shape (R, p, K, K)
        A_1 to A_p of every row of the table.
    rows : array of int, shape (n,)
        Row of the table for each day.
    additions : array, shape (K, n) or (K, n, M)
        Added on each day; M members run side by side.
    start : array, shape (K, p), optional
        The days before; zeros if None.

    Returns
    -------
    array, shape of `additions`
    """
    _, order, n_variables, _ = lag_matrices.shape
    width = order * n_variables
    members = additions.shape[2:]
    oldest_first = list(lag_matrices[:, ::-1].transpose(0, 2, 1, 3).reshape(-1, n_variables, width))
    series = np.empty((order + rows.size, n_variables, *members))
    series[:order] = 0.0 if start is None else _started(start, n_variables, order, additions.ndim)
    series[order:] = np.swapaxes(additions, 0, 1)
    flat = series.reshape(-1, *members)
    for day, row in enumerate(rows.tolist()):
        series[day + order] += oldest_first[row] @ flat[day * n_variables : day * n_variables + width]
    return np.ascontiguousarray(np.swapaxes(series[order:], 0, 1))


def gaussian_innovations(
    covariances: FloatArray, rows: IntArray, *, rng: np.random.Generator, n_members: int | None = None
) -> FloatArray:
    """Independent normal draws with the covariance of each day's row, shape (K, n), or (K, n, M) for M members."""
    members = () if n_members is None else (n_members,)
    factors = np.linalg.cholesky(covariances)
    normal = rng.standard_normal((covariances.shape[1], rows.size, *members))
    if covariances.shape[0] == 1:
        return np.tensordot(factors[0], normal, axes=1)
    return np.asarray(np.einsum("tij,jt...->it...", factors[rows], normal))


def moving_average(innovations: FloatArray, ma_matrices: FloatArray) -> FloatArray:
    """e_t + M_1 e_{t-1} + ... + M_q e_{t-q} along the second axis; innovations before the first are zero."""
    averaged = innovations.copy()
    for lag, matrix in enumerate(ma_matrices, start=1):
        averaged[:, lag:] += np.tensordot(matrix, innovations[:, :-lag], axes=1)
    return averaged


def _started(start: FloatArray, n_variables: int, order: int, n_dims: int) -> FloatArray:
    days = _checked(start, (n_variables, order), "start")
    return days.T.reshape(order, n_variables, *(1,) * (n_dims - 2))


def _checked(values: FloatArray, shape: tuple[int, ...], name: str) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != shape:
        raise DataError(f"{name} has shape {array.shape}, but {shape} (variables, days) is expected.")
    if not np.isfinite(array).all():
        raise DataError(f"{name} has {np.sum(~np.isfinite(array))} missing or infinite values: infill them first.")
    return array


def simulate_gaussian(autocovariance: FloatArray, n_series: int = 1, *, rng: np.random.Generator) -> FloatArray:
    """Stationary Gaussian series of mean zero whose covariance is exactly the given one.

    Circulant embedding (Dietrich and Newsam 1997, doi:10.1137/S1064827592240555): the n covariances are mirrored into
    the first row of a circulant matrix of 2 (n - 1), whose square root the Fourier transform gives.

    Parameters
    ----------
    autocovariance : array, shape (n,)
        Covariance at lags 0 to n - 1.
    n_series : int
        Number of independent series.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    array, shape (n_series, n)

    Raises
    ------
    DataError
        If `autocovariance` has fewer than two values or NaN, or its circulant embedding is not a covariance.
    """
    require_generator(rng)
    covariance = np.asarray(autocovariance, dtype=np.float64)
    eigenvalues = embedding_eigenvalues(covariance)
    n_steps = 2 * (covariance.size - 1)
    normal = rng.standard_normal((2, n_series, n_steps))
    spectrum = np.sqrt(eigenvalues / n_steps) * (normal[0] + 1j * normal[1])
    return np.asarray(fft.fft(spectrum, axis=1).real[:, : covariance.size], dtype=np.float64)


def embedding_eigenvalues(autocovariance: FloatArray) -> FloatArray:
    """Eigenvalues, shape (2 n - 2,), of the circulant matrix that embeds covariances at lags 0 to n - 1.

    Raises
    ------
    DataError
        As for `simulate_gaussian`.
    """
    covariance = np.asarray(autocovariance, dtype=np.float64)
    if covariance.ndim != 1 or covariance.size < 2 or not np.isfinite(covariance).all():
        raise DataError(
            f"autocovariance has shape {covariance.shape} or gaps, but two or more finite values (lags 0, 1, ...) are expected."
        )
    eigenvalues = fft.fft(np.concatenate([covariance, covariance[-2:0:-1]])).real
    if eigenvalues.min() < -_ROUNDING * eigenvalues.max():
        raise DataError(
            f"the circulant embedding of autocovariance has the eigenvalue {eigenvalues.min():.3g}, so it is not a "
            "covariance: give more lags, until the covariance has died out, or a valid covariance function."
        )
    return np.asarray(np.maximum(eigenvalues, 0.0))
